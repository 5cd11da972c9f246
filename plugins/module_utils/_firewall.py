# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what iptables-save, nft and the kernel print to what takes away Kubernetes' own rules, or brings them back, and nobody else's.

Pure. Private to the collection.
"""

import re
import shlex
import socket
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._bridge import CHAINS

_OWN_CHAINS = ("KUBE-", "CNI-", "cali-", "FLANNEL-")
# Rules that these put directly into chains of the kernel, without a chain of their own.
_OWN_COMMENTS = ("cali:", "NodeLocal DNS Cache")
_NFT_TABLE = re.compile(r"^table (ip6?|inet) (kube-proxy)$", re.MULTILINE)
_KERNEL_CHAINS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
NODE_PORTS = range(30000, 32768)


def is_own(chain: str) -> bool:
    return chain.startswith(_OWN_CHAINS) or chain in CHAINS


def removal(saved: str) -> str:
    """What `iptables-restore --noflush` is to read: chains of Kubernetes are emptied and deleted, and rules of other chains that lead there."""
    text = ""
    for table, lines in _tables(saved):
        own = [line.split()[0][1:] for line in lines if line.startswith(":") and is_own(line.split()[0][1:])]
        leading = [line for line in lines if line.startswith("-A ") and _leads_there(line)]
        if not own and not leading:
            continue
        emptied = [":{0} - [0:0]".format(chain) for chain in own]
        deleted = ["-X {0}".format(chain) for chain in own]
        text += "\n".join(["*" + table, *emptied, *["-D " + line[3:] for line in leading], *deleted, "COMMIT", ""])
    return text


def restoration(saved: str, now: str) -> str:
    """What `iptables-restore --noflush` is to read so that chains of Kubernetes that were flushed since are there again, with what leads to them.

    A chain that has rules again was written by its owner in the meantime, and stays as it is.
    """
    present, text = dict(_tables(now)), ""
    for table, lines in _tables(saved):
        there = present.get(table, [])
        filled = {line.split()[1] for line in there if line.startswith("-A ")}
        gone = [name for name in (line.split()[0][1:] for line in lines if line.startswith(":")) if is_own(name) and name not in filled]
        rules = [line for line in lines if line.startswith("-A ") and line.split()[1] in gone]
        leading = [line for line in lines if line.startswith("-A ") and line.split()[1] in _KERNEL_CHAINS and _leads_there(line) and line not in there]
        gone = [name for name in gone if any(rule.split()[1] == name for rule in rules) or ":" + name not in [line.split()[0] for line in there]]
        if gone or leading:
            inserted = ["-I " + line[3:] for line in reversed(leading)]  # the first of them comes out first
            text += "\n".join(["*" + table, *[":{0} - [0:0]".format(name) for name in gone], *rules, *inserted, "COMMIT", ""])
    return text


def _tables(saved: str) -> List[Tuple[str, List[str]]]:
    found: List[Tuple[str, List[str]]] = []
    for line in saved.splitlines():
        if line.startswith("*"):
            found.append((line[1:].strip(), []))
        elif found and line[:1] in (":", "-"):
            found[-1][1].append(line)
    return found


def _leads_there(rule: str) -> bool:
    """A rule of somebody else's chain that jumps to a chain of Kubernetes, or that says in its comment whose it is."""
    try:
        words = shlex.split(rule)
    except ValueError:
        return False
    if len(words) < 2 or is_own(words[1]):
        return False
    return any(is_own(text) if word in ("-j", "-g") else word == "--comment" and text.startswith(_OWN_COMMENTS) for word, text in _options(words))


def _options(words: Sequence[str]) -> List[Tuple[str, str]]:
    """Options with what follows them; the text of a comment is none, whatever it looks like."""
    found, skip = [], False
    for word, following in zip(words, words[1:]):
        if skip:
            skip = False
            continue
        found.append((word, following))
        skip = word == "--comment"
    return found


def nft_tables(listed: str) -> List[Tuple[str, str]]:
    """Family and name of the tables that are kube-proxy's."""
    return _NFT_TABLE.findall(listed)


class Server(NamedTuple):
    """A virtual server of IPVS."""

    protocol: str  # TCP, UDP, SCTP
    address: str
    port: int

    @property
    def option(self) -> str:
        return {"TCP": "--tcp-service", "UDP": "--udp-service", "SCTP": "--sctp-service"}[self.protocol]

    def __str__(self) -> str:
        return ("[{0}]:{1}" if ":" in self.address else "{0}:{1}").format(self.address, self.port)


_SERVER = re.compile(r"^(TCP|UDP|SCTP)\s+(?:\[([0-9A-Fa-f:]+)\]|([0-9A-F]{8})):([0-9A-F]{4})\s", re.MULTILINE)


def virtual_servers(proc_text: str) -> List[Server]:
    """From /proc/net/ip_vs."""
    found = []
    for protocol, six, four, port in _SERVER.findall(proc_text):
        address = _canonical(six) if six else socket.inet_ntoa(bytes.fromhex(four))
        found.append(Server(protocol, address, int(port, 16)))
    return found


def _canonical(address: str) -> str:
    return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))


def kubernetes_servers(servers: Sequence[Server], addresses_text: str) -> Dict[Server, Optional[str]]:
    """Those of Kubernetes by the addresses that `ip -o addr show dev kube-ipvs0` prints; for others, why they stay."""
    bound = {match.split("/")[0] for match in re.findall(r"\sinet6?\s(\S+)", addresses_text)}
    return {server: None if server.address in bound or server.port in NODE_PORTS else
            "its address is not on kube-ipvs0 and its port is no node port, so it is somebody else's" for server in servers}
