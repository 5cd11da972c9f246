# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a machine; what is done with it is tested by test_kube_binaries."""

import hashlib
import json
from typing import Any, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils import _binary_state as state
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

TEXT = "kubelet"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def look(machine: FakeMachine, monkeypatch: Any) -> state.Machine:
    monkeypatch.setattr(state, "PROGRAMS", "/var/lib/test")
    machine.write("/var/lib/test/kubelet", TEXT)
    return state.Machine(Runner(machine))


def note(machine: FakeMachine, version: str, digest: str) -> None:
    machine.write(binaries.NOTE, json.dumps({"kubelet": {"version": version, "url": "u", "sha256": digest, "files": {"/var/lib/test/kubelet": digest}}}))


def test_a_program_that_is_as_noted_is_not_started(machine: FakeMachine, look: state.Machine) -> None:
    note(machine, "1.31.2", DIGEST)
    assert look.versions() == {"kubelet": "1.31.2"} and machine.calls == []


@pytest.mark.parametrize(("printed", "version"), [("Kubernetes v1.31.4\n", "1.31.4"), ("what?\n", None)])
def test_a_program_that_is_not_as_noted_is_asked(machine: FakeMachine, look: state.Machine, printed: str, version: Optional[str]) -> None:
    note(machine, "1.31.2", "0" * 64)
    machine.on("kubelet", "--version", stdout=printed)
    assert look.versions().get("kubelet") == version


def test_a_program_that_fails_says_nothing(machine: FakeMachine, look: state.Machine) -> None:
    machine.on("kubelet", rc=126)
    assert look.versions() == {}


def test_packages_are_those_of_both_kinds(machine: FakeMachine) -> None:
    machine.on("dpkg-query", stdout="kubelet\t1.31.2-1.1\tinstalled\nkubectl\t1.31.2-1.1\tconfig-files\n")
    machine.on("rpm", rc=4, stdout="package kubelet is not installed\ncri-tools\t1.30.0-1\n")
    assert state.installed_packages(Runner(machine)) == {"kubelet": "1.31.2-1.1", "cri-tools": "1.30.0-1"}
    machine.absent = ["dpkg-query", "rpm"]
    assert state.installed_packages(Runner(machine)) == {}


def test_what_cannot_be_reached_is_told_as_it_is(look: state.Machine) -> None:
    program = binaries.Program("kubelet", "1.31.2", "file:///absent/v1.31.2/kubelet", "0" * 64, "/var/lib/test")
    with pytest.raises(KubewrightError, match="file:///absent/v1.31.2/kubelet cannot be fetched"):
        look.steps_for(program)
