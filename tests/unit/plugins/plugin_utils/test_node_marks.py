# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_marks


@pytest.mark.parametrize(("variables", "expected"), [
    ({}, {}), ({"kube_node_labels": None}, {}), ({"kube_node_labels": {"a": "1"}}, {"a": "1"}),
    ({"kube_node_labels_gpu": {"a": "1"}, "kube_node_labels_rack": {"b": "2"}, "kube_node_labels": {"c": True}}, {"a": "1", "b": "2", "c": True}),
    ({"kube_node_labels_gpu": {"a": "1"}, "kube_node_labels": {"a": None}}, {"a": None}),
    ({"kube_node_labels_one": {"a": "1"}, "kube_node_labels_two": {"a": "1"}}, {"a": "1"}),
    ({"kube_node_labelsgpu": {"a": "1"}, "other": 1}, {}),
])
def test_labels_of_groups_and_host_add_up_and_the_host_wins(variables: dict[str, Any], expected: dict[str, Any]) -> None:
    assert node_marks.labels(variables) == expected


@pytest.mark.parametrize(("variables", "expected"), [
    ({}, []), ({"kube_node_taints": ["a=1:NoSchedule"]}, ["a=1:NoSchedule"]),
    ({"kube_node_taints_gpu": ["a=1:NoSchedule", "b:NoExecute"], "kube_node_taints": ["a=2:NoSchedule", "a=2:NoExecute"]},
     ["a=2:NoSchedule", "b:NoExecute", "a=2:NoExecute"]),
    ({"kube_node_taints_gpu": ["a=1:NoSchedule"], "kube_node_taints": ["a:NoSchedule-"]}, ["a:NoSchedule-"]),
    ({"kube_node_taints_one": ["a:NoSchedule"], "kube_node_taints_two": ("a:NoSchedule",)}, ["a:NoSchedule"]),
])
def test_taints_of_groups_and_host_add_up_by_key_and_effect(variables: dict[str, Any], expected: list[str]) -> None:
    assert node_marks.taints(variables) == expected


@pytest.mark.parametrize(("variables", "told"), [
    ({"kube_node_labels_one": {"a": "1"}, "kube_node_labels_two": {"a": "2"}},
     "kube_node_labels_two has a '2', another variable that begins with kube_node_labels_ has '1' for the same host; leave one "
     "out, or say which in kube_node_labels"),
    ({"kube_node_labels": ["a=1"]}, "kube_node_labels is ['a=1']; a mapping of keys to values is expected"),
    ({"kube_node_labels_x": "a=1"}, "kube_node_labels_x is 'a=1'; a mapping of keys to values is expected"),
])
def test_what_cannot_be_added_is_an_error(variables: dict[str, Any], told: str) -> None:
    with pytest.raises(KubewrightError) as raised:
        node_marks.labels(variables)
    assert str(raised.value) == told and list(node_marks.problems(variables)) == [told]


@pytest.mark.parametrize(("variables", "told"), [
    ({"kube_node_labels_gpu": {"example.com/disk": "nvme", "a": None, "b": True, "c": "", "d": 7}, "kube_node_name": "x"}, []),
    ({"kube_node_labels": {"a b": "1"}}, ["the label 'a b' is none; write name or prefix/name"]),
    ({"kube_node_labels": {"a": "x y"}}, ["the label a has the value 'x y'; letters"]),
    ({"kube_node_labels": {"a": ["x"]}}, ["the label a has the value ['x']; letters"]),
    ({"kube_node_labels": {"a": "x" * 64}}, ["the label a has the value"]),
    ({"kube_node_taints": ["example.com/gpu=true:NoSchedule", "a:NoExecute-", "a-"]}, []),
    ({"kube_node_taints": ["a=1:Never"]}, ["the taint 'a=1:Never' is none; write key=value:Effect"]),
    ({"kube_node_taints": ["a=1"]}, ["the taint 'a=1' is none"]),
    ({"kube_node_taints": "a:NoSchedule"}, ["kube_node_taints is 'a:NoSchedule'; a list of key=value:Effect is expected"]),
    ({"kube_node_taints_a": ["k=1:NoSchedule"], "kube_node_taints_b": ["k=2:NoSchedule"]}, ["kube_node_taints_b has k:NoSchedule 'k=2:NoSchedule', another"]),
])
def test_what_would_be_misread_or_refused_is_told(variables: dict[str, Any], told: list[str]) -> None:
    found = list(node_marks.problems(variables))
    assert len(found) == len(told) and all(sentence.startswith(beginning) for sentence, beginning in zip(found, told, strict=True))


@pytest.mark.parametrize(("variables", "told"), [
    ({"kube_node_label_gpu": {}}, ["kube_node_label_gpu is no variable; kube_node_labels is, and every name that begins with kube_node_labels_"]),
    ({"kube_labels": {}, "kube_node_taint": []}, ["kube_labels is no variable; kube_node_labels is", "kube_node_taint is no variable; kube_node_taints is"]),
    ({"kube_node_labels_gpu": {}, "kube_node_name": "x", "kube_labeller": "y"}, []),
])
def test_a_name_that_is_nearly_one_is_told_apart_from_what_is_wrong(variables: dict[str, Any], told: list[str]) -> None:
    found = list(node_marks.doubts(variables))
    assert len(found) == len(told) and all(sentence.startswith(beginning) for sentence, beginning in zip(found, told, strict=True))
    assert list(node_marks.problems(variables)) == []
