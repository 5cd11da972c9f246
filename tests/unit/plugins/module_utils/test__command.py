# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import signal
import sys
import time
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _command as command
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, captured_text


def test_a_program_runs_in_the_c_locale_with_a_limit_and_keeps_the_lock(machine: FakeMachine) -> None:
    machine.on("ip", stdout="out", stderr="err")
    assert command.Runner(machine, [7])(["ip", "route"], stdin="in", seconds=5) == command.Output("out", "err")
    assert machine.calls[0].environment == {"LC_ALL": "C", "LANG": "C"}
    assert (machine.calls[0].stdin, machine.calls[0].seconds, machine.calls[0].pass_fds) == ("in", 5, (7,))


def test_a_workstation_without_timeout_runs_programs_all_the_same(machine: FakeMachine) -> None:
    machine.absent.append("timeout")
    machine.on("kubectl", stdout="v1.31.2")
    assert command.Runner(machine)(["kubectl", "version"]).stdout == "v1.31.2" and machine.calls[0].seconds is None


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
    machine.on("kubeadm", rc=124, stdout="[a] first\n[check-etcd] Checking\n")
    with pytest.raises(CommandError, match=r"it was stopped after 9 seconds; the last that it printed: \[check-etcd\] Checking$"):
        command.Runner(machine)(["kubeadm", "join"], seconds=9)


def failing(errors: List[str]) -> Callable[[], str]:
    def action() -> str:
        if errors:
            raise CommandError("kubectl", 1, "", errors.pop(0))
        return "answer"

    return action


@pytest.mark.parametrize(("errors", "slept"), [
    ([], 0), (["dial tcp: connection refused"], 3), (["i/o timeout", "TLS handshake timeout", "EOF", "EOF"], 12),
    (["The connection to the server x:6443 was refused - did you specify the right host or port?"], 3),
])
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
    assert command.evidence(machine, "containerd") == {"journal": [str(line) for line in range(10, 30)], "containers": []}
    assert machine.commands("journalctl") == ["journalctl -u containerd -n 1000 --no-pager -o cat"]


def test_a_kubelet_that_ends_by_itself_is_heard_through_its_stacks(machine: FakeMachine) -> None:
    machine.on("journalctl", stdout=captured_text("kubelet/1.20.2-unknown-flag.journal.txt"))
    machine.on("crictl", stdout="CONTAINER\n1 etcd\n")
    found = command.evidence(machine)
    assert found["told"] == "the kubelet ends by itself: unknown flag: --no-such-flag" and found["containers"] == ["CONTAINER", "1 etcd"]
    assert found["journal"] == [
        "F1121 16:06:15.685563    4088 server.go:156] unknown flag: --no-such-flag",
        "kubelet.service: Main process exited, code=exited, status=255/EXCEPTION", "kubelet.service: Failed with result 'exit-code'."]


@pytest.mark.parametrize(("journal", "expected"), [
    (['E0101 10:00:00.000000    1 run.go:74] "command failed" err="failed to parse kubelet flag: unknown flag: --x"'],
     '"failed to parse kubelet flag: unknown flag: --x"'),
    (["F0101 10:00:00.000000  1 server.go:1] old", "F0101 10:00:01.000000  1 server.go:1] new"], "new"),
    (["E0101 10:00:00.000000  1 kubelet.go:1] Container runtime network not ready"], ""), ([], "")])
def test_what_a_program_said_last_before_it_ended_is_found(journal: List[str], expected: str) -> None:
    assert command.fatal(journal) == expected


def test_a_program_that_outlives_answers_like_any_other() -> None:
    reader, writer = os.pipe()
    script = ("import os, sys; sys.stdout.write(sys.stdin.read()); sys.stderr.write(os.environ['WORD']); os.write(int(sys.argv[1]), b'lock'); sys.exit(3)")
    argv = [sys.executable, "-c", script, str(writer)]
    assert command.outliving(argv, data="given", pass_fds=[writer], environ_update={"WORD": "told"}) == (3, "given", "told")
    assert os.read(reader, 9) == b"lock"
    os.close(reader)
    os.close(writer)


def test_a_program_that_outlives_goes_on_when_the_module_is_killed(tmp_path: Any) -> None:
    begun, ended = str(tmp_path / "begun"), str(tmp_path / "ended")
    module = os.fork()
    if not module:
        command.outliving(["sh", "-c", "touch {0}; sleep 0.5; echo a line; touch {1}".format(begun, ended)])
        os._exit(0)
    assert appears(begun)
    os.kill(module, signal.SIGKILL)
    os.waitpid(module, 0)
    assert not os.path.exists(ended) and appears(ended)


def appears(path: str) -> bool:
    limit = time.time() + 20
    while not os.path.exists(path) and time.time() < limit:
        time.sleep(0.01)
    return os.path.exists(path)


def test_the_runner_keeps_a_program_alive_where_it_is_told_to(machine: FakeMachine, monkeypatch: Any) -> None:
    kept: List[Any] = []

    def outliving(argv: List[str], **options: Any) -> Any:
        kept.append((argv, options))
        return 0, "out", ""

    monkeypatch.setattr(command, "outliving", outliving)
    assert command.Runner(machine, pass_fds=[5])(["kubeadm", "join"], stdin="x", outlives=True).stdout == "out"
    assert kept[0][0][-2:] == ["/usr/bin/kubeadm", "join"] and kept[0][1]["pass_fds"] == [5] and kept[0][1]["data"] == "x" and machine.calls == []
