# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _nodes as nodes
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

MASTER = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}
GPU = {"key": "example.com/gpu", "value": "yes", "effect": "NoExecute"}


def item(name: str = "n1", ready: str = "True", **spec: Any) -> Dict[str, Any]:
    labels = spec.pop("labels", {"kubernetes.io/os": "linux"})
    return {"metadata": {"name": name, "labels": labels}, "spec": spec,
            "status": {"conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready, "message": "told by kubelet"}]}}


def wanted(name: str = "n1", **given: Any) -> Dict[str, Any]:
    return dict({"name": name, "state": "present", "labels": {}, "taints": [], "schedulable": None, "drained": False}, **given)


def words(items: List[Dict[str, Any]], want: List[Dict[str, Any]]) -> List[List[str]]:
    return [action.words for action in nodes.plan(items, want)]


@pytest.mark.parametrize(("version", "name", "expected"), [
    ("1.20.2", "cp1", {"ready": False, "roles": ["control-plane", "master"], "version": "1.20.2", "runtime": "containerd://1.6.20", "pod_cidrs": [],
                       "schedulable": True, "taints": ["node-role.kubernetes.io/master:NoSchedule", "node.kubernetes.io/not-ready:NoSchedule"]}),
    ("1.34.2", "cp1", {"ready": True, "roles": ["control-plane"], "version": "1.34.2", "address": "172.29.3.11",
                       "pod_cidrs": ["10.244.0.0/24"], "schedulable": True, "taints": ["node-role.kubernetes.io/control-plane:NoSchedule"]}),
])
def test_a_captured_node_is_summed_up(captured: Callable[[str], str], version: str, name: str, expected: Dict[str, Any]) -> None:
    items = json.loads(captured("kubeadm/{0}/get-nodes.json".format(version)))["items"]
    found = next(nodes.summary(entry) for entry in items if entry["metadata"]["name"] == name)
    assert {key: found[key] for key in expected} == expected
    assert len(found["machine_id"]) == 32 and found["address"].count(".") == 3


def test_a_node_that_has_just_registered_is_summed_up() -> None:
    assert nodes.summary({"metadata": {"name": "n1"}}) == {
        "name": "n1", "ready": False, "roles": [], "version": "", "runtime": "", "address": "", "pod_cidrs": [], "machine_id": "",
        "schedulable": True, "taints": [], "labels": {}}


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []), ({"podCIDR": "10.0.0.0/24"}, ["10.0.0.0/24"]),
    ({"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24", "fd00::/64"]}, ["10.0.0.0/24", "fd00::/64"]),
])
def test_pod_ranges_are_those_of_both_families(spec: Dict[str, Any], expected: List[str]) -> None:
    assert nodes.summary(item(**spec))["pod_cidrs"] == expected
    assert nodes.names_with_pod_ranges([item(**spec)]) == ({"n1"} if expected else set())


def test_ready_nodes_are_those_whose_condition_says_so() -> None:
    items = [item("a"), item("b", "False"), item("c", "Unknown"), {"metadata": {"name": "d"}}]
    assert nodes.ready_names(items) == {"a"}
    assert nodes.reasons(items, ["b", "d"]) == "b: told by kubelet; d: no condition yet"


@pytest.mark.parametrize(("taint", "text"), [(MASTER, "node-role.kubernetes.io/master:NoSchedule"), (GPU, "example.com/gpu=yes:NoExecute")])
def test_a_taint_is_written_as_kubectl_takes_it(taint: Dict[str, str], text: str) -> None:
    assert nodes.taint_text(taint) == text


@pytest.mark.parametrize(("labels", "present", "expected"), [
    ({}, {}, []),
    ({"a": "1"}, {}, ["a=1"]),
    ({"a": "1"}, {"a": "1", "b": "2"}, []),
    ({"a": 1}, {"a": "1"}, []),
    ({"a": True}, {}, ["a=true"]),
    ({"a": False}, {"a": "false"}, []),
    ({"a": ""}, {}, ["a="]),
    ({"a": ""}, {"a": ""}, []),
    ({"b": "2", "a": "1"}, {"a": "0"}, ["a=1", "b=2"]),
    ({"a": None}, {"a": "1"}, ["a-"]),
    ({"a": None}, {}, []),
])
def test_only_labels_that_differ_are_set(labels: Dict[str, Any], present: Dict[str, str], expected: List[str]) -> None:
    found = nodes.plan([item(labels=present)], [wanted(labels=labels)])
    assert [action.words for action in found] == ([["label", "--overwrite", "node", "n1", *expected]] if expected else [])
    assert [action.sentence for action in found] == (["label n1 " + " ".join(expected)] if expected else [])


@pytest.mark.parametrize(("taints", "present", "expected"), [
    ([], [GPU], []),
    (["example.com/gpu=yes:NoExecute"], [GPU], []),
    (["example.com/gpu=no:NoExecute"], [GPU], ["example.com/gpu=no:NoExecute"]),
    (["example.com/gpu=yes:NoSchedule"], [GPU], ["example.com/gpu=yes:NoSchedule"]),
    (["example.com/gpu-"], [GPU], ["example.com/gpu-"]),
    (["example.com/gpu:NoExecute-"], [GPU], ["example.com/gpu:NoExecute-"]),
    (["example.com/gpu=yes:NoExecute-"], [GPU], ["example.com/gpu=yes:NoExecute-"]),
    (["example.com/gpu:NoSchedule-"], [GPU], []),
    (["example.com/g-"], [GPU], []),
    (["node-role.kubernetes.io/master:NoSchedule-"], [MASTER], ["node-role.kubernetes.io/master:NoSchedule-"]),
    (["node-role.kubernetes.io/master:NoSchedule-"], [], []),
    (["node-role.kubernetes.io/master:NoSchedule-"], None, []),
    (["node-role.kubernetes.io/master:NoSchedule"], None, ["node-role.kubernetes.io/master:NoSchedule"]),
])
def test_only_taints_that_differ_are_set_or_removed(taints: List[str], present: Any, expected: List[str]) -> None:
    assert words([item(taints=present)], [wanted(taints=taints)]) == ([["taint", "--overwrite", "node", "n1", *expected]] if expected else [])


@pytest.mark.parametrize(("schedulable", "cordoned", "verb"), [
    (None, True, None), (None, False, None), (True, False, None), (False, True, None), (True, True, "uncordon"), (False, False, "cordon"),
])
def test_scheduling_changes_only_where_it_is_given(schedulable: Any, cordoned: bool, verb: Any) -> None:
    assert words([item(unschedulable=cordoned)], [wanted(schedulable=schedulable)]) == ([[verb, "n1"]] if verb else [])


def test_a_node_that_is_to_be_absent_is_deleted_once() -> None:
    assert words([item()], [wanted(state="absent", labels={"a": "1"})]) == [["delete", "node", "n1"]]
    assert words([], [wanted(state="absent")]) == []


def test_a_node_that_the_cluster_does_not_know_is_an_error_that_names_those_it_knows() -> None:
    with pytest.raises(KubewrightError, match="the cluster has no node n1; it has a, b"):
        nodes.plan([item("b"), item("a")], [wanted()])
    with pytest.raises(KubewrightError, match="it has none"):
        nodes.plan([], [wanted()])
    assert nodes.plan([], [wanted()], tolerant=True) == []
