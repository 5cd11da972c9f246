# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import List

from ansible_collections.kubewright.cluster.plugins.module_utils import _firewalld
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

SAVED = "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\nCOMMIT\n"
EMPTY = "*filter\n:FORWARD ACCEPT [0:0]\n:OURS - [0:0]\nCOMMIT\n"


def test_rules_that_an_action_flushes_are_put_back_for_each_family(machine: FakeMachine) -> None:
    machine.on("iptables-save", stdout=EMPTY)
    machine.on("iptables-save", stdout=SAVED, once=True)
    machine.on("ip6tables-save", stdout=EMPTY)
    machine.on("iptables-restore")
    done: List[str] = []
    _firewalld.preserving(Runner(machine), lambda: done.append("reloaded"))
    assert done == ["reloaded"] and machine.commands("ip6tables-restore") == []
    assert [call.stdin for call in machine.calls if call.words[0] == "iptables-restore"] == [
        "*filter\n:KUBE-FORWARD - [0:0]\n-I FORWARD -j KUBE-FORWARD\nCOMMIT\n"]


def test_rules_that_stay_are_not_written(machine: FakeMachine) -> None:
    machine.on("iptables-save", stdout=SAVED)
    machine.on("ip6tables-save", stdout=EMPTY)
    machine.on("systemctl", "disable")
    _firewalld.off(Runner(machine))
    assert machine.commands("iptables-restore") == [] and machine.commands("systemctl") == ["systemctl disable --now firewalld.service"]
