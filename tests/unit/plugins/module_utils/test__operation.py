# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import fcntl
import json
import os
import time
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


def test_the_lock_is_held_by_those_who_inherit_it(machine: FakeMachine) -> None:
    lock = operation.NodeLock()
    assert os.get_inheritable(lock.descriptor)
    inherited = os.dup(lock.descriptor)
    lock.release()
    with pytest.raises(KubewrightError, match="another kubeadm has been at work on this node for 3 seconds.*ps -C kubeadm"):
        operation.NodeLock(seconds=3)
    assert 3 <= machine.slept <= 6
    os.close(inherited)
    operation.NodeLock(seconds=3).release()


def test_the_lock_is_where_only_root_writes_and_tells_what_is_wrong_with_it(machine: FakeMachine) -> None:
    assert os.path.dirname(operation.LOCK) == "/run"
    machine.folder(operation.LOCK)
    with pytest.raises(KubewrightError, match="the lock /run/kubewright.lock cannot be opened: Is a directory. It must be a file"):
        operation.NodeLock()


def test_the_lock_waits_until_it_is_free(machine: FakeMachine, monkeypatch: Any) -> None:
    first = operation.NodeLock()
    monkeypatch.setattr(time, "sleep", lambda _seconds: first.release())
    second = operation.NodeLock()
    with open(operation.LOCK, encoding="utf-8") as stream, pytest.raises(OSError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    second.release()
    assert machine.has(operation.LOCK)


@pytest.mark.parametrize("data", [False, True])
def test_the_start_says_whether_etcd_was_empty(machine: FakeMachine, data: bool) -> None:
    if data:
        machine.write("/var/lib/etcd/member/snap/db")
    begun = operation.start("init")
    assert (begun.operation, begun.finished, begun.etcd_was_empty) == ("init", None, not data)
    assert node.marker() == begun and abs(begun.started - machine.now()) < 5


def test_the_start_of_an_interrupted_operation_stays(machine: FakeMachine) -> None:
    first = operation.start("init")
    machine.write("/var/lib/etcd/member/snap/db")
    machine.sleep(1000)
    assert operation.start("init") == first
    assert operation.start("join").started > first.started


def test_the_start_after_a_finished_operation_is_new(machine: FakeMachine) -> None:
    first = operation.start("init")
    machine.sleep(10)
    ended = operation.finish()
    assert ended is not None and ended.finished is not None and ended.started == first.started and ended.finished >= first.started + 10
    assert operation.finish() == ended
    assert operation.start("init").started > first.started


def test_nothing_can_be_finished_where_nothing_began(machine: FakeMachine) -> None:
    assert operation.finish() is None
    assert machine.files() == {}


def test_the_marker_is_one_line_of_json(machine: FakeMachine) -> None:
    operation.start("join-control-plane")
    assert json.loads(machine.text(node.MARKER))["operation"] == "join-control-plane" and machine.text(node.MARKER).count("\n") == 1


def test_a_phase_is_noted_before_it_begins_and_forgotten_at_the_end(machine: FakeMachine) -> None:
    operation.note_phase("preflight")
    assert node.marker() is None  # nothing began
    operation.start("init")
    operation.note_phase("certs all")
    found = node.marker()
    assert found is not None and (found.phase, found.finished) == ("certs all", None)
    ended = operation.finish()
    assert ended is not None and ended.phase == ""
    operation.note_phase("reset")
    assert node.marker() == ended


class FakeOperation(operation.Operation):
    """Does as it is told, and notes what it saw of the markers."""

    kind = "init"

    def __init__(self, runner: Runner, need: bool = True, fails: bool = False) -> None:
        super().__init__(runner)
        self.need, self.fails = need, fails

    def needed(self) -> bool:
        return self.need

    def act(self) -> None:
        self.phase("preflight", self.work)
        self.phase("certs all", self.work)

    def work(self) -> Output:
        time.sleep(3)
        if self.fails:
            raise CommandError("kubeadm", 1, "", "no")
        return Output("", "\t[WARNING Swap]: it is on\n")


class FakeModule:
    def __init__(self, check_mode: bool) -> None:
        self.check_mode = check_mode


def lock_is_free() -> bool:
    with open(operation.LOCK, encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def test_an_operation_runs_under_the_lock_between_its_markers(machine: FakeMachine) -> None:
    result = operation.perform(FakeModule(False), FakeOperation)
    assert result["changed"] and [(row["phase"], row["seconds"]) for row in result["phases"]] == [("preflight", 3.0), ("certs all", 3.0)]
    assert [row["id"] for row in result["warnings_of_kubeadm"]] == ["Swap"]  # both phases told it
    found = node.marker()
    assert found is not None and found.finished is not None and lock_is_free()


def test_an_operation_that_fails_leaves_its_start_and_its_phase(machine: FakeMachine) -> None:
    with pytest.raises(CommandError):
        operation.perform(FakeModule(False), lambda runner: FakeOperation(runner, fails=True))
    found = node.marker()
    assert found is not None and (found.finished, found.phase) == (None, "preflight") and lock_is_free()


def test_an_operation_that_is_not_needed_writes_nothing(machine: FakeMachine) -> None:
    result = operation.perform(FakeModule(False), lambda runner: FakeOperation(runner, need=False))
    assert not result["changed"] and result["node"]["state"] == "clean" and node.marker() is None and lock_is_free()


def test_check_mode_neither_locks_nor_acts(machine: FakeMachine) -> None:
    result = operation.perform(FakeModule(True), FakeOperation)
    assert result == {"changed": True, "node": result["node"], "phases": result["phases"]} and machine.files() == {}
    assert [phase["phase"] for phase in result["phases"]][:2] == ["preflight", "certs all"] and "seconds" not in result["phases"][0]


def test_an_operation_says_for_itself_what_is_needed_and_done(machine: FakeMachine) -> None:
    bare = operation.Operation(Runner(machine))
    bare.prepare()
    for told in (bare.needed, bare.act):
        with pytest.raises(NotImplementedError):
            told()
