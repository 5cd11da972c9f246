# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.action import containerd_config
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_toml
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ARGUMENTS: dict[str, Any] = {"sandbox_image": "registry.k8s.io/pause:3.10"}


def look(text: str = "", **more: Any) -> dict[str, Any]:
    return {"text": text, "containerd_version": "1.7.24", "crictl_differs": False, "service_wanting": False, "stale": False,
            "invocation": {"module_args": {**ARGUMENTS, "systemd_cgroup": True}}, **more}


def configured() -> str:
    text, _changes = containerd_toml.edited("", 2, containerd_toml.edits(2, {**containerd_config.DEFAULTS, **ARGUMENTS}))
    return text


def run(*answers: dict[str, Any], check_mode: bool = False, diff: bool = False) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    node = FakeNode(containerd_config=list(answers))
    result = action_of(containerd_config, dict(ARGUMENTS), node, check_mode, diff).run(task_vars={})
    assert {name for name, _arguments in node.asked} == {"kubewright.cluster.containerd_config"}
    return result, [arguments for _name, arguments in node.asked]


def test_the_module_is_called_once_where_nothing_is_to_be_changed() -> None:
    result, asked = run(look(configured()), diff=True)
    assert result == {"changed": False, "restarted": False, "containerd_version": "1.7.24", "config_version": 2, "changes": []} and asked == [ARGUMENTS]


def test_the_edited_document_and_its_proofs_go_back() -> None:
    result, asked = run(look(), {"changed": True}, diff=True)
    assert result["changed"] and result["restarted"] and len(result["changes"]) == 7
    assert asked[1] == {**ARGUMENTS, "text": configured(), "expected": asked[1]["expected"]}
    assert {"key": "SystemdCgroup", "value": "true"} in asked[1]["expected"]
    assert "sandbox_image = 'registry.k8s.io/pause:3.10'\n" in result["diff"]["after"]


def test_check_mode_only_looks() -> None:
    result, asked = run(look(), check_mode=True)
    assert result["changed"] and not result["restarted"] and len(asked) == 1 and "diff" not in result


@pytest.mark.parametrize("reason", ["crictl_differs", "service_wanting", "stale"])
def test_a_service_that_needs_it_is_restarted_with_the_same_document(reason: str) -> None:
    result, asked = run(look(configured(), **{reason: True}), {"changed": True}, diff=True)
    assert result["changed"] and result["changes"] == [] and asked[1]["text"] == configured() and result["diff"]["after"] == reason + "\n"


def test_failures_of_the_module_are_handed_on() -> None:
    assert run({"failed": True, "msg": "no"})[0]["msg"] == "no"
    assert run(look(), {"failed": True, "msg": "not taken"})[0]["msg"] == "not taken"


def test_a_document_that_is_none_is_one_error() -> None:
    with pytest.raises(AnsibleActionFail, match="no valid TOML"):
        run(look("["))


def test_a_controller_without_tomlkit_is_told_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setattr(containerd_toml, "TOMLKIT_ERROR", ImportError("No module named 'tomlkit'"))
    with pytest.raises(AnsibleActionFail, match="has no tomlkit.*pip install tomlkit"):
        run(look())
