# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import cluster_preflight
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

KNOWN = {"healthy": True, "ours": False, "reset_allowed": False, "reason": "told"}
GOOD: dict[str, Any] = {"kube_version": "1.31.2", "ansible_host": "192.0.2.10", "__preflight_look": {"node": {**KNOWN, "state": "clean", "host": {}}}}
MEMBER: dict[str, Any] = {**KNOWN, "state": "control_plane", "ca_hashes": ["sha256:a"], "endpoint": "x:6443", "host": {}}
PLAN: dict[str, Any] = {"schema": "kubewright.plan/1", "steps": [], "cluster": {
    "schema": "kubewright.cluster/1", "exists": True, "primary": "cp1", "ca_hashes": ["sha256:a"], "endpoint": "x:6443", "uid": ""}}
NOTHING = "preflight: nothing stands in the way"
WRONG_SIGNATURE = {"id": "PackageRepository", "level": "error", "message": "the package repository cannot be used", "remedy": None}


@pytest.fixture
def displayed(monkeypatch: Any) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.display", lambda _self, text, **_options: lines.append(text))
    return lines


def judge(broken: bool = False, /, **hostvars: Any) -> dict[str, Any]:
    node = FakeNode()
    arguments = {"hosts": list(hostvars), "control_planes": ["cp1"], "break_lock": broken}
    result: dict[str, Any] = action_of(cluster_preflight, arguments, node).run(task_vars={"hostvars": hostvars})
    assert node.asked == [] and not result["changed"]
    return result


def test_a_good_inventory_passes(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "__preflight_look": {"node": MEMBER}})
    assert list(result.pop("ansible_stats")["data"]) == ["kubewright_preflight"]
    assert [node["host"] for node in result.pop("nodes")] == ["cp1"] and result == {
        "changed": False, "schema": "kubewright.preflight/1", "findings": [], "waived": [], "plan": PLAN}
    assert displayed == [NOTHING]


def test_what_the_run_is_going_to_do_is_shown_and_answered(displayed: list[str]) -> None:
    plan = judge(cp1=GOOD, w1={**GOOD, "ansible_host": "192.0.2.11"})["plan"]
    assert [(step["host"], step["action"]) for step in plan["steps"]] == [("cp1", "init"), ("w1", "join")]
    assert displayed == [NOTHING, "plan: init (1): cp1", "plan: join (1): w1"]


def test_a_control_plane_outside_the_run_has_no_step_whether_it_answers_or_not(displayed: list[str]) -> None:
    member, bare = {**GOOD, "__preflight_look": {"node": MEMBER}}, {name: value for name, value in GOOD.items() if name != "__preflight_look"}
    rows = [{"item": "cp2", "unreachable": True}, {"item": "cp3", "node": GOOD["__preflight_look"]["node"]}]
    hosts = {"cp1": {**member, "__preflight_outside": {"results": rows}}, "cp2": {**bare, "ansible_host": "192.0.2.12"},
             "cp3": {**bare, "ansible_host": "192.0.2.13"}}
    assert judge(**hosts)["plan"]["steps"] == []
    assert len(displayed) == 1 and displayed[0].splitlines()[1].split() == ["WARNING", "Unreachable", "cp2"]


@pytest.mark.parametrize(("owner", "seconds", "broken", "found"), [
    ("root@elsewhere/x", 60, False, True), ("root@elsewhere/x", 0, False, False), ("root@elsewhere/x", 60, True, False),
    (str(run_identity.mine()), 60, False, False), (str(run_identity.mine()._replace(start=1)), 60, False, False)],
    ids=["living", "expired", "broken on purpose", "this run", "ended"])
def test_another_run_that_is_at_work_keeps_this_one_out(displayed: list[str], owner: str, seconds: int, broken: bool, found: bool) -> None:
    lock = {"identity": owner, "purpose": "site.yml", "taken": 1, "expires": 2, "seconds_left": seconds}
    node = {**MEMBER, "cluster": {"uid": "u1", "lock": lock, "reason": ""}}
    result = judge(broken, cp1={**GOOD, "__preflight_look": {"node": node}})
    assert [row["id"] for row in result["findings"]] == (["RunLock"] if found else [])
    assert result["plan"] == ({} if found else {**PLAN, "cluster": {**PLAN["cluster"], "uid": "u1"}})


