"""Write what each task of each host says it would do into the file that KUBEWRIGHT_PREDICTED_TASKS names, as JSON. Skipped tasks are left out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: predicted_tasks
type: aggregate
short_description: Write what each task says it would do
description: Writes host, role, task and result into the file that KUBEWRIGHT_PREDICTED_TASKS names.
"""
KEPT = ("changed", "failed", "msg", "actions", "diff", "plan", "images", "version", "changed_objects", "results", "phases", "versions", "findings")


class CallbackModule(CallbackBase):  # type: ignore[misc] # ansible-core has no published types
    """A list of results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "predicted_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[dict[str, Any]] = []

    def note(self, result: Any) -> None:
        task, said = result._task, {} if result._task.no_log or "censored" in result._result else result._result
        self.seen.append({"host": result._host.get_name(), "role": task._role.get_name() if task._role else "", "task": task.name, "action": task.action,
                          "result": {name: said[name] for name in KEPT if name in said}})

    def v2_runner_on_ok(self, result: Any) -> None:
        self.note(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self.note(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        Path(os.environ["KUBEWRIGHT_PREDICTED_TASKS"]).write_text(json.dumps(self.seen, default=str))
