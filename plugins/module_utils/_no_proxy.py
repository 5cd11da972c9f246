# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's own part of no_proxy: its network, and addresses of nodes that are in no network named so far. Pure. Private to the collection."""

import ipaddress
from typing import Any, List, Optional, Sequence


def complete(no_proxy: Sequence[str], addresses: Sequence[str], connected: Sequence[str]) -> List[str]:
    """With what covers each address: a network that is named already, or one that this node is connected to, or else the address itself.

    In an order of its own, since the inventory's may differ from run to run.
    """
    found = list(no_proxy)
    for address in sorted(set(addresses)):
        host = ipaddress.ip_address(address)
        if not any(host in network for network in _networks(found)):
            own = sorted((network for network in _networks(connected) if host in network and network.prefixlen), key=lambda network: -network.prefixlen)
            found.append(str(own[0]) if own else address)
    return found


def _networks(entries: Sequence[str]) -> List[Any]:
    return [network for network in map(_network, entries) if network]


def _network(text: str) -> Optional[Any]:
    """A network or an address, or None for a name."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def hosts(no_proxy: Sequence[str]) -> List[str]:
    """Single hosts, for programs that know neither networks nor domains."""
    return [entry for entry in no_proxy if "/" not in entry and not entry.startswith((".", "*")) and ":" not in entry]
