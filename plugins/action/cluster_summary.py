# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end of a run: every node as the cluster sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_plan, stats

MODULE = "kubewright.cluster.kube_node"
# Where the roles control_plane and join keep what kubeadm_init and kubeadm_join answered.
RESULTS = ("__control_plane_made", "__join_made")
COLUMNS = (("NODE", "name"), ("ROLE", "roles"), ("VERSION", "version"), ("RUNTIME", "runtime"), ("READY", "ready"), ("ADDRESS", "address"))


class ActionModule(ActionBase):
    """Asks a control plane once and prints."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        answer = self._execute_module(module_name=MODULE, module_args={"nodes": []}, task_vars=task_vars)
        if answer.get("failed"):
            return {**result, **answer}
        notes = [str(note) for note in self._task.args.get("notes", []) if note]
        plan = self._task.args.get("plan") or {}
        done = phases(plan, (task_vars or {}).get("hostvars", {}))
        lines = table(answer["nodes"]) + run_plan.outcome(plan, done, self._task.check_mode)
        lines += [f"note: {note}" for note in notes]
        if not answer["nodes"]:
            lines = ["No cluster yet: a dry run made nothing.", *lines]
        self._display.display("\n" + "\n".join(lines), color="bright blue")
        left = stats.returned("kubewright_summary", stats.summary(answer["nodes"], plan, done, self._task.check_mode))
        return {**result, "changed": False, "nodes": answer["nodes"], "notes": notes, **left}


def phases(plan: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Of each host with a step, as the roles registered them in this run."""
    found: dict[str, list[dict[str, Any]]] = {}
    for step in plan.get("steps", []):
        registered = [variables[step["host"]].get(name, {}).get("phases", []) for name in RESULTS]
        found[step["host"]] = [dict(phase) for rows in registered for phase in rows]
    return found


def table(nodes: list[dict[str, Any]]) -> list[str]:
    if not nodes:
        return []
    rows = [[title for title, _key in COLUMNS]] + [[_cell(node[key]) for _title, key in COLUMNS] for node in nodes]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return (",".join(value) or "worker") if isinstance(value, list) else str(value)
