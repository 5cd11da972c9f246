# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.kubewright.cluster.plugins.modules import kube_apply
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

NAMESPACE: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "example"}}
CONFIG: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "example"}, "data": {"a": "1"}}
SERVER_SIDE = ["--server-side", "--field-manager=kubewright"]

CONFLICT = ('error: Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a\nPlease review the fields above--they currently have '
            'other managers.\n')


class Api:
    """An API server that knows objects by kind, namespace and name."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.minor = "34"
        self.conflict = False
        self.count = 0
        self.objects: dict[str, dict[str, Any]] = {}
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def _answer(self, call: Call) -> Any:
        words = call.words[3:] if not call.words[3].startswith("--request") else call.words[4:]
        given = json.loads(call.stdin)["items"] if call.stdin else []
        return getattr(self, "_" + words[0])(words, given)

    def _version(self, _words: list[str], _given: list[Any]) -> Any:
        return 0, json.dumps({"serverVersion": {"major": "1", "minor": self.minor}, "clientVersion": {"major": "1", "minor": self.minor}}), ""

    def _get(self, words: list[str], given: list[Any]) -> Any:
        if "pods" in words:
            waiting = [{"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no"}}}]
            return 0, json.dumps({"items": [{"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}, "status": {"containerStatuses": waiting}}]}), ""
        if "daemonset/web" in words:
            return 0, json.dumps({"spec": {"selector": {"matchLabels": {"app": "web"}}}}), ""
        if "events" in words:
            return 0, json.dumps({"items": [{"involvedObject": {"name": "p"}, "reason": "Failed", "message": "not found"}]}), ""
        if "-l" in words:
            labelled = [item for item in self.objects.values() if item["metadata"].get("labels")]
            return 0, json.dumps({"items": labelled}), ""
        return 0, self._printed([self.objects[self._name(item)] for item in given if self._name(item) in self.objects]), ""

    @staticmethod
    def _printed(found: list[Any]) -> str:
        """As kubectl does: one object as it is, several as a List, of none nothing."""
        return json.dumps(found[0] if len(found) == 1 else {"items": found}) if found else ""

    def _apply(self, words: list[str], given: list[Any]) -> Any:
        if self.conflict and "--server-side" in words and "--force-conflicts" not in words:
            return 1, "", CONFLICT
        would_be = {self._name(item): self._merged(item, "--server-side" in words) for item in given}
        if not any("dry-run" in word for word in words):
            self.objects.update(would_be)
        return 0, self._printed(list(would_be.values())), ""

    def _merged(self, item: dict[str, Any], server_side: bool) -> dict[str, Any]:
        """What the API server and kubectl add by themselves."""
        merged: dict[str, Any] = json.loads(json.dumps(item))
        if item["kind"] != "Namespace":
            merged["metadata"].setdefault("namespace", "default")
        self.count += 1
        merged["metadata"].update(resourceVersion=str(self.count), generation=self.count, uid="u")
        if server_side:
            merged["metadata"]["managedFields"] = [{"manager": "kubewright", "operation": "Apply"}]
        else:
            merged["metadata"].setdefault("annotations", {})["kubectl.kubernetes.io/last-applied-configuration"] = str(self.count)
        return dict(merged, status={"count": self.count})

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


def applied(machine: FakeMachine) -> list[list[str]]:
    """The arguments of what was really applied."""
    return [call.words[5:-2] for call in machine.calls if "apply" in call.words and not any("dry-run" in word for word in call.words)]


def test_check_real_check_real(machine: FakeMachine, api: Api) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(NAMESPACE, CONFIG, check_mode=check_mode, diff=True)
        assert (result["changed"], result["changed_objects"]) == (changed, ["Namespace/example", "ConfigMap/example/c"] if changed else [])
        assert not changed or result["diff"]["before"] == ""
        assert not changed or 'ConfigMap/example/c\n{\n  "apiVersion": "v1",\n  "data": {\n    "a": "1"' in result["diff"]["after"]
        assert ("diff" in result) is changed
    assert applied(machine) == [SERVER_SIDE]


def test_only_what_differs_is_told_and_applied(machine: FakeMachine, api: Api) -> None:
    run(NAMESPACE, CONFIG)
    result = run(NAMESPACE, {**CONFIG, "data": {"a": "2"}}, diff=True)
    assert result["changed_objects"] == ["ConfigMap/example/c"]
    assert '"a": "1"' in result["diff"]["before"] and '"a": "2"' in result["diff"]["after"] and "Namespace" not in result["diff"]["after"]
    last = next(call for call in reversed(machine.calls) if "apply" in call.words)
    assert [item["kind"] for item in json.loads(last.stdin or "")["items"]] == ["ConfigMap"]


@pytest.mark.parametrize(("minor", "flags", "dry_run"), [
    ("34", SERVER_SIDE, "--dry-run=server"), ("22+", SERVER_SIDE, "--dry-run=server"), ("21", [], "--dry-run=server"), ("17", [], "--server-dry-run")])
def test_server_side_apply_is_used_where_the_cluster_has_it(machine: FakeMachine, api: Api, minor: str, flags: list[str], dry_run: str) -> None:
    api.minor = minor
    run(CONFIG)
    run({**CONFIG, "data": {"a": "2"}})
    assert applied(machine) == [flags, flags] and any(dry_run in call.words for call in machine.calls)


def test_an_object_that_came_by_client_side_apply_stays_with_it(machine: FakeMachine, api: Api) -> None:
    api.minor = "17"
    run(CONFIG)
    api.minor = "34"
    assert not run(CONFIG)["changed"]
    assert run({**CONFIG, "data": {"a": "2"}}, NAMESPACE)["changed"]
    assert applied(machine) == [[], SERVER_SIDE, []] and not run({**CONFIG, "data": {"a": "2"}}, NAMESPACE)["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_field_of_somebody_else_is_an_error_that_names_both(machine: FakeMachine, api: Api, check_mode: bool) -> None:
    run(CONFIG)
    api.conflict = True
    result = run({**CONFIG, "data": {"a": "2"}}, check_mode=check_mode)
    assert result["msg"] == ("ConfigMap/example/c: .data.a belongs to kubectl-edit, which set another value. Nothing was applied. Leave these fields out, let "
                             "their managers give them up, or take them over with force_conflicts.")
    assert result["conflicts"] == [{"manager": "kubectl-edit", "field": ".data.a"}] and len(applied(machine)) == 1
    assert run({**CONFIG, "data": {"a": "2"}}, check_mode=check_mode, force_conflicts=True)["changed"]


def test_a_secret_s_values_are_not_shown(machine: FakeMachine, api: Api) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "example"}, "data": {"a": "c2VjcmV0", "b": "b3RoZXI="}}
    first = run(secret, diff=True)["diff"]
    second = run({**secret, "data": {"a": "Y2hhbmdlZA==", "b": "b3RoZXI="}}, diff=True)["diff"]
    assert '"a": "(hidden, changed)"' in second["after"] and '"b": "(hidden)"' in second["after"] and '"a": "(hidden)"' in second["before"]
    assert not any(value in json.dumps([first, second]) for value in ("c2VjcmV0", "b3RoZXI=", "Y2hhbmdlZA=="))


PLAIN = 'line "one"\nline two'
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "example"},
          "data": {"a": "c2VjcmV0"}, "stringData": {"b": PLAIN, "c": ""}}


@pytest.mark.parametrize("given", [SECRET, {"apiVersion": "v1", "kind": "List", "metadata": {"name": "l"}, "items": [CONFIG, SECRET]}])
def test_a_secret_s_values_are_nowhere_in_an_answer(machine: FakeMachine, api: Api, monkeypatch: Any, given: dict[str, Any]) -> None:
    logged: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda _module, message, **_more: logged.append(message))
    good = run(given, NAMESPACE)
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "apply", rc=1, stdout=json.dumps(given),
               stderr="error when applying patch:\n" + json.dumps(SECRET))
    bad = run({**given, "metadata": {**given["metadata"], "labels": {"new": "one"}}})
    assert good["changed"] and good["changed_objects"]
    if "invocation" in good:  # ansible-core before 2.21
        assert "example" in good["invocation"]["module_args"]["objects"][1]["metadata"]["name"]
    assert bad.failed and "stdout" not in bad and "error when applying patch" in bad["stderr"] and logged
    assert not any(part in json.dumps([good, bad, logged]) for part in ("c2VjcmV0", "line two"))


def test_what_a_secret_held_before_is_not_shown_by_an_error(machine: FakeMachine, api: Api) -> None:
    run({**SECRET, "data": {"a": "b2xkZXI="}})
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "apply", rc=1, stderr="error: &{map[data:map[a:b2xkZXI=]]}")
    assert run(SECRET)["stderr"] == "error: &{map[data:map[a:********]]}"


def test_arguments_that_are_wrong_show_no_secret(api: Api) -> None:
    result = run(SECRET, misspelt=True)
    assert result.failed and "c2VjcmV0" not in json.dumps(result)


def test_an_object_whose_kind_comes_with_it_counts_as_missing(machine: FakeMachine, api: Api) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Custom", "metadata": {"name": "x", "namespace": "example"}}
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "get", rc=1,
               stderr='error: no matches for kind "Custom" in version "example.com/v1"')
    assert run(custom)["changed_objects"] == ["Custom/example/x"]


def test_another_failure_is_told_with_its_output(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "get", rc=1, stderr="error: Forbidden")
    result = run(CONFIG)
    assert result.failed and result["msg"].startswith("objects: `kubectl") and result["stderr"] == "error: Forbidden"


def test_a_dry_run_of_the_api_server_that_fails_is_no_difference(machine: FakeMachine, api: Api) -> None:
    run(CONFIG)
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "apply", rc=1, stderr="error: broken")
    assert run(CONFIG).failed


def labelled(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": "x"}, **metadata}}


def test_what_is_no_longer_given_is_pruned(machine: FakeMachine, api: Api) -> None:
    prune: dict[str, Any] = {"prune_label": "app=x", "prune_kinds": ["configmap", "deployment"]}
    run(labelled("a", namespace="example"), labelled("b", namespace="example"), **prune)
    for check_mode in (True, False):
        result = run(labelled("a", namespace="example"), check_mode=check_mode, diff=True, **prune)
        assert result["changed"] and result["pruned"] == ["ConfigMap/example/b"] and result["diff"] == {"before": "ConfigMap/example/b\n", "after": ""}
    assert not run(labelled("a", namespace="example"), **prune)["changed"]
    assert "configmap,deployment --all-namespaces -l app=x" in " ".join(machine.commands())


def test_an_object_without_a_namespace_is_not_pruned_as_soon_as_it_is_applied(machine: FakeMachine, api: Api) -> None:
    result = run(labelled("a"), prune_label="app=x", prune_kinds=["configmap"])
    assert result["pruned"] == [] and "ConfigMap/default/a" in api.objects


@pytest.mark.parametrize(("label", "kinds", "sentence"), [
    ("app", ["configmap"], "one label with its value"), ("app!=x", ["configmap"], "one label with its value"), ("app=x,tier=y", ["configmap"], "one label"),
    ("app=x", ["all"], "must name single kinds"), ("app=x", ["configmap,secret"], "must name single kinds"), ("app=x", ["*"], "single kinds"),
])
def test_pruning_that_could_reach_too_far_is_refused(api: Api, label: str, kinds: list[str], sentence: str) -> None:
    result = run(CONFIG, prune_label=label, prune_kinds=kinds)
    assert sentence in result["msg"] and "Nothing was applied" in result["msg"] and api.objects == {}


def test_what_a_controller_made_is_left_to_it(api: Api) -> None:
    prune: dict[str, Any] = {"prune_label": "app=x", "prune_kinds": ["configmap"]}
    run(labelled("a", namespace="example", ownerReferences=[{"controller": True}]), labelled("b", namespace="example", deletionTimestamp="2026"))
    assert run(labelled("c", namespace="example"), **prune)["pruned"] == []


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
    assert result["msg"] == "example/daemonset/web was not ready after 60 seconds; p on n1: web: ImagePullBackOff no"
    assert (result["pods"], result["events"], result["logs"]) == (["p on n1: web: ImagePullBackOff no"], ["p: Failed: not found"], [])


def test_a_workload_that_an_operator_makes_later_is_waited_for(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "rollout", rc=1, once=True,
               stderr='Error from server (NotFound): daemonsets.apps "web" not found')
    assert "failed" not in run(CONFIG, rollouts=["example/daemonset/web"], wait_seconds=60) and machine.slept == 3.0


def test_definitions_are_applied_and_served_before_what_they_define(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "wait", stdout="condition met")
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "webs.example.com"}}
    run({"apiVersion": "example.com/v1", "kind": "Web", "metadata": {"name": "w"}}, definition)
    done = [call for call in machine.calls if call.words[4] == "wait" or ("apply" in call.words and not any("dry-run" in word for word in call.words))]
    assert [[item["kind"] for item in json.loads(call.stdin)["items"]] if call.stdin else call.words[-1] for call in done] == [
        ["CustomResourceDefinition"], "customresourcedefinition/webs.example.com", ["Web"]]


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
