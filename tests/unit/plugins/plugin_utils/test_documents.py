# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import documents

pytest.importorskip("hypothesis")
from hypothesis import given
from hypothesis import strategies as st

NODE: dict[str, Any] = {"name": "cp1", "address": "192.0.2.10", "cri_socket": "unix:///run/containerd/containerd.sock"}


def cluster(version: str = "1.31.2", **more: Any) -> dict[str, Any]:
    return {"version": version, "control_plane_endpoint": "cluster:6443", "pod_subnets": ["10.244.0.0/16"], "service_subnets": ["10.96.0.0/12"],
            "dns_domain": "cluster.local", "cert_sans": ["cluster"], "proxy_mode": "iptables", **more}


@pytest.mark.parametrize(("version", "api", "socket", "arguments"), [
    ("1.20.2", "v1beta2", "/run/containerd/containerd.sock", {"node-ip": "192.0.2.10"}),
    ("1.23.17", "v1beta3", "/run/containerd/containerd.sock", {"node-ip": "192.0.2.10"}),
    ("1.24.0", "v1beta3", "unix:///run/containerd/containerd.sock", {"node-ip": "192.0.2.10"}),
    ("1.34.2", "v1beta4", "unix:///run/containerd/containerd.sock", [{"name": "node-ip", "value": "192.0.2.10"}]),
])
def test_the_documents_of_a_first_control_plane(version: str, api: str, socket: str, arguments: Any) -> None:
    assert documents.init_documents(cluster(version), NODE) == [
        {"apiVersion": f"kubeadm.k8s.io/{api}", "kind": "InitConfiguration", "localAPIEndpoint": {"advertiseAddress": "192.0.2.10", "bindPort": 6443},
         "nodeRegistration": {"name": "cp1", "criSocket": socket, "kubeletExtraArgs": arguments}},
        {"apiVersion": f"kubeadm.k8s.io/{api}", "kind": "ClusterConfiguration", "kubernetesVersion": f"v{version}", "controlPlaneEndpoint": "cluster:6443",
         "networking": {"podSubnet": "10.244.0.0/16", "serviceSubnet": "10.96.0.0/12", "dnsDomain": "cluster.local"}, "apiServer": {"certSANs": ["cluster"]}},
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"},
        {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "iptables"},
    ]


@pytest.mark.parametrize("given_socket", ["/run/x.sock", "unix:///run/x.sock"])
@pytest.mark.parametrize(("version", "expected"), [("1.23.0", "/run/x.sock"), ("1.24.0", "unix:///run/x.sock")])
def test_the_socket_has_the_form_that_the_version_expects(given_socket: str, version: str, expected: str) -> None:
    assert documents.join_document(version, {**NODE, "cri_socket": given_socket}, False)["nodeRegistration"]["criSocket"] == expected


@pytest.mark.parametrize(("node", "expected"), [
    ({}, None),
    ({"taints": None}, None),
    ({"taints": []}, []),
    ({"taints": ["node-role.kubernetes.io/master:NoSchedule", "a=b:NoExecute"]},
     [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}]),
])
def test_no_taint_is_something_else_than_kubeadm_s_own(node: dict[str, Any], expected: Any) -> None:
    for version in ("1.20.2", "1.34.2"):
        assert documents.init_documents(cluster(version), {**NODE, **node})[0]["nodeRegistration"].get("taints") == expected


@pytest.mark.parametrize("taint", ["NoSchedule", "a", "a:", ":NoSchedule", "a:Never", "a=b", ""])
def test_a_taint_that_is_none_is_refused(taint: str) -> None:
    with pytest.raises(KubewrightError, match="is no taint; write key:Effect or key=value:Effect"):
        documents.join_document("1.20.2", {**NODE, "taints": [taint]}, False)


def test_everything_of_a_node_reaches_its_registration() -> None:
    node = {**NODE, "bind_port": "7443", "ignore_preflight_errors": ["Swap"], "kubelet_extra_args": {"v": 2, "fail-swap-on": False, "node-ip": "192.0.2.99"}}
    found = documents.init_documents(cluster("1.34.2"), node)[0]
    assert found["localAPIEndpoint"]["bindPort"] == 7443
    assert found["nodeRegistration"]["ignorePreflightErrors"] == ["Swap"]
    assert found["nodeRegistration"]["kubeletExtraArgs"] == [
        {"name": "node-ip", "value": "192.0.2.99"}, {"name": "v", "value": "2"}, {"name": "fail-swap-on", "value": "false"}]