def test_two_clusters_that_somebody_waived_have_no_plan(displayed: list[str]) -> None:
    waived = {**GOOD, "kube_preflight_waived": ["Cluster"]}
    other = {"node": {**MEMBER, "ca_hashes": ["sha256:b"]}}
    outside = {"results": [{"item": "cp2", "node": other["node"]}]}
    assert judge(cp1={**waived, "__preflight_look": {"node": MEMBER}, "__preflight_outside": outside})["plan"]["steps"] == []


def test_all_findings_of_all_hosts_are_one_failure_with_a_table(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "kube_cni": "weave"}, w_1={**GOOD, "ansible_host": "192.0.2.11", "kube_cni": "weave"})
    assert result["failed"]
    assert result["msg"].startswith("2 errors must be settled before anything is changed; nothing was. [CNI] inventory: kube_cni is 'weave'")
    assert [(row["hosts"], row["id"]) for row in result["findings"]] == [(["inventory"], "CNI"), (["w_1"], "NodeName")]
    (shown,) = displayed
    assert all(row["message"] in shown and row["remedy"] in shown for row in result["findings"])


def test_a_host_that_cannot_be_reached_does_not_hide_the_others_findings(displayed: list[str]) -> None:
    silent = {**GOOD, "ansible_host": "192.0.2.11", "__preflight_look": {"unreachable": True, "msg": "no route to host"}}
    result = judge(cp1={**GOOD, "kube_cni": "weave"}, w1={**silent, "kube_cni": "weave"})
    assert result["failed"] and [(row["hosts"], row["level"], row["id"]) for row in result["findings"]] == [
        (["inventory"], "error", "CNI"), (["w1"], "warning", "Unreachable")]


def test_what_the_modules_tried_is_judged_too(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "__kube_packages_probe": {"findings": [WRONG_SIGNATURE]}, "__preflight_bundle": {"skipped": True}})
    assert result["failed"] and "the package repository cannot be used" in result["msg"]


def test_a_warning_is_shown_and_does_not_fail(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "__preflight_bundle": {"findings": [{**WRONG_SIGNATURE, "level": "warning"}]}})
    assert not result.get("failed") and len(result["findings"]) == 1 and "WARNING  PackageRepository   cp1" in displayed[0]


def test_a_waived_finding_is_none_and_is_counted(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "kube_cni": "weave", "kube_preflight_waived": ["CNI"]})
    assert not result.get("failed") and [row["id"] for row in result["waived"]] == ["CNI"]
    assert displayed[0] == "preflight: nothing stands in the way; 1 finding waived"


def test_a_misspelt_variable_is_told_wherever_it_was_set(displayed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_preflight, "load_extra_vars", lambda _loader: {"kube_verison": "1"})
    hostvars = {"cp1": {**GOOD, "kube_verison": "1"}}
    action = action_of(cluster_preflight, {"hosts": ["cp1"], "control_planes": ["cp1"]}, FakeNode())
    result: dict[str, Any] = action.run(task_vars={"hostvars": hostvars, "kube_runtme": "docker", "kube_of_another_role": 1})
    assert [row["message"].split(" is no ")[0] for row in result["findings"]] == ["kube_runtme", "kube_verison (-e)"]


def test_what_the_role_is_told_stands_for_what_the_inventory_leaves_out(displayed: list[str]) -> None:
    arguments = {"hosts": ["cp1"], "control_planes": ["cp1"], "inputs": {"kube_version": "1.31.2", "kube_runtime": "rkt", "kube_package_source": ""}}
    bare = {name: value for name, value in GOOD.items() if name != "kube_version"}
    result: dict[str, Any] = action_of(cluster_preflight, arguments, FakeNode()).run(task_vars={"hostvars": {"cp1": bare}})
    assert [(row["id"], row["message"]) for row in result["findings"]] == [("Runtime", "kube_runtime is 'rkt', which nobody knows")]


def test_what_the_inventory_sets_for_some_hosts_is_missed_on_the_others(displayed: list[str]) -> None:
    arguments = {"hosts": ["cp1", "w1"], "control_planes": ["cp1"], "inputs": {"kube_version": "1.31.2"}}
    bare = {**{name: value for name, value in GOOD.items() if name != "kube_version"}, "ansible_host": "192.0.2.11"}
    result: dict[str, Any] = action_of(cluster_preflight, arguments, FakeNode()).run(task_vars={"hostvars": {"cp1": GOOD, "w1": bare}})
    assert {row["message"] for row in result["findings"]} == {"kube_version differs: 1.31.2 for cp1; None for w1", "kube_version is not set"}
