# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import inventory


@pytest.mark.parametrize(("text", "expected"), [("192.0.2.1", True), ("2001:db8::1", True), ("node1", False), ("192.0.2", False), ("", False), (None, False)])
def test_an_address_is_told_from_a_name(text: Any, expected: bool) -> None:
    assert inventory.is_address(text) is expected


@pytest.mark.parametrize(("name", "variables", "expected"), [
    ("n1", {"kube_node_address": "192.0.2.1", "ansible_host": "192.0.2.2"}, "192.0.2.1"), ("n1", {"ansible_host": "192.0.2.2"}, "192.0.2.2"),
    ("n1", {"ansible_host": "n1.example.com"}, ""), ("192.0.2.3", {"ansible_host": "n1.example.com"}, "192.0.2.3"), ("n1", {}, ""),
    ("n1", {"kube_node_address": "", "ansible_host": "2001:db8::2"}, "2001:db8::2"),
    ("n1", {"ansible_host": "127.0.0.1"}, ""), ("n1", {"ansible_host": "::1"}, ""),
])
def test_a_node_s_address_is_the_first_that_is_one(name: str, variables: dict[str, Any], expected: str) -> None:
    assert inventory.node_address(name, variables) == expected


@pytest.mark.parametrize(("name", "variables", "expected"), [("Node1", {}, "node1"), ("n1", {"kube_node_name": "Worker-A"}, "worker-a"),
                                                             ("n1", {"kube_node_name": ""}, "n1"), ("n1", {"kube_node_name": 7}, "7")])
def test_a_node_s_name_is_lower_case(name: str, variables: dict[str, Any], expected: str) -> None:
    assert inventory.node_name(name, variables) == expected


HOSTVARS: dict[str, Any] = {
    "Cp1": {"ansible_host": "192.0.2.10", "kube_node_labels": {"a": "b"}, "kube_node_taints": ["x:NoSchedule"]},
    "w1": {"kube_node_address": "192.0.2.11", "ansible_host": "jump.example.com"},
    "w2": {"ansible_host": "2001:db8::12"},
    "w3": {},
}


def test_hosts_whose_address_only_they_know_are_left_out() -> None:
    assert inventory.node_addresses(HOSTVARS, list(HOSTVARS)) == {"cp1": "192.0.2.10", "w1": "192.0.2.11", "w2": "2001:db8::12"}
    assert inventory.node_names(HOSTVARS, list(HOSTVARS)) == ["cp1", "w1", "w2", "w3"]


@pytest.mark.parametrize(("endpoint", "address", "expected"), [
    ("cluster:6443", "192.0.2.10", "192.0.2.10 cp1 cluster\n192.0.2.11 w1"),
    ("cluster:6443", "192.0.2.99", "192.0.2.10 cp1\n192.0.2.11 w1\n192.0.2.99 cluster"),
    ("cluster:6443", "", "192.0.2.10 cp1\n192.0.2.11 w1"), ("192.0.2.10:6443", "192.0.2.10", "192.0.2.10 cp1\n192.0.2.11 w1"),
    ("[2001:db8::1]:6443", "192.0.2.10", "192.0.2.10 cp1\n192.0.2.11 w1"), ("cp1:6443", "192.0.2.10", "192.0.2.10 cp1\n192.0.2.11 w1"),
])
def test_every_node_and_our_name_of_the_endpoint_resolve(endpoint: str, address: str, expected: str) -> None:
    hostvars = {"w1": {"ansible_host": "192.0.2.11"}, "cp1": {"ansible_host": "192.0.2.10"}, "dns": {"ansible_host": "known.to.dns"}}
    assert inventory.hosts_block(inventory.known_nodes(hostvars, ["w1", "cp1", "dns"]), endpoint, address) == expected


def test_nodes_have_their_host_names_and_public_addresses_and_others_can_be_added() -> None:
    hostvars = {"cp1": {"ansible_host": "192.0.2.10", "kube_hostname": "cp1.example.com", "kube_node_public_address": "203.0.113.10"},
                "w1": {"ansible_host": "192.0.2.11", "kube_hostname": "w1"}, "far": {"kube_node_public_address": "2001:db8::1"}}
    extra = {"192.0.2.50": "registry git", "192.0.2.11": ["cache"], "2001:db8::50": ["registry"]}
    assert inventory.hosts_block(inventory.known_nodes(hostvars, ["w1", "cp1", "far"]), "c:6443", "192.0.2.10", extra).splitlines() == [
        "192.0.2.10 cp1 cp1.example.com c", "192.0.2.11 w1 cache", "192.0.2.50 registry git", "2001:db8::1 far-public", "2001:db8::50 registry",
        "203.0.113.10 cp1-public"]


