# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_addresses
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, judged, seen, told

TWO = [{"interface": "eth0", "address": "192.0.2.11"}, {"interface": "eth1", "address": "10.0.0.11"}]


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None) -> list[tuple[str, str, str]]:
    return told(preflight_addresses.JUDGES, variables, looks)


@pytest.mark.parametrize(("own", "address", "expected"), [
    ({"ansible_host": "192.0.2.10"}, "", "192.0.2.10"), ({"kube_node_address": "192.0.2.12"}, "10.0.2.15", ""),
    ({"ansible_host": "127.0.0.1"}, "192.0.2.10", "192.0.2.10"),
    ({"ansible_host": "w1.example.com"}, "", ""),
])
def test_two_nodes_with_one_address_are_told(own: dict[str, Any], address: str, expected: str) -> None:
    looks = [seen("cp1", host={"address": "10.0.2.15"}), seen("w1", host={"address": address})]
    told_of = [row for row in found({**GOOD, "w1": {**GOOD["w1"], **own}}, looks) if row[1] == "NodeAddress"]
    assert told_of == ([("inventory", "NodeAddress", f"cp1, w1 would all have the address {expected}")] if expected else [])


@pytest.mark.parametrize("value", ["eth1", "w1.example.com", "192.0.2.300", 5])
def test_a_node_address_that_is_none_is_told(value: Any) -> None:
    assert ("w1", "NodeAddress", f"kube_node_address is {value!r}, which is no address") in found({**GOOD, "w1": {**GOOD["w1"], "kube_node_address": value}})


@pytest.mark.parametrize(("own", "there", "wanted"), [
    ({"kube_node_address": "10.9.9.9"}, TWO, "10.9.9.9"),
    ({"ansible_host": "203.0.113.7"}, TWO, "203.0.113.7"),
    ({"kube_node_address": "10.0.0.11"}, TWO, ""), ({"ansible_host": "192.0.2.11"}, TWO, ""), ({"kube_node_address": "10.9.9.9"}, [], ""),
    ({"kube_node_address": "2001:db8:0::1"}, [{"interface": "eth0", "address": "2001:db8::1"}], ""),
])
def test_an_address_that_the_machine_does_not_have_is_told_with_those_that_it_has(own: dict[str, Any], there: list[dict[str, str]], wanted: str) -> None:
    for state, level in (("clean", "error"), ("worker", "warning")):
        rows = judged(preflight_addresses._absent, {**GOOD, "w1": own}, [seen("w1", state=state, machine={"addresses": there})])
        message = f"{wanted}, which the inventory gives it, is none of its own; it has 192.0.2.11 (eth0), 10.0.0.11 (eth1)"
        assert rows == ([("w1", level, "NodeAddress", message)] if wanted else [])


@pytest.mark.parametrize(("own", "state", "more", "expected"), [
    ({"ansible_host": "w1.example.com"}, "clean", [], True), ({}, "clean", [], True), ({"ansible_host": "127.0.0.1"}, "partial", [], True),
    ({"ansible_host": "192.0.2.11"}, "clean", [], False), ({"kube_node_address": "10.0.0.11"}, "clean", [], False), ({}, "worker", [], False),
])
def test_several_addresses_of_which_nobody_chose_one_are_told(own: dict[str, Any], state: str, more: list[dict[str, str]], expected: bool) -> None:
    looks = [seen("w1", state=state, host={"address": "192.0.2.11"}, machine={"addresses": TWO + more})]
    message = "the inventory gives it no address, and it has several: 192.0.2.11 (eth0), 10.0.0.11 (eth1)"
    assert judged(preflight_addresses._undecided, {**GOOD, "w1": own}, looks) == ([("w1", "error", "NodeAddressChoice", message)] if expected else [])


@pytest.mark.parametrize("row", [
    {"interface": "lo", "address": "10.9.9.9"},
    {"interface": "docker0", "address": "172.17.0.1"}, {"interface": "cni0", "address": "10.244.0.1"}, {"interface": "virbr0", "address": "192.168.122.1"},
    {"interface": "incusbr0", "address": "10.8.8.1"}, {"interface": "nerdctl0", "address": "10.4.0.1"},
    {"interface": "br-0123456789ab", "address": "172.18.0.1"}, {"interface": "eth0", "address": "192.0.2.50"}, {"interface": "eth1", "address": "2001:db8::1"},
])
def test_what_other_nodes_cannot_reach_or_the_same_card_has_is_no_choice(row: dict[str, str]) -> None:
    looks = [seen("w1", host={"address": "192.0.2.11"}, machine={"addresses": [TWO[0], row]})]
    assert judged(preflight_addresses._undecided, {**GOOD, "w1": {}}, looks) == []


@pytest.mark.parametrize(("name", "own", "state", "expected"), [
    ("api.example.com", {}, "clean", True), ("api.example.com", {}, "worker", False), ("cluster-endpoint", {}, "clean", False), ("cp1", {}, "clean", False),
    ("api.example.com", {"prereqs_extra_hosts": {"192.0.2.50": "api api.example.com"}}, "clean", False),
    ("api.example.com", {"prereqs_extra_hosts": {"192.0.2.50": ["api.example.com"]}}, "clean", False),
    ("fd00::50", {}, "clean", False), ("plane", {"kube_hostname": "plane"}, "clean", False), ("w1-public", {}, "clean", False),
])
def test_an_endpoint_s_name_that_a_machine_does_not_find_and_this_run_does_not_write_is_told(
    name: str, own: dict[str, Any], state: str, expected: bool
) -> None:
    looks = [seen("w1", state=state, machine={"resolved": {name: []}}), seen("cp1", machine={"resolved": {name: ["192.0.2.50"]}})]
    message = f"the endpoint's name {name} leads nowhere: neither DNS nor /etc/hosts of this machine knows it"
    assert judged(preflight_addresses._nameless, {**GOOD, "w1": own}, looks) == ([("w1", "error", "EndpointName", message)] if expected else [])
