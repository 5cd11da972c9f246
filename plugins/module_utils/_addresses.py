# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that a machine has. Reads only. Private to the collection."""

import array
import fcntl
import socket
import struct
from typing import Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils._files import read

SIOCGIFCONF = 0x8912
ROW = 40  # of struct ifreq where a pointer has 64 bits
ROWS = 1024
IF_INET6 = "/proc/net/if_inet6"
GLOBAL = 0x00  # scope; link-local addresses have another


def addresses() -> List[Dict[str, str]]:
    """Each with its interface; loopback and link-local ones are left out, but not what somebody routes to the interface lo."""
    return of_version_4(_told()) + of_version_6(read(IF_INET6))


def of_version_4(rows: bytes) -> List[Dict[str, str]]:
    """From the kernel's own list, in which an interface has a row for each of its addresses."""
    found = []
    for start in range(0, len(rows), ROW):
        name = rows[start:start + 16].split(b"\0")[0].decode("ascii", "replace")
        address = socket.inet_ntoa(rows[start + 20:start + 24])
        if not address.startswith(("127.", "169.254.")):
            found.append({"interface": name.split(":")[0], "address": address})  # an alias is called eth0:1
    return found


def of_version_6(text: str) -> List[Dict[str, str]]:
    rows = [line.split() for line in text.splitlines()]
    return [{"interface": row[5], "address": socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[0]))}
            for row in rows if len(row) == 6 and int(row[3], 16) == GLOBAL]


def _told() -> bytes:
    buffer = array.array("B", bytes(ROW * ROWS))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            answer = fcntl.ioctl(asked.fileno(), SIOCGIFCONF, struct.pack("iL", len(buffer), buffer.buffer_info()[0]))
    except OSError:
        return b""
    return buffer.tobytes()[:struct.unpack("iL", answer)[0]]