@pytest.mark.parametrize(("variables", "extra", "message"), [
    ({"kube_node_public_address": "cp1.example.com"}, {}, "'cp1.example.com' is given as an address of cp1-public for /etc/hosts and is none"),
    ({}, {"registry": "192.0.2.50"}, "'registry' is given as an address of 192.0.2.50"),
    ({}, {"192.0.2.99": "cp1"}, "cp1 would have two addresses in /etc/hosts, 192.0.2.10 and 192.0.2.99"),
])
def test_what_cannot_stand_in_etc_hosts_is_refused(variables: dict[str, Any], extra: dict[str, Any], message: str) -> None:
    with pytest.raises(KubewrightError, match=message):
        inventory.hosts_block(inventory.known_nodes({"cp1": {"ansible_host": "192.0.2.10", **variables}}, ["cp1"]), "c:6443", "", extra)


def test_what_the_inventory_says_of_a_machine_is_text() -> None:
    assert inventory.known_nodes({"W1": {"ansible_host": "192.0.2.11", "kube_hostname": 7}}, ["W1"]) == [
        {"host": "W1", "name": "w1", "hostname": "7", "address": "192.0.2.11", "public_address": ""}]


ADMIN = yaml.safe_dump({"clusters": [{"name": "k", "cluster": {"server": "https://cluster:6443", "certificate-authority-data": "AAAA"}}], "users": []})


def test_a_workstation_s_kubeconfig_has_another_server_only() -> None:
    found = yaml.safe_load(inventory.workstation_kubeconfig(ADMIN, "https://192.0.2.10:6443"))
    assert found == {"clusters": [{"name": "k", "cluster": {"server": "https://192.0.2.10:6443", "certificate-authority-data": "AAAA"}}], "users": []}


@pytest.mark.parametrize("text", ["", "[]", "text", "clusters: []", "clusters: {", "\tx"])
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="admin.conf is no kubeconfig"):
        inventory.workstation_kubeconfig(text, "https://x")


def test_a_machine_s_own_address_is_the_inventory_s_or_the_one_it_was_seen_to_have() -> None:
    assert inventory.own_address({"ansible_host": "192.0.2.1"}, "n1", "192.0.2.9") == "192.0.2.1"
    assert inventory.own_address({}, "n1", "192.0.2.9") == "192.0.2.9"
    with pytest.raises(KubewrightError, match="n1 has no address: set kube_node_address"):
        inventory.own_address({}, "n1")


def test_declared_nodes_have_the_labels_and_taints_of_the_inventory() -> None:
    found = inventory.declared_nodes(HOSTVARS, ["Cp1", "w1"], ["Cp1"], ["w1"], ["role:NoSchedule"])
    assert found == [{"name": "cp1", "state": "ready", "labels": {"a": "b"}, "taints": ["x:NoSchedule", "role:NoSchedule"]},
                     {"name": "w1", "state": "ready", "labels": {}, "taints": []}]


@pytest.mark.parametrize(("workers", "own", "expected"), [
    (["cp1"], [], ["role:NoSchedule-"]), ([], [], ["role:NoSchedule"]),
    (["cp1"], ["x:NoSchedule"], ["x:NoSchedule", "role:NoSchedule-"]), ([], ["x:NoSchedule"], ["x:NoSchedule", "role:NoSchedule"]),
    ([], ["role:NoSchedule-"], ["role:NoSchedule-"]), (["cp1"], ["role:NoSchedule"], ["role:NoSchedule"]),
])
def test_a_control_plane_takes_workloads_where_it_is_listed_as_a_worker_too_unless_its_own_taints_say_else(
    workers: list[str], own: list[str], expected: list[str]
) -> None:
    found = inventory.declared_nodes({"cp1": {"kube_node_taints": own}}, ["cp1"], ["cp1"], workers, ["role:NoSchedule"])
    assert found[0]["taints"] == expected
    assert inventory.as_node("n1") == {"name": "n1"}


