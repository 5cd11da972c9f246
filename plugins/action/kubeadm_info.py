# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's clock means something only beside the controller's: when it was asked, and when the answer was there."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Runs the module as it is."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        asked = time.time()
        answer = self._execute_module(module_name="kubewright.cluster.kubeadm_info", module_args=self._task.args, task_vars=task_vars)
        machine = (answer.get("node") or {}).get("machine")
        if machine:
            machine["asked"] = [asked, time.time()]
        return {**result, **answer}