def test_no_preflight_check_is_ignored_by_default() -> None:
    assert "ignorePreflightErrors" not in json.dumps(documents.init_documents(cluster(), NODE))
    assert "ignorePreflightErrors" not in json.dumps(documents.join_document("1.31.2", {**NODE, "ignore_preflight_errors": []}, True))


@pytest.mark.parametrize(("version", "expected"), [
    ("1.20.2", {"audit-log-maxage": "30", "profiling": "false"}), ("1.23.17", {"audit-log-maxage": "30", "profiling": "false"}),
    ("1.34.2", [{"name": "audit-log-maxage", "value": "30"}, {"name": "profiling", "value": "false"}]),
])
def test_arguments_are_written_as_a_map_for_every_version(version: str, expected: Any) -> None:
    extra = {"extraArgs": {"audit-log-maxage": 30, "profiling": False}}
    wanted = {"apiServer": extra, "controllerManager": extra, "scheduler": extra, "etcd": {"local": extra}}
    given_by_user = cluster(version, cluster_configuration=copy.deepcopy(wanted))
    found = documents.init_documents(given_by_user, NODE)[1]
    assert [found[name]["extraArgs"] for name in ("apiServer", "controllerManager", "scheduler")] == [expected] * 3
    assert found["etcd"]["local"]["extraArgs"] == expected and found["apiServer"]["certSANs"] == ["cluster"]
    assert given_by_user["cluster_configuration"] == wanted


def test_arguments_in_the_form_of_the_newest_version_are_left_alone() -> None:
    extra = [{"name": "v", "value": "4"}, {"name": "v", "value": "5"}]
    found = documents.init_documents(cluster("1.34.2", cluster_configuration={"apiServer": {"extraArgs": extra}}), NODE)[1]
    assert found["apiServer"]["extraArgs"] == extra


@pytest.mark.parametrize(("version", "expected"), [
    ("1.20.2", {"node-ip": "192.0.2.10", "v": "4"}), ("1.34.2", [{"name": "node-ip", "value": "192.0.2.10"}, {"name": "v", "value": "4"}]),
])
def test_a_kubelet_argument_in_the_free_form_is_added(version: str, expected: Any) -> None:
    node = {**NODE, "configuration": {"nodeRegistration": {"kubeletExtraArgs": {"v": 4}}}}
    assert documents.init_documents(cluster(version), node)[0]["nodeRegistration"]["kubeletExtraArgs"] == expected
    assert documents.join_document(version, node, False)["nodeRegistration"]["kubeletExtraArgs"] == expected


def test_every_document_is_open() -> None:
    found = documents.init_documents(
        cluster(image_registry="registry.example.com", pod_subnets=["10.244.0.0/16", "fd00::/56"], cluster_configuration={"networking": {"podSubnet": "x"}},
                kubelet_configuration={"maxPods": 200}, proxy_configuration={"mode": "ipvs"}),
        {**NODE, "configuration": {"skipPhases": ["addon/kube-proxy"], "localAPIEndpoint": {"bindPort": 1}}})
    assert found[0]["skipPhases"] == ["addon/kube-proxy"]
    assert found[0]["localAPIEndpoint"] == {"advertiseAddress": "192.0.2.10", "bindPort": 1}
    assert (found[1]["imageRepository"], found[1]["networking"]["podSubnet"]) == ("registry.example.com", "x")
    assert found[1]["networking"]["serviceSubnet"] == "10.96.0.0/12"
    assert (found[2]["maxPods"], found[2]["cgroupDriver"], found[3]["mode"]) == (200, "systemd", "ipvs")


def test_both_families_are_one_text() -> None:
    found = documents.init_documents(cluster(pod_subnets=["10.244.0.0/16", "fd00::/56"], service_subnets=["10.96.0.0/12", "fd01::/112"]), NODE)[1]
    assert (found["networking"]["podSubnet"], found["networking"]["serviceSubnet"]) == ("10.244.0.0/16,fd00::/56", "10.96.0.0/12,fd01::/112")


