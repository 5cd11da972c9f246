# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _command as command
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


def test_a_program_runs_in_the_c_locale_with_a_limit_and_keeps_the_lock(machine: FakeMachine) -> None:
    machine.on("ip", stdout="out", stderr="err")
    assert command.Runner(machine, [7])(["ip", "route"], stdin="in", seconds=5) == command.Output("out", "err")
    assert machine.calls[0].environment == {"LC_ALL": "C", "LANG": "C"}
    assert (machine.calls[0].stdin, machine.calls[0].seconds, machine.calls[0].pass_fds) == ("in", 5, (7,))


def test_a_program_that_is_absent_is_named(machine: FakeMachine) -> None:
    machine.absent.append("kubeadm")
    with pytest.raises(KubewrightError, match="the program kubeadm is not on this node; the kube_packages and containerd roles install it"):
        command.Runner(machine)(["kubeadm", "version"])
    assert machine.calls == []


def test_a_code_other_than_zero_is_an_error_unless_expected(machine: FakeMachine) -> None:
    machine.on("ip", rc=2, stderr="no such route\n")
    with pytest.raises(CommandError, match="`ip route` ended with code 2: no such route"):
        command.Runner(machine)(["ip", "route"])
    assert command.Runner(machine)(["ip", "route"], ok=(0, 2)).stderr == "no such route\n"


def test_a_program_that_took_too_long_says_so(machine: FakeMachine) -> None:
    machine.on("kubeadm", rc=124)
    with pytest.raises(CommandError, match="it was stopped after 9 seconds"):
        command.Runner(machine)(["kubeadm", "join"], seconds=9)


def failing(errors: List[str]) -> Callable[[], str]:
    def action() -> str:
        if errors:
            raise CommandError("kubectl", 1, "", errors.pop(0))
        return "answer"

    return action


@pytest.mark.parametrize(("errors", "slept"), [([], 0), (["dial tcp: connection refused"], 3), (["i/o timeout", "TLS handshake timeout", "EOF", "EOF"], 12)])
def test_what_passes_by_itself_is_tried_again(machine: FakeMachine, errors: List[str], slept: int) -> None:
    assert command.with_retries(failing(errors)) == "answer"
    assert machine.slept == slept


def test_there_is_a_limit(machine: FakeMachine) -> None:
    with pytest.raises(CommandError, match="connection refused"):
        command.with_retries(failing(["connection refused"] * 9), attempts=3, pause=1.0)
    assert machine.slept == 2


def test_what_does_not_pass_is_an_error_at_once(machine: FakeMachine) -> None:
    with pytest.raises(CommandError, match="Forbidden"):
        command.with_retries(failing(["Forbidden"]))
    assert machine.slept == 0


def test_no_attempt_is_no_answer() -> None:
    assert command.with_retries(lambda: 1, attempts=0) is None


def test_evidence_is_the_journal_and_the_containers(machine: FakeMachine) -> None:
    machine.on("journalctl", stdout="\n".join(str(line) for line in range(30)))
    machine.on("crictl", rc=127)
    assert command.evidence(machine, "containerd", 3) == {"journal": ["27", "28", "29"], "containers": []}
    assert machine.commands("journalctl") == ["journalctl -u containerd -n 3 --no-pager -o cat"]
