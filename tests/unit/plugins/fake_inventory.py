# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small inventory as preflight gets it, and machines as they were seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located

GOOD: dict[str, dict[str, Any]] = {
    "cp1": {"kube_version": "1.31.2", "ansible_host": "192.0.2.10"}, "w1": {"kube_version": "1.31.2", "ansible_host": "192.0.2.11"},
}


def seen(name: str, /, state: str = "clean", control: bool | None = None, **more: Any) -> Seen:
    node = {"state": state, "healthy": True, "ours": False, "reason": "told", "ca_hashes": [], "endpoint": None, "host": {}}
    return Seen(name, name.startswith("cp") if control is None else control, True, {**node, **more})


def everywhere(**more: Any) -> dict[str, dict[str, Any]]:
    return {host: {**variables, **more} for host, variables in GOOD.items()}


def inputs(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> Inputs:
    variables = GOOD if variables is None else variables
    given = {"hosts": list(variables), "control_planes": ["cp1"], "etcd": [], "variables": variables, "looks": looks or [], "probes": {}, **more}
    return Inputs(**given)


def judged(judge: Callable[[Inputs], list[Located]], variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> list[
        tuple[str, str, str, str]]:
    """Host, level, id and message of every finding; every one of them must say what to do."""
    rows = judge(inputs(variables, looks, **more))
    assert all(row.finding.remedy for row in rows)
    return [(row.host, row.finding.level, row.finding.id, row.finding.message) for row in rows]


def told(judges: tuple[Callable[[Inputs], list[Located]], ...], variables: dict[str, Any] | None = None, looks: list[Seen] | None = None,
         **more: Any) -> list[tuple[str, str, str]]:
    """Host, id and message, of several judges."""
    return [(host, name, message) for judge in judges for host, _level, name, message in judged(judge, variables, looks, **more)]
