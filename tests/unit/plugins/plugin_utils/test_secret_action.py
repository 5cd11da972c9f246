# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.loader import become_loader
from ansible_collections.kubewright.cluster.plugins.action import kubeadm_join, kubeadm_join_material
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

SECRET = "abcdef.0123456789abcdef"
PLUGINS = [(kubeadm_join, "kubeadm_join"), (kubeadm_join_material, "kubeadm_join_material")]


@pytest.mark.parametrize(("plugin", "name"), PLUGINS)
def test_the_module_of_the_same_name_runs_with_pipelining_whatever_ansible_is_told(plugin: Any, name: str) -> None:
    node = FakeNode(**{name: [{"changed": True, "token": SECRET}]})
    action = action_of(plugin, {"description": "w1"}, node)
    action._connection.set_option("pipelining", False)
    result = action.run(task_vars={})
    assert action._is_pipelining_enabled("new") and action._connection.get_option("pipelining") is True
    assert node.asked == [(f"kubewright.cluster.{name}", {"description": "w1"})] and result["changed"]


@pytest.mark.parametrize(("plugin", "name"), PLUGINS)
def test_sudo_can_pipeline_and_su_cannot(plugin: Any, name: str) -> None:
    for method, fine in (("sudo", True), ("su", False)):
        node = FakeNode(**{name: [{"changed": True}]})
        action = action_of(plugin, {}, node)
        action._connection.become = become_loader.get(method)
        if fine:
            assert action.run(task_vars={})["changed"]
        else:
            with pytest.raises(AnsibleActionFail, match="cannot pipeline, so ansible would write them to a file on the node. Use ssh with sudo"):
                action.run(task_vars={})
        assert bool(node.asked) is fine


@pytest.mark.parametrize(("plugin", "name"), PLUGINS)
def test_files_that_are_to_be_kept_are_refused(plugin: Any, name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", True)
    node = FakeNode()
    with pytest.raises(AnsibleActionFail, match="do not set ANSIBLE_KEEP_REMOTE_FILES"):
        action_of(plugin, {}, node).run(task_vars={})
    assert node.asked == []


@pytest.mark.parametrize(("plugin", "name"), PLUGINS)
def test_async_is_refused(plugin: Any, name: str) -> None:
    node = FakeNode()
    with pytest.raises(AnsibleError, match="async"):
        action_of(plugin, {}, node, asynchronous=60).run(task_vars={})
    assert node.asked == []


class Bare:
    """A connection plugin without the option, and one that cannot pipeline at all."""

    become = None
    always_pipeline_modules = has_native_async = False

    def __init__(self, error: Exception, enabled: bool) -> None:
        self.error, self.enabled = error, enabled
        self.has_pipelining = enabled
        self._shell = SimpleNamespace(tmpdir=None)

    def set_option(self, *_args: Any) -> None:
        raise self.error

    def get_option(self, name: str) -> None:
        raise KeyError(name)

    def is_pipelining_enabled(self, *_args: Any, **_options: Any) -> bool:
        return self.enabled


@pytest.mark.parametrize("error", [KeyError("pipelining"), AnsibleError("No config definition exists")])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_connection_without_the_option_gets_it_by_its_context(error: Exception, enabled: bool) -> None:
    node = FakeNode(kubeadm_join=[{"changed": True}])
    action = action_of(kubeadm_join, {}, node)
    action._connection = Bare(error, enabled)
    if enabled:
        assert action.run(task_vars={})["changed"] and action._play_context.pipelining is True
    else:
        with pytest.raises(AnsibleActionFail, match="cannot pipeline"):
            action.run(task_vars={})


@pytest.mark.parametrize(("plugin", "name"), PLUGINS)
def test_the_raw_answer_is_not_printed_by_the_connection(plugin: Any, name: str) -> None:
    action = action_of(plugin, {}, FakeNode(**{name: [{"changed": True}]}))
    action.run(task_vars={})
    assert action._play_context.no_log is True
