# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens on which port of this machine, as the kernel tells it. Reads only. Private to the collection."""

import os
import re
import socket
import struct
from typing import Any, Dict, List, NamedTuple, Optional, Set

# The kernel's numbers of the states in which others are served: LISTEN of TCP, and unconnected of UDP.
SERVES = {"tcp": "0A", "udp": "07"}
INTERPRETER = re.compile(r"(python|perl|ruby|node|java|sh|bash)[\d.]*$")


class Socket(NamedTuple):
    """One that others can reach."""

    protocol: str
    address: str
    port: int
    inode: str


def listeners() -> List[Dict[str, Any]]:
    """protocol, address, port, pid and process; pid 0 where no process shows that it holds the socket, as with the kernel's own."""
    found = [item for protocol in sorted(SERVES) for item in sockets(protocol)]
    owners = holders({item.inode for item in found})
    rows = []
    for item in found:
        pid = owners.get(item.inode, 0)
        rows.append({"protocol": item.protocol, "address": item.address, "port": item.port, "pid": pid, "process": process_name(pid) if pid else ""})
    return sorted(rows, key=lambda row: (row["protocol"], row["port"], row["address"]))


def sockets(protocol: str) -> List[Socket]:
    """Of both families."""
    found = []
    for path in ("/proc/net/" + protocol, "/proc/net/{0}6".format(protocol)):
        for line in read(path).splitlines()[1:]:
            words = line.split()
            if len(words) > 9 and words[3] == SERVES[protocol]:
                address, port = words[1].rsplit(":", 1)
                found.append(Socket(protocol, address_of(address), int(port, 16), words[9]))
    return found


def address_of(text: str) -> str:
    """The kernel prints an address as whole words of four bytes, each in the processor's own order."""
    packed = b"".join(struct.pack("=I", int(text[begin:begin + 8], 16)) for begin in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def holders(inodes: Set[str]) -> Dict[str, int]:
    """The process of the lowest id that holds each socket; a parent is older than the workers that it shares its socket with."""
    found: Dict[str, int] = {}
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        if len(found) == len(inodes):
            break
        for inode in inodes.intersection(held_by(pid)):
            found.setdefault(inode, pid)
    return found


def held_by(pid: int) -> List[str]:
    """Inodes of the sockets of a process; none where it has ended meanwhile."""
    folder = "/proc/{0}/fd".format(pid)
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = (_inode(folder + "/" + name) for name in names)
    return [inode for inode in found if inode]


def _inode(path: str) -> Optional[str]:
    try:
        match = re.match(r"socket:\[(\d+)\]$", os.readlink(path))
    except OSError:
        return None
    return match.group(1) if match else None


def process_name(pid: int) -> str:
    """The program's name as it was started, since the kernel keeps 15 letters only; a script's name tells more than its interpreter's."""
    words = [word for word in read("/proc/{0}/cmdline".format(pid)).split("\0") if word]
    names = [os.path.basename(word.split(": ")[0]) for word in words if not word.startswith("-")]
    if len(names) > 1 and INTERPRETER.match(names[0]) and "-c" not in words:
        return names[0] + " " + names[1]
    return names[0] if names else read("/proc/{0}/comm".format(pid)).strip()


def read(path: str) -> str:
    """A file's text; empty where it cannot be had, since a look at a machine is not to fail of one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:  # also ESRCH, of a process that ends while it is read
        return ""
