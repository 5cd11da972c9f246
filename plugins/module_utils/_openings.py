# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a firewall has to let through, from a list of ports with who has to reach them. Pure. Private to the collection."""

import ipaddress
import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

PROTOCOL_NUMBERS = {"ipip": "4", "esp": "50"}  # /etc/protocols calls another one ipip
_CLOSED = re.compile(r"^table (\w+) (\S+) \{|^\s+chain (\S+) \{|type filter hook (input|forward) [^\n]*policy drop;", re.MULTILINE)


class Opening(NamedTuple):
    """Ports of a protocol, or a whole protocol, for everybody or for one network."""

    protocol: str
    ports: str  # one, or first-last; empty for a protocol without ports
    network: str  # empty: from everywhere

    def __str__(self) -> str:
        what = "{0}/{1}".format(self.ports, self.protocol) if self.ports else "protocol " + self.protocol
        return "{0} from {1}".format(what, self.network) if self.network else what


def openings(ports: Sequence[Dict[str, Any]], node_networks: Sequence[str]) -> List[Opening]:
    """What nodes need of each other is open to their networks where these are known, else to everybody. What only the node itself uses is left out."""
    found: List[Opening] = []
    for entry in ports:
        clients = entry.get("from", "everybody")
        if clients == "itself":
            continue
        networks = list(node_networks) if clients == "nodes" and node_networks else [""]
        found += [_opening(entry, network) for network in networks]
    everybody = {opening._replace(network="") for opening in found if not opening.network}
    wanted = [opening for opening in found if not opening.network or opening._replace(network="") not in everybody]
    return sorted(set(wanted), key=_order)


def _order(opening: Opening) -> Any:
    return opening.network, opening.protocol, [int(part) for part in re.findall(r"\d+", opening.ports)]


def _opening(entry: Dict[str, Any], network: str) -> Opening:
    protocol, ports = str(entry.get("protocol", "")), str(entry.get("ports") or "")
    numbers = [int(part) for part in ports.split("-")] if re.match(r"\d+(-\d+)?\Z", ports) else []
    with_ports = protocol in ("tcp", "udp", "sctp")
    in_order = bool(numbers) and 0 < numbers[0] <= numbers[-1] < 65536
    if not (in_order if with_ports else protocol in PROTOCOL_NUMBERS and not ports):
        raise KubewrightError("a port to open is {0!r}; write its protocol (tcp, udp, sctp, {1}) and its ports, one or first-last, as in "
                              "{{'protocol': 'tcp', 'ports': '30000-32767'}}".format(entry, ", ".join(sorted(PROTOCOL_NUMBERS))))
    if with_ports and numbers[0] == numbers[-1]:
        ports = str(numbers[0])
    return Opening(protocol, ports, network)


def network(text: str, where: str) -> str:
    """As firewalls print it."""
    try:
        return str(ipaddress.ip_network(str(text).strip(), strict=False))
    except ValueError as error:
        raise KubewrightError("{0}: {1}; write networks, for example 192.0.2.0/24".format(where, error)) from error


def family(text: str) -> int:
    found: Union[ipaddress.IPv4Network, ipaddress.IPv6Network] = ipaddress.ip_network(text)
    return found.version


def closed_chains(listed: str) -> List[str]:
    """Chains that drop what no rule lets in or through, by family, table and name, from what `nft list chains` prints; not firewalld's."""
    found: List[str] = []
    table, chain = "", ""
    for match in _CLOSED.finditer(listed):
        if match.group(1):
            table = "{0} {1}".format(match.group(1), match.group(2))
        elif match.group(3):
            chain = match.group(3)
        elif not table.endswith(" firewalld"):
            found.append("{0} {1}".format(table, chain))
    return found


def told_of(chains: Sequence[str]) -> Optional[str]:
    """The warning about a firewall that is neither firewalld nor ufw."""
    if not chains:
        return None
    return ("a firewall that is neither firewalld nor ufw drops what it has no rule for (nft: {0}); Kubewright leaves it alone, so let the ports of "
            "docs/firewall.md in there, and what pods send and get through".format(", ".join(chains)))
