# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import node_kernel
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

FSTAB = "# /etc/fstab\nUUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n/swapfile\tnone\tswap\tsw\n# UUID=3 none swap sw 0 0\nx /swap ext4 defaults 0 0\n"
WITHOUT = FSTAB.replace("UUID=2", "# kubewright: UUID=2").replace("/swapfile", "# kubewright: /swapfile")
SYSCTLS = {"net.ipv4.ip_forward": 1, "net.ipv4.tcp_rmem": "4096  87380\t6291456"}


@pytest.fixture(autouse=True)
def kernel(machine: FakeMachine) -> FakeMachine:
    def modprobe(call: Call) -> None:
        machine.folder("/sys/module/" + call.words[1].replace("-", "_"))

    machine.on("modprobe", then=modprobe)
    machine.on("systemctl")
    machine.on("swapoff", then=lambda _call: machine.write("/proc/swaps", "Filename Type\n"))
    machine.write("/proc/sys/net/ipv4/ip_forward", "0\n")
    machine.write("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n")
    return machine


def run(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(node_kernel, check_mode, diff, **more)


def test_check_real_check_real(machine: FakeMachine) -> None:
    machine.write("/etc/fstab", FSTAB)
    machine.write("/proc/swaps", "Filename Type Size\n/dev/sda2 partition 1\n")
    wanted: dict[str, Any] = {"modules": ["overlay", "br_netfilter"], "sysctls": SYSCTLS, "swap": "off"}
    sentences = [
        "load overlay", "load br_netfilter", "write /etc/modules-load.d/kubewright.conf", "write /etc/sysctl.d/99-kubewright.conf",
        "set net.ipv4.ip_forward to 1", "set net.ipv4.tcp_rmem to 4096 87380 6291456", "comment swap out in /etc/fstab", "turn off swap on /dev/sda2"]
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
    assert run() == {**run(), "changed": False, "actions": [], "builtin": []} and machine.files() == before and machine.calls == []


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
    assert result["msg"].startswith(f"the kernel {os.uname().release} has no module nf: ") and "Install the kernel's modules package" in result["msg"]
    assert not machine.has("/etc/modules-load.d/kubewright.conf")


def test_a_parameter_that_the_kernel_does_not_have_is_an_error(machine: FakeMachine) -> None:
    assert run(sysctls={"no.such.parameter": 1})["msg"].startswith("cannot set no.such.parameter to 1: ")


def test_a_parameter_that_does_not_stay_is_an_error(machine: FakeMachine, monkeypatch: Any) -> None:
    monkeypatch.setattr(node_kernel, "read", lambda path: "0")
    assert run(sysctls={"net.ipv4.ip_forward": 1})["msg"] == "set net.ipv4.ip_forward to 1, but the kernel says 0"


@pytest.mark.parametrize(("fstab", "expected"), [
    (FSTAB, WITHOUT), (WITHOUT, WITHOUT), ("", ""), ("a none swap sw", "# kubewright: a none swap sw"), ("a b\n", "a b\n"),
])
def test_swap_is_commented_out_and_nothing_removed(fstab: str, expected: str) -> None:
    assert node_kernel.comment_out_swap(fstab) == expected


def swap_unit(name: str, load: str = "loaded", active: str = "active", fragment: str = "", source: str = "") -> str:
    return f"Id={name}\nLoadState={load}\nActiveState={active}\nFragmentPath={fragment}\nSourcePath={source}"


def test_units_that_would_bring_swap_back_are_masked(machine: FakeMachine) -> None:
    machine.on("systemctl", "show", stdout="\n\n".join([
        swap_unit("dev-sda2.swap", fragment="/run/systemd/generator.late/dev-sda2.swap"),
        swap_unit("dev-x.swap", load="masked", fragment="/etc/systemd/system/dev-x.swap"),
        swap_unit("y.swap", active="inactive", fragment="/lib/systemd/system/y.swap"),
    ]))
    assert run(swap="off")["actions"] == ["mask dev-sda2.swap"]
    assert machine.commands("systemctl", "mask") == ["systemctl mask dev-sda2.swap"]


def test_names_that_systemd_gives_a_device_in_use_are_left_to_swapoff(machine: FakeMachine) -> None:
    """Seen on a machine with a swap partition in fstab: stopping all of them at once left failed units behind."""
    machine.write("/proc/swaps", "Filename Type Size\n/dev/vdb partition 1\n")
    machine.on("systemctl", "show", stdout="\n\n".join([
        swap_unit("dev-disk-by\\x2duuid-2.swap", fragment="/run/systemd/generator/dev-disk-by\\x2duuid-2.swap", source="/etc/fstab"),
        swap_unit("dev-vdb.swap"),
        swap_unit("dev-disk-by\\x2ddiskseq-2.swap"),
    ]))
    assert run(swap="off")["actions"] == ["turn off swap on /dev/vdb"] and machine.commands("systemctl", "mask") == []


def test_without_systemd_there_are_no_units(machine: FakeMachine) -> None:
    machine.absent.append("systemctl")
    assert not run(swap="off")["changed"]
    machine.absent.clear()
    machine.on("systemctl", "show", rc=1, stderr="System has not been booted with systemd")
    assert not run(swap="off")["changed"]


def test_swap_is_left_alone_unless_asked(machine: FakeMachine) -> None:
    machine.write("/etc/fstab", FSTAB)
    machine.write("/proc/swaps", "Filename\n/dev/sda2 partition 1\n")
    assert not run(swap="keep")["changed"] and not run()["changed"] and machine.calls == []


def test_a_command_that_fails_is_told(machine: FakeMachine) -> None:
    machine.write("/proc/swaps", "Filename\n/dev/sda2 partition 1\n")
    machine.on("swapoff", rc=1, stderr="swapoff: Not superuser.")
    assert run(swap="off")["msg"] == "kernel: `swapoff -a` ended with code 1: swapoff: Not superuser."
