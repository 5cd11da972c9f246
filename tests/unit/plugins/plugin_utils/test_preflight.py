# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen

GOOD: dict[str, dict[str, Any]] = {
    "cp1": {"kube_version": "1.31.2", "ansible_host": "192.0.2.10"}, "w1": {"kube_version": "1.31.2", "ansible_host": "192.0.2.11"},
}

WARNINGS = ("PackageRepository", "Bundle", "BundleTrust", "KubeVersionUnknown")


def seen(name: str, /, state: str = "clean", control: bool | None = None, **more: Any) -> Seen:
    node = {"state": state, "healthy": True, "ours": False, "reason": "told", "ca_hashes": [], "endpoint": None, "host": {}}
    return Seen(name, name.startswith("cp") if control is None else control, True, {**node, **more})


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> list[tuple[str, str, str]]:
    """Host, id and message of every finding; every one of them must say what to do."""
    variables = GOOD if variables is None else variables
    inputs = {"hosts": list(variables), "control_planes": ["cp1"], "etcd": [], "variables": variables, "looks": looks or [], "probes": {}, **more}
    rows = preflight.findings(preflight.Inputs(**inputs))
    assert all(row.finding.level == "error" and row.finding.remedy for row in rows if row.finding.id not in WARNINGS)
    return [(row.host, row.finding.id, row.finding.message) for row in rows]


def everywhere(**more: Any) -> dict[str, dict[str, Any]]:
    return {host: {**variables, **more} for host, variables in GOOD.items()}


def test_a_good_inventory_has_no_finding() -> None:
    assert found() == []
    assert found(looks=[seen("cp1", host={"machine_id": "a", "hostname": "cp1"}), seen("w1", host={"machine_id": "b", "hostname": "w1"})]) == []


@pytest.mark.parametrize(("version", "message"), [
    (None, "kube_version is not set"), ("", "kube_version is not set"),
    ("1.31", "kube_version is '1.31'; it must be a whole version in quotes, x.y.z, for example '1.31.2'"),
    (1.31, "kube_version is 1.31; it must be a whole version in quotes, x.y.z, for example '1.31.2'"),
    ("1.16.0", "Kubernetes 1.16.0 is older than 1.17, the oldest that Kubewright knows"),
])
def test_a_missing_or_wrong_version_is_said_once(version: Any, message: str) -> None:
    assert found(everywhere(kube_version=version)) == [("inventory", "KubeVersion", message)]


def test_what_kubeadm_s_documents_cannot_be_made_of_is_found_before_anything_is_touched() -> None:
    wrong = everywhere(kube_kubelet_configuration={"maxPodz": 1}, kube_kubelet_extra_args={"container-runtime": "remote"})
    flag = "the kubelet of Kubernetes 1.31.2 would not start with kubeletExtraArgs.container-runtime, which was removed in 1.27; leave it out"
    assert found(wrong) == [
        ("cp1", "Documents", f"InitConfiguration: {flag}"), ("cp1", "Documents", "KubeletConfiguration: there is no maxPodz; did you mean maxPods?"),
        ("w1", "Documents", f"JoinConfiguration: {flag}")]
    assert [row[1] for row in found(everywhere(kube_version="1.31", kube_kubelet_configuration={"maxPodz": 1}))] == ["KubeVersion"]


def test_a_version_newer_than_the_facts_is_a_warning_said_once() -> None:
    newer = everywhere(kube_version="1.38.0")
    assert found(newer) == [
        ("inventory", "KubeVersionUnknown", "Kubernetes 1.38 is newer than 1.37, the newest that Kubewright knows; it is treated as 1.37")]
    inputs = preflight.Inputs(list(newer), ["cp1"], [], newer, [], {})
    assert [row.finding.level for row in preflight.findings(inputs)] == ["warning"]
    waived = {host: {**variables, "kube_preflight_waived": ["KubeVersionUnknown"]} for host, variables in newer.items()}
    assert preflight.standing(preflight.findings(inputs), waived) == []


