# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind for the next one: custom stats, which AWX keeps as a job's artifacts and hands to the later jobs of a workflow.

An action plugin returns them as set_stats does, so no task is needed for them. Small and without secrets, whatever the size of the cluster.
Pure; runs on the controller. Private to the collection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SUMMARY = "kubewright.summary/1"
FORECAST = "kubewright.forecast/1"
# AWX has no limit of its own for artifacts, and gives them to each later job as extra variables. Of more than these the number is told.
MOST = 50
NODE = ("name", "roles", "version", "runtime", "ready")


def returned(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an action's result that ansible-core reads; per_host has another default in each of its versions."""
    return {"ansible_stats": {"data": {name: dict(document)}, "per_host": False, "aggregate": False}}


def summary(nodes: Sequence[Mapping[str, Any]], plan: Mapping[str, Any], done: Mapping[str, Any], predicted: bool) -> dict[str, Any]:
    """kubewright.summary/1. done: by host, what it did of its step; empty where nothing came of it."""
    steps = plan.get("steps", [])
    finished = [step for step in steps if done.get(step["host"])]
    return {
        "schema": SUMMARY,
        "predicted": predicted,
        "cluster": {"exists": bool(nodes), "endpoint": plan.get("cluster", {}).get("endpoint", "")},
        "versions": _numbers(node["version"] for node in nodes),
        "nodes_total": len(nodes),
        "nodes_ready": sum(bool(node["ready"]) for node in nodes),
        "nodes": [{field: node[field] for field in NODE} for node in sorted(nodes, key=_telling)[:MOST]],
        "steps": _numbers(step["action"] for step in finished),
        "not_done": _names(step["host"] for step in steps if step not in finished),
    }


def forecast(findings: Iterable[Mapping[str, Any]], waived: Sequence[Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """kubewright.forecast/1: what a person who has to approve the run asks first."""
    rows, cluster = list(findings), plan.get("cluster", {})
    return {
        "schema": FORECAST,
        "cluster": {"exists": bool(cluster.get("exists")), "endpoint": cluster.get("endpoint", "")},
        "findings": {**{"error": 0, "warning": 0}, **_numbers(row["level"] for row in rows), "waived": len(waived)},
        "finding_ids": sorted({row["id"] for row in rows})[:MOST],
        "steps": _numbers(step["action"] for step in plan.get("steps", [])),
        "hosts": _names(step["host"] for step in plan.get("steps", [])),
    }


def _telling(node: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """Those that are not Ready first, then control planes."""
    return (bool(node["ready"]), not node["roles"], str(node["name"]))


def _names(hosts: Iterable[str]) -> list[str]:
    return sorted(hosts)[:MOST]


def _numbers(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(word) for word in words).items()))
