# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight role saw in this run, host by host. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen

LOOK, OUTSIDE = "__preflight_look", "__preflight_outside"


def looks(variables: Mapping[str, Any], hosts: list[str], control_planes: list[str]) -> list[Seen]:
    """What this run has seen: each host of the play by itself, and the control planes outside it, delegated by one of them."""
    found = []
    for host in hosts:
        own = variables[host].get(LOOK, {})
        if "node" in own:
            found.append(Seen(host, host in control_planes, True, own["node"]))
        for row in variables[host].get(OUTSIDE, {}).get("results", []):
            found.append(Seen(str(row["item"]), True, "node" in row, row.get("node", {})))
    return found


def silent(variables: Mapping[str, Any], hosts: list[str]) -> dict[str, dict[str, Any]]:
    """Hosts of this run whose look failed, with what Ansible said; control planes outside it that could not be reached, too."""
    own = {host: dict(variables[host].get(LOOK, {})) for host in hosts}
    found = {host: answer for host, answer in own.items() if "node" not in answer and (answer.get("unreachable") or answer.get("failed"))}
    for row in (row for host in hosts for row in variables[host].get(OUTSIDE, {}).get("results", [])):
        if "node" not in row:
            found.setdefault(str(row["item"]), dict(row))
    return found


def locks_of_others(seen: list[Seen]) -> list[dict[str, Any]]:
    """Who holds the run lock, said once; not this run, and nobody who has ended."""
    held = [(look.node.get("cluster") or {}).get("lock") for look in seen]
    living = {lock["identity"]: lock for lock in held if lock and lock["seconds_left"] > 0}
    return [lock for identity, lock in living.items() if identity != str(run_identity.mine()) and not run_identity.has_ended(identity)]