@pytest.mark.parametrize(("version", "api"), [("1.20.2", "v1beta2"), ("1.23.0", "v1beta3"), ("1.34.2", "v1beta4")])
def test_a_join_document_holds_no_secret_and_no_place_for_it(version: str, api: str) -> None:
    worker, control = (documents.join_document(version, NODE, flag) for flag in (False, True))
    assert worker["apiVersion"] == f"kubeadm.k8s.io/{api}" and worker["kind"] == "JoinConfiguration"
    assert set(worker) == {"apiVersion", "kind", "nodeRegistration"}
    assert control == {**worker, "controlPlane": {"localAPIEndpoint": {"advertiseAddress": "192.0.2.10", "bindPort": 6443}}}


@pytest.mark.parametrize("spelling", [{"discovery": {"timeout": "9m"}}, {"timeouts": {"discovery": "9m"}}])
@pytest.mark.parametrize(("version", "name", "expected"), [("1.30.2", "discovery", {"timeout": "9m"}), ("1.31.2", "timeouts", {"discovery": "9m"})])
def test_a_join_document_is_open(spelling: dict[str, Any], version: str, name: str, expected: Any) -> None:
    found = documents.join_document(version, {**NODE, "configuration": spelling}, False)
    assert found[name] == expected and len(set(found) & {"discovery", "timeouts"}) == 1


def test_the_least_that_names_the_images() -> None:
    given_by_user = {"etcd": {"local": {"imageTag": "3.5.16-0"}}, "dns": {"imageTag": "v1"}, "apiServer": {"extraArgs": {}}}
    assert documents.image_documents("1.34.2", "registry.example.com", given_by_user) == [
        {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.34.2", "imageRepository": "registry.example.com",
         "etcd": {"local": {"imageTag": "3.5.16-0"}}, "dns": {"imageTag": "v1"}}]
    assert "imageRepository" not in documents.image_documents("1.20.2", "", {})[0]


MIRROR = "registry.aliyuncs.com/google_containers"


@pytest.mark.parametrize(("version", "settings", "dns"), [
    ("1.20.15", {}, "/coredns:1.7.0"),
    ("1.21.0", {}, None), ("1.21.1", {}, None),  # they would ask a mirror for coredns/coredns, which it does not have
    ("1.21.1", {"dns": {"imageRepository": f"{MIRROR}/other"}}, "/coredns/coredns:v1.8.0"),
    ("1.21.2", {}, "/coredns:v1.8.0"), ("1.21.14", {}, "/coredns:v1.8.0"),
    ("1.22.0", {}, "/coredns:v1.8.4"), ("1.22.17", {}, "/coredns:v1.8.4"),
])
def test_a_mirror_is_asked_for_the_coredns_that_it_has_or_it_is_refused(version: str, settings: dict[str, Any], dns: str | None) -> None:
    if dns is None:
        with pytest.raises(KubewrightError, match="which mirrors do not have.*use 1.21.2"):
            documents.image_documents(version, MIRROR, settings)
        return
    assert documents.image_documents(version, MIRROR, settings)[0]["imageRepository"] == MIRROR
    assert f"{MIRROR}{dns}" in releases.images(releases.version(version), MIRROR)


@pytest.mark.parametrize(("what", "given_cluster", "given_node"), [
    ("the cluster", cluster(pod_subnet=["10.0.0.0/8"]), NODE), ("the node", cluster(), {**NODE, "adress": "192.0.2.1"}),
])
def test_a_misspelt_key_is_an_error_that_names_the_known_ones(what: str, given_cluster: dict[str, Any], given_node: dict[str, Any]) -> None:
    with pytest.raises(KubewrightError, match=f"the description of {what} has unknown keys (pod_subnet|adress); known are "):
        documents.init_documents(given_cluster, given_node)


@pytest.mark.parametrize("version", ["", None, "1.31", "1.16.0"])
def test_a_wrong_version_is_an_error_in_every_document(version: Any) -> None:
    for action in (lambda: documents.init_documents(cluster(version), NODE), lambda: documents.join_document(version, NODE, False),
                   lambda: documents.image_documents(version, "", {})):
        with pytest.raises(KubewrightError):
            action()


