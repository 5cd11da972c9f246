# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import cluster_summary
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_changes
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

NODES = [{"name": "cp1", "roles": ["control-plane", "master"], "version": "1.20.2", "runtime": "containerd://1.6.20", "ready": True, "address": "192.0.2.10"},
         {"name": "worker1", "roles": [], "version": "1.20.2", "runtime": "containerd://1.6.20", "ready": False, "address": ""}]
# Of cp1 the latest look counts; worker1 is outside of this run.
VARIABLES = {"ansible_play_hosts_all": ["host_a", "host_b"], "hostvars": {
    "host_a": {"kube_node_name": "CP1", "__control_plane_look": {"node": {"host": {"certificate_days": 10}}}, "__preflight_look": {},
               "__control_plane_made": {"phases": [{"phase": "preflight"}], "node": {"certificate_days": 364}}},
    "host_b": {"__workers_look": {"node": {"host": {"certificate_days": None}}}}}}


@pytest.fixture(autouse=True)
def nobody_keeps_changes(monkeypatch: Any) -> None:
    """As where the callback is off."""
    monkeypatch.setattr(run_changes, "current", None)


@pytest.fixture
def displayed(monkeypatch: Any) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.display", lambda _self, text, **_options: lines.append(text))
    return lines


def summed(answer: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    node = FakeNode(kube_node=[answer])
    result: dict[str, Any] = action_of(cluster_summary, arguments, node).run(task_vars=VARIABLES)
    assert node.asked == [("kubewright.cluster.kube_node", {"nodes": []})]
    return result


def test_every_node_is_a_row(displayed: list[str]) -> None:
    result = summed({"changed": False, "nodes": NODES}, notes=["routes follow", "", None])
    left = result.pop("ansible_stats")
    assert result == {"changed": False, "nodes": NODES, "notes": ["routes follow"]}
    assert list(left["data"]) == ["kubewright_summary"] and left["data"]["kubewright_summary"]["nodes_ready"] == 1
    assert displayed == ["\n".join([
        "",
        "NODE     ROLE                  VERSION  RUNTIME              READY  ADDRESS     CERTIFICATES",
        "cp1      control-plane,master  1.20.2   containerd://1.6.20  yes    192.0.2.10  364 days",
        "worker1  worker                1.20.2   containerd://1.6.20  NO",
        "note: routes follow"])]


@pytest.mark.parametrize(("check", "words"), [(False, "done: join (1): w1"), (True, "would be done: join (1): w1")])
def test_what_was_planned_is_told(displayed: list[str], check: bool, words: str) -> None:
    plan = {"steps": [{"host": "w1", "action": "join"}, {"host": "w2", "action": "join"}]}
    phase = {"phase": "preflight"} if check else {"phase": "preflight", "seconds": 1.2}
    hostvars = {"w1": {"__join_made": {"phases": [phase]}}, "w2": {"__join_made": {"failed": True}}}
    action_of(cluster_summary, {"plan": plan}, FakeNode(kube_node=[{"nodes": NODES}]), check_mode=check).run(task_vars={"hostvars": hostvars})
    assert displayed[0].splitlines()[-3:] == [words, "not done: join (1): w2", "w1: join: preflight" + ("" if check else " 1.2 s")]


@pytest.mark.parametrize(("kept", "cell"), [(False, "made the cluster"), (True, "packages, labels")])
def test_what_changed_on_a_node_is_in_its_row_with_the_callback_and_without(displayed: list[str], monkeypatch: Any, kept: bool, cell: str) -> None:
    """Of kube_node it is the node's that it names, not that of the host which asked."""
    if kept:
        changes = run_changes.Changes()
        changes.add("host_a", run_changes.Change("Install", "packages", ("install kubelet",)))
        changes.add("host_b", run_changes.Change("Labels", run_changes.NODE, ("label cp1 a=b",)))
        monkeypatch.setattr(run_changes, "current", changes)
    summed({"nodes": NODES}, plan={"steps": [{"host": "host_a", "action": "init"}]})
    assert displayed[0].splitlines()[2].endswith(f"  364 days      {cell}") and displayed[0].splitlines()[1].endswith("CERTIFICATES  CHANGED")


def test_a_dry_run_before_the_cluster_says_so(displayed: list[str]) -> None:
    assert not summed({"nodes": []})["changed"] and displayed == ["\nNo cluster yet: a dry run made nothing."]


def test_a_failure_is_handed_on(displayed: list[str]) -> None:
    assert summed({"failed": True, "msg": "no answer"})["msg"] == "no answer" and displayed == []
