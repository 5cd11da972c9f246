# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _sysctl as sysctl
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

OWN = "/etc/sysctl.d/99-kubewright.conf"
FORWARD = {"net.ipv4.ip_forward": "1"}


def sentences(machine: FakeMachine, wanted: Any = None) -> List[str]:
    return [step.sentence for step in sysctl.steps(wanted or FORWARD, OWN, "")]


@pytest.fixture(autouse=True)
def as_wanted(machine: FakeMachine) -> None:
    machine.write("/proc/sys/net/ipv4/ip_forward", "1\n")
    machine.write(OWN, "net.ipv4.ip_forward = 1\n")


@pytest.mark.parametrize(("key", "expected"), [
    ("net.ipv4.ip_forward", "net.ipv4.ip_forward"), ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
    ("net/ipv4/conf/eth0.5/rp_filter", "net.ipv4.conf.eth0/5.rp_filter"), ("single", "single"),
])
def test_keys_are_compared_with_dots(key: str, expected: str) -> None:
    assert sysctl.dotted(key) == expected


def test_a_dot_of_a_name_is_a_slash_in_a_key() -> None:
    assert sysctl.proc_path("net.ipv4.conf.eth0/5.rp_filter") == "/proc/sys/net/ipv4/conf/eth0.5/rp_filter"


@pytest.mark.parametrize(("text", "expected"), [
    ("a.b=1\n", [("a.b", "1")]), ("  a/b =  4096\t87380  6\n", [("a.b", "4096 87380 6")]), ("-a.b = 0", [("a.b", "0")]),
    ("#a.b=1\n;a.b=2\n\nnonsense\n-a.b\n", []),
    ("a.b=\n", [("a.b", "")]), ("# kubewright: a.b=1\n", []),
])
def test_lines_that_set_something_are_read(text: str, expected: List[Tuple[str, str]]) -> None:
    assert list(sysctl.settings(text)) == expected


def test_what_is_as_wanted_needs_nothing(machine: FakeMachine) -> None:
    assert sentences(machine) == [] and sysctl.steps({}, "/etc/sysctl.d/none.conf", "") == []


@pytest.mark.parametrize("path", ["/etc/sysctl.conf", "/etc/sysctl.d/99-sysctl.conf", "/etc/sysctl.d/zz.conf"])
def test_a_line_that_would_win_at_boot_becomes_a_comment(machine: FakeMachine, path: str) -> None:
    machine.write(path, "vm.swappiness = 10\n  net/ipv4/ip_forward=0\nnet.ipv4.ip_forward = 1\n")
    steps = sysctl.steps(FORWARD, OWN, "")
    assert [step.sentence for step in steps] == [f"comment net.ipv4.ip_forward = 0 out in {path}, which is read after {OWN}"]
    steps[0].act()
    assert machine.text(path) == "vm.swappiness = 10\n# kubewright:   net/ipv4/ip_forward=0\nnet.ipv4.ip_forward = 1\n"
    assert sentences(machine) == []


def test_lines_that_are_read_before_ours_or_agree_with_it_stay(machine: FakeMachine) -> None:
    machine.write("/etc/sysctl.d/10-network.conf", "net.ipv4.ip_forward = 0\n")
    machine.write("/usr/lib/sysctl.d/50-default.conf", "net.ipv4.ip_forward = 0\n")
    machine.write("/etc/sysctl.conf", "net.ipv4.ip_forward = 1\nvm.swappiness = 10\n")
    assert sentences(machine) == []


def test_a_file_that_is_not_for_people_to_edit_is_told(machine: FakeMachine) -> None:
    machine.write("/usr/lib/sysctl.d/99-vendor.conf", "net.ipv4.ip_forward = 0\n")
    with pytest.raises(KubewrightError, match="99-vendor.conf sets net.ipv4.ip_forward to 0 and is read after .*, so the next boot would undo it. Put a file"):
        sentences(machine)


@pytest.mark.parametrize(("key", "hint"), [
    ("net.ipv6.conf.all.forwarding", "IPv6 is off in this kernel"),
    ("net.bridge.bridge-nf-call-iptables", "The module br_netfilter brings it"), ("kernel.nosuch", ""),
])
def test_a_parameter_that_is_not_there_is_told_with_the_reason(machine: FakeMachine, key: str, hint: str) -> None:
    step = sysctl.steps({key: "1"}, OWN, "")[-1]
    with pytest.raises(KubewrightError, match=f"cannot set {key} to 1: .*{hint}"):
        step.act()


# The third route is one that systemd-networkd made of an advertisement.
ROUTES = """\
fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000002 00000000 00450003   eth0.5
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth1
"""
ALL, ETH = "/proc/sys/net/ipv6/conf/all/forwarding", "/proc/sys/net/ipv6/conf/eth0.5/accept_ra"


def test_a_default_route_that_a_router_advertised_outlives_forwarding(machine: FakeMachine) -> None:
    for path, text in (("/proc/net/ipv6_route", ROUTES), (ALL, "0\n"), (ETH, "1\n"), ("/proc/sys/net/ipv6/conf/eth1/accept_ra", "1\n")):
        machine.write(path, text)
    wanted = {sysctl.FORWARDING: "1"}
    steps = sysctl.steps(wanted, OWN, "")
    assert [step.sentence for step in steps] == [
        "write " + OWN, "set net.ipv6.conf.eth0/5.accept_ra to 2", "set net.ipv6.conf.all.forwarding to 1"]
    for step in steps:
        step.act()
    assert (machine.text(ETH), machine.text(ALL)) == ("2", "1") and sentences(machine, wanted) == []
    machine.write("/proc/net/ipv6_route", "")  # as just after a boot
    assert sentences(machine, wanted) == []
    machine.remove(ETH)
    assert sentences(machine, wanted) == ["write " + OWN]


@pytest.mark.parametrize(("path", "text"), [(ETH, "0\n"), (ETH, "2\n"), ("/proc/net/ipv6_route", ""), ("/proc/net/ipv6_route", "odd line\n")])
def test_other_interfaces_stay_as_they_are(machine: FakeMachine, path: str, text: str) -> None:
    for name, content in (("/proc/net/ipv6_route", ROUTES), (ALL, "1\n"), (ETH, "1\n"), (path, text)):
        machine.write(name, content)
    assert sentences(machine, {sysctl.FORWARDING: "1"}) == ["write " + OWN]
    assert "accept_ra" not in "".join(sysctl.with_advertised_routes({sysctl.FORWARDING: "1"}, OWN))
