# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight role saw in this run, host by host. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen

LOOK, OUTSIDE = "__preflight_look", "__preflight_outside"


class Collected(NamedTuple):
    """All that the role registered; asking a thousand hosts for it costs seconds, so it is asked for once."""

    looks: list[Seen]
    own: list[str]  # hosts of this run that looked at themselves
    silent: dict[str, dict[str, Any]]  # hosts whose look failed, with what Ansible said


def collected(variables: Mapping[str, Any], hosts: list[str], control_planes: list[str]) -> Collected:
    """Each host of the play by itself, and the control planes outside it, delegated by one of them."""
    found = Collected([], [], {})
    for host in hosts:
        answer = variables[host].get(LOOK, {})
        if "node" in answer:
            found.looks.append(Seen(host, host in control_planes, True, answer["node"]))
            found.own.append(host)
        elif answer.get("unreachable") or answer.get("failed"):
            found.silent[host] = dict(answer)
        for row in variables[host].get(OUTSIDE, {}).get("results", []):
            found.looks.append(Seen(str(row["item"]), True, "node" in row, row.get("node", {})))
            if "node" not in row:
                found.silent.setdefault(str(row["item"]), dict(row))
    return found


def looks(variables: Mapping[str, Any], hosts: list[str], control_planes: list[str]) -> list[Seen]:
    """What this run has seen."""
    return collected(variables, hosts, control_planes).looks


def locks_of_others(seen: list[Seen]) -> list[dict[str, Any]]:
    """Who holds the run lock, said once; not this run, and nobody who has ended."""
    held = [(look.node.get("cluster") or {}).get("lock") for look in seen]
    living = {lock["identity"]: lock for lock in held if lock and lock["seconds_left"] > 0}
    return [lock for identity, lock in living.items() if identity != str(run_identity.mine()) and not run_identity.has_ended(identity)]
