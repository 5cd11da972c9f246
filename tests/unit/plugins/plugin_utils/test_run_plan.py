# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_plan
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import NO_CLUSTER, Cluster, Seen

THERE = Cluster(True, "cp1", ["sha256:a"], "cluster.example.com:6443", "u1")


def look(name: str, /, state: str = "clean", ours: bool = True) -> Seen:
    return Seen(name, name.startswith("cp"), True, {
        "state": state, "healthy": True, "ours": ours, "reset_allowed": True, "reason": "told", "operation": "join"})


def planned(*looks: Seen, cluster: Cluster = NO_CLUSTER, hosts: list[str] | None = None) -> list[tuple[str, str]]:
    return [(step.host, step.action) for step in run_plan.steps(looks, hosts or [item.host for item in looks], cluster)]


def test_the_first_control_plane_makes_the_cluster_and_the_others_join() -> None:
    assert planned(look("w1"), look("cp1"), look("cp2")) == [("cp1", "init"), ("cp2", "join"), ("w1", "join")]


def test_a_member_needs_nothing() -> None:
    assert planned(look("cp1", "control_plane"), look("w1", "worker"), look("w2"), cluster=THERE) == [("w2", "join")]


def test_what_was_interrupted_is_repaired_and_counts_as_the_first() -> None:
    assert planned(look("cp1", "partial"), look("cp2"), look("w1", "partial")) == [("cp1", "repair"), ("cp2", "join"), ("w1", "repair")]


def test_what_somebody_else_began_is_left() -> None:
    assert planned(look("w1", "partial", ours=False), cluster=THERE) == []


def test_a_machine_that_cannot_be_reached_has_no_step() -> None:
    assert planned(Seen("cp2", True, False, {}), look("w1"), cluster=THERE) == [("w1", "join")]


def test_machines_outside_the_run_have_no_step() -> None:
    assert planned(look("cp1"), look("w1"), hosts=["w1"]) == [("w1", "join")]


def test_the_document_carries_its_schema_and_the_cluster_s() -> None:
    plan = run_plan.as_dict(THERE, run_plan.steps([look("w1")], ["w1"], THERE))
    assert plan == {
        "schema": "kubewright.plan/1",
        "cluster": {"schema": "kubewright.cluster/1", "exists": True, "primary": "cp1", "ca_hashes": ["sha256:a"],
                    "endpoint": "cluster.example.com:6443", "uid": "u1"},
        "steps": [{"host": "w1", "role": "worker", "action": "join", "reason": "told"}]}
    assert {step["action"] for step in plan["steps"]} <= set(run_plan.ACTIONS)


@pytest.mark.parametrize(("count", "sentence"), [(1, "join (1): w0"), (12, "join (12): w0, w1, w2, w3, w4, w5, w6, w7, w8, w9 and 2 more")])
def test_a_sentence_names_the_machines_and_counts_them(count: int, sentence: str) -> None:
    steps: list[dict[str, Any]] = [{"host": f"w{number}", "action": "join"} for number in range(count)]
    assert run_plan.sentences({"steps": steps}) == [sentence]
    assert run_plan.sentences({}) == []


def test_an_outcome_names_what_was_done_what_was_not_and_how_long_it_took() -> None:
    plan = {"steps": [{"host": "cp1", "action": "init"}, {"host": "w1", "action": "join"}]}
    phases = {"cp1": [{"phase": "certs all", "seconds": 1.9}, {"phase": "kubelet-start", "seconds": 2}]}
    assert run_plan.outcome(plan, phases, False) == ["done: init (1): cp1", "not done: join (1): w1", "cp1: init: certs all 1.9 s, kubelet-start 2 s"]
    assert run_plan.outcome(plan, {"w1": [{"phase": "preflight"}]}, True) == [
        "would be done: join (1): w1", "not done: init (1): cp1", "w1: join: preflight"]
    assert run_plan.outcome({}, {}, False) == []
