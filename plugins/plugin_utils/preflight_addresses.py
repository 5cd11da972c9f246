# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine has the address that its Node is to have. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import OWN_ENDPOINT, is_address, node_address, node_name
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    EVERYTHING,
    Inputs,
    Located,
    error,
    is_member,
    machine_of,
    warning,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_networks import OF_PODS

# What lives inside one machine: bridges of container runtimes and hypervisors. Other nodes reach nobody there.
INNER = re.compile(r"lo$|docker|br-|virbr|lxc|lxd|incus|podman|nerdctl|vmnet|vboxnet|veth")
REMEDY = "Set kube_node_address: the address by which the other nodes reach it."


def _shared(inputs: Inputs) -> list[Located]:
    """Machines behind one address with a port for each, or with one that their hypervisor gives to all: nodes cannot reach each other so."""
    seen = {look.host: _seen_address(look) for look in inputs.looks}
    owners: dict[str, list[str]] = defaultdict(list)
    for host in inputs.hosts:
        owners[node_address(host, inputs.variables[host]) or seen.get(host, "")].append(host)
    return [error(EVERYTHING, "NodeAddress", f"{', '.join(hosts)} would all have the address {address}",
                  "Set kube_node_address for each: the address by which the other nodes reach it.")
            for address, hosts in owners.items() if address and len(hosts) > 1]


def _unreadable(inputs: Inputs) -> list[Located]:
    given = {host: inputs.variables[host].get("kube_node_address") for host in inputs.hosts}
    return [error(host, "NodeAddress", f"kube_node_address is {value!r}, which is no address",
                  "Write an IPv4 or IPv6 address, or a template that needs neither facts nor hostvars.")
            for host, value in given.items() if value and not is_address(value)]


def _absent(inputs: Inputs) -> list[Located]:
    """An address that is translated on the way, or belongs to another machine: neither kubelet nor etcd can use it."""
    found = []
    for look in inputs.looks:
        wanted, there = node_address(look.host, inputs.variables.get(look.host, {})), machine_of(look).get("addresses") or []
        if wanted and there and not any(_same(row["address"], wanted) for row in there):
            say = warning if is_member(look) else error  # what runs has an address already, whatever the inventory says
            found.append(say(look.host, "NodeAddress", f"{wanted}, which the inventory gives it, is none of its own; it has {_told(there)}", REMEDY))
    return found


def _undecided(inputs: Inputs) -> list[Located]:
    """Nobody says which of several it is; the default route's may be the wrong one, and a Node keeps its address for good."""
    found = []
    for look in inputs.looks:
        seen = _seen_address(look)
        if is_member(look) or not seen or look.host not in inputs.variables or node_address(look.host, inputs.variables[look.host]):
            continue
        outer = [row for row in machine_of(look).get("addresses") or [] if _family(row["address"]) == _family(seen)
                 and not OF_PODS.match(row["interface"]) and not INNER.match(row["interface"])]
        if len({row["interface"] for row in outer}) > 1:
            found.append(error(look.host, "NodeAddressChoice", f"the inventory gives it no address, and it has several: {_told(outer)}",
                               f"{REMEDY} Or waive this, for {seen}, which its default route sends from."))
    return found


def _nameless(inputs: Inputs) -> list[Located]:
    """kubeadm finds out after four minutes, by waiting. Names that this run writes into /etc/hosts are known by then."""
    written = {OWN_ENDPOINT}.union(*(_written(host, inputs.variables[host]) for host in inputs.hosts))
    return [error(look.host, "EndpointName", f"the endpoint's name {name} leads nowhere: neither DNS nor /etc/hosts of this machine knows it",
                  "Let DNS know it, or set kube_control_plane_endpoint_address to what it is to lead to.")
            for look in inputs.looks if not is_member(look)
            for name, addresses in (machine_of(look).get("resolved") or {}).items() if not addresses and name not in written and ":" not in name]


def _written(host: str, variables: Mapping[str, Any]) -> set[str]:
    given = variables.get("prereqs_extra_hosts") or {}
    more = [names.split() if isinstance(names, str) else names for names in given.values()] if isinstance(given, Mapping) else []
    name = node_name(host, variables)
    return {name, f"{name}-public", str(variables.get("kube_hostname")), *(str(alias) for names in more for alias in names)}


def _seen_address(look: Seen) -> str:
    return str((look.node.get("host") or {}).get("address") or "")


def _family(address: str) -> int:
    return ipaddress.ip_address(address).version


def _same(one: str, other: str) -> bool:
    return ipaddress.ip_address(one) == ipaddress.ip_address(other)


def _told(rows: list[dict[str, str]]) -> str:
    return ", ".join(f"{row['address']} ({row['interface']})" for row in rows)


JUDGES = (_unreadable, _shared, _absent, _undecided, _nameless)
