# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _sysctl
from ansible_collections.kubewright.cluster.plugins.modules import node_kernel
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

FSTAB = "# /etc/fstab\nUUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n/swapfile\tnone\tswap\tsw\n# UUID=3 none swap sw 0 0\nx /swap ext4 defaults 0 0\n"
WITHOUT = FSTAB.replace("UUID=2", "# kubewright: UUID=2").replace("/swapfile", "# kubewright: /swapfile")
SYSCTLS = {"net.ipv4.ip_forward": 1, "net.ipv4.tcp_rmem": "4096  87380\t6291456"}


@pytest.fixture(autouse=True)
def kernel(machine: FakeMachine) -> FakeMachine:
    def modprobe(call: Call) -> None:
        machine.folder("/sys/module/" + call.words[1].replace("-", "_"))

    def systemctl(call: Call) -> None:
        for name in call.words[2:] if call.words[1] == "mask" else ():
            machine.write("/etc/systemd/system/" + name)

    machine.on("modprobe", then=modprobe)
    machine.on("systemctl", then=systemctl)
    names = ("overlay", "br_netfilter", "nf", "ip_vs_rr")
    machine.write(f"/lib/modules/{os.uname().release}/modules.dep", "".join(f"kernel/{name}.ko.xz:\n" for name in names))
    machine.on("swapoff", then=lambda _call: machine.write("/proc/swaps", "Filename Type\n"))
    machine.write("/proc/sys/net/ipv4/ip_forward", "0\n")
    machine.write("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n")
    return machine


def run(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(node_kernel, check_mode, diff, **more)


def test_check_real_check_real(machine: FakeMachine) -> None:
    machine.write("/etc/fstab", FSTAB)
    machine.folder("/etc/systemd/system")
    machine.write("/proc/swaps", "Filename Type Size\n/dev/sda2 partition 1\n")
    wanted: dict[str, Any] = {"modules": ["overlay", "br_netfilter"], "sysctls": SYSCTLS, "swap": "off"}
    sentences = [
        "load overlay", "load br_netfilter", "write /etc/modules-load.d/kubewright.conf", "write /etc/sysctl.d/99-kubewright.conf",
        "set net.ipv4.ip_forward to 1", "set net.ipv4.tcp_rmem to 4096 87380 6291456", "comment swap out in /etc/fstab", "turn off swap on /dev/sda2",
        "mask swap.target"]
    before = machine.files()
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, True, **wanted)
        assert result["actions"] == (sentences if changed else []) and result["changed"] is changed
        assert result.get("diff", {}).get("after", "").splitlines() == (sentences if changed else [])
        if check_mode and changed:
            assert machine.files() == before
        machine.write("/proc/sys/net/ipv4/tcp_rmem", machine.text("/proc/sys/net/ipv4/tcp_rmem").replace(" ", "\t"))  # as the kernel tells it
    assert machine.text("/etc/fstab") == WITHOUT and machine.text("/proc/sys/net/ipv4/ip_forward") == "1"
    assert machine.text("/etc/modules-load.d/kubewright.conf").splitlines()[1:] == ["overlay", "br_netfilter"]
    assert machine.text("/etc/sysctl.d/99-kubewright.conf").splitlines()[1:] == ["net.ipv4.ip_forward = 1", "net.ipv4.tcp_rmem = 4096 87380 6291456"]


def test_nothing_asked_is_nothing_done(machine: FakeMachine) -> None:
    before = machine.files()
    assert run() == {**run(), "changed": False, "actions": [], "builtin": [], "notes": []} and machine.files() == before and machine.calls == []


def test_the_files_have_the_name_that_is_given(machine: FakeMachine) -> None:
    run(modules=["overlay"], sysctls={"net.ipv4.ip_forward": 1}, name="other")
    assert machine.has("/etc/modules-load.d/other.conf") and machine.has("/etc/sysctl.d/99-other.conf")


def test_a_module_that_is_part_of_the_kernel_counts_as_loaded(machine: FakeMachine) -> None:
    machine.write(f"/lib/modules/{os.uname().release}/modules.builtin", "kernel/fs/overlayfs/overlay.ko\nkernel/net/ip-vs.ko\n")
    result = run(modules=["overlay", "ip_vs"])
    assert result["builtin"] == ["overlay", "ip_vs"] and not machine.commands("modprobe")


