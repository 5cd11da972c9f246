# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _firewall as firewall

# Of a worker with kube-proxy and our bridge, and beside them: Docker's chains, an ssh rule whose comment looks like a jump, chains named OURS.
BEFORE, AFTER = "firewall/iptables-nft-save-1.8.9-kube-proxy-1.20.2.txt", "firewall/iptables-nft-save-1.8.9-after-reset.txt"


def lines(text: str, start: str) -> List[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


def test_every_chain_of_kubernetes_goes_and_nothing_else_is_named(captured: Callable[[str], str]) -> None:
    found = firewall.removal(captured(BEFORE))
    own = [line.split()[0][1:] for line in lines(captured(BEFORE), ":") if line.startswith((":KUBE-", ":KUBEWRIGHT-"))]
    assert len(own) == 28
    assert [line[3:] for line in lines(found, "-X ")] == own and [line.split()[0][1:] for line in lines(found, ":")] == own
    assert not [line for line in found.splitlines() if "OURS" in line or "DOCKER" in line or "--dport 22" in line]
    assert not lines(found, "-F") and not lines(found, "-P")


def test_rules_that_lead_there_are_deleted_as_they_were_saved(captured: Callable[[str], str]) -> None:
    deleted = ["-A " + line[3:] for line in lines(firewall.removal(captured(BEFORE)), "-D ")]
    assert len(deleted) == 12 and set(deleted) < set(captured(BEFORE).splitlines())
    assert {rule.split()[1] for rule in deleted} == {"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"}


def test_each_table_is_one_step(captured: Callable[[str], str]) -> None:
    found = firewall.removal(captured(BEFORE)).splitlines()
    assert [line for line in found if line.startswith("*")] == ["*mangle", "*filter", "*nat"] and found.count("COMMIT") == 3 and found[-1] == "COMMIT"


def test_what_was_left_by_a_reset_needs_no_other(captured: Callable[[str], str]) -> None:
    assert firewall.removal(captured(AFTER)) == ""
    kept = [line for line in captured(BEFORE).splitlines() if "KUBE" not in line or "our ssh" in line]
    assert [line for line in kept if line[:1] in "*:-"] == [line for line in captured(AFTER).splitlines() if line[:1] in "*:-"]


@pytest.mark.parametrize(("rule", "goes"), [
    ("-A INPUT -j KUBE-FIREWALL", True), ("-A INPUT -g KUBE-FIREWALL", True), ("-A FORWARD -j cali-FORWARD", True),
    ('-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG', True), ("-A MINE -j CNI-HOSTPORT-DNAT", True),
    ('-A FORWARD -m comment --comment "cali:S93hcgKJrXEqnTfs" -m mark --mark 0x10000/0x10000 -j ACCEPT', True),
    ('-A PREROUTING -d 169.254.20.10/32 -m comment --comment "NodeLocal DNS Cache: skip conntrack" -j NOTRACK', True),
    ("-A FORWARD -j KUBEWRIGHT-FORWARD", True), ("-A FORWARD -j KUBEWRIGHT-OTHER", False), ("-A FORWARD -j KUBERNETES", False),
    ('-A INPUT -m comment --comment "-j KUBE-FIREWALL" -j ACCEPT', False), ('-A INPUT -m comment --comment -j -j ACCEPT', False),
    ('-A INPUT -m comment --comment "a \\"quoted\\" -j KUBE-X" -j DROP', False), ("-A INPUT -s 192.0.2.1/32 -j DROP", False),
    ('-A INPUT -m comment --comment "never closed -j KUBE-FIREWALL', False), ("-A", False), ("-A INPUT", False),
])
def test_only_rules_that_lead_to_kubernetes_go(rule: str, goes: bool) -> None:
    expected = "*filter\n-D {0}\nCOMMIT\n".format(rule[3:]) if goes else ""
    assert firewall.removal("*filter\n:INPUT ACCEPT [0:0]\n{0}\nCOMMIT\n".format(rule)) == expected


@pytest.mark.parametrize("text", ["", "garbage", ":KUBE-X - [0:0]", "# Table `kube-proxy' is incompatible, use 'nft' tool.\n"])
def test_what_is_no_table_gives_nothing(text: str) -> None:
    assert firewall.removal(text) == ""


def test_tables_of_kube_proxy_are_told_from_others() -> None:
    listed = "table ip filter\ntable ip kube-proxy\ntable ip6 kube-proxy\ntable inet firewalld\ntable ip my-kube-proxy\ntable bridge kube-proxy\n"
    assert firewall.nft_tables(listed) == [("ip", "kube-proxy"), ("ip6", "kube-proxy")]


PROC = """IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600001:01BB rr
  -> AC1D010B:192B      Masq    1      0          0
UDP  0A60000A:0035 rr
TCP  C0000264:0050 wlc persistent 360
SCTP C0000264:7530 rr
TCP  [fd00:0000:0000:0000:0000:0000:0000:0001]:01BB rr
FWM  00000001 rr
"""
BOUND = """5: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0\\       valid_lft forever preferred_lft forever
5: kube-ipvs0    inet 10.96.0.10/32 scope global kube-ipvs0\\       valid_lft forever preferred_lft forever
5: kube-ipvs0    inet6 fd00::1/128 scope global \\       valid_lft forever preferred_lft forever
"""


def test_virtual_servers_of_others_stay() -> None:
    """As a load balancer's on the same machine."""
    found = firewall.kubernetes_servers(firewall.virtual_servers(PROC), BOUND)
    assert {str(server): (server.option, why is None) for server, why in found.items()} == {
        "10.96.0.1:443": ("--tcp-service", True), "10.96.0.10:53": ("--udp-service", True), "192.0.2.100:80": ("--tcp-service", False),
        "192.0.2.100:30000": ("--sctp-service", True), "[fd00::1]:443": ("--tcp-service", True)}
    assert firewall.virtual_servers("") == []


FLUSHED = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"


def test_what_was_flushed_comes_back_with_what_leads_to_it(captured: Callable[[str], str]) -> None:
    saved = captured(BEFORE)
    text = firewall.restoration(saved, FLUSHED)
    own = [line.split()[0] for line in lines(saved, ":") if line.startswith((":KUBE-", ":KUBEWRIGHT-"))]
    assert [line.split()[0] for line in lines(text, ":")] == own
    assert [line for line in lines(saved, "-A ") if line.split()[1].startswith("KUBE")] == lines(text, "-A ")
    leading = ["-D " + line[3:] for line in lines(text, "-I ")]
    assert sorted(leading) == sorted(lines(firewall.removal(saved), "-D ")) and text.count("COMMIT") == 3


def test_the_first_rule_that_leads_there_is_the_first_again() -> None:
    saved = "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-A - [0:0]\n:KUBE-B - [0:0]\n-A FORWARD -j KUBE-A\n-A FORWARD -j KUBE-B\n-A KUBE-A -j KUBE-B\nCOMMIT\n"
    assert firewall.restoration(saved, FLUSHED).splitlines() == [
        "*filter", ":KUBE-A - [0:0]", ":KUBE-B - [0:0]", "-A KUBE-A -j KUBE-B", "-I FORWARD -j KUBE-B", "-I FORWARD -j KUBE-A", "COMMIT"]


def test_what_is_still_there_or_there_again_stays(captured: Callable[[str], str]) -> None:
    saved = captured(BEFORE)
    assert firewall.restoration(saved, saved) == "" and firewall.restoration("", FLUSHED) == ""
    rewritten = "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\n-A KUBE-FORWARD -j DROP\nCOMMIT\n"
    assert ":KUBE-FORWARD" not in firewall.restoration(saved, rewritten)
    inside = "*filter\n:OURS - [0:0]\n:KUBE-A - [0:0]\n-A OURS -j KUBE-A\n-A KUBE-A -j ACCEPT\nCOMMIT\n"
    assert "-I" not in firewall.restoration(inside, FLUSHED)  # a chain of somebody else's, which is gone
