# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_plan as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_output as fake

FACTS = "[upgrade/versions] Cluster version: v1.18.1\n[upgrade/versions] kubeadm version: v1.18.2\n"
OLD = ("COMPONENT", "CURRENT", "AVAILABLE")
API = ["kube-apiserver", "v1.18.1", "v1.18.2"]
KUBELET = [["kubelet", "2 x v1.17.4", "v1.18.2"], ["", "1 x v1.18.1", "v1.18.2"]]
ADDONS = [["CoreDNS", "1.6.5", "1.6.7"], ["etcd", "3.4.3", "3.4.3-0"]]


def offer(components: Any, manual: Any = (), version: str = "v1.18.2", note: str = "", header: Any = OLD) -> str:
    return fake.plan("version in the v1.18 series", list(header), manual, components, version, note)


@pytest.mark.parametrize("name", ["upgrade-plan.txt", "upgrade-plan.json"])
def test_a_captured_plan_is_read(captured: Callable[[str], str], name: str) -> None:
    found = parse.upgrade_plan(captured("kubeadm/1.34.2/" + name))
    target, = found.targets
    assert (target.version, target.description, target.kubeadm) == ("1.34.3", "version in the v1.34 series", "1.34.3")
    assert [(item.name, item.node, item.current, item.target) for item in target.components] == [
        *[("kubelet", node, "1.34.2", "1.34.3") for node in ("n1", "n2", "n3")],
        *[("kube-" + name, node, "1.34.2", "1.34.3") for name in ("apiserver", "controller-manager", "scheduler") for node in ("n1", "n3")],
        ("kube-proxy", "", "1.34.2", "1.34.3"), ("CoreDNS", "", "1.12.1", "1.12.1"),
        ("etcd", "n1", "3.5.16-0", "3.6.5-0"), ("etcd", "n3", "3.5.16-0", "3.6.5-0")]
    assert found.config_versions == [parse.ConfigVersion("kubeproxy.config.k8s.io", "v1alpha1", "v1alpha1", False),
                                     parse.ConfigVersion("kubelet.config.k8s.io", "v1beta1", "v1beta1", False)]
    assert (found.cluster, found.kubeadm) == (("1.34.2", "1.34.2") if name.endswith(".txt") else ("", ""))


def test_without_the_column_of_nodes_kubelets_are_counted() -> None:
    target, = parse.upgrade_plan(FACTS + offer([API, *ADDONS], KUBELET)).targets
    assert target.components == [
        parse.Component("kubelet", "1.17.4", "1.18.2", "", 2), parse.Component("kubelet", "1.18.1", "1.18.2", "", 1),
        parse.Component("kube-apiserver", "1.18.1", "1.18.2", "", 1),
        parse.Component("CoreDNS", "1.6.5", "1.6.7", "", 1), parse.Component("etcd", "3.4.3", "3.4.3-0", "", 1)]
    assert target.kubeadm == "1.18.2"


def test_the_names_of_old_versions_are_told_as_those_of_new_ones() -> None:
    rows = [["API Server", *API[1:]], ["Controller Manager", *API[1:]], ["Scheduler", *API[1:]], ["Kube Proxy", *API[1:]], ["Etcd", "3.4.3", "3.4.3-0"]]
    target, = parse.upgrade_plan(FACTS + offer(rows, [["Kubelet", "3 x v1.17.4", "v1.18.2"]])).targets
    assert [item.name for item in target.components] == ["kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd"]


def test_several_offers_are_kept_apart() -> None:
    text = FACTS + offer([API]) + offer([["kube-apiserver", "v1.18.1", "v1.19.3"]], KUBELET[:1], "v1.19.3", "v1.19.3").replace("v1.18 series", "v1.19 series")
    found = parse.upgrade_plan(text)
    assert [(item.version, item.kubeadm, len(item.components)) for item in found.targets] == [("1.18.2", "1.18.2", 1), ("1.19.3", "1.19.3", 2)]
    assert [item.description for item in found.targets] == ["version in the v1.18 series", "version in the v1.19 series"]
    assert (found.cluster, found.kubeadm) == ("1.18.1", "1.18.2")


def test_kubeadm_s_own_version_is_told_where_it_has_to_be_newer() -> None:
    assert parse.upgrade_plan(FACTS + offer([API], note="v1.18.20")).targets[0].kubeadm == "1.18.20"


def test_a_candidate_is_read_with_the_command_s_flag() -> None:
    text = FACTS + offer([["kube-apiserver", "v1.18.1", "v1.19.0-rc.1"]], version="v1.19.0-rc.1 --allow-release-candidate-upgrades")
    assert parse.upgrade_plan(text).targets[0].version == "1.19.0-rc.1"