@pytest.mark.parametrize(("name", "path", "text"), [
    ("overlay", "/proc/filesystems", "nodev\tproc\nnodev\toverlay\n"), ("br_netfilter", "/proc/sys/net/bridge/bridge-nf-call-iptables", "1"),
    ("nf_conntrack", "/proc/sys/net/netfilter/nf_conntrack_max", "1"),
])
def test_a_module_that_shows_is_there_even_if_no_list_says_so(machine: FakeMachine, name: str, path: str, text: str) -> None:
    machine.write(path, text)
    assert run(modules=[name])["builtin"] == [name] and not machine.commands("modprobe")


def test_a_loaded_module_is_found_under_its_name_with_underscores(machine: FakeMachine) -> None:
    machine.folder("/sys/module/ip_vs_rr")
    assert run(modules=["ip-vs-rr"])["actions"] == ["write /etc/modules-load.d/kubewright.conf"]


def test_a_module_that_the_kernel_does_not_have_is_an_error(machine: FakeMachine) -> None:
    machine.on("modprobe", rc=1, stderr="modprobe: FATAL: Module nf not found")
    result = run(modules=["nf"])
    assert result["msg"].startswith(f"the kernel {os.uname().release} has no module nf, ") and "Install the rest of its modules" in result["msg"]
    assert not machine.has("/etc/modules-load.d/kubewright.conf")


def test_a_parameter_that_the_kernel_does_not_have_is_an_error(machine: FakeMachine) -> None:
    assert run(sysctls={"no.such.parameter": 1})["msg"].startswith("cannot set no.such.parameter to 1: ")


def test_a_parameter_that_does_not_stay_is_an_error(machine: FakeMachine, monkeypatch: Any) -> None:
    monkeypatch.setattr(_sysctl, "read", lambda path: "0")
    assert run(sysctls={"net.ipv4.ip_forward": 1})["msg"] == "set net.ipv4.ip_forward to 1, but the kernel says 0"


def test_swap_is_left_alone_unless_asked(machine: FakeMachine) -> None:
    machine.write("/etc/fstab", FSTAB)
    machine.write("/proc/swaps", "Filename\n/dev/sda2 partition 1\n")
    assert not run(swap="keep")["changed"] and not run()["changed"] and machine.calls == []


def test_a_command_that_fails_is_told(machine: FakeMachine) -> None:
    machine.write("/proc/swaps", "Filename\n/dev/sda2 partition 1\n")
    machine.on("swapoff", rc=1, stderr="swapoff: Not superuser.")
    assert run(swap="off")["msg"] == "kernel: `swapoff -a` ended with code 1: swapoff: Not superuser."


def test_everything_that_cannot_be_had_is_told_before_anything_is_touched(machine: FakeMachine) -> None:
    machine.write("/etc/modprobe.d/cis.conf", "install br_netfilter /bin/false\n")
    machine.write("/etc/fstab", FSTAB)
    before = machine.files()
    for check_mode in (True, False):
        result = run(check_mode, modules=["br_netfilter", "nosuch"], sysctls=SYSCTLS, swap="off")
        assert "install br_netfilter /bin/false" in result["msg"] and "has no module nosuch" in result["msg"] and len(result["problems"]) == 2
    assert machine.files() == before and machine.calls == []


def test_selinux_is_one_of_the_steps(machine: FakeMachine) -> None:
    machine.write("/sys/fs/selinux/enforce", "1")
    machine.write("/etc/selinux/config", "SELINUX=enforcing\n")
    machine.on("setenforce", "Permissive", then=lambda _call: machine.write("/sys/fs/selinux/enforce", "0"))
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        assert run(check_mode, selinux="permissive")["actions"] == (["make SELinux permissive now", "make SELinux permissive at boot"] if changed else [])


def test_what_is_left_as_it_is_is_said(machine: FakeMachine) -> None:
    machine.write("/etc/selinux/config", "SELINUX=disabled\n")
    assert run(selinux="permissive")["notes"] == ["SELinux is disabled here, and stops no container: it is left so"]
