# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _kubelet_unit as kubelet_unit
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


@pytest.fixture
def machine(machine: FakeMachine, monkeypatch: Any) -> FakeMachine:
    monkeypatch.setattr(kubelet_unit, "UNITS", "/etc/test/units")
    machine.on("systemctl", "is-enabled", rc=1, stdout="disabled\n")
    machine.on("systemctl", "daemon-reload")
    machine.on("systemctl", "show", stdout="NeedDaemonReload=no\n")
    return machine


def act(machine: FakeMachine) -> List[str]:
    steps = kubelet_unit.still_to_do(Runner(machine), "/usr/bin")
    for step in steps:
        step.act()
    return [step.sentence for step in steps]


def test_the_drop_in_reads_what_kubeadm_and_the_administrator_write() -> None:
    drop_in = next(text for path, text in kubelet_unit.texts("/usr/bin").items() if path.endswith("10-kubeadm.conf"))
    assert "--config=/var/lib/kubelet/config.yaml" in drop_in and "EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env" in drop_in
    assert "ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS" in drop_in


def test_what_is_missing_is_made_and_the_unit_enabled_at_last(machine: FakeMachine) -> None:
    machine.on("systemctl", "enable", then=lambda _call: machine.on("systemctl", "is-enabled", stdout="enabled\n"))
    assert act(machine)[-3:] == ["write /etc/sysconfig/kubelet", "make systemd read its units again", "enable kubelet.service"]
    assert act(machine) == [] and os.path.isdir("/etc/kubernetes/manifests") and machine.text("/etc/sysconfig/kubelet") == "KUBELET_EXTRA_ARGS=\n"


def test_a_unit_that_was_altered_is_written_again(machine: FakeMachine) -> None:
    machine.on("systemctl", "is-enabled", stdout="enabled\n")
    act(machine)
    machine.write("/etc/test/units/kubelet.service", "[Service]\n")
    assert act(machine) == ["write /etc/test/units/kubelet.service", "make systemd read its units again"]


def test_what_a_killed_run_wrote_is_read_by_systemd(machine: FakeMachine) -> None:
    machine.on("systemctl", "is-enabled", stdout="enabled\n")
    act(machine)
    machine.on("systemctl", "show", stdout="NeedDaemonReload=yes\n")
    assert act(machine) == ["make systemd read its units again"]


@pytest.mark.parametrize(("folder", "path"), [("/var/lib/dpkg", "/etc/default/kubelet"), ("/etc/sysconfig", "/etc/sysconfig/kubelet")])
def test_the_environment_file_is_where_the_family_has_it(machine: FakeMachine, folder: str, path: str) -> None:
    machine.folder(folder)
    assert kubelet_unit.environment_file() == path
