# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""image_pull on the controller: look once, then bring what is missing image by image, so that people see it come."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.module_utils._image_trouble import registry
from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import watching

MODULE = "kubewright.cluster.image_pull"
NAMING = ("documents", "only", "kubernetes_version")  # what decides which images are wanted; the look has answered that
ATTEMPTS_AT_A_STRANGER = 2  # a registry that has answered before is worth more patience

Result = dict[str, Any]


class ActionModule(ActionBase):
    """One module call where nothing is missing, else one more for each image."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        if self._task.args.get("state", "present") != "present":
            return {**result, **self._ask(task_vars)}
        look = self._ask(task_vars, state="look")
        if look.get("failed"):
            return {**result, **look}
        missing = look["missing"]
        done = {"changed": bool(missing), "wanted": look["wanted"], "pulled": missing}
        if self._task.diff and missing:
            done["diff"] = {"before": "", "after": "".join(f"{ref}\n" for ref in missing)}
        return {**result, **done, **({} if self._task.check_mode else self._bring(missing, look, task_vars))}

    def _bring(self, missing: list[str], look: Result, task_vars: dict[str, Any] | None) -> Result:
        """Nothing, or what failed."""
        host = (task_vars or {}).get("inventory_hostname", "")
        attempts = int(look["attempts"])
        named = {name: value for name, value in self._task.args.items() if name not in NAMING}
        for number, ref in enumerate(missing, 1):
            known = registry(ref) in map(registry, missing[: number - 1])
            begun = time.monotonic()
            place = f"image {number} of {len(missing)}"
            with watching(self, task_vars, place):
                brought = self._ask(task_vars, **{**named, "images": [ref], "attempts": attempts if known else min(attempts, ATTEMPTS_AT_A_STRANGER)})
            if brought.get("failed"):
                return failure(brought, place, missing[: number - 1])
            took = f"{time.monotonic() - begun:.0f} s" if brought["changed"] else "came with another"
            self._display.display(f"{host}: {place}: {ref} ({took})")
        return {}

    def _ask(self, task_vars: dict[str, Any] | None, **arguments: Any) -> Result:
        given = arguments if "images" in arguments else {**self._task.args, **arguments}
        answer: Result = self._execute_module(module_name=MODULE, module_args=given, task_vars=task_vars)
        return answer


def failure(answer: Result, place: str, before: list[str]) -> Result:
    """The module's error, with what came before; nothing is undone."""
    kept = f" {len(before)} came before and stay." if before else ""
    answer.pop("exception", None)  # ansible-core 2.19 and later shows it beside the message, whose first part it lacks
    return {**answer, "msg": f"{place}: {answer.get('msg', '')}{kept}", "pulled": before, "changed": bool(before)}
