# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock's owner is this run: only the controller knows who that is, and whether an earlier one has ended."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity

MODULE = "kubewright.cluster.cluster_lock"


class ActionModule(ActionBase):
    """Asks once, and again where the owner that keeps this run out has ended."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        arguments = {**self._task.args, "owner": str(run_identity.mine())}
        answer = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        owner = (answer.get("holder") or {}).get("identity", "")
        if answer.get("failed") and run_identity.has_ended(owner):
            answer = self._execute_module(module_name=MODULE, module_args={**arguments, "dead_owner": owner}, task_vars=task_vars)
        return {**result, **answer}
