# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._crictl import with_endpoints

SOCKET = "unix:///run/a.sock"
BOTH = f"runtime-endpoint: {SOCKET}\nimage-endpoint: {SOCKET}\n"


@pytest.mark.parametrize(("text", "after"), [
    ("", BOTH),
    (BOTH, BOTH),
    ("# mine\ndebug: true\ntimeout: 10\n", "# mine\ndebug: true\ntimeout: 10\n" + BOTH),
    (f"runtime-endpoint: unix:///old\ndebug: true\nimage-endpoint: '{SOCKET}'\n", f"runtime-endpoint: {SOCKET}\ndebug: true\nimage-endpoint: '{SOCKET}'\n"),
    (f'"runtime-endpoint": "{SOCKET}" # mine\nimage-endpoint: ""\n', f'"runtime-endpoint": "{SOCKET}" # mine\nimage-endpoint: {SOCKET}\n'),
    (BOTH + "runtime-endpoint: unix:///last\n", BOTH),
    ("#runtime-endpoint: unix:///off\ntimeout: 10", "#runtime-endpoint: unix:///off\ntimeout: 10\n" + BOTH),
    ("pull-image-on-create: false\nno colon\n", "pull-image-on-create: false\nno colon\n" + BOTH),
])
def test_the_endpoints_are_set_and_all_else_stays(text: str, after: str) -> None:
    assert with_endpoints(text, SOCKET) == after
    assert with_endpoints(after, SOCKET) == after
