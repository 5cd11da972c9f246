# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who this run is, so that the lock on a cluster knows its owner, and whether another run has ended. Private to the collection."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import re
import socket
from pathlib import Path
from typing import NamedTuple

_TEXT = re.compile(r"(?P<user>[^/]*)@(?P<host>[^@/]*)/(?P<machine>[^.]*)\.(?P<boot>[^.]*)\.(?P<space>[^.]*)\.(?P<pid>\d+)\.(?P<start>\d+)")


class Identity(NamedTuple):
    """One ansible-playbook process. Where the system does not tell, a part is empty or 0."""

    user: str
    host: str
    machine: str
    boot: str
    space: str  # the namespace in which pid counts
    pid: int
    start: int  # in clock ticks since the boot

    def __str__(self) -> str:
        return f"{self.user}@{self.host}/{self.machine}.{self.boot}.{self.space}.{self.pid}.{self.start}"


def mine() -> Identity:
    """The playbook's process, asked for in it or in one of its workers."""
    parent = multiprocessing.parent_process()
    pid = parent.pid if parent and parent.pid else os.getpid()
    return Identity(_user(), socket.gethostname().replace("/", "-"), _first(8, "/etc/machine-id"), _first(8, "/proc/sys/kernel/random/boot_id"),
                    _namespace(), pid, started(pid))


def has_ended(text: str) -> bool:
    """Only where this controller can know it: the owner ran here, and its process is gone or the machine has been started anew."""
    match, here = _TEXT.fullmatch(text), mine()
    if not match or (match["host"], match["machine"]) != (here.host, here.machine):
        return False
    if not here.machine or not here.boot:
        return False
    if match["boot"] != here.boot:
        return True
    return match["space"] == here.space and started(int(match["pid"])) != int(match["start"])


def started(pid: int) -> int:
    """0 where no such process is."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return int(fields[19])
    except (OSError, IndexError, ValueError):
        return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return str(os.getuid())


def _first(count: int, path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip().replace(".", "")[:count]
    except (OSError, UnicodeError):
        return ""


def _namespace() -> str:
    try:
        return "".join(re.findall(r"\d+", str(Path("/proc/self/ns/pid").readlink())))
    except OSError:
        return ""