@pytest.mark.parametrize(("base", "extra", "expected"), [
    ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}), ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
    ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}), ({"a": {"b": 1}}, {"a": None}, {"a": None}), ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    (1, 2, 2), ({}, [], []),
])
def test_dictionaries_are_merged_and_all_else_is_replaced(base: Any, extra: Any, expected: Any) -> None:
    assert documents.merged(base, extra) == expected


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=12)


@given(JSON, JSON)
def test_merging_changes_neither_side_and_the_result_shares_nothing(base: Any, extra: Any) -> None:
    before = copy.deepcopy((base, extra))
    result = documents.merged(base, extra)
    assert documents.merged(result, extra) == result and documents.merged(base, base) == base
    if isinstance(result, dict):
        for value in result.values():
            if isinstance(value, (dict, list)):
                value.clear()
    assert (base, extra) == before


def test_what_a_description_lacks_is_one_sentence() -> None:
    lacking: dict[str, Any] = {**NODE, "cri_socket": ""}
    for action in (lambda: documents.init_documents(cluster(), lacking), lambda: documents.join_document("1.31.2", lacking, False),
                   lambda: documents.reset_document("1.31.2", {})):
        with pytest.raises(KubewrightError, match="the description of the (node|reset) lacks cri_socket; it needs (name, address, )?cri_socket"):
            action()


def test_a_cluster_needs_four_things_and_the_rest_has_defaults() -> None:
    with pytest.raises(KubewrightError, match="the description of the cluster lacks version, pod_subnets; it needs version, control_plane_endpoint, "):
        documents.init_documents({"control_plane_endpoint": "x", "service_subnets": ["10.96.0.0/12"], "pod_subnets": []}, NODE)
    least = {name: value for name, value in cluster().items() if name in documents.CLUSTER_NEEDS}
    assert documents.init_documents(least, NODE) == documents.init_documents(cluster(cert_sans=[]), NODE)


@pytest.mark.parametrize(("key", "value"), [("kubelet_configuration", "maxPods: 1"), ("cluster_configuration", ["x"])])
def test_a_free_form_part_is_a_mapping(key: str, value: Any) -> None:
    with pytest.raises(KubewrightError, match=f"{key} in the description of the cluster is .*; a mapping is expected"):
        documents.init_documents(cluster(**{key: value}), NODE)


@pytest.mark.parametrize("subnets", ["10.0.0.0/8", [["10.0.0.0/8"]], {"10.0.0.0/8": None}])
def test_subnets_are_a_list(subnets: Any) -> None:
    with pytest.raises(KubewrightError, match=r"networks for podSubnet are .*; write a list, such as \['10.244.0.0/16'\]"):
        documents.init_documents(cluster(pod_subnets=subnets), NODE)


def test_what_is_misspelt_in_any_document_is_told_at_once_before_kubeadm_sees_it() -> None:
    wrong = cluster("1.20.2", cluster_configuration={"apiServr": {}}, kubelet_configuration={"maxPodz": 1}, proxy_configuration={"ipvs": {"strictArp": True}})
    with pytest.raises(KubewrightError) as caught:
        documents.init_documents(wrong, {**NODE, "configuration": {"nodeRegistration": {"taint": []}}})
    for words in ("InitConfiguration: there is no nodeRegistration.taint; did you mean nodeRegistration.taints?",
                  "ClusterConfiguration: there is no apiServr; did you mean apiServer?", "KubeletConfiguration: there is no maxPodz; did you mean maxPods?",
                  "KubeProxyConfiguration: there is no ipvs.strictArp; did you mean ipvs.strictARP?"):
        assert words in str(caught.value)
    with pytest.raises(KubewrightError, match="JoinConfiguration: there is no patchez; did you mean patches?"):
        documents.join_document("1.25.0", {**NODE, "configuration": {"patchez": {}}}, False)


def test_fields_that_are_newer_than_the_collection_pass_when_the_user_says_so() -> None:
    found = documents.init_documents(cluster("1.39.0", kubelet_configuration={"brandNew": 1, "maxPods": "1"}, unchecked="true"), NODE)
    assert (found[2]["brandNew"], found[2]["maxPods"]) == (1, 1)
    assert documents.join_document("1.39.0", {**NODE, "unchecked": True, "configuration": {"brandNew": 1}}, False)["brandNew"] == 1
    with pytest.raises(KubewrightError, match="featureGates.IPv6DualStack is known to kubeadm 1.17 to 1.23"):
        documents.init_documents(cluster("1.39.0", feature_gates={"IPv6DualStack": True}, unchecked=True), NODE)


