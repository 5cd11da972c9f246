# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kube_apply
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

NAMESPACE: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "example"}}
CONFIG: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "example"}, "data": {"a": "1"}}
SERVER_SIDE = ["--server-side", "--field-manager=kubewright", "--force-conflicts"]


class Api:
    """An API server that knows objects by kind, namespace and name."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.minor = "34"
        self.objects: dict[str, dict[str, Any]] = {}
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def _answer(self, call: Call) -> Any:
        words = call.words[3:] if not call.words[3].startswith("--request") else call.words[4:]
        given = json.loads(call.stdin)["items"] if call.stdin else []
        return getattr(self, "_" + words[0])(words, given)

    def _version(self, _words: list[str], _given: list[Any]) -> Any:
        return 0, json.dumps({"serverVersion": {"major": "1", "minor": self.minor}}), ""

    def _get(self, words: list[str], given: list[Any]) -> Any:
        if "-l" in words:
            labelled = [item for item in self.objects.values() if item["metadata"].get("labels")]
            return 0, json.dumps({"items": labelled}), ""
        if "pods" in words:
            waiting = [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no"}}}, {"state": {}}]
            return 0, json.dumps({"items": [{"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}, "status": {"containerStatuses": waiting}}]}), ""
        found = [item for item in given if self._name(item) in self.objects]
        return 0, "".join(f"{item['kind']}/{item['metadata']['name']}\n" for item in found), ""

    def _diff(self, _words: list[str], given: list[Any]) -> Any:
        differs = self.objects[self._name(given[0])].get("data") != given[0].get("data")
        return (1, "-a\n+b\n", "") if differs else (0, "", "")

    def _apply(self, _words: list[str], given: list[Any]) -> None:
        self.objects.update({self._name(item): json.loads(json.dumps(item)) for item in given})
        for item in self.objects.values():
            if item["kind"] != "Namespace":
                item["metadata"].setdefault("namespace", "default")

    def _delete(self, _words: list[str], given: list[Any]) -> None:
        for item in given:
            self.objects.pop(self._name(item), None)

    def _rollout(self, _words: list[str], _given: list[Any]) -> Any:
        return 0, "successfully rolled out", ""

    @staticmethod
    def _name(item: dict[str, Any]) -> str:
        namespace = item["metadata"].get("namespace", "default") if item["kind"] != "Namespace" else ""
        return f"{item['kind']}/{namespace}/{item['metadata']['name']}"


@pytest.fixture
def api(machine: FakeMachine) -> Api:
    return Api(machine)


def run(*objects: dict[str, Any], check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kube_apply, check_mode, diff, objects=list(objects), **more)


def verbs(machine: FakeMachine) -> list[str]:
    return [call.words[4] if call.words[3].startswith("--request") else call.words[3] for call in machine.calls]


def test_check_real_check_real(machine: FakeMachine, api: Api) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(NAMESPACE, CONFIG, check_mode=check_mode, diff=True)
        assert (result["changed"], result["changed_objects"]) == (changed, ["Namespace/example", "ConfigMap/example/c"] if changed else [])
        assert result.get("diff") == ({"before": "", "after": "Namespace/example\nConfigMap/example/c\n"} if changed else None)
    assert verbs(machine).count("apply") == 1


def test_only_what_differs_is_told(machine: FakeMachine, api: Api) -> None:
    run(NAMESPACE, CONFIG)
    assert run(NAMESPACE, {**CONFIG, "data": {"a": "2"}})["changed_objects"] == ["ConfigMap/example/c"]


@pytest.mark.parametrize(("minor", "flags"), [("34", SERVER_SIDE), ("22+", SERVER_SIDE), ("21", []), ("20", [])])
def test_server_side_apply_is_used_where_the_cluster_has_it(machine: FakeMachine, api: Api, minor: str, flags: list[str]) -> None:
    api.minor = minor
    run(CONFIG)
    apply = next(call for call in machine.calls if "apply" in call.words)
    assert apply.words[4:] == ["apply", *flags, "-f", "-"] and json.loads(apply.stdin or "")["items"] == [CONFIG]


def test_an_object_whose_kind_comes_with_it_counts_as_missing(machine: FakeMachine, api: Api) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Custom", "metadata": {"name": "x", "namespace": "example"}}
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "get", rc=1,
               stderr='error: no matches for kind "Custom" in version "example.com/v1"')
    assert run(custom)["changed_objects"] == ["Custom/example/x"]


def test_another_failure_is_told_with_its_output(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "get", rc=1, stderr="error: Forbidden")
    result = run(CONFIG)
    assert result.failed and result["msg"].startswith("objects: `kubectl") and result["stderr"] == "error: Forbidden"


def test_a_diff_that_fails_is_no_difference(machine: FakeMachine, api: Api) -> None:
    run(CONFIG)
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "diff", rc=2, stderr="error: broken")
    assert run(CONFIG).failed


def labelled(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": "x"}, **metadata}}


def test_what_is_no_longer_given_is_pruned(machine: FakeMachine, api: Api) -> None:
    prune: dict[str, Any] = {"prune_label": "app=x", "prune_kinds": ["configmap", "deployment"]}
    run(labelled("a", namespace="example"), labelled("b", namespace="example"), **prune)
    for check_mode in (True, False):
        result = run(labelled("a", namespace="example"), check_mode=check_mode, diff=True, **prune)
        assert result["changed"] and result["pruned"] == ["ConfigMap/example/b"] and result["diff"]["after"] == "- ConfigMap/example/b\n"
    assert not run(labelled("a", namespace="example"), **prune)["changed"]
    assert "configmap,deployment --all-namespaces -l app=x" in " ".join(machine.commands())


def test_an_object_without_a_namespace_is_not_pruned_as_soon_as_it_is_applied(machine: FakeMachine, api: Api) -> None:
    result = run(labelled("a"), prune_label="app=x", prune_kinds=["configmap"])
    assert result["pruned"] == [] and "ConfigMap/default/a" in api.objects


def test_a_prune_label_needs_kinds(api: Api) -> None:
    assert "prune_kinds names no kind; nothing was applied" in run(CONFIG, prune_label="app=x")["msg"] and api.objects == {}


def test_rollouts_are_waited_for_but_not_in_a_dry_run(machine: FakeMachine, api: Api) -> None:
    run(CONFIG, rollouts=["example/daemonset/web"], check_mode=True)
    assert "rollout" not in verbs(machine)
    run(CONFIG, rollouts=["example/daemonset/web"], wait_seconds=60)
    assert [call.words[4:-1] for call in machine.calls if "rollout" in call.words] == [["rollout", "status", "-n", "example", "daemonset/web"]]


def test_a_rollout_that_does_not_end_is_an_error_with_its_pods(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "rollout", rc=1, stderr="error: timed out")
    result = run(CONFIG, rollouts=["example/daemonset/web"], wait_seconds=60)
    assert result["msg"] == "example/daemonset/web was not ready after 60 seconds" and result["pods"] == ["p on n1: ImagePullBackOff no"]


@pytest.mark.parametrize("rollout", ["web", "example/web", "a/b/c/d"])
def test_a_rollout_that_is_misspelt_is_refused(api: Api, rollout: str) -> None:
    assert "it must be namespace/kind/name" in run(CONFIG, rollouts=[rollout])["msg"]


def test_absent_objects_are_deleted_once(machine: FakeMachine, api: Api) -> None:
    run(NAMESPACE, CONFIG)
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(CONFIG, NAMESPACE, state="absent", check_mode=check_mode, wait_seconds=9)
        assert (result["changed"], len(result["changed_objects"])) == (changed, 2 if changed else 0)
    assert [line.split("30s ")[1] for line in machine.commands() if " delete " in line] == ["delete --ignore-not-found --wait=true --timeout=9s -f -"]


def test_a_dry_run_before_the_cluster_is_made_predicts(machine: FakeMachine, api: Api) -> None:
    machine.remove("/etc/kubernetes/admin.conf")
    assert run(NAMESPACE, check_mode=True)["changed_objects"] == ["Namespace/example"]
    assert not run(NAMESPACE, state="absent", check_mode=True)["changed"] and machine.calls == []


def test_an_api_server_that_comes_back_is_waited_for(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", rc=1, stderr="connection refused", once=True)
    assert run(CONFIG)["changed"] and machine.slept == 3
