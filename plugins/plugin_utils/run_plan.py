# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is going to do, machine by machine: check mode and summary print from it. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import NodeState, what_a_run_does
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Cluster, Seen

SCHEMA = "kubewright.plan/1"
# Every word that a step may have; site.yml plans the first three, each of the others has its playbook.
ACTIONS = ("init", "join", "repair", "upgrade", "renew", "remove", "restore")

# Machines that are named one by one; of more than these the number is told.
MOST = 10


class Step(NamedTuple):
    """One machine and what happens to it."""

    host: str
    role: str  # control_plane or worker
    action: str
    reason: str


def steps(looks: Sequence[Seen], hosts: Sequence[str], cluster: Cluster) -> list[Step]:
    """In the order in which site.yml takes them: control planes first, of which the first makes the cluster where there is none. hosts: those of this run."""
    mine = {look.host: look for look in looks if look.host in hosts and look.reachable}
    members = sorted(mine.values(), key=lambda look: not look.control_plane)
    found: list[Step] = []
    for look in members:
        role = "control_plane" if look.control_plane else "worker"
        action = what_a_run_does(_state(look), role).action
        if action == "init or join":
            action = "join" if cluster.exists or any(step.role == role for step in found) else "init"
        if action in ACTIONS:
            found.append(Step(look.host, role, action, str(look.node.get("reason", ""))))
    return found


def _state(look: Seen) -> NodeState:
    return NodeState(**{name: look.node[name] for name in NodeState._fields if name in look.node})


def as_dict(cluster: Cluster, planned: Sequence[Step]) -> dict[str, Any]:
    """The document; docs/schemas.md tells its fields."""
    return {"schema": SCHEMA, "cluster": cluster.as_dict(), "steps": [dict(step._asdict()) for step in planned]}


def sentences(plan: Mapping[str, Any]) -> list[str]:
    """One line a kind of step: `join (2): worker1, worker2`."""
    grouped: dict[str, list[str]] = {}
    for step in plan.get("steps", []):
        grouped.setdefault(step["action"], []).append(step["host"])
    return [f"{action} ({len(hosts)}): {_shortened(hosts)}" for action, hosts in grouped.items()]


def outcome(plan: Mapping[str, Any], phases: Mapping[str, Sequence[Mapping[str, Any]]], predicted: bool) -> list[str]:
    """What became of the steps. phases: those of kubeadm by host, as kubeadm_init and kubeadm_join return them; a prediction has no seconds."""
    taken = [step for step in plan.get("steps", []) if phases.get(step["host"])]
    missed = [step for step in plan.get("steps", []) if not phases.get(step["host"])]
    told = [("would be done: " if predicted else "done: ") + line for line in sentences({"steps": taken})]
    told += ["not done: " + line for line in sentences({"steps": missed})]
    return told + [_timed(step, phases[step["host"]]) for step in taken[:MOST]]


def _timed(step: Mapping[str, Any], phases: Sequence[Mapping[str, Any]]) -> str:
    parts = ", ".join(f"{phase['phase']} {phase['seconds']} s" if "seconds" in phase else str(phase["phase"]) for phase in phases)
    return f"{step['host']}: {step['action']}: {parts}"


def _shortened(hosts: list[str]) -> str:
    more = f" and {len(hosts) - MOST} more" if len(hosts) > MOST else ""
    return ", ".join(hosts[:MOST]) + more
