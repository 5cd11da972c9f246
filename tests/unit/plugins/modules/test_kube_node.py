# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kube_node
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s "


class Cluster:
    """Nodes as kubectl tells and changes them; `then` changes them while somebody sleeps."""

    def __init__(self, machine: FakeMachine) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.later: list[Any] = []
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def add(self, name: str, ready: bool = True, **spec: Any) -> None:
        self.nodes[name] = {"metadata": {"name": name, "labels": {}}, "spec": spec, "status": {
            "conditions": [{"type": "Ready", "status": str(ready), "message": "cni plugin not initialized"}]}}

    def _answer(self, call: Any) -> Any:
        words = call.words[4:] if call.words[3].startswith("--") else call.words[3:]
        if words[:2] == ["get", "nodes"]:
            if self.later:
                self.later.pop(0)()
            return 0, json.dumps({"items": list(self.nodes.values())}), ""
        if words[:3] == ["label", "--overwrite", "node"]:
            self.nodes[words[3]]["metadata"]["labels"].update(word.split("=") for word in words[4:])
        if words[0] in ("cordon", "uncordon"):
            self.nodes[words[1]]["spec"]["unschedulable"] = words[0] == "cordon"
        if words[0] == "delete":
            del self.nodes[words[2]]
        return 0, "", ""


@pytest.fixture
def cluster(machine: FakeMachine) -> Cluster:
    return Cluster(machine)


def run(*nodes: dict[str, Any], check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kube_node, check_mode, diff, nodes=list(nodes), **more)


def changes(machine: FakeMachine) -> list[str]:
    return [line[len(KUBECTL):] for line in machine.commands("kubectl") if " get " not in line]


def test_without_nodes_it_only_reads(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1")
    result = run()
    assert not result["changed"] and [node["name"] for node in result["nodes"]] == ["n1"] and result["actions"] == []
    assert machine.commands() == [KUBECTL + "get nodes -o json"]


def test_check_real_check_real(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1")
    cluster.add("n2", unschedulable=True)
    wanted = ({"name": "n1", "labels": {"a": "b", "c": True}}, {"name": "n2", "schedulable": True})
    sentences = ["label n1 a=b c=true", "uncordon n2"]
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(*wanted, check_mode=check_mode, diff=True)
        assert (result["changed"], result["actions"]) == (changed, sentences if changed else [])
        assert result.get("diff") == ({"before": "", "after": "label n1 a=b c=true\nuncordon n2\n"} if changed else None)
    assert changes(machine) == ["label --overwrite node n1 a=b c=true", "uncordon n2"]
    assert result["nodes"][0]["labels"] == {"a": "b", "c": "true"} and result["nodes"][1]["schedulable"]


def test_an_absent_node_is_deleted_once(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1")
    assert run({"name": "n1", "state": "absent"})["changed"] and not run({"name": "n1", "state": "absent"})["changed"]
    assert changes(machine) == ["delete node n1"]


def test_a_node_that_has_just_joined_is_waited_for(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.later = [lambda: None, lambda: None, lambda: cluster.add("n1", ready=False), lambda: cluster.add("n1")]
    result = run({"name": "n1", "state": "ready"})
    assert not result["changed"] and result["nodes"][0]["ready"] and machine.slept == 4


def test_a_node_that_never_comes_is_an_error_with_what_to_look_at(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n2")
    result = run({"name": "n1"}, {"name": "n2"}, wait_seconds=10)
    assert result.failed and result["msg"] == "the cluster does not know n1 after 10 seconds. Look at the kubelet there: `journalctl -u kubelet`."
    assert 10 <= machine.slept <= 13


def test_a_node_that_never_is_ready_is_an_error_in_the_kubelet_s_words(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1", ready=False)
    result = run({"name": "n1", "state": "ready"}, wait_seconds=4)
    assert result["msg"] == "not Ready: n1 after 4 seconds. n1: cni plugin not initialized"


def test_present_does_not_wait_until_ready(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1", ready=False)
    assert not run({"name": "n1"}).failed and machine.slept == 0


def test_pod_ranges_are_waited_for(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1")
    cluster.later = [lambda: None, lambda: None, lambda: cluster.add("n1", podCIDR="10.244.1.0/24")]
    assert run({"name": "n1"}, pod_ranges=True)["nodes"][0]["pod_cidrs"] == ["10.244.1.0/24"] and machine.slept == 2
    cluster.add("n1")
    assert "no pod range for n1 after 2 seconds" in run({"name": "n1"}, pod_ranges=True, wait_seconds=2)["msg"]


def test_a_dry_run_before_the_cluster_is_made_predicts(machine: FakeMachine, cluster: Cluster) -> None:
    machine.remove("/etc/kubernetes/admin.conf")
    result = run({"name": "n1", "state": "ready"}, check_mode=True)
    assert result["changed"] and result["nodes"] == [] and machine.calls == []
    assert not run(check_mode=True)["changed"]


def test_a_dry_run_waits_for_nobody(machine: FakeMachine, cluster: Cluster) -> None:
    assert not run({"name": "n1", "state": "ready"}, check_mode=True).failed and machine.slept == 0


def test_what_passes_by_itself_is_tried_again_and_the_rest_is_an_error(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.add("n1")
    machine.on("kubectl", rc=1, stderr="connection refused", once=True)
    assert not run({"name": "n1"}).failed and machine.slept == 3
    machine.on("kubectl", rc=1, stderr="error: Forbidden", once=True)
    result = run({"name": "n1"})
    assert result.failed and result["msg"].startswith("nodes: `kubectl") and result["rc"] == 1


@pytest.mark.parametrize("node", [{}, {"name": "n1", "state": "gone"}, {"name": "n1", "lables": {}}])
def test_a_node_that_is_misspelt_is_refused(cluster: Cluster, node: dict[str, Any]) -> None:
    assert run(node).failed
