# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import socket
import struct
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _addresses as look

IF_INET6 = """\
fe80000000000000004231fffe062a9f 05 40 20 80  docker0
fd000000000000000000000000000002 04 40 00 82     eth0
20010db8000000000000000000000001 04 40 00 80     eth0
00000000000000000000000000000001 01 80 10 80       lo

"""


def row(name: str, address: str) -> bytes:
    """struct ifreq with a struct sockaddr_in, as SIOCGIFCONF gives it."""
    return struct.pack("16sHH4s16x", name.encode(), socket.AF_INET, 0, socket.inet_aton(address))


@pytest.mark.parametrize(("rows", "expected"), [
    (b"", []),
    (row("eth0", "192.0.2.11") + row("eth0", "192.0.2.50") + row("eth1:0", "10.0.0.11"),
     [("eth0", "192.0.2.11"), ("eth0", "192.0.2.50"), ("eth1", "10.0.0.11")]),
    (row("lo", "127.0.0.1") + row("eth0", "169.254.7.7"), []),
])
def test_every_ipv4_address_comes_with_its_interface(rows: bytes, expected: list[tuple[str, str]]) -> None:
    assert look.of_version_4(rows) == [{"interface": name, "address": address} for name, address in expected]


def test_ipv6_addresses_that_others_reach_come_with_their_interface() -> None:
    assert look.of_version_6(IF_INET6) == [{"interface": "eth0", "address": address} for address in ("fd00::2", "2001:db8::1")]


def test_the_kernel_of_this_machine_can_be_asked() -> None:
    names = {name for _index, name in socket.if_nameindex()}
    assert {found["interface"] for found in look.addresses()} <= names
    assert look.of_version_4(look._told()) != [] or names == {"lo"}


def test_a_kernel_that_does_not_answer_knows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_words: Any) -> bytes:
        raise OSError

    monkeypatch.setattr(fcntl, "ioctl", fails)
    assert look._told() == b""


def test_what_is_routed_to_the_loopback_interface_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "_told", lambda: row("lo", "127.0.0.1") + row("lo", "192.0.2.11"))
    monkeypatch.setattr(look, "read", lambda _path: "")
    assert look.addresses() == [{"interface": "lo", "address": "192.0.2.11"}]
