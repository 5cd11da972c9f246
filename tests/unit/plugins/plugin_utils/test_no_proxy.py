# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.no_proxy import no_proxy, proxy_environment

PODS, SERVICES = ["10.244.0.0/16"], ["10.96.0.0/12"]
BASE = ["localhost", "127.0.0.1", "::1", ".svc", ".cluster.local", "10.244.0.0/16", "10.96.0.0/12"]


@pytest.mark.parametrize(("additions", "options", "expected"), [
    ([], {}, BASE), ([".example.com", "192.0.2.9"], {}, [*BASE, ".example.com", "192.0.2.9"]),
    ("a.example.com, b.example.com,", {}, [*BASE, "a.example.com", "b.example.com"]),
    ([], {"endpoint": "k8s.example.com:6443"}, [*BASE, "k8s.example.com"]), ([], {"endpoint": "[2001:db8::1]:6443"}, [*BASE, "2001:db8::1"]),
    ([], {"endpoint": "2001:db8::1"}, [*BASE, "2001:db8::1"]), (["k8s"], {"endpoint": "k8s"}, [*BASE, "k8s"]),
    ([], {"urls": ["http://user:secret@bundle.example.com:8080/x", "", "file:///srv"]}, [*BASE, "bundle.example.com"]),
    ([], {"node_subnets": ["192.0.2.7/24"]}, [*BASE[:5], "192.0.2.0/24", *BASE[5:]]),
    ([], {"dns_domain": "k8s.example.com."}, [*BASE[:4], ".k8s.example.com", *BASE[5:]]),
])
def test_what_is_reached_without_a_proxy(additions: Any, options: dict[str, Any], expected: list[str]) -> None:
    assert no_proxy(additions, PODS, SERVICES, **options) == expected


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(KubewrightError, match="write networks"):
        no_proxy([], ["pods"], SERVICES)


@pytest.mark.parametrize(("http", "https", "exceptions", "expected"), [
    ("", "", ["a"], {}), ("http://p:1", "", [], {"http_proxy": "http://p:1"}), ("", "http://p:1", ["a", "b"], {"https_proxy": "http://p:1", "no_proxy": "a,b"}),
    ("http://user:secret@p:1", "http://p:1", [], {}),
])
def test_a_task_gets_the_proxy_unless_it_has_a_password(http: str, https: str, exceptions: list[str], expected: dict[str, str]) -> None:
    assert proxy_environment(http, https, exceptions) == expected
