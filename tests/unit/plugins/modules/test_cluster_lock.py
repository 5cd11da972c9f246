# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.modules import cluster_lock
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

ME, OTHER = "root@ci1/a.b.1.10.100", "root@ci2/a.b.1.11.200"


class Leases:
    """The one Lease as kubectl tells and changes it; what is in `faster` runs just before a write."""

    def __init__(self, machine: FakeMachine) -> None:
        self.lease: dict[str, Any] | None = None
        self.faster: list[Any] = []
        machine.on("kubectl", then=self._answer)

    def put(self, identity: str, now: float, seconds: int = 60) -> None:
        self.lease = run_lock.lease(identity, "site.yml", now, seconds, None)
        self.lease["metadata"]["resourceVersion"] = str(now)

    def _answer(self, call: Any) -> Any:
        verb = call.words[4]
        if verb == "get":
            return 0, json.dumps(self.lease) if self.lease else "", ""
        if self.faster:
            self.faster.pop(0)()
        if verb == "delete":
            self.lease = None
            return 0, "", ""
        wanted = json.loads(call.stdin)["items"][0]
        if verb == "create" and self.lease:
            return 1, "", 'Error from server (AlreadyExists): leases.coordination.k8s.io "kubewright" already exists'
        if verb == "replace" and wanted["metadata"]["resourceVersion"] != (self.lease or {"metadata": {}})["metadata"].get("resourceVersion"):
            return 1, "", "Error from server (Conflict): the object has been modified"
        self.lease = {**wanted, "metadata": {**wanted["metadata"], "resourceVersion": "new"}}
        return 0, "", ""

    def owner(self) -> str | None:
        return self.lease["spec"]["holderIdentity"] if self.lease else None


@pytest.fixture
def leases(machine: FakeMachine) -> Leases:
    return Leases(machine)


def run(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(cluster_lock, check_mode, diff, **{"owner": ME, "purpose": "site.yml", **more})


def test_a_free_lock_is_taken_and_given_back(machine: FakeMachine, leases: Leases) -> None:
    result = run(diff=True)
    assert result["changed"] and leases.owner() == ME and result["holder"]["identity"] == ME and result["diff"]["after"] == "held\n"
    assert run(state="absent")["changed"] and leases.owner() is None
    assert not run(state="absent")["changed"]


def test_a_run_makes_its_own_lock_last_longer(machine: FakeMachine, leases: Leases) -> None:
    leases.put(ME, machine.now() - 30)
    result = run(seconds=100)
    assert result["changed"] and "taken_from" not in result and result["holder"]["expires"] - result["holder"]["taken"] == 130


def test_another_run_s_lock_is_refused_and_told(machine: FakeMachine, leases: Leases) -> None:
    leases.put(OTHER, machine.now())
    result = run()
    assert result.failed and "another run is at work on this cluster: root@ci2" in result["msg"] and result["holder"]["identity"] == OTHER
    assert leases.owner() == OTHER and not run(state="absent")["changed"] and leases.owner() == OTHER


@pytest.mark.parametrize(("age", "more"), [(61, {}), (0, {"force": True}), (0, {"dead_owner": OTHER})])
def test_an_expired_a_broken_and_a_dead_run_s_lock_are_taken_over(machine: FakeMachine, leases: Leases, age: int, more: dict[str, Any]) -> None:
    leases.put(OTHER, machine.now() - age)
    result = run(**more)
    assert result["changed"] and result["taken_from"] == "root@ci2" and leases.owner() == ME


def test_a_lock_is_broken_on_purpose(machine: FakeMachine, leases: Leases) -> None:
    leases.put(OTHER, machine.now())
    assert run(state="absent", force=True)["taken_from"] == "root@ci2" and leases.owner() is None


@pytest.mark.parametrize("there", [False, True])
def test_who_is_slower_finds_the_lock_taken(machine: FakeMachine, leases: Leases, there: bool) -> None:
    if there:
        leases.put(OTHER, machine.now() - 61)
    leases.faster.append(lambda: leases.put("root@ci3/x", machine.now()))
    result = run()
    assert result.failed and "root@ci3" in result["msg"] and leases.owner() == "root@ci3/x"


def test_attempts_have_a_limit_and_other_errors_none(machine: FakeMachine, leases: Leases) -> None:
    leases.put(ME, machine.now())
    leases.faster += [lambda: leases.put(ME, machine.now() + 1), lambda: leases.put(ME, machine.now() + 2), lambda: leases.put(ME, machine.now() + 3)]
    assert "the object has been modified" in run()["msg"]
    machine.on("kubectl", rc=1, stderr="forbidden")
    assert run()["msg"].startswith("run lock: `kubectl")


@pytest.mark.parametrize("verb", ["get", "create", "replace", "delete"])
def test_a_hiccup_of_the_api_server_passes(machine: FakeMachine, leases: Leases, verb: str) -> None:
    if verb != "create":
        leases.put(ME, machine.now())
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", verb, rc=1, stderr="connection refused", once=True)
    result = run(state="absent" if verb == "delete" else "present")
    assert result["changed"] and machine.slept == 3 and leases.owner() == (None if verb == "delete" else ME)


def test_a_write_whose_answer_was_lost_is_found_as_our_own(machine: FakeMachine, leases: Leases) -> None:
    def arrive(call: Any) -> Any:
        leases.put(ME, machine.now())
        return 1, "", "Unable to connect to the server: EOF"

    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "create", then=arrive, once=True)
    assert run()["changed"] and leases.owner() == ME


def test_a_lock_that_another_run_took_meanwhile_is_not_deleted_by_a_second_attempt(machine: FakeMachine, leases: Leases) -> None:
    def arrive(call: Any) -> Any:
        leases.put(OTHER, machine.now())
        return 1, "", "Unable to connect to the server: EOF"

    leases.put(ME, machine.now())
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "delete", then=arrive, once=True)
    assert not run(state="absent").failed and leases.owner() == OTHER


def test_check_mode_writes_nothing(machine: FakeMachine, leases: Leases) -> None:
    assert run(check_mode=True)["changed"] and leases.owner() is None
    leases.put(ME, machine.now())
    assert run(check_mode=True, state="absent")["changed"] and leases.owner() == ME
