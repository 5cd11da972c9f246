"""Count the executed tasks of each host by role, into the file that KUBEWRIGHT_EXECUTED_TASKS names, as JSON.

Executed is what ansible counts as ok, changed, failed, ignored, rescued or included: every result but skipped and unreachable ones, implicit tasks
too (a role's check of its arguments). Tasks outside of roles are counted under an empty name.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: executed_tasks
type: aggregate
short_description: Count the executed tasks of each host by role
description: Writes them into the file that KUBEWRIGHT_EXECUTED_TASKS names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc] # ansible-core has no published types
    """One number for each host and role."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "executed_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.counted: dict[str, Counter[str]] = defaultdict(Counter)

    def count(self, task: Any, host: Any) -> None:
        self.counted[host.get_name()][task._role.get_name() if task._role else ""] += 1

    def v2_runner_on_ok(self, result: Any) -> None:
        self.count(result._task, result._host)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self.count(result._task, result._host)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        Path(os.environ["KUBEWRIGHT_EXECUTED_TASKS"]).write_text(json.dumps(self.counted))
