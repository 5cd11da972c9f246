# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields


@pytest.mark.parametrize(("path", "first", "last"), [
    ("mode", 17, 37),
    ("ipvs.strictARP", 17, 37),
    ("nftables.masqueradeAll", 29, 37),
    ("udpIdleTimeout", 17, 25),
    ("detectLocalMode", 18, 37),
    ("iptables.localhostNodePorts", 26, 37),
])
def test_what_the_release_notes_say_of_a_field_is_in_the_table(path: str, first: int, last: int) -> None:
    assert [(field.first, field.last) for field in document_fields.fields("KubeProxyConfiguration") if field.path == path] == [(first, last)]