def test_a_version_that_differs_between_hosts_is_told() -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_version": "1.31.3"}}) == [
        ("inventory", "KubeVersion", "kube_version differs: 1.31.2 for cp1; 1.31.3 for w1")]


@pytest.mark.parametrize("name", preflight.ROLE_VERSIONS)
def test_a_role_s_own_version_that_contradicts_is_told_for_its_host(name: str) -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], name: "1.30.0"}}) == [("w1", "KubeVersion", f"{name} is 1.30.0, kube_version is 1.31.2")]
    assert found(everywhere(**{name: "1.31.2"})) == []


@pytest.mark.parametrize(("name", "value", "identity", "message"), [
    ("kube_runtime", "rkt", "Runtime", "kube_runtime is 'rkt', which nobody knows"), ("kube_cni", "weave", "CNI", "kube_cni is 'weave', which nobody knows"),
    ("kube_cni", None, "CNI", "kube_cni is None, which nobody knows"),
    ("kube_package_source", "usb", "PackageSource", "kube_package_source is 'usb', which nobody knows"),
    ("kube_package_source", "bundle", "Bundle", "kube_package_source is bundle, but kube_bundle_url is not set"),
])
def test_an_unknown_choice_is_told(name: str, value: Any, identity: str, message: str) -> None:
    assert found(everywhere(**{name: value})) == [("inventory", identity, message)]


def test_a_choice_of_a_later_release_is_told_as_such() -> None:
    later = [("kube_runtime", value) for value in preflight.RUNTIMES_LATER] + [("kube_cni", value) for value in preflight.CNIS_LATER]
    for name, value in later:
        assert found(everywhere(**{name: value}))[0][2] == f"{name} is {value}, which this release does not set up yet"


@pytest.mark.parametrize("choices", [
    {"kube_runtime": "containerd"}, {"kube_cni": "none"}, {"kube_cni": "bridge"},
    {"kube_package_source": "bundle", "kube_bundle_url": "http://192.0.2.5", "kube_bundle_sha256": "0" * 64},
    {"kube_package_source": "custom"},
])
def test_a_known_choice_is_fine(choices: dict[str, Any]) -> None:
    assert found(everywhere(**choices)) == []


def test_an_empty_control_plane_group_is_told() -> None:
    assert found(control_planes=[]) == [("inventory", "NoControlPlane", "the group kube_control_plane is empty")]
    assert found({}, control_planes=[]) == [("inventory", "NoControlPlane", "the group kube_control_plane is empty")]


def test_etcd_outside_the_control_planes_is_told() -> None:
    assert found(etcd=["cp1", "w1"]) == [("inventory", "ExternalEtcd", "w1 in the group etcd are no control planes")]
    assert found(etcd=["cp1"]) == []


@pytest.mark.parametrize("name", ["node_1", "-node", "node-", "no..de", ".node", "nöde", "node 1", "a" * 254, "192.0.2.11", "2001:db8::1"])
def test_a_name_that_kubeadm_would_refuse_is_told(name: str) -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_node_name": name}}) == [("w1", "NodeName", f"{name!r} is no name that kubeadm takes for a node")]


@pytest.mark.parametrize("name", ["Node-1", "node1.example.com", "1", "a" * 253])
def test_a_name_that_kubeadm_takes_is_fine(name: str) -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_node_name": name}}) == []


def test_two_hosts_of_one_node_name_are_told() -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_node_name": "CP1"}}) == [("inventory", "NodeName", "cp1, w1 would all be the node cp1")]