@pytest.mark.parametrize(("version", "init", "apiserver", "join"), [
    ("1.30.2", None, "6m", {"discovery": {"timeout": "7m"}}),
    ("1.31.2", {"controlPlaneComponentHealthCheck": "6m", "discovery": "7m"}, None,
     {"timeouts": {"controlPlaneComponentHealthCheck": "6m", "discovery": "7m"}}),
])
def test_one_description_of_timeouts_serves_init_and_join(version: str, init: Any, apiserver: Any, join: dict[str, Any]) -> None:
    node = {**NODE, "timeouts": {"controlPlaneComponentHealthCheck": "6m", "discovery": "7m"}}
    found = documents.init_documents(cluster(version), node)
    assert (found[0].get("timeouts"), found[1]["apiServer"].get("timeoutForControlPlane")) == (init, apiserver)
    joined = documents.join_document(version, node, True)
    assert {name: joined[name] for name in ("timeouts", "discovery") if name in joined} == join


@pytest.mark.parametrize("name", ["kubeletHealthCheck", "tlsBootstrap", "etcdAPICall"])
def test_a_timeout_that_a_version_has_no_place_for_is_refused(name: str) -> None:
    node = {**NODE, "timeouts": {name: "1m0s"}}
    for action in (lambda: documents.init_documents(cluster("1.30.2"), node), lambda: documents.join_document("1.30.2", node, False)):
        with pytest.raises(KubewrightError, match=rf"timeouts \({name}\) exists from Kubernetes 1.31 on, this is 1.30"):
            action()
    with pytest.raises(KubewrightError, match=r"InitConfiguration: timeouts \(discovery\) exists from Kubernetes 1.31 on"):
        documents.init_documents(cluster("1.30.2"), {**NODE, "configuration": {"timeouts": {"discovery": "1m"}}})


@pytest.mark.parametrize(("version", "gates"), [("1.17.0", True), ("1.20.2", True), ("1.21.0", False), ("1.37.0", False)])
def test_both_families_are_switched_on_where_they_have_to_be(version: str, gates: bool) -> None:
    found = documents.init_documents(cluster(version, pod_subnets=["10.244.0.0/16", "fd00::/56"], service_subnets=["10.96.0.0/12", "fd01::/112"]), NODE)
    assert [document.get("featureGates") for document in found[1:]] == [{"IPv6DualStack": True} if gates else None] * 3


def test_a_node_of_both_families_has_two_addresses() -> None:
    node = {**NODE, "addresses": ["192.0.2.10", "2001:db8::10"]}
    assert documents.join_document("1.20.2", node, False)["nodeRegistration"]["kubeletExtraArgs"] == {"node-ip": "192.0.2.10,2001:db8::10"}
    with pytest.raises(KubewrightError, match="addresses of cp1 are 192.0.2.10, 2001:db8::10, but the kubelet of Kubernetes 1.19.0 takes 1; "):
        documents.join_document("1.19.0", node, False)


@pytest.mark.parametrize("version", ["1.20.2", "1.34.2"])
@pytest.mark.parametrize("extra", [{"v": 4}, [{"name": "v", "value": "4"}]])
def test_flags_of_the_kubelet_may_be_a_list_everywhere(version: str, extra: Any) -> None:
    for node in ({**NODE, "kubelet_extra_args": extra}, {**NODE, "configuration": {"nodeRegistration": {"kubeletExtraArgs": extra}}}):
        found = documents.join_document(version, node, False)["nodeRegistration"]["kubeletExtraArgs"]
        assert found in ({"node-ip": "192.0.2.10", "v": "4"}, [{"name": "node-ip", "value": "192.0.2.10"}, {"name": "v", "value": "4"}])


