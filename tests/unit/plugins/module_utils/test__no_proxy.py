# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._no_proxy import complete, hosts

CONNECTED = ["192.0.2.0/24", "192.0.0.0/16", "0.0.0.0/0", "2001:db8::/64"]


@pytest.mark.parametrize(("named", "addresses", "expected"), [
    ([".svc"], ["192.0.2.1"], [".svc", "192.0.2.0/24"]), ([], ["192.0.2.1", "192.0.2.2"], ["192.0.2.0/24"]), ([], ["203.0.113.1"], ["203.0.113.1"]),
    (["192.0.0.0/16"], ["192.0.2.1"], ["192.0.0.0/16"]), ([], ["2001:db8::7", "192.0.3.1"], ["192.0.0.0/16", "2001:db8::/64"]),
    (["203.0.113.1"], ["203.0.113.1"], ["203.0.113.1"]), ([], [], []),
])
def test_nodes_are_covered_by_the_narrowest_network(named: List[str], addresses: List[str], expected: List[str]) -> None:
    assert complete(named, addresses, CONNECTED) == expected


def test_a_new_node_of_the_same_network_changes_nothing() -> None:
    assert complete([".svc"], ["192.0.2.1"], CONNECTED) == complete([".svc"], ["192.0.2.1", "192.0.2.200"], CONNECTED)


def test_the_order_of_addresses_does_not_matter() -> None:
    addresses = ["203.0.113.1", "192.0.2.1", "198.51.100.1"]
    assert complete([], addresses, CONNECTED) == complete([], addresses[::-1], CONNECTED)


def test_hosts_are_neither_networks_nor_domains() -> None:
    assert hosts(["localhost", "127.0.0.1", "::1", ".svc", "*.example.com", "10.0.0.0/8", "k8s.example.com"]) == ["localhost", "127.0.0.1", "k8s.example.com"]