@pytest.mark.parametrize(("networks", "message"), [
    ({"kube_pod_subnets": ["10.96.0.0/16"]}, "kube_pod_subnets 10.96.0.0/16 and kube_service_subnets 10.96.0.0/12 overlap"),
    ({"kube_pod_subnets": ["10.244.0.0/16", "10.244.1.0/24"]}, "kube_pod_subnets 10.244.0.0/16 and kube_pod_subnets 10.244.1.0/24 overlap"),
    ({"kube_pod_subnets": ["192.0.2.8/29"]}, "the address 192.0.2.10 of cp1 and kube_pod_subnets 192.0.2.8/29 overlap"),
    ({"kube_service_subnets": ["192.0.2.10/31"]}, "the address 192.0.2.11 of w1 and kube_service_subnets 192.0.2.10/31 overlap"),
    ({"kube_pod_subnets": ["fd00::/56"], "kube_service_subnets": ["fd00::/112"]}, "kube_pod_subnets fd00::/56 and kube_service_subnets fd00::/112 overlap"),
    ({"kube_pod_subnets": ["10.244.0.0/33"]}, "kube_pod_subnets holds '10.244.0.0/33', which is no network"),
    ({"kube_service_subnets": [None]}, "kube_service_subnets holds None, which is no network"),
    ({"kube_pod_subnets": "10.244.0.0/16"}, "kube_pod_subnets is '10.244.0.0/16', which is no list of networks"),
    ({"kube_pod_subnets": None}, "kube_pod_subnets is None, which is no list of networks"),
    ({"kube_service_subnets": []}, "kube_service_subnets is [], which is no list of networks"),
])
def test_networks_that_overlap_or_are_none_are_told(networks: dict[str, Any], message: str) -> None:
    assert ("inventory", "Networks", message) in found(everywhere(**networks))
    assert {row[1] for row in found(everywhere(**networks))} == {"Networks"}


def test_both_families_do_not_overlap() -> None:
    assert found(everywhere(kube_pod_subnets=["10.244.0.0/16", "fd00::/56"], kube_service_subnets=["10.96.0.0/12", "fd01::/112"])) == []


def test_an_address_that_only_the_machine_knows_counts_too() -> None:
    variables = {**GOOD, "w1": {"kube_version": "1.31.2"}}
    assert found(variables, [seen("w1", host={"address": "10.244.3.1"})])[0][2] == "the address 10.244.3.1 of w1 and kube_pod_subnets 10.244.0.0/16 overlap"


@pytest.mark.parametrize(("key", "title"), [("machine_id", "machine-id"), ("hostname", "host name")])
def test_clones_are_told(key: str, title: str) -> None:
    looks = [seen("w1", host={key: "same"}), seen("cp1", host={key: "same"}), seen("w3", host={key: "other"}), seen("w4", host={key: ""})]
    assert found(looks=looks) == [("inventory", "Clones", f"cp1, w1 have the same {title} same")]


def test_a_machine_that_was_looked_at_twice_is_no_clone_of_itself() -> None:
    assert found(looks=[seen("cp1", host={"machine_id": "a"}), seen("cp1", host={"machine_id": "a"})]) == []


CLUSTER = seen("cp1", "control_plane", ca_hashes=["sha256:a"], endpoint="x:6443")


@pytest.mark.parametrize(("looks", "expected"), [
    ([CLUSTER, seen("w1", "worker", ca_hashes=["sha256:a"])], []),
    ([seen("cp1", "partial", ours=True)], []),
    ([seen("w1", "partial")], [("w1", "Leftovers", "parts of a cluster that Kubewright did not begin: told")]),
    ([seen("cp1", "control_plane", healthy=False)], [("cp1", "ControlPlaneDown", "a control plane whose API server does not answer, and no other answers")]),
    ([seen("cp2", "control_plane", healthy=False, ca_hashes=["sha256:a"]), CLUSTER], []),
    ([CLUSTER, seen("w1", "worker", ca_hashes=["sha256:b"], endpoint="y:6443")],
     [("w1", "Foreign", "it belongs to another cluster (CA sha256:b, endpoint y:6443)")]),
])
def test_the_state_of_every_machine_is_judged(looks: list[Seen], expected: list[tuple[str, str, str]]) -> None:
    assert found(looks=looks) == expected


