# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What actions do whose module takes or returns secrets. Private to the collection."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase


class SecretActionBase(ActionBase):
    """Runs the module of the same name with pipelining, whatever ansible is told, so that its arguments never are in a file."""

    MODULE = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._force_pipelining()
        self._hide_raw_answer()
        result.update(self._execute_module(module_name=self.MODULE, module_args=self._task.args, task_vars=task_vars))
        return result

    def _hide_raw_answer(self) -> None:
        """At -vvv the ssh connection prints what a module answered, before anybody could censor the result; this is its switch."""
        for context in (self._play_context, getattr(self._connection, "_play_context", None)):
            if context is not None:
                context.no_log = True

    def _force_pipelining(self) -> None:
        if self._task.async_val:
            raise AnsibleActionFail(f"{self.MODULE} takes secrets, so it does not run with async: ansible would write them to a file on the node")
        try:
            self._connection.set_option("pipelining", True)
        except (KeyError, AnsibleError):  # a connection plugin without that option
            self._play_context.pipelining = True
        if not self._is_pipelining_enabled("new"):
            raise AnsibleActionFail(
                f"{self.MODULE} takes secrets, and this connection or become plugin cannot pipeline, so ansible would write them to a file on the "
                "node. Use ssh with sudo (or root), and do not set ANSIBLE_KEEP_REMOTE_FILES."
            )
