# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_findings as base
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, inputs, seen


@pytest.mark.parametrize(("variables", "expected"), [
    ({}, "default"), ({"kube_cni": "none"}, "none"), ({"kube_cni": "none", "workers_cni": "bridge"}, "bridge"), ({"control_plane_cni": "bridge"}, "default"),
    ({"kube_cni": "{{ later }}"}, "default"), ({"kube_cni": None}, "default"),
])
def test_a_role_s_own_setting_comes_first(variables: dict[str, Any], expected: str) -> None:
    assert base.setting(inputs(everywhere(**variables)), seen("w1"), "cni", "default") == expected


@pytest.mark.parametrize(("given", "passes"), [
    (None, False), ([], False), (["Mem"], True), (["mem"], True), ("NumCPU, mem", True), (["all"], True), (["NumCPU"], False), (7, False),
])
def test_what_kubeadm_is_told_to_pass_over(given: Any, passes: bool) -> None:
    assert base.ignores(inputs(everywhere(kube_ignore_preflight_errors=given)), seen("cp1"), "Mem") is passes


def test_what_nobody_saw_is_empty() -> None:
    assert base.machine_of(seen("w1")) == {} and base.machine_of(seen("w1", machine=None)) == {}
    assert not base.is_member(seen("w1")) and not base.is_member(seen("w1", "partial")) and base.is_member(seen("w1", "worker"))
    assert base.release_of(inputs(), "w1") is not None and base.release_of(inputs(), "w9") is None
    assert base.release_of(inputs(everywhere(kube_version="1")), "w1") is None


@pytest.mark.parametrize(("value", "expected"), [("a, b", ["a", "b"]), (["a"], ["a"]), (("a",), ["a"]), (None, []), (1, []), ({"a": 1}, [])])
def test_a_list_as_people_give_it(value: Any, expected: list[str]) -> None:
    assert base.listed(value) == expected
