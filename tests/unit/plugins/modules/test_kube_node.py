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
        self.pods: list[dict[str, Any]] = []
        self.budgets: list[dict[str, Any]] = []
        self.stuck: set[str] = set()
        self.later: list[Any] = []
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def add(self, name: str, ready: bool = True, **spec: Any) -> None:
        self.nodes[name] = {"metadata": {"name": name, "labels": {}}, "spec": spec, "status": {
            "conditions": [{"type": "Ready", "status": str(ready), "message": "cni plugin not initialized"}]}}

    def _answer(self, call: Any) -> Any:
        words = call.words[4:] if call.words[3].startswith("--") else call.words[3:]
        if words[0] == "get":
            return 0, json.dumps(self._get(words)), ""
        if words[0] == "version":
            return 0, json.dumps({"clientVersion": {"minor": "34+"}}), ""
        if words[0] == "drain":
            return self._drain(words[1])
        if words[:3] == ["label", "--overwrite", "node"]:
            self.nodes[words[3]]["metadata"]["labels"].update(word.split("=") for word in words[4:])
        if words[0] in ("cordon", "uncordon"):
            self.nodes[words[1]]["spec"]["unschedulable"] = words[0] == "cordon"
        if words[0] == "delete":
            del self.nodes[words[2]]
        return 0, "", ""

    def _get(self, words: list[str]) -> Any:
        if words[1] == "node":
            return self.nodes[words[2]]
        if words[1] == "pods":
            node = words[words.index("--field-selector") + 1].split("=")[1]
            return {"items": [pod for pod in self.pods if pod["spec"]["nodeName"] == node]}
        if words[1] == "poddisruptionbudgets":
            return {"items": self.budgets}
        if self.later:
            self.later.pop(0)()
        return {"items": list(self.nodes.values())}

    def run(self, name: str, node: str = "n1", owner: str | None = "ReplicaSet", **more: Any) -> None:
        owners = [{"kind": owner, "controller": True}] if owner else []
        self.pods.append({"metadata": {"name": name, "namespace": "demo", "ownerReferences": owners, "labels": {"app": name}},
                          "spec": {"nodeName": node}, "status": {"phase": "Running"}, **more})

    def guard(self, name: str, healthy: int, desired: int, expected: int) -> None:
        self.budgets.append({"apiVersion": "policy/v1", "metadata": {"name": name, "namespace": "demo"},
                             "spec": {"selector": {"matchLabels": {"app": name}}},
                             "status": {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected, "disruptionsAllowed": 0}})

    def _drain(self, node: str) -> Any:
        self.pods = [pod for pod in self.pods if pod["spec"]["nodeName"] != node or pod["metadata"]["ownerReferences"][:1] == [
            {"kind": "DaemonSet", "controller": True}] or pod["metadata"]["name"] in self.stuck]
        return (1, "evicting pod", "error: global timeout reached: 300s\n") if self.stuck else (0, "", "")


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


def drained(cluster: Cluster) -> None:
    cluster.add("n1")
    cluster.run("web")
    cluster.run("proxy", owner="DaemonSet")
    cluster.run("elsewhere", node="n2")


