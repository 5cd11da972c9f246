# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
from typing import Dict

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _proxies as proxies
from ansible_collections.kubewright.cluster.plugins.module_utils._proxy_files import ENVIRONMENT, environment_file
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

BOTH = {"http": "http://p:1", "https": "http://p:2"}
FILE = {"HTTP_PROXY": "http://me:secret@f:1", "HTTPS_PROXY": "http://me:secret@f:2", "NO_PROXY": ".svc,10.0.0.0/8,bundle.example.com"}


@pytest.fixture(autouse=True)
def environment(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> Dict[str, str]:
    found: Dict[str, str] = {}
    monkeypatch.setattr(os, "environ", found)
    monkeypatch.setattr(os, "access", lambda path, _mode: machine.has(path))
    return found


def test_without_a_proxy_there_is_none() -> None:
    assert proxies.proxies_for("http://example.com/") == {}


def test_the_environment_s_proxy_is_taken_in_either_spelling(machine: FakeMachine, environment: Dict[str, str]) -> None:
    machine.write(ENVIRONMENT, environment_file(FILE))
    environment.update(http_proxy="http://p:1", HTTPS_PROXY="http://p:2", HTTP_PROXY="http://q:1", no_proxy="example.org")
    assert proxies.proxies_for("https://example.com/") == BOTH and proxies.proxies_for("https://a.example.org:8443/") == {}


def test_the_machine_s_own_proxy_is_taken_where_the_environment_has_none(machine: FakeMachine) -> None:
    machine.write(ENVIRONMENT, environment_file(FILE))
    assert proxies.proxies_for("https://example.com/") == {"http": FILE["HTTP_PROXY"], "https": FILE["HTTPS_PROXY"]}
    assert proxies.proxies_for("http://10.1.2.3:8000/x") == {} and proxies.proxies_for("http://bundle.example.com/") == {}


@pytest.mark.parametrize(("entry", "host", "expected"), [
    ("", "a", False), ("*", "a", True), ("a.example.com", "a.example.com", True),
    ("example.com", "a.example.com", True), ("example.com", "badexample.com", False),
    (".example.com", "a.example.com", True), (".example.com", "example.com", False), ("a:8080", "a", True),
    ("10.0.0.0/8", "10.1.2.3", True),
    ("10.0.0.0/8", "11.1.2.3", False), ("10.0.0.0/8", "ten", False), ("2001:db8::/32", "2001:db8::7", True), ("2001:db8::7", "2001:db8::7", True),
])
def test_what_an_entry_covers(entry: str, host: str, expected: bool) -> None:
    assert proxies.covers(entry, host) is expected
