# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _openings as o
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


def entry(protocol: str, ports: str, clients: str = "everybody") -> Dict[str, Any]:
    return {"process": "p", "protocol": protocol, "ports": ports, "from": clients}


PORTS = [entry("tcp", "10250", "nodes"), entry("tcp", "6443"), entry("tcp", "2381", "itself"), entry("tcp", "2379-2380", "nodes"), entry("ipip", "", "nodes"),
         entry("udp", "30000-32767")]


@pytest.mark.parametrize(("networks", "expected"), [
    ([], ["protocol ipip", "2379-2380/tcp", "6443/tcp", "10250/tcp", "30000-32767/udp"]),
    (["192.0.2.0/24"], ["6443/tcp", "30000-32767/udp", "protocol ipip from 192.0.2.0/24", "2379-2380/tcp from 192.0.2.0/24", "10250/tcp from 192.0.2.0/24"]),
])
def test_what_nodes_need_of_each_other_is_open_to_their_networks_where_these_are_known(networks: List[str], expected: List[str]) -> None:
    assert [str(opening) for opening in o.openings(PORTS, networks)] == expected


def test_what_everybody_reaches_is_not_opened_to_nodes_once_more() -> None:
    found = o.openings([entry("tcp", "6443"), entry("tcp", "6443-6443", "nodes"), {"protocol": "tcp", "ports": 6443}], ["192.0.2.0/24"])
    assert [str(opening) for opening in found] == ["6443/tcp"]


@pytest.mark.parametrize("wrong", [entry("tcp", ""), entry("tcp", "0"), entry("tcp", "70000"), entry("tcp", "9-1"), entry("tcp", "http"), entry("ipip", "4"),
                                   entry("icmp", ""), entry("", "80"), {}])
def test_what_is_no_port_is_refused(wrong: Dict[str, Any]) -> None:
    with pytest.raises(KubewrightError, match="write its protocol"):
        o.openings([wrong], [])


def test_networks_are_spelled_as_firewalls_do() -> None:
    assert o.network(" 192.0.2.7/24", "x") == "192.0.2.0/24" and o.network("192.0.2.7", "x") == "192.0.2.7/32" and o.family("fd00::/48") == 6
    with pytest.raises(KubewrightError, match="node_networks.*write networks"):
        o.network("pods", "node_networks")


CHAINS = """table ip filter {
    chain INPUT {
        type filter hook input priority filter; policy drop;
    }
    chain FORWARD {
        type filter hook forward priority filter; policy accept;
    }
}
table inet mine {
    chain through {
        type filter hook forward priority 0; policy drop;
    }
    chain out {
        type filter hook output priority 0; policy drop;
    }
    chain plain {
    }
}
table inet firewalld {
    chain filter_INPUT {
        type filter hook input priority filter + 10; policy drop;
    }
}
"""


def test_chains_that_drop_what_they_do_not_know_are_found() -> None:
    assert o.closed_chains(CHAINS) == ["ip filter INPUT", "inet mine through"] and o.closed_chains("") == []
    assert "ip filter INPUT, inet mine through" in str(o.told_of(o.closed_chains(CHAINS))) and o.told_of([]) is None
