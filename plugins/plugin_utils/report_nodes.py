# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a report: what the inventory lists and what the cluster has, each machine once. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import node_name

Row = dict[str, Any]
CONTROL_PLANE, WORKER = "control_plane", "worker"
NO_MEMBER = ("clean", "partial")
_ROLES = {"control-plane", "master"}
# As the look at a machine names its programs.
PROGRAMS = ("kubelet", "kubeadm", "kubectl", "containerd")


class Known(NamedTuple):
    """What is known of all machines."""

    control_planes: list[str]
    variables: Mapping[str, Mapping[str, Any]]  # by inventory name
    looks: Mapping[str, Seen]
    answer: Mapping[str, Any]  # of cluster_info; empty where nobody answered


def rows(hosts: Iterable[str], known: Known) -> list[Row]:
    """Control planes first, each group in the inventory's order, then what only the cluster knows."""
    there = {node["name"]: node for node in known.answer.get("nodes", [])}
    found = []
    for host in hosts:
        name = _name(host, known)
        found.append(_row(host, name, there.pop(name, {}), known))
    found += [_row("", name, node, known) for name, node in there.items()]
    return sorted(found, key=lambda row: (row["role"] != CONTROL_PLANE, not row["host"]))


def _name(host: str, known: Known) -> str:
    """As the kubelet's certificate has it, or else as the inventory will have it."""
    look = known.looks.get(host)
    return str((look.node.get("name") if look else "") or node_name(host, known.variables.get(host, {})))


def _row(host: str, name: str, node: Mapping[str, Any], known: Known) -> Row:
    look = known.looks.get(host, Seen(host, False, False, {})).node
    declared = (CONTROL_PLANE if host in known.control_planes else WORKER) if host else ""
    in_cluster = CONTROL_PLANE if _ROLES & set(node.get("roles", [])) else WORKER
    return {
        "name": name, "host": host, "declared": declared, "role": in_cluster if node else declared,
        "status": _status(node, look, known), "ready_since": node.get("ready_since", ""),
        "reason": "" if node.get("ready", True) else node.get("ready_reason", ""),
        "schedulable": node.get("schedulable", True), "asked": bool(look), "state": look.get("state", ""), "state_reason": look.get("reason", ""),
        "api_server_answers": look.get("healthy") if look.get("state") == CONTROL_PLANE else None,
        "kubelet": look.get("kubelet"), "address": _address(host, node, look, known),
        "versions": _versions(name, node, look, known), "runtime": _runtime(node, look),
        "os": node.get("os") or _machine(look).get("os", {}).get("name", ""), "kernel": node.get("kernel") or _host(look).get("kernel", ""),
        "architecture": node.get("architecture") or _machine(look).get("architecture", ""),
        "cpus": _host(look).get("cpus"), "memory_mb": _host(look).get("memory_mb"),
        "etcd": any(one["name"] == "etcd" and one["node"] == name for one in known.answer.get("components", [])),
        "pod_cidrs": node.get("pod_cidrs", []), "labels": node.get("labels", {}), "taints": node.get("taints", []),
    }


def _status(node: Mapping[str, Any], look: Mapping[str, Any], known: Known) -> str:
    """ready, not_ready, absent (not in the cluster), or unknown where no API server was asked."""
    if node:
        return "ready" if node["ready"] else "not_ready"
    return "absent" if known.answer.get("nodes") or look.get("state") in NO_MEMBER else "unknown"


def _address(host: str, node: Mapping[str, Any], look: Mapping[str, Any], known: Known) -> str:
    variables = known.variables.get(host, {})
    return str(node.get("address") or _host(look).get("address") or variables.get("kube_node_address") or variables.get("ansible_host") or "")


def _versions(name: str, node: Mapping[str, Any], look: Mapping[str, Any], known: Known) -> dict[str, str]:
    """The kubelet that runs, as its Node says; programs as they are installed; components of the control plane as their pods are."""
    found = {program: str(version) for program, version in (look.get("versions") or {}).items() if program in PROGRAMS and version}
    if node.get("version"):
        found["kubelet"] = node["version"]
    found.update({one["name"]: one["version"] for one in known.answer.get("components", []) if one["node"] == name and one["version"]})
    if "kube-apiserver" not in found and _machine(look).get("api_version"):
        found["kube-apiserver"] = _machine(look)["api_version"]
    return found


def _runtime(node: Mapping[str, Any], look: Mapping[str, Any]) -> str:
    return str(node.get("runtime") or look.get("cri_socket") or "")


def _machine(look: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = look.get("machine") or {}
    return found


def _host(look: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = look.get("host") or {}
    return found


def only_in_cluster(nodes: Iterable[Row]) -> list[str]:
    """Nodes that the inventory does not list."""
    return [row["name"] for row in nodes if not row["host"]]


def only_in_inventory(nodes: Iterable[Row]) -> list[str]:
    """Hosts that are no Node of the cluster, where there is one that tells."""
    found = list(nodes)
    return [row["host"] for row in found if row["status"] == "absent"] if any(row["status"] in ("ready", "not_ready") for row in found) else []
