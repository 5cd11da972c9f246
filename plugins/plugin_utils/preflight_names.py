# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like ours and that nothing reads: a misspelt one would be silently without effect. Pure; runs on the controller. Private.

Names alone are looked at, never values. What is nearly one of ours is an error; any other name that begins with kube_ is a warning, since it may be
somebody's own.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_marks
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING, Inputs, Located, error, warning
from ansible_collections.kubewright.cluster.plugins.plugin_utils.variable_names import NAMES, ROLES

RESULTS = {"preflight_result", "kube_packages_resolved"}  # what roles set for others
ADDED = (f"{node_marks.LABELS}_", f"{node_marks.TAINTS}_")  # every name that begins so is one of ours
NEAR = 0.88  # as difflib has it: one letter of eight
SHOWN = 8
REST = "Remove what was meant for Kubewright: docs/variables.md has its inputs. What another tool or role reads may stay; waive this."
_OURS = re.compile(rf"kub|prereq|preflight|control_plane|cni_|({'|'.join(ROLES)})_", re.IGNORECASE)
_KNOWN = {*NAMES, *RESULTS}
_DRAIN = ("delete_emptydir_data", "disable_eviction", "force", "grace_seconds", "pod_selector", "seconds")
KEYS = {
    "kube_users": ("groups", "name", "path", "valid_days"), "kubeconfig_users": ("groups", "name", "path", "valid_days"),
    "kube_reset_drain": _DRAIN, "kube_switch_drain": _DRAIN, "kube_upgrade_drain": _DRAIN, "pod_network_drain": _DRAIN,
}


def nearest(name: str) -> list[str]:
    """Which of ours was probably meant. A word more or less is no slip of the pen, but a name that somebody chose."""
    given = name.lower()
    found = [near for near in difflib.get_close_matches(given, NAMES, n=3, cutoff=NEAR)
             if near.replace("_", "") == given.replace("_", "") or _alike(near.split("_"), given.split("_"))]
    return found[:2] or [f"{added}…" for added in ADDED if difflib.get_close_matches(given[:len(added)], [added], cutoff=NEAR)]


def _alike(near: list[str], given: list[str]) -> bool:
    """Word by word, or a long beginning that both have would make one of kubeadm_version and kube_version."""
    return len(near) == len(given) and all(abs(len(one) - len(other)) <= 1 for one, other in zip(near, given, strict=True))


def _misspelt(inputs: Inputs) -> list[Located]:
    owners = _owners(inputs)
    found: list[Located] = []
    rest: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, hosts in owners.items():
        near = nearest(name)
        where = _where(inputs, hosts)
        if near:
            told = f"{name}{' (-e)' if name in inputs.extra else ''} is no variable of Kubewright, and nothing reads it; did you mean {' or '.join(near)}?"
            found += [error(host, "UnknownVariable", told, "Correct its name. A variable of your own that has to be called so: waive this.") for host in where]
        elif name.startswith("kube_"):
            rest[tuple(where)].append(name)
    for whom, names in rest.items():
        found += [warning(host, "UnknownVariable", _unknown(names), REST) for host in whom]
    return found


def _owners(inputs: Inputs) -> dict[str, list[str]]:
    """Hosts by name of a variable that nobody knows, in the order of the alphabet. Most names are the same on all hosts and judged once."""
    strange: dict[str, bool] = {}
    owners: dict[str, list[str]] = defaultdict(list)
    for host in inputs.hosts:
        for name in inputs.variables[host]:
            if name not in strange:
                strange[name] = _is_strange(name)
            if strange[name]:
                owners[name].append(host)
    for name in inputs.play:
        if _is_strange(name) and name not in owners and nearest(name):
            owners[name] = list(inputs.hosts)
    return dict(sorted(owners.items()))


def _is_strange(name: Any) -> bool:
    return (isinstance(name, str) and name not in _KNOWN and _OURS.match(name) is not None
            and not name.startswith(ADDED) and not node_marks.nearly(name))


def _where(inputs: Inputs, hosts: list[str]) -> list[str]:
    return [EVERYTHING] if len(hosts) == len(inputs.hosts) else hosts


def _unknown(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"nothing of Kubewright reads {', '.join(names[:SHOWN])}{more}"


def _keys(inputs: Inputs) -> list[Located]:
    """Of dictionaries whose keys are ours and that are read late in a run. Others are read by preflight's other judges."""
    told: dict[str, list[str]] = defaultdict(list)
    for host in inputs.hosts:
        for sentence in _key_problems(inputs.variables[host]):
            told[sentence].append(host)
    return [error(host, "UnknownVariable", sentence, "Correct the key: docs/variables.md.")
            for sentence, hosts in told.items() for host in _where(inputs, hosts)]


def _key_problems(variables: Mapping[str, Any]) -> Iterator[str]:
    for name, known in KEYS.items():
        if name in variables:
            for key in sorted(_given(variables[name]) - set(known)):
                near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.7)
                yield f"{name} has {key}, which it does not take; " + (f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}")


def _given(value: Any) -> set[str]:
    rows: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return {str(key) for row in rows if isinstance(row, Mapping) for key in row}


JUDGES = (_misspelt, _keys)