def test_a_cluster_that_is_new_enough_has_no_targets() -> None:
    assert parse.upgrade_plan(FACTS) == parse.Plan("1.18.1", "1.18.2", [], [])


def test_what_is_new_in_the_target_has_no_version_yet() -> None:
    assert parse.upgrade_plan(FACTS + offer([API, ["CoreDNS", "", "1.6.7"]])).targets[0].components[-1] == parse.Component("CoreDNS", "", "1.6.7", "", 1)


def test_configurations_that_nobody_wrote_have_no_version() -> None:
    text = FACTS + fake.table([fake.CONFIGS, ["kubelet.config.k8s.io", "-", "v1beta1", "no"], ["kubeproxy.config.k8s.io", "v1alpha0", "v1alpha1", "yes"]])
    assert parse.upgrade_plan(text).config_versions == [parse.ConfigVersion("kubelet.config.k8s.io", "", "v1beta1", False),
                                                        parse.ConfigVersion("kubeproxy.config.k8s.io", "v1alpha0", "v1alpha1", True)]


def document(**more: Any) -> str:
    return json.dumps({"kind": "UpgradePlan", **more}, indent=4)


COMPONENTS = [{"name": "kubelet", "currentVersion": "3 x v1.28.1", "newVersion": "v1.28.2"},
              {"name": "kube-apiserver", "currentVersion": "v1.28.1", "newVersion": "v1.28.2"}]


def test_json_before_1_30_is_one_document_for_each_offer_with_text_before_it() -> None:
    text = FACTS + document(components=COMPONENTS, configVersions=[{"group": "kubelet.config.k8s.io", "currentVersion": "v1beta1"}])
    found = parse.upgrade_plan(text + "\n" + document(components=COMPONENTS[1:], configVersions=None))
    assert [item.components for item in found.targets] == [
        [parse.Component("kubelet", "1.28.1", "1.28.2", "", 3), parse.Component("kube-apiserver", "1.28.1", "1.28.2", "", 1)],
        [parse.Component("kube-apiserver", "1.28.1", "1.28.2", "", 1)]]
    assert (found.cluster, found.config_versions) == ("1.18.1", [parse.ConfigVersion("kubelet.config.k8s.io", "v1beta1", "", False)])


def test_json_without_offers_has_no_targets() -> None:
    assert parse.upgrade_plan(document(availableUpgrades=None, configVersions=[])).targets == []


@pytest.mark.parametrize("text", [
    "", "error", "{", document(availableUpgrades={}), document(availableUpgrades=[1]), document(availableUpgrades=[{"components": []}]),
    document(components=[{"name": "kube-apiserver", "newVersion": "latest"}]), document(components=[{"currentVersion": "v1.2.3"}]),
    document(components=COMPONENTS, configVersions=[1]),
    "[upgrade/versions] Cluster version: unknown\n", FACTS + offer([["kube-scheduler", *API[1:]]]), FACTS + offer([API], version="v1.18.3"),
    FACTS + offer([API]).split("You can now", maxsplit=1)[0], FACTS + offer([["kube-apiserver", "old", "v1.18.2"]]),
    FACTS + offer([API, ["CoreDNS", "1 6", "/"]]),
    FACTS + offer([[*API, "x", "y"]], header=[*OLD, "X", "Y"]), FACTS + offer([["kube-apiserver", "v1.18.1", ""]]),
    FACTS + fake.table([fake.CONFIGS, ["kubelet.config.k8s.io", "v1", "v1", "perhaps"]]),
])
def test_a_plan_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed"):
        parse.upgrade_plan(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("v1.34.2", "1.34.2"), ("1.20.15", "1.20.15"), ("v1.35.0-rc.1", "1.35.0-rc.1"), ("v1.21.5+k3s1", "1.21.5+k3s1")])
def test_a_version_is_told_without_its_letter(text: str, expected: str) -> None:
    assert parse.version(text) == expected


@pytest.mark.parametrize("text", ["", "v1.34", "1.2.3.4", "vv1.2.3", "1.2.3 ", "latest"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="where a version of Kubernetes was expected"):
        parse.version(text)


def test_every_name_of_a_table_is_told_once(captured: Callable[[str], str]) -> None:
    found: List[Any] = parse.upgrade_plan(captured("kubeadm/1.34.2/upgrade-plan.txt")).targets[0].components
    assert len({(item.name, item.node) for item in found}) == len(found)
