# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _apply as pure
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


def config(name: str = "c", api: str = "v1", kind: str = "ConfigMap", **metadata: Any) -> Dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": dict({"name": name}, **metadata), "data": {"a": "1"}}


@pytest.mark.parametrize(("wanted", "live", "found"), [
    (config(), [config(namespace="default")], True),
    (config(namespace="x"), [config(namespace="default")], False),
    (config(), [config()], True),
    (config(), [], False),
    (config(api="apps/v1"), [config(api="apps/v1beta1", namespace="default")], True),
    (config(api="a/v1"), [config(api="b/v1", namespace="default")], True),
])
def test_the_cluster_s_own_is_found_by_kind_namespace_and_name(wanted: Dict[str, Any], live: List[Any], found: bool) -> None:
    assert bool(pure.find(wanted, live)) is found


def test_of_two_kinds_of_one_name_the_group_decides() -> None:
    other, own = config(api="other/v1", namespace="default"), config(api="own/v2", namespace="default")
    assert pure.find(config(api="own/v1"), [other, own]) is own


@pytest.mark.parametrize(("change", "differs"), [
    ({}, False), ({"resourceVersion": "2", "generation": 3, "managedFields": [], "uid": "u", "creationTimestamp": "t", "selfLink": "/"}, False),
    ({"annotations": {pure.LAST_APPLIED: "{}"}}, False), ({"annotations": {}}, False), ({"annotations": None}, False),
    ({"annotations": {"a": "b"}}, True), ({"labels": {"a": "b"}}, True),
])
def test_only_what_somebody_asked_for_is_a_difference(change: Dict[str, Any], differs: bool) -> None:
    assert bool(pure.difference(config(), dict(config(**change), status={"x": 1}))) is differs


def test_a_difference_is_told_as_text() -> None:
    found = pure.difference(config(), dict(config(), data={"a": "2"}))
    assert found and found.name == "ConfigMap/c" and json.loads(found.before)["data"] == {"a": "1"} and json.loads(found.after)["data"] == {"a": "2"}
    new = pure.difference(None, config())
    assert new and new.before == "" and json.loads(new.after) == config()


@pytest.mark.parametrize(("before", "after", "told"), [
    (None, {"a": "1"}, {"a": "(hidden, changed)"}),
    ({"a": "1", "b": "2"}, {"a": "3", "b": "2"}, {"a": "(hidden, changed)", "b": "(hidden)"}),
    ({"a": "1"}, None, None),
])
def test_a_secret_is_told_without_its_values(before: Optional[Dict[str, str]], after: Optional[Dict[str, str]], told: Any) -> None:
    old = dict(config(kind="Secret"), data=before) if before else None
    found = pure.difference(old, dict(config(kind="Secret"), data=after))
    assert found and json.loads(found.after)["data"] == told and not any('"{0}"'.format(value) in found.before + found.after for value in "123")


@pytest.mark.parametrize(("metadata", "expected"), [
    ({}, False), ({"annotations": {pure.LAST_APPLIED: "{}"}}, True), ({"annotations": None, "managedFields": None}, False),
    ({"annotations": {pure.LAST_APPLIED: "{}"}, "managedFields": [{"manager": "kubectl", "operation": "Update"}]}, True),
    ({"annotations": {pure.LAST_APPLIED: "{}"}, "managedFields": [{"manager": "kubewright", "operation": "Apply"}]}, False),
])
def test_what_came_by_client_side_apply_is_known(metadata: Dict[str, Any], expected: bool) -> None:
    assert pure.client_side(config(**metadata)) is expected


def test_nothing_did_not_come_by_client_side_apply() -> None:
    assert not pure.client_side(None)


@pytest.mark.parametrize(("name", "expected"), [
    ("one", [("kubectl-client-side-apply", ".data.a")]),
    ("two", [("kubectl-client-side-apply", ".data.a"), ("someone", ".data.b")]),
])
def test_captured_conflicts_are_read(captured: Callable[[str], str], name: str, expected: List[Tuple[str, str]]) -> None:
    text = captured("kubeadm/1.20.3/kubectl-apply-conflict-{0}.stderr.txt".format(name))
    assert pure.conflicts(text) == expected
    with pytest.raises(KubewrightError, match="belongs to kubectl-client-side-apply") as caught:
        pure.refuse_conflicts(text, ["ConfigMap/c"])
    assert caught.value.evidence["conflicts"][0] == {"manager": "kubectl-client-side-apply", "field": ".data.a"}


def test_another_failure_is_no_conflict() -> None:
    pure.refuse_conflicts("error: connection refused", ["ConfigMap/c"])


@pytest.mark.parametrize("label", ["app=x", "app.kubernetes.io/part-of=web", "a=1", "a_b/c-d=e.f_g"])
def test_one_label_with_its_value_prunes(label: str) -> None:
    pure.refuse_wide_pruning(label, ["configmap", "deployments.apps"])


@pytest.mark.parametrize(("label", "kinds"), [
    ("app=x", []), ("", ["configmap"]), ("app", ["configmap"]), ("!app", ["configmap"]), ("app!=x", ["configmap"]), ("app=", ["configmap"]),
    ("app in (x)", ["configmap"]), ("a=b,c=d", ["configmap"]), ("app=x\n", ["configmap"]), ("app=x", ["ALL"]), ("app=x", ["a,b"]), ("app=x", ["*"]),
])
def test_wider_pruning_is_refused(label: str, kinds: List[str]) -> None:
    with pytest.raises(KubewrightError, match="othing was applied"):
        pure.refuse_wide_pruning(label, kinds)


def test_superfluous_is_what_nobody_gave_and_nobody_else_keeps() -> None:
    found = [config("given", namespace="default"), config("extra"), config("ending", deletionTimestamp="t"),
             config("made", ownerReferences=[{"controller": True}]), config("owned", ownerReferences=[{"kind": "X"}])]
    assert [item["metadata"]["name"] for item in pure.superfluous(found, [config("given")])] == ["extra", "owned"]


@pytest.mark.parametrize(("item", "expected"), [
    ({"kind": "Secret", "data": {"a": "eA==", "b": None, "c": ""}, "stringData": {"d": 1234, "e": 'a"b', "f": True}}, {"eA==", "1234", 'a"b', 'a\\"b'}),
    ({"kind": "List", "items": [{"kind": "Secret", "data": {"a": "eA=="}}, "nonsense"]}, {"eA=="}), ({"kind": "Secret", "data": "nonsense"}, set()),
    ({"kind": "ConfigMap", "data": {"a": "eA=="}}, set())])
def test_what_secrets_hold_is_found_whatever_form_they_have(item: Any, expected: Any) -> None:
    assert pure.secret_values([item]) == expected
