# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster has otherwise than the inventory declares. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _nodes as nodes
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import declared_nodes
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING

Row = dict[str, Any]
# Of preflight's findings those that compare the inventory with a running cluster.
KINDS = {"Drift": "setting", "VersionChange": "version", "RuntimeChange": "runtime", "PodNetwork": "pod network", "CgroupDriverChange": "cgroup driver"}
SITE = "Run site.yml, which brings them, or correct the inventory."
WITH_DAEMON_SETS = ("flannel", "calico")


def divided(findings: Iterable[Mapping[str, Any]]) -> tuple[list[Row], list[Row]]:
    """Findings that are no drift, and those that are. A pod network that is wrong in itself is about the whole inventory, and no drift."""
    rest, drift = [], []
    for row in findings:
        kind = KINDS.get(str(row["id"]), "")
        if kind and not (kind == "pod network" and row["hosts"] == [EVERYTHING]):
            drift.append({"kind": kind, "level": row["level"], "hosts": list(row["hosts"]), "message": row["message"], "remedy": row["remedy"] or ""})
        else:
            rest.append(dict(row))
    return rest, drift


def marks(variables: Mapping[str, Mapping[str, Any]], hosts: Sequence[str], control_planes: list[str], workers: list[str], there: Iterable[Mapping[str, Any]],
          version: str) -> list[Row]:
    """Labels and taints that site.yml would set or take away."""
    items = {node["name"]: _item(node) for node in there}
    try:
        taints = list(releases.facts(version)["control_plane_taints"])
    except KubewrightError:
        taints = []
    found = []
    for host in hosts:
        try:
            wanted = declared_nodes(variables, [host], control_planes, workers, taints)
        except KubewrightError:  # told as a finding of its own
            continue
        for one in wanted:
            if one["name"] in items:
                found += [_row(host, action) for action in nodes.plan([items[one["name"]]], [{**one, "schedulable": None, "drained": False}])]
    return found


def _row(host: str, action: nodes.Action) -> Row:
    verb = action.words[0]
    changes = action.words[action.words.index("node") + 2:]
    return {"kind": f"{verb}s", "level": "warning", "hosts": [host], "remedy": SITE,
            "message": f"the inventory declares otherwise than the Node has; site.yml would {verb}: {', '.join(changes)}"}


def _item(node: Mapping[str, Any]) -> Row:
    """A Node as kubectl shows it, as far as labels and taints go."""
    return {"metadata": {"name": node["name"], "labels": dict(node["labels"])}, "spec": {"taints": [_taint(text) for text in node["taints"]]}}


def _taint(text: str) -> dict[str, str]:
    rest, _colon, effect = text.rpartition(":")
    key, _equals, value = rest.partition("=")
    return {"key": key, "value": value, "effect": effect}


def pod_network(wanted: str, networks: Sequence[Mapping[str, Any]], told: bool) -> list[Row]:
    """Of the cluster's DaemonSets, where no machine's file has told it already."""
    there = [str(network["name"]) for network in networks]
    if told or wanted == "none" or there == ([wanted] if wanted in WITH_DAEMON_SETS else []):
        return []
    return [{"kind": "pod network", "level": "warning", "hosts": [EVERYTHING],
             "message": f"the inventory declares {wanted}, the cluster has {' and '.join(there) or 'no DaemonSet of it'}",
             "remedy": "Set kube_cni to what is there, or see docs/pod-networks.md, Changing."}]
