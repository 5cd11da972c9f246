# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's clock for virtual machines that reach no other: a time server (RFC 5905, its simple form) on loopback, which they see as their gateway."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

ADDRESS = ("127.0.0.1", 123)
SINCE_1900 = 2208988800  # seconds that NTP counted before Unix began to
SERVER = 0x24  # no leap second, version 4, a server's answer


def stamp(seconds: float) -> bytes:
    whole, part = divmod(seconds, 1)
    return struct.pack("!II", int(whole) + SINCE_1900, int(part * 2**32))


def answer(question: bytes, came: float) -> bytes:
    """Stratum 1, exact to a millisecond; the question's own time goes back with it."""
    head = struct.pack("!BBbbII4s", SERVER, 1, 6, -10, 0, 66, b"LOCL")
    return head + stamp(came) + question[40:48] + stamp(came) + stamp(time.time())


def answer_all(server: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed
        while True:
            question, asker = server.recvfrom(512)
            if len(question) >= 48:
                server.sendto(answer(question, time.time()), asker)


@contextlib.contextmanager
def serving() -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(ADDRESS)
        threading.Thread(target=answer_all, args=(server,), daemon=True).start()
        yield
