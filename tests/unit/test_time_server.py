# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time server that virtual machines are given answers as RFC 5905 says."""

from __future__ import annotations

import struct
import time

from ansible_collections.kubewright.cluster.tests.live import time_server


def test_the_answer_has_the_time_twice_and_the_asker_s_own() -> None:
    came = time.time()
    asked = bytes([0x23]) + bytes(39) + struct.pack("!II", 7, 9)
    said = time_server.answer(asked, came)
    assert len(said) == 48 and said[0] & 7 == 4 and said[0] >> 6 == 0 and said[1] == 1
    assert said[24:32] == asked[40:48]
    received, sent = (whole - time_server.SINCE_1900 + part / 2**32 for whole, part in struct.iter_unpack("!II", said[32:48]))
    assert abs(received - came) < 0.001 and came <= sent < came + 5
