# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _packet_filters as filters
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


@pytest.mark.parametrize(("configured", "states", "expected"), [
    ("ENABLED=yes\nLOGLEVEL=low\n", "active\ninactive\nfailed\ninactive\n", ["ufw", "firewalld"]), ("ENABLED=no\n", "inactive\nactive\nactive\nactive\n",
                                                                                                    ["nftables", "iptables", "ip6tables"]),
    ("# ENABLED=yes\n", "", []), ("", "unknown\n", []),
])
def test_firewalls_that_are_on(machine: FakeMachine, configured: str, states: str, expected: "list[str]") -> None:
    machine.write("/etc/ufw/ufw.conf", configured)
    machine.on("systemctl", "is-active", rc=3, stdout=states)
    assert filters.firewalls(machine) == expected


def test_without_systemd_only_files_tell(machine: FakeMachine) -> None:
    machine.absent.append("systemctl")
    assert filters.firewalls(machine) == [] and machine.calls == []


def test_chains_of_kubernetes_are_counted_where_the_kernel_has_tables(machine: FakeMachine) -> None:
    assert filters.chains(machine) == 0 and machine.calls == []
    machine.folder("/sys/module/nf_tables")
    machine.write("/proc/net/ip_tables_names", "filter\n")
    machine.on("iptables-nft-save", stdout="*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n")
    machine.on("iptables-legacy-save", stdout=":cali-FORWARD - [0:0]\n:DOCKER - [0:0]\n")
    assert filters.chains(machine) == 2
    machine.absent += ["iptables-nft-save", "iptables-legacy-save"]
    assert filters.chains(machine) == 0