def test_peers_are_the_other_nodes_that_have_a_pod_range() -> None:
    nodes = [{"name": name, "address": "a" + name, "pod_cidrs": cidrs, "ready": True} for name, cidrs in (("1", ["x"]), ("2", ["y"]), ("3", []))]
    assert inventory.bridge_peers(nodes, "1") == [{"address": "a2", "pod_cidrs": ["y"]}]


@pytest.mark.parametrize(("host", "given", "expected"), [
    ("Cp1", (), "192.0.2.10:6443"), ("w1", (), "jump.example.com:6443"), ("w2", (), "[2001:db8::12]:6443"), ("w3", (), "w3:6443"),
    ("Cp1", ("cluster-endpoint:6443",), "192.0.2.10:6443"), ("Cp1", ("", "192.0.2.50"), "192.0.2.50:6443"),
    ("Cp1", ("api.example.com:8443",), "api.example.com:8443"), ("Cp1", ("api.example.com",), "api.example.com:6443"),
    ("Cp1", ("api.example.com:8443", "192.0.2.50"), "192.0.2.50:8443"), ("Cp1", ("[2001:db8::50]:8443",), "[2001:db8::50]:8443"),
    ("Cp1", ("2001:db8::50",), "[2001:db8::50]:6443"),
])
def test_a_workstation_finds_the_api_server_at_the_endpoint_that_was_chosen_or_at_a_control_plane(host: str, given: tuple[str, ...], expected: str) -> None:
    assert inventory.workstation_server(HOSTVARS, host, *given) == f"https://{expected}"


@pytest.mark.parametrize(("variables", "expected"), [
    ({"ansible_host": "192.0.2.1"}, []),
    ({"ansible_host": "192.0.2.1", "kube_node_address": "10.0.0.1"}, ["192.0.2.1"]),
    ({"ansible_host": "jump.example.com"}, ["jump.example.com"]),
    ({"ansible_host": "10.0.0.1", "kube_node_public_address": "192.0.2.1"}, ["192.0.2.1"]),
    ({}, []),
    ({"kube_node_name": "plane"}, ["cp1"]),
    ({"ansible_host": "cp_1"}, []),
    ({"ansible_host": "CP1.Example.com"}, ["cp1.example.com"]), ({"ansible_host": "CP1"}, []),
])
def test_certificates_hold_whatever_a_workstation_may_call_a_control_plane_by(variables: dict[str, Any], expected: list[str]) -> None:
    assert inventory.certificate_names({"cp1": variables}, ["cp1"], []) == expected


def test_certificates_hold_what_is_asked_for_as_it_stands_and_the_endpoint_s_address_once() -> None:
    assert inventory.certificate_names({}, [], ["*.example.com", "192.0.2.50"], "192.0.2.50") == ["*.example.com", "192.0.2.50"]
    assert inventory.certificate_names({}, [], [], "") == []


LOOKED = {"__preflight_look": {"node": {"host": {"address": "192.0.2.77"}}}}


@pytest.mark.parametrize(("given", "first", "expected"), [
    (("vip:6443", "192.0.2.50"), {}, "192.0.2.50"), (("", "192.0.2.50"), {"ansible_host": "192.0.2.1"}, "192.0.2.50"),
    (("vip:6443",), {"ansible_host": "192.0.2.1"}, ""), (("cluster-endpoint:6443",), {"ansible_host": "192.0.2.1"}, "192.0.2.1"),
    ((), {"ansible_host": "192.0.2.1"}, "192.0.2.1"), ((), LOOKED, "192.0.2.77"),
])
def test_the_endpoint_s_address_is_given_or_that_of_the_first_control_plane(given: tuple[str, ...], first: dict[str, Any], expected: str) -> None:
    assert inventory.endpoint_address({"cp1": first}, ["cp1"], *given) == expected


def test_without_a_control_plane_there_is_no_endpoint() -> None:
    assert inventory.endpoint_address({}, []) == ""
    with pytest.raises(KubewrightError, match="cp1 has no address"):
        inventory.endpoint_address({"cp1": {}}, ["cp1"])