def test_a_node_s_own_settings_have_names_of_their_own() -> None:
    node = {**NODE, "skip_phases": ["addon/coredns"], "patches_directory": "/p", "image_pull_policy": "Never", "image_pull_serial": False}
    found = documents.init_documents(cluster("1.34.2"), node)[0]
    assert (found["skipPhases"], found["patches"]) == (["addon/coredns"], {"directory": "/p"})
    assert (found["nodeRegistration"]["imagePullPolicy"], found["nodeRegistration"]["imagePullSerial"]) == ("Never", False)
    with pytest.raises(KubewrightError, match="nodeRegistration.imagePullSerial exists from Kubernetes 1.31 on"):
        documents.init_documents(cluster("1.30.2"), node)


@pytest.mark.parametrize("version", ["1.20.2", "1.30.2"])
def test_a_kind_that_a_version_does_not_have_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(KubewrightError, match=f"Kubernetes {version} has no ResetConfiguration, it came with 1.31; pass flags to kubeadm reset"):
        documents.reset_document(version, {"cri_socket": "/x"})
    with pytest.raises(KubewrightError, match=f"Kubernetes {version} has no UpgradeConfiguration, it came with 1.31; pass flags to kubeadm upgrade"):
        documents.upgrade_document(version, {})


def test_a_reset_and_an_upgrade_are_described_like_the_rest() -> None:
    reset = documents.reset_document("1.34.2", {"cri_socket": "/run/x.sock", "ignore_preflight_errors": [], "configuration": {"force": True}})
    assert reset == {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ResetConfiguration", "criSocket": "unix:///run/x.sock", "force": True}
    described = {"ignore_preflight_errors": ["A"], "timeouts": {"etcdAPICall": "1m"}, "configuration": {"node": {"etcdUpgrade": False}}}
    upgrade = documents.upgrade_document("1.34.2", described)
    assert upgrade == {
        "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "UpgradeConfiguration", "apply": {"kubernetesVersion": "v1.34.2", "ignorePreflightErrors": ["A"]},
        "node": {"ignorePreflightErrors": ["A"], "etcdUpgrade": False}, "plan": {"kubernetesVersion": "v1.34.2", "ignorePreflightErrors": ["A"]},
        "timeouts": {"etcdAPICall": "1m"}}
    with pytest.raises(KubewrightError, match="UpgradeConfiguration: there is no aply; did you mean apply?"):
        documents.upgrade_document("1.34.2", {"configuration": {"aply": {}}})


def test_images_of_a_cluster_with_etcd_elsewhere_and_without_kube_proxy() -> None:
    external = {"endpoints": ["https://192.0.2.1:2379"]}
    given_by_user = {"etcd": {"external": external}, "proxy": {"disabled": True}, "apiServer": {"extraArgs": {"--x": 1}}, "networking": {"podSubnet": "x"}}
    assert documents.image_documents("1.34.2", "", given_by_user)[0] == {
        "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.34.2", "etcd": {"external": external},
        "proxy": {"disabled": True}}
    assert "proxy" not in documents.image_documents("1.30.2", "", given_by_user)[0]


@pytest.mark.parametrize("header", [{"kind": "Kubelet"}, {"kind": None}, {"apiVersion": "kubeadm.k8s.io/v1beta3"}])
@pytest.mark.parametrize("part", ["cluster_configuration", "kubelet_configuration", "proxy_configuration"])
def test_a_free_form_part_does_not_change_what_a_document_is(part: str, header: dict[str, Any]) -> None:
    with pytest.raises(KubewrightError, match=r"Configuration: (kind|apiVersion) is .* in its free-form part, here it is '.*'; leave it out"):
        documents.init_documents({**cluster(), part: header}, NODE)
    with pytest.raises(KubewrightError, match="in its free-form part"):
        documents.join_document("1.34.2", {**NODE, "configuration": header}, False)


def test_a_free_form_part_may_say_what_it_is() -> None:
    header = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
    assert documents.init_documents(cluster(kubelet_configuration=header), NODE) == documents.init_documents(cluster(), NODE)


def test_a_volume_may_come_by_a_patch() -> None:
    wanted = cluster(cluster_configuration={"apiServer": {"extraArgs": {"oidc-ca-file": "/srv/ca.crt"}}})
    with pytest.raises(KubewrightError, match="no volume brings"):
        documents.init_documents(wanted, NODE)
    assert documents.init_documents(wanted, {**NODE, "patches_directory": "/etc/kubernetes/patches"})[0]["patches"] == {"directory": "/etc/kubernetes/patches"}
