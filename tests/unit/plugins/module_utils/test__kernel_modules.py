# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import re
from types import SimpleNamespace
from typing import Any, Dict, List, Set

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _kernel_modules as modules
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

NEW = "6.1.0-25-amd64"


def kernel(release: str = NEW, installed: Any = (NEW,), known: Any = ("overlay",), builtin: Any = (), denied: Any = None) -> modules.Kernel:
    return modules.Kernel(release, list(installed), set(known), set(builtin), dict(denied or {}))


@pytest.mark.parametrize(("text", "expected"), [
    ("kernel/net/bridge/br_netfilter.ko.xz: kernel/net/bridge/bridge.ko.xz\n", {"br_netfilter"}), ("kernel/fs/overlayfs/overlay.ko\n", {"overlay"}),
    ("extra/ip-vs.ko.zst:\nflat.ko:\n", {"ip_vs", "flat"}), ("", set()), ("kernel/a.kox\n", set()),
])
def test_lists_of_modules_are_read(text: str, expected: Set[str]) -> None:
    assert modules.names_of(text) == expected


def test_other_names_of_modules_are_read() -> None:
    text = "# Aliases\nalias fs-overlay overlay\nalias pci:v00d00* e1000\nalias nf_conntrack-2 nf_conntrack\n"
    assert modules.aliases_of(text) == {"fs_overlay", "nf_conntrack_2"}


@pytest.mark.parametrize(("release", "known", "names", "expected"), [
    ("3.10.0-1160.el7.x86_64", ["nf_conntrack", "nf_conntrack_ipv4"], ["overlay", "nf_conntrack"], ["overlay", "nf_conntrack", "nf_conntrack_ipv4"]),
    ("4.18.0-553.el8_10.x86_64", ["nf_conntrack"], ["nf_conntrack"], ["nf_conntrack"]),
    ("4.18.0-11", ["nf_conntrack", "nf_conntrack_ipv4"], ["nf_conntrack_ipv4"], ["nf_conntrack", "nf_conntrack_ipv4"]),
    (NEW, ["nf_conntrack"], ["nf_conntrack_ipv4", "nf_conntrack"], ["nf_conntrack"]), (NEW, [], ["ip-vs"], ["ip-vs"]), (NEW, [], [], []),
])
def test_the_connection_tracker_has_the_name_that_this_kernel_gives_it(release: str, known: List[str], names: List[str], expected: List[str]) -> None:
    assert modules.fitting(names, kernel(release, known=known)) == expected


@pytest.mark.parametrize(("given", "expected"), [
    ({}, None),
    ({"builtin": ["br_netfilter"], "denied": {"br_netfilter": "x"}}, None),
    ({"known": ["br_netfilter"]}, None),
    ({"denied": {"br_netfilter": "the line `blacklist br_netfilter` of /etc/modprobe.d/a.conf"}}, "is kept from being loaded by the line `blacklist"),
    ({"installed": []}, "no kernel's modules are installed in /lib/modules. In a container the machine below"),
    ({"installed": ["6.1.0-26-amd64"]}, f"the running kernel {NEW} are not installed, only those of 6.1.0-26-amd64: the kernel was upgraded.*Reboot"),
    ({"known": ["overlay"]}, f"the kernel {NEW} has no module br-netfilter, neither built in.*linux-modules-extra-{NEW}.*kernel-modules-extra-{NEW}"),
])
def test_why_a_module_is_not_there(machine: FakeMachine, given: Dict[str, Any], expected: Any) -> None:
    told = modules.problem("br-netfilter", kernel(**{"known": [], **given}))
    assert told is None if expected is None else re.search(expected, str(told))


def test_a_loaded_module_that_would_not_come_back_is_a_problem_and_others_are_none(machine: FakeMachine) -> None:
    machine.folder("/sys/module/br_netfilter")
    assert modules.problem("br-netfilter", kernel()) is None
    assert "now or after a reboot" in str(modules.problem("br-netfilter", kernel(denied={"br_netfilter": "a line"})))


def test_what_denies_a_module_is_found_with_its_place(machine: FakeMachine) -> None:
    machine.write("/etc/modprobe.d/a.conf", "# blacklist no\nblacklist ip-vs\ninstall overlay /bin/true\ninstall nf_tables /sbin/modprobe --ignore-install x\n")
    machine.write("/lib/modprobe.d/a.conf", "blacklist hidden\n")
    machine.write("/lib/modprobe.d/b.conf", "alias net-pf-3 off\nblacklist\nblacklist vxlan\n")
    machine.write("/proc/cmdline", "root=/dev/vda1 modprobe.blacklist=ipip,sctp quiet module_blacklist=nf_conntrack\n")
    command_line = "the kernel's command line (/proc/cmdline)"
    assert modules.denied() == {
        "ip_vs": "the line `blacklist ip-vs` of /etc/modprobe.d/a.conf", "overlay": "the line `install overlay /bin/true` of /etc/modprobe.d/a.conf",
        "vxlan": "the line `blacklist vxlan` of /lib/modprobe.d/b.conf", "ipip": command_line, "sctp": command_line, "nf_conntrack": command_line}


@pytest.mark.parametrize(("release", "expected"), [(NEW, set()), ("3.10.0-1160.el7", {"overlay", "fs_overlay"})])
def test_long_lists_are_read_only_where_they_are_needed(machine: FakeMachine, monkeypatch: Any, release: str, expected: Set[str]) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    machine.folder("/sys/module/overlay")
    machine.write(f"/lib/modules/{release}/modules.dep", "kernel/fs/overlayfs/overlay.ko:\n")
    machine.write(f"/lib/modules/{release}/modules.alias", "alias fs-overlay overlay\n")
    machine.write(f"/lib/modules/{release}/modules.builtin", "kernel/net/bridge/bridge.ko\n")
    assert modules.look(["overlay"]) == modules.Kernel(release, [release], expected, {"bridge"}, {})
    assert modules.look(["overlay", "ip_vs"]).known == {"overlay", "fs_overlay"}


def test_a_module_that_cannot_be_loaded_after_all_is_told_with_modprobe_s_words(machine: FakeMachine) -> None:
    def run(words: List[str]) -> None:
        raise CommandError(" ".join(words), 1, "", "modprobe: ERROR: could not insert 'overlay': Exec format error")

    step = modules.steps(["overlay"], kernel(), "/etc/modules-load.d/x.conf", "", run)[0]
    with pytest.raises(KubewrightError, match="has no module overlay.*could not insert"):
        step.act()