def test_draining_check_real_check_real(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    sentences = ["cordon n1", "evict demo/web from n1"]
    left = [{"pod": "demo/proxy", "reason": "pod of a DaemonSet"}]
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run({"name": "n1", "drained": True}, check_mode=check_mode, diff=True)
        assert (result["changed"], result["actions"]) == (changed, sentences if changed else [])
        assert result["drains"] == [{"node": "n1", "evicted": ["demo/web"] if changed else [], "left": left, "waits_for": []}]
    assert not result["nodes"][0]["schedulable"]
    assert changes(machine) == ["cordon n1", "version --client -o json", "drain n1 --ignore-daemonsets --timeout=300s --delete-emptydir-data"]
    assert machine.calls[-1].seconds == 120 and next(call.seconds for call in machine.calls if "drain" in call.words) == 360


def test_nodes_are_drained_one_after_the_other(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    cluster.add("n2")
    run({"name": "n2", "drained": True}, {"name": "n1", "drained": True})
    assert [line.split()[1] for line in changes(machine) if line.startswith("drain")] == ["n2", "n1"]


def test_what_draining_would_lose_is_told_before_anything_is_touched(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    cluster.run("bare", owner=None)
    for check_mode in (True, False):
        result = run({"name": "n1", "drained": True}, check_mode=check_mode)
        assert result["msg"] == ("cannot drain n1; nothing was touched. demo/bare has no controller, so nobody makes it anew elsewhere. Remove the "
                                 "pod yourself if nobody needs it, or permit it with drain.force.")
        assert [finding["id"] for finding in result["findings"]] == ["PodWithoutController"]
    assert changes(machine) == [] and len(cluster.pods) == 4
    assert run({"name": "n1", "drained": True}, drain={"force": True})["drains"][0]["evicted"] == ["demo/bare", "demo/web"]


def test_a_budget_that_never_yields_is_told_before_anything_is_touched(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    cluster.guard("web", healthy=2, desired=2, expected=2)
    result = run({"name": "n1", "drained": True})
    assert "guarded by the PodDisruptionBudget demo/web, which never allows one less" in result["msg"] and changes(machine) == []
    assert run({"name": "n1", "drained": True}, drain={"disable_eviction": True})["actions"] == ["cordon n1", "delete demo/web from n1"]


def test_a_budget_that_blocks_until_the_time_is_up_is_told_with_its_pods(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    cluster.run("other")
    cluster.guard("web", healthy=1, desired=1, expected=2)
    cluster.stuck.add("web")
    assert [finding["id"] for finding in run({"name": "n1", "drained": True}, check_mode=True)["drains"][0]["waits_for"]] == ["PodDisruptionBudget"]
    result = run({"name": "n1", "drained": True})
    assert result["msg"] == (
        "n1 was not drained within 300 seconds. demo/web is guarded by the PodDisruptionBudget demo/web, which allows no disruption now: 1 of 2 pods "
        "are healthy and 1 must be. The node stays cordoned, and what has left it stays gone; run again to go on.")
    assert [finding["message"].split()[0] for finding in result["findings"]] == ["demo/web"] and "global timeout" in result["stderr"]
    cluster.stuck.clear()
    assert run({"name": "n1", "drained": True})["actions"] == ["evict demo/web from n1"]


def test_a_drain_that_fails_with_nothing_left_is_kubectl_s_own_error(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "drain", rc=1,
               stderr="error: unknown flag", then=lambda _call: cluster.pods.clear())
    assert "unknown flag" in run({"name": "n1", "drained": True})["msg"]


def test_a_selector_is_what_is_looked_for_and_drained(machine: FakeMachine, cluster: Cluster) -> None:
    drained(cluster)
    run({"name": "n1", "drained": True}, drain={"pod_selector": "app=web"})
    assert any("--field-selector spec.nodeName=n1 -l app=web" in line for line in machine.commands("kubectl"))
    assert "--pod-selector=app=web" in changes(machine)[-1]


def test_a_dry_run_for_a_node_that_is_not_there_yet_drains_nothing(cluster: Cluster) -> None:
    result = run({"name": "n1", "drained": True}, check_mode=True)
    assert not result.failed and "drains" not in result


@pytest.mark.parametrize(("other", "word"), [({"schedulable": True}, "schedulable"), ({"state": "absent"}, "absent")])
def test_a_contradiction_is_refused(machine: FakeMachine, cluster: Cluster, other: dict[str, Any], word: str) -> None:
    cluster.add("n1")
    assert f"n1 is to be drained and {word} at once" in run({"name": "n1", "drained": True, **other})["msg"] and changes(machine) == []
