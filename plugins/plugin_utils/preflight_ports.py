# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody else has the ports that a node needs. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.node_ports import API_SERVER_PORT, node_ports
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    is_member,
    machine_of,
    setting,
    warning,
)

# kube-proxy tries again for ever and serves its Services meanwhile; whatever else does not get its port ends.
PATIENT = {"kube-proxy"}
REMEDY = "Let it use another port, or take it off this machine: `ss -lntup` shows it there."


def ports(inputs: Inputs) -> list[Located]:
    """A machine that no cluster is on yet; one that was begun may run parts of its own."""
    found = []
    for look in inputs.looks:
        listeners = machine_of(look).get("listeners") or []
        if listeners and not is_member(look) and not look.node.get("ours"):
            found += [item for port in _wanted(inputs, look) for item in _taken(look, port, listeners)]
    return found


def _wanted(inputs: Inputs, look: Seen) -> list[dict[str, Any]]:
    """The node's ports; none where a setting is wrong that they depend on, which is a finding of its own."""
    roles = ["control_plane", "worker"] if look.control_plane else ["worker"]
    cni, subnets = str(setting(inputs, look, "cni", "bridge")), setting(inputs, look, "pod_subnets", [])
    try:
        bind_port = int(setting(inputs, look, "bind_port", API_SERVER_PORT))
        return node_ports(inputs.variables[look.host]["kube_version"], roles, cni, (), setting(inputs, look, "cluster_configuration"), "", subnets, bind_port)
    except (KubewrightError, AttributeError, LookupError, TypeError, ValueError):
        return []


def _taken(look: Seen, port: Mapping[str, Any], listeners: list[dict[str, Any]]) -> list[Located]:
    """One finding for a port and whoever has it, on however many addresses."""
    first, _dash, last = str(port["ports"]).partition("-")
    if not first:
        return []
    has = [row for row in listeners if row["protocol"] == port["protocol"] and int(first) <= row["port"] <= int(last or first)]
    say = warning if port["process"] in PATIENT else error
    told = {f"{owner(row)} has port {row['port']}/{row['protocol']}, which is for {port['purpose']}": None for row in has}
    return [say(look.host, "Port", message, REMEDY) for message in told]


def owner(row: Mapping[str, Any]) -> str:
    return f"{row['process']} (pid {row['pid']})" if row.get("pid") else "somebody without a process on this machine"


JUDGES = (ports,)
