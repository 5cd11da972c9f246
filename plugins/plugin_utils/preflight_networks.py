# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the networks of pods, services and machines keep apart. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import node_address
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING, Inputs, Located, error, is_member, machine_of, warning

DEFAULTS = {"kube_pod_subnets": ["10.244.0.0/16"], "kube_service_subnets": ["10.96.0.0/12"]}
# Interfaces that pod networks and kube-proxy make.
OF_PODS = re.compile(r"cni|flannel|cali|vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali|tunl0|kube-|nodelocaldns|cilium|weave|veth")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _parse(text: Any) -> Network | None:
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return None


def _named(inputs: Inputs) -> tuple[list[tuple[str, Network]], list[Located]]:
    """The networks of pods and services, and what is wrong with their settings."""
    variables: Any = inputs.variables[inputs.hosts[0]] if inputs.hosts else {}
    named, found = [], []
    for setting, default in DEFAULTS.items():
        texts = variables.get(setting, default)
        if not isinstance(texts, (list, tuple)) or not texts:
            found.append(error(EVERYTHING, "Networks", f"{setting} is {texts!r}, which is no list of networks", "Write it as ['10.244.0.0/16']."))
            continue
        for text in texts:
            network = _parse(text)
            if network is None:
                found.append(error(EVERYTHING, "Networks", f"{setting} holds {text!r}, which is no network", "Write it as 10.244.0.0/16."))
            else:
                named.append((setting, network))
    return named, found


def networks(inputs: Inputs) -> list[Located]:
    named, found = _named(inputs)
    found += [_overlap(f"{one[0]} {one[1]}", f"{two[0]} {two[1]}") for index, one in enumerate(named) for two in named[index + 1:]
              if _overlaps(one[1], two[1])]
    for host, address in _addresses(inputs).items():
        network = _parse(address)
        found += [_overlap(f"the address {address} of {host}", f"{setting} {other}") for setting, other in named
                  if network and _overlaps(network, other)]
    return found


def routes(inputs: Inputs) -> list[Located]:
    """Networks that a machine reaches. The pod network's own are left out: its interfaces, and on members what leads to other nodes."""
    named, found = _named(inputs)[0], []
    for look in inputs.looks:
        for row in machine_of(look).get("networks") or []:
            network = _parse(row["network"])
            if network is None or OF_PODS.match(row["interface"]) or (row["routed"] and is_member(look)):
                continue
            found += [_reached(look.host, row, network, f"{setting} {other}", other) for setting, other in named if _overlaps(network, other)]
    return found


def _reached(host: str, row: Mapping[str, Any], network: Network, told: str, other: Network) -> Located:
    """A route to something larger loses against the pod network's own; what lies there is hidden from the cluster, and nothing else breaks."""
    if row["routed"] and network.prefixlen < other.prefixlen:
        return warning(host, "Routes", f"its route to {network} by {row['interface']} covers {told}",
                       "What has an address of that part is not reached from the cluster any more. Waive it if nothing has.")
    way = "has a route to" if row["routed"] else "is in the network"
    return error(host, "Networks", f"it {way} {network} by {row['interface']}, which overlaps {told}",
                 "Pods, services and machines need networks of their own; change one of them.")


def _overlaps(one: Network, two: Network) -> bool:
    return one.version == two.version and one.overlaps(two)


def _overlap(one: str, two: str) -> Located:
    return error(EVERYTHING, "Networks", f"{one} and {two} overlap", "Pods, services and machines need networks of their own; change one of them.")


def _addresses(inputs: Inputs) -> dict[str, str]:
    seen = {look.host: look.node.get("host", {}).get("address", "") for look in inputs.looks}
    known = {host: node_address(host, inputs.variables[host]) or seen.get(host, "") for host in inputs.hosts}
    return {host: address for host, address in known.items() if address}


JUDGES = (networks, routes)
