# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_settings
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, judged, seen, told


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> list[tuple[str, str, str]]:
    return told(preflight_settings.JUDGES, variables, looks, **more)


@pytest.mark.parametrize(("version", "message"), [
    (None, "kube_version is not set"), ("", "kube_version is not set"),
    ("1.31", "kube_version is '1.31'; it must be a whole version in quotes, x.y.z, for example '1.31.2'"),
    (1.31, "kube_version is 1.31, a decimal number (its quotes are missing, or it is a survey's answer of two numbers); "
     "it must be a whole version in quotes, x.y.z, for example '1.31.2'"),
    ("1.16.0", "Kubernetes 1.16.0 is older than 1.17, the oldest that Kubewright knows"),
])
def test_a_missing_or_wrong_version_is_said_once(version: Any, message: str) -> None:
    assert found(everywhere(kube_version=version)) == [("inventory", "KubeVersion", message)]


def test_what_kubeadm_s_documents_cannot_be_made_of_is_found_before_anything_is_touched() -> None:
    wrong = everywhere(kube_kubelet_configuration={"maxPodz": 1}, kube_kubelet_extra_args={"container-runtime": "remote"})
    flag = "the kubelet of Kubernetes 1.31.2 would not start with kubeletExtraArgs.container-runtime, which was removed in 1.27; "
    flag += "leave it out; the socket of the runtime is kube_cri_socket"
    assert found(wrong) == [
        ("cp1", "Documents", f"InitConfiguration: {flag}"), ("cp1", "Documents", "KubeletConfiguration: there is no maxPodz; did you mean maxPods?"),
        ("w1", "Documents", f"JoinConfiguration: {flag}")]
    assert [row[1] for row in found(everywhere(kube_version="1.31", kube_kubelet_configuration={"maxPodz": 1}))] == ["KubeVersion"]


def test_a_version_newer_than_the_facts_is_a_warning_said_once() -> None:
    newer = everywhere(kube_version="1.38.0")
    assert found(newer) == [
        ("inventory", "KubeVersionUnknown", "Kubernetes 1.38 is newer than 1.37, the newest that Kubewright knows; it is treated as 1.37")]
    assert [row[1] for row in judged(preflight_settings._newer_than_known, newer)] == ["warning"]


def test_a_version_that_differs_between_hosts_is_told() -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_version": "1.31.3"}}) == [
        ("inventory", "KubeVersion", "kube_version differs: 1.31.2 for cp1; 1.31.3 for w1")]


@pytest.mark.parametrize("name", preflight_settings.ROLE_VERSIONS)
def test_a_role_s_own_version_that_contradicts_is_told_for_its_host(name: str) -> None:
    assert found({**GOOD, "w1": {**GOOD["w1"], name: "1.30.0"}}) == [("w1", "KubeVersion", f"{name} is 1.30.0, kube_version is 1.31.2")]
    assert found(everywhere(**{name: "1.31.2"})) == []


@pytest.mark.parametrize(("name", "value", "identity", "message"), [
    ("kube_runtime", "rkt", "Runtime", "kube_runtime is 'rkt', which nobody knows"), ("kube_cni", "weave", "CNI", "kube_cni is 'weave', which nobody knows"),
    ("kube_cni", None, "CNI", "kube_cni is None, which nobody knows"),
    ("kube_docker_source", "usb", "Switch", "kube_docker_source is 'usb', which nobody knows"),
    ("kube_firewall", "shut", "Switch", "kube_firewall is 'shut', which nobody knows"),
    ("prereqs_selinux", "disabled", "Switch", "prereqs_selinux is 'disabled', which nobody knows"),
    ("kube_package_source", "usb", "PackageSource", "kube_package_source is 'usb', which nobody knows"),
    ("kube_package_source", "bundle", "Bundle", "kube_package_source is bundle, but kube_bundle_url is not set"),
])
def test_an_unknown_choice_is_told(name: str, value: Any, identity: str, message: str) -> None:
    assert found(everywhere(**{name: value})) == [("inventory", identity, message)]


@pytest.mark.parametrize("choices", [
    {"kube_runtime": "containerd"}, {"kube_runtime": "docker"}, {"kube_docker_source": "distribution"},
    {"kube_firewall": "off"}, {"kube_firewall": False}, {"prereqs_time": "keep"},
    {"kube_cni": "none"}, {"kube_cni": "bridge"}, {"kube_cni": "flannel"}, {"kube_cni": "calico"},
    {"kube_package_source": "bundle", "kube_bundle_url": "http://192.0.2.5", "kube_bundle_sha256": "0" * 64},
    {"kube_package_source": "custom"},
])
def test_a_known_choice_is_fine(choices: dict[str, Any]) -> None:
    assert found(everywhere(**choices)) == []


def test_an_empty_control_plane_group_is_told() -> None:
    assert found(control_planes=[]) == [("inventory", "NoControlPlane", "the group kube_control_plane is empty")]
    assert found({}, control_planes=[]) == [("inventory", "NoControlPlane", "the group kube_control_plane is empty")]


@pytest.mark.parametrize(("said", "message"), [
    (2, None), ("2", None), (0, None), (3, "kube_inventory_machines is 3, and this run knows 2 machines"),
    ("three", "kube_inventory_machines is three, and this run knows 2 machines")])
def test_an_inventory_that_lacks_machines_is_told(said: Any, message: str | None) -> None:
    assert found(everywhere(kube_inventory_machines=said)) == ([("inventory", "IncompleteInventory", message)] if message else [])


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


def test_a_bundle_without_its_digest_is_a_warning() -> None:
    inputs = everywhere(kube_package_source="bundle", kube_bundle_url="http://192.0.2.5")
    assert found(inputs) == [("inventory", "BundleTrust", "kube_bundle_sha256 is not set, so whatever answers at kube_bundle_url is trusted")]


@pytest.mark.parametrize(("own", "state", "planes", "expected"), [
    ({}, "clean", ["cp1", "w1"], True), ({}, "clean", ["cp1"], False), ({}, "control_plane", ["cp1", "w1"], False),
    ({"kube_control_plane_endpoint": "api.example.com:6443"}, "clean", ["cp1", "w1"], False),
    ({"kube_control_plane_endpoint_address": "192.0.2.50"}, "clean", ["cp1", "w1"], False),
])
def test_an_endpoint_that_leads_to_one_of_several_control_planes_is_told_before_they_are_made(
    own: dict[str, Any], state: str, planes: list[str], expected: bool
) -> None:
    variables = {host: {**GOOD[host], **own} for host in GOOD}
    rows = [row for row in found(variables, [seen("cp1", state=state)], control_planes=planes) if row[1] == "Endpoint"]
    message = "2 control planes, and everybody would call the first one, cp1: without it nobody finds the others"
    assert rows == ([("inventory", "Endpoint", message)] if expected else [])
