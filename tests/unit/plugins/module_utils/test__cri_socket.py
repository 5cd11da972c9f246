# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import socket
import struct
import threading
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_socket as cri

# As containerd 1.6.20 answered it, put together by hand here.
MESSAGE = b"\x0a\x050.1.0\x12\x0acontainerd\x1a\x0c1.6.20~ds1-1\x22\x02v1"
SETTINGS, TRAILERS, GOAWAY = b"\0\0\0\x04\0\0\0\0\0", b"\0\0\0\x01\x05\0\0\0\x01", b"\0\0\x08\x07\0\0\0\0\0" + b"\0" * 8


def data(message: bytes, parts: int = 1) -> bytes:
    body = b"\0" + struct.pack(">I", len(message)) + message
    step = -(-len(body) // parts)
    pieces = [body[start:start + step] for start in range(0, len(body), step)]
    return b"".join(struct.pack(">I", len(piece))[1:] + b"\0\0\0\0\0\x01" + piece for piece in pieces)


@pytest.fixture
def serve(tmp_path: Any) -> Callable[[bytes], Any]:
    """A fake server at a real socket: it takes the question and sends what it is told."""
    def made(answer: bytes) -> Any:
        path, asked = str(tmp_path / "cri.sock"), []
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(1)

        def once() -> None:
            stream, _address = listener.accept()
            with stream, listener:
                asked.append(stream.recv(4096))
                stream.sendall(answer)

        threading.Thread(target=once, daemon=True).start()
        return path, asked

    return made


@pytest.mark.parametrize("answer", [
    SETTINGS + data(MESSAGE) + TRAILERS, data(MESSAGE), SETTINGS + data(MESSAGE, 7), b"\0\0\x02\x01\x04\0\0\0\x01\x88\x88" + data(MESSAGE),
])
def test_whoever_serves_cri_tells_its_name_and_version(serve: Any, answer: bytes) -> None:
    path, asked = serve(answer)
    assert cri.server_at(path) == cri.Server("containerd", "1.6.20~ds1-1")
    assert asked[0].startswith(b"PRI * HTTP/2.0") and b"/runtime.v1.RuntimeService/Version" in asked[0]


@pytest.mark.parametrize("answer", [
    b"", SETTINGS, SETTINGS + TRAILERS, SETTINGS + GOAWAY, b"HTTP/1.1 400 Bad Request\r\n\r\n", data(b""), data(b"\x0a\x050.1.0"), data(b"\x08\x01\x00"),
    data(b"\x0a\x7fshort"),
])
def test_any_other_answer_is_none(serve: Any, answer: bytes) -> None:
    path, _asked = serve(answer)
    assert cri.server_at(path, seconds=2) is None


def test_without_a_socket_nobody_answers(tmp_path: Any) -> None:
    assert cri.server_at(str(tmp_path / "nothing.sock")) is None


def test_a_socket_that_is_only_listened_at_is_waited_for_with_a_limit(tmp_path: Any) -> None:
    """As systemd holds one for a service that does not start."""
    path = str(tmp_path / "cri.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen(1)
        assert cri.server_at(path, seconds=0.2) is None


def test_another_version_of_cri_is_asked_for_by_its_name(serve: Any) -> None:
    path, asked = serve(data(MESSAGE))
    assert cri.server_at(path, "v1alpha2")
    words: List[bytes] = asked
    assert b"/runtime.v1alpha2.RuntimeService/Version" in words[0]
