# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import node_hostname
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

BLOCK = "192.0.2.10 cp1\n192.0.2.11 worker1"
WHOLE = f"# BEGIN Kubewright: nodes of the cluster\n{BLOCK}\n# END Kubewright: nodes of the cluster\n"
CLOUD = "# manage_etc_hosts\n# a.) the master file in /etc/cloud/templates/hosts.debian.tmpl\n"


@pytest.fixture(autouse=True)
def a_machine(machine: FakeMachine) -> None:
    machine.write("/proc/sys/kernel/hostname", "localhost\n")
    machine.write("/etc/hostname", "localhost\n")
    machine.write("/etc/hosts", "127.0.0.1 localhost\n")


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(node_hostname, check_mode, True, **more)


def test_check_real_check_real(machine: FakeMachine) -> None:
    sentences = ["name the machine worker1, which was localhost", "write worker1 into /etc/hostname", "write the nodes into /etc/hosts"]
    before = machine.files()
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, hostname="worker1", node_name="worker1", hosts=BLOCK)
        assert result["actions"] == (sentences if changed else []) and result["changed"] is changed
        assert result.get("diff", {}).get("after", "").splitlines() == (sentences if changed else [])
        if check_mode and changed:
            assert machine.files() == before
    assert machine.text("/proc/sys/kernel/hostname") == "worker1" and machine.text("/etc/hostname") == "worker1\n"
    assert machine.text("/etc/hosts") == "127.0.0.1 localhost\n" + WHOLE


def test_nothing_asked_is_nothing_done(machine: FakeMachine) -> None:
    before = machine.files()
    assert not run()["changed"] and run()["hostname"] == "localhost" and machine.files() == before


def test_a_name_that_is_kept_still_resolves(machine: FakeMachine) -> None:
    machine.write("/proc/sys/kernel/hostname", "machine-7\n")
    run(node_name="worker1", hosts=BLOCK)
    assert "192.0.2.11 worker1 machine-7\n" in machine.text("/etc/hosts") and machine.text("/etc/hostname") == "localhost\n"


def test_a_bad_name_is_one_error(machine: FakeMachine) -> None:
    before = machine.files()
    assert run(hostname="Worker_1", hosts=BLOCK)["msg"].startswith("'Worker_1' is no host name: RFC 1123 wants lower-case letters")
    assert machine.files() == before


def test_the_name_of_a_node_is_not_changed(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    before = machine.files()
    for check_mode in (True, False):
        message = run(check_mode, hostname="worker1", hosts=BLOCK)["msg"]
        assert message.startswith("this machine is called localhost and is a node of a cluster") and "Keep the name, or reset the machine" in message
    assert machine.files() == before
    assert not run(hostname="localhost").failed


def test_a_node_that_would_boot_with_another_name_is_put_right(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    machine.write("/etc/hostname", "old\n")
    assert run(hostname="localhost")["actions"] == ["write localhost into /etc/hostname"]


def test_a_kernel_that_refuses_the_name_is_told(machine: FakeMachine, monkeypatch: Any) -> None:
    monkeypatch.setattr(node_hostname, "LIVE", "/proc/sys/nosuch/hostname")
    assert run(hostname="worker1")["msg"].startswith("the kernel does not take the host name worker1: ")


def test_a_line_that_leads_elsewhere_becomes_a_comment(machine: FakeMachine) -> None:
    machine.write("/etc/hosts", "10.0.0.5 cp1 worker1 registry\n")
    result = run(node_name="worker1", hosts=BLOCK)
    assert result["actions"] == [
        "comment `10.0.0.5 cp1 worker1 registry` out in /etc/hosts, which leads cp1, worker1 elsewhere",
        "write the nodes into /etc/hosts"]
    assert machine.text("/etc/hosts").startswith("# kubewright: 10.0.0.5 cp1 worker1 registry\n10.0.0.5 registry\n# BEGIN")


def test_the_template_of_cloud_init_gets_the_block_too(machine: FakeMachine) -> None:
    machine.write("/etc/hosts", CLOUD)
    assert run(hosts=BLOCK)["actions"] == ["write the nodes into /etc/hosts"]  # it names a template that is not there
    machine.write("/etc/cloud/templates/hosts.debian.tmpl", "{{fqdn}}\n")
    assert run(hosts=BLOCK)["actions"] == ["write the nodes into /etc/cloud/templates/hosts.debian.tmpl"]
    assert machine.text("/etc/cloud/templates/hosts.debian.tmpl").startswith("{{fqdn}}\n# BEGIN")


def test_an_empty_block_takes_ours_away(machine: FakeMachine) -> None:
    run(hosts=BLOCK)
    assert run(hosts="")["actions"] == ["write the nodes into /etc/hosts"] and machine.text("/etc/hosts") == "127.0.0.1 localhost\n"
