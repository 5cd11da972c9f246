# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_systems as systems
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen

DEBIAN: dict[str, Any] = {"os": {"id": "debian", "like": "", "name": "Debian GNU/Linux 12"}, "package_managers": ["apt-get"], "systemd": True}


@pytest.mark.parametrize("system", [{"id": "ubuntu", "like": "debian"}, {"id": "rocky", "like": "rhel centos fedora"}, {"id": "centos", "like": "rhel fedora"}])
def test_known_systems(system: dict[str, str]) -> None:
    assert judged(systems.distributions, looks=[seen("w1", machine={**DEBIAN, "os": system}), seen("w2")]) == []


@pytest.mark.parametrize(("more", "level", "name", "message"), [
    ({"os": {"id": "arch", "like": "", "name": "Arch Linux"}}, "warning", "Distribution", "its system is Arch Linux, which Kubewright does not know"),
    ({"os": {}}, "warning", "Distribution", "its system is unknown, which Kubewright does not know"),
    ({"package_managers": []}, "error", "PackageManager", "it has none of apt-get, dnf and yum"),
    ({"systemd": False}, "error", "Systemd", "systemd does not run it, so nothing would start the kubelet"),
])
def test_systems_that_the_roles_do_not_know(more: dict[str, Any], level: str, name: str, message: str) -> None:
    assert judged(systems.distributions, looks=[seen("w1", machine={**DEBIAN, **more})]) == [("w1", level, name, message)]


@pytest.mark.parametrize(("name", "level"), [("x86_64", None), ("aarch64", None), ("", None), ("s390x", "warning"), ("armv7l", "error"), ("i686", "error")])
def test_architectures(name: str, level: str | None) -> None:
    rows = judged(systems.architectures, looks=[seen("w1", machine={"architecture": name})])
    assert [row[1:3] for row in rows] == ([(level, "Architecture")] if level else [])


KEEP = {"prereqs_swap": "keep"}


@pytest.mark.parametrize(("variables", "devices", "state", "count"), [
    ({}, ["/dev/sda2"], "clean", 0), (KEEP, ["/dev/sda2"], "clean", 1), ({"kube_swap": "keep"}, ["/dev/sda2"], "clean", 0), (KEEP, [], "clean", 0),
    ({**KEEP, "kube_swap": "keep"}, ["/dev/sda2"], "clean", 0), (KEEP, ["/dev/sda2"], "worker", 0),
    ({**KEEP, "kube_kubelet_configuration": {"failSwapOn": False}}, ["/dev/sda2"], "clean", 0),
    ({**KEEP, "kube_kubelet_configuration": "text"}, ["/dev/sda2"], "clean", 1),
])
def test_swap_that_is_kept_and_that_the_kubelet_does_not_know_of(variables: dict[str, Any], devices: list[str], state: str, count: int) -> None:
    rows = judged(systems.swap, everywhere(**variables), [seen("w1", state, machine={"swaps": devices})])
    assert [row[1:3] for row in rows] == [("warning", "Swap")] * count


@pytest.mark.parametrize(("variables", "active", "message"), [
    ({}, ["firewalld", "ufw"], None), ({"kube_firewall": "off"}, ["firewalld"], None), ({"kube_firewall": "keep"}, [], None),
    ({"kube_firewall": "keep"}, ["firewalld"], "firewalld filters packets, and is kept as it is"), ({}, None, None),
    ({}, ["firewalld", "nftables", "iptables"], "nftables and iptables filters packets, and is none that Kubewright opens"),
    ({"prereqs_firewall": "open", "kube_firewall": "keep"}, ["ufw"], None),
])
def test_a_firewall_that_nobody_opens(variables: dict[str, Any], active: list[str] | None, message: str | None) -> None:
    rows = judged(systems.firewalls, everywhere(**variables), [seen("w1", machine={"firewalls": active})])
    assert rows == ([("w1", "warning", "Firewall", message)] if message else [])


@pytest.mark.parametrize(("enforcing", "policy", "wanted", "count"), [
    (True, False, "keep", 1), (True, True, "keep", 0), (False, False, "keep", 0), (True, False, "enforcing", 0), (True, False, "permissive", 0),
])
def test_selinux_that_is_kept_without_the_policy_of_containers(enforcing: bool, policy: bool, wanted: str, count: int) -> None:
    machine = {"selinux": {"enforcing": enforcing, "container_policy": policy}}
    rows = judged(systems.selinux, everywhere(prereqs_selinux=wanted), [seen("w1", machine=machine), seen("w2")])
    assert [row[1:3] for row in rows] == [("warning", "SELinux")] * count


@pytest.mark.parametrize(("name", "wrong"), [
    ("worker-1", False), ("Worker1.example.com", False), ("worker_1", True), ("-w", True), ("a" * 64, True), ("", False),
])
def test_host_names(name: str, wrong: bool) -> None:
    assert [row[1:3] for row in judged(systems.host_names, looks=[seen("w1", host={"hostname": name})])] == [("warning", "HostName")] * wrong


@pytest.mark.parametrize(("addresses", "variables", "state", "count"), [
    (["127.0.1.1"], {}, "clean", 0), (["127.0.1.1"], {"prereqs_hosts_enabled": False}, "clean", 1),
    (["127.0.1.1"], {"prereqs_hosts_enabled": "no"}, "clean", 1),
    (["127.0.1.1", "192.0.2.1"], {"prereqs_hosts_enabled": False}, "clean", 0), ([], {"prereqs_hosts_enabled": False}, "clean", 0),
    (["::1", "wrong"], {"prereqs_hosts_enabled": False}, "clean", 1), (["127.0.1.1"], {"prereqs_hosts_enabled": False}, "worker", 0), (None, {}, "clean", 0),
])
def test_a_name_that_leads_to_the_machine_itself_only(addresses: Any, variables: dict[str, Any], state: str, count: int) -> None:
    rows = judged(systems.host_names, everywhere(**variables), [seen("w1", state, host={"hostname": "w1"}, machine={"hosts_file": addresses})])
    assert [row[1:3] for row in rows] == [("warning", "HostName")] * count
