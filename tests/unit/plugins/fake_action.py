# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins as the task executor makes them, with a node that answers as told."""

from __future__ import annotations

from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar


class FakeNode:
    """Answers to modules, by their name and in their order; and what was asked."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, module_name: str = "", module_args: dict[str, Any] | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        self.asked.append((module_name, dict(module_args or {})))
        return dict(self.answers[module_name.rsplit(".", 1)[1]].pop(0))


def action_of(plugin: Any, arguments: dict[str, Any], node: FakeNode | None = None, check_mode: bool = False, diff: bool = False,
              connection: str = "ssh", asynchronous: int = 0) -> Any:
    """The plugin's ActionModule on a real connection plugin that is never opened."""
    task, context = Task(), PlayContext()
    task.args, task.check_mode, task.diff, task.async_val = arguments, check_mode, diff, asynchronous
    task.action = plugin.__name__.rsplit(".", 1)[1]
    loader = DataLoader()
    found = connection_loader.get(connection, context, None)
    action = plugin.ActionModule(task, found, context, loader, Templar(loader=loader), None)
    if node:
        action._execute_module = node
    return action
