# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end of a run: every node as the cluster sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_table, run_changes, run_plan, stats
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import node_name
from ansible_collections.kubewright.cluster.plugins.plugin_utils.node_table import Known

MODULE = "kubewright.cluster.kube_node"
# Where the roles control_plane and join keep what kubeadm_init and kubeadm_join answered.
RESULTS = ("__control_plane_made", "__join_made")
# Where roles and playbooks keep what kubeadm_info answered, the latest first.
LOOKS = (*RESULTS, "__upgrade_look", "__control_plane_look", "__workers_look", "__preflight_look")


class ActionModule(ActionBase):
    """Asks a control plane once and prints."""

    _VALID_ARGS = frozenset(("notes", "plan"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        answer = self._execute_module(module_name=MODULE, module_args={"nodes": []}, task_vars=task_vars)
        if answer.get("failed"):
            return {**result, **answer}
        variables = task_vars or {}
        notes = [str(note) for note in self._task.args.get("notes", []) if note]
        plan = self._task.args.get("plan") or {}
        done = phases(plan, variables.get("hostvars", {}))
        known = known_of(variables.get("ansible_play_hosts_all", []), variables.get("hostvars", {}), done)
        lines = node_table.table(answer["nodes"], known, self._task.check_mode) + run_plan.outcome(plan, done, self._task.check_mode)
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


def known_of(hosts: Iterable[str], hostvars: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Known]:
    """By node name, from what earlier tasks of this run left; nobody is asked again."""
    kept = run_changes.current
    told = node_table.changed_nodes(sentence for changes in (kept.by_host.values() if kept else []) for change in changes
                                    if change.word == run_changes.NODE for sentence in change.sentences)
    found = {name: Known(None, tuple(dict.fromkeys(words))) for name, words in told.items()}
    for host in hosts:
        variables = hostvars[host]
        name = node_name(host, variables)
        mine = kept.words(host) if kept else [step_word(variables)] if done.get(host) else []
        words = [word for word in mine if word != run_changes.NODE] + list(found.get(name, Known()).changed)
        found[name] = Known(days_left(variables), tuple(dict.fromkeys(words)))
    return found


def step_word(variables: Mapping[str, Any]) -> str:
    made = (variables.get(RESULTS[0]) or {}).get("phases")
    return run_changes.WORDS["kubeadm_init" if made else "kubeadm_join"]


def days_left(variables: Mapping[str, Any]) -> int | None:
    """Of the latest look at the machine."""
    for name in LOOKS:
        node = (variables.get(name) or {}).get("node") or {}
        days = (node.get("host") or {}).get("certificate_days", node.get("certificate_days"))
        if days is not None:
            return int(days)
    return None