def test_control_planes_of_different_clusters_are_told() -> None:
    other = seen("cp2", "control_plane", ca_hashes=["sha256:b"])
    rows = found({**GOOD, "cp2": GOOD["cp1"] | {"ansible_host": "192.0.2.12"}}, [CLUSTER, other])
    assert [row[:2] for row in rows] == [("inventory", "Cluster")] and "belong to different clusters" in rows[0][2]


def test_a_reinstalled_only_control_plane_is_told_before_anything_is_touched() -> None:
    looks = [seen("cp1"), seen("w1", "worker", ca_hashes=["sha256:a"], endpoint="x:6443")]
    rows = found(looks=looks)
    assert [row[:2] for row in rows] == [("cp1", "SecondCluster")] and "No second cluster was made" in rows[0][2]
    for permitted in (True, "true", "True"):
        assert found(everywhere(kube_allow_new_cluster=permitted), looks) == []
    for refused in (False, "false", "no"):
        assert len(found(everywhere(kube_allow_new_cluster=refused), looks)) == 1


def test_findings_of_modules_are_added_for_their_host() -> None:
    row = {"id": "PackageRepository", "level": "error", "message": "the package repository cannot be used", "remedy": None}
    assert found(probes={"w1": [row], "cp1": []}) == [("w1", "PackageRepository", "the package repository cannot be used")]


def located(host: str, name: str = "Swap", level: str = "error", remedy: str | None = "do") -> preflight.Located:
    return preflight.Located(host, Finding(name, level, "is so", remedy))


@pytest.mark.parametrize(("host", "waived", "stands"), [
    ("w1", {"w1": ["Swap"]}, False), ("w1", {"cp1": ["Swap"]}, True), ("w1", {"w1": ["Mem"]}, True), ("w1", {"w1": "Mem, Swap"}, False),
    ("w1", {"w1": 7}, True), ("w1", {"w1": None}, True),
    ("inventory", {"w1": ["Swap"]}, True), ("inventory", {"w1": ["Swap"], "cp1": ["Swap"]}, False),
])
def test_a_finding_is_waived_by_its_id_where_it_belongs(host: str, waived: dict[str, Any], stands: bool) -> None:
    variables = {name: {"kube_preflight_waived": waived[name]} if name in waived else {} for name in ("w1", "cp1")}
    assert bool(preflight.standing([located(host)], variables)) is stands


def test_nobody_can_waive_for_no_host() -> None:
    assert preflight.standing([located("inventory")], {}) == [located("inventory")]


def test_the_table_has_errors_first_and_the_remedy_below() -> None:
    lines = preflight.table([located("w2", level="warning"), located("w1", remedy=None), located("a1", "Mem")]).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["ERROR", "a1", "[Mem]"], ["->", "do"], ["ERROR", "w1", "[Swap]"], ["WARNING", "w2", "[Swap]"], ["->", "do"]]
    assert preflight.table([]) == ""


def test_a_bundle_without_its_digest_is_a_warning() -> None:
    inputs = everywhere(kube_package_source="bundle", kube_bundle_url="http://192.0.2.5")
    assert found(inputs) == [("inventory", "BundleTrust", "kube_bundle_sha256 is not set, so whatever answers at kube_bundle_url is trusted")]


@pytest.mark.parametrize("state", ["worker", "control_plane"])
def test_another_version_than_what_runs_is_refused(state: str) -> None:
    member = seen("cp1", state, versions={"kubelet": "1.30.1"})
    assert ("cp1", "VersionChange", f"it runs Kubernetes 1.30.1, kube_version says {GOOD['cp1']['kube_version']}") in found(looks=[member])
    assert found(looks=[seen("cp1", "clean", versions={"kubelet": "1.30.1"})]) == []
