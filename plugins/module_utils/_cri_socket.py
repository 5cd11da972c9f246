# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks whoever serves CRI at a socket for its name and version, without crictl, which comes later than runtimes do. Private to the collection.

One gRPC call without a body, spoken as HTTP/2 (RFC 9113) with header fields that are written out (RFC 7541, 6.2.2).
"""

import socket
import struct
from typing import Dict, Iterator, NamedTuple, Optional, Tuple

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
_STREAM = 1
_EMPTY_MESSAGE = b"\0" * 5  # not compressed, of length 0
_NAMES = {1: "version", 2: "name", 3: "runtime_version", 4: "api_version"}


class Server(NamedTuple):
    name: str
    runtime_version: str


def server_at(path: str, api: str = "v1", seconds: float = 10.0) -> Optional[Server]:
    """Who answers, or nobody: no socket, a socket that systemd holds for a service that does not start, another CRI than the one that is asked for."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.settimeout(seconds)
            stream.connect(path)
            stream.sendall(_question("/runtime.{0}.RuntimeService/Version".format(api)))
            told = fields(_answer(stream))
    except (OSError, ValueError):
        return None
    return Server(told["name"], told.get("runtime_version", "")) if told.get("name") else None


def _question(method: str) -> bytes:
    named = ((":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"))
    headers = b"".join(b"\0" + _text(name) + _text(value) for name, value in named)
    return _PREFACE + _frame(_SETTINGS, 0, 0, b"") + _frame(_HEADERS, _END_HEADERS, _STREAM, headers) + _frame(_DATA, _END_STREAM, _STREAM, _EMPTY_MESSAGE)


def _text(value: str) -> bytes:
    """Of less than 127 bytes."""
    return bytes([len(value)]) + value.encode("ascii")


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _answer(stream: socket.socket) -> bytes:
    """The message; empty where the call failed."""
    body = b""
    for kind, flags, payload in _frames(stream):
        body += payload if kind == _DATA else b""
        if kind == _GOAWAY or (kind in (_DATA, _HEADERS) and flags & _END_STREAM) or _is_whole(body):
            break
    return body[5:]


def _is_whole(body: bytes) -> bool:
    return len(body) >= 5 and len(body) >= 5 + int(struct.unpack(">I", body[1:5])[0])


def _frames(stream: socket.socket) -> Iterator[Tuple[int, int, bytes]]:
    while True:
        head = _read(stream, 9)
        yield head[3], head[4], _read(stream, int(struct.unpack(">I", b"\0" + head[:3])[0]))


def _read(stream: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = stream.recv(length - len(found))
        if not part:
            raise OSError("the connection ended")
        found += part
    return found


def fields(message: bytes) -> Dict[str, str]:
    """The texts of a VersionResponse."""
    found, rest = {}, message
    while len(rest) >= 2:
        number, length = rest[0] >> 3, rest[1]
        if rest[0] & 7 != 2 or length > 127 or len(rest) < 2 + length:
            raise ValueError("no answer to the question for a version")
        found[_NAMES.get(number, str(number))] = rest[2:2 + length].decode("utf-8", "replace")
        rest = rest[2 + length:]
    return found
