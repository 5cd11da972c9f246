# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_keys as keys
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


@pytest.fixture
def printed(captured: Callable[[str], str]) -> str:
    return captured("docker/dockerd-help-20.10.24.txt")


@pytest.mark.parametrize(("key", "kind"), [
    ("debug", ""), ("hosts", "list"), ("log-opts", "map"), ("log-driver", "string"), ("mtu", "int"), ("runtimes", "runtime"), ("live-restore", ""),
    ("insecure-registries", "list"), ("default-ulimits", "ulimit"), ("features", "?"), ("graph", "?"), ("exec-opts", "list"), ("cgroup-parent", "string"),
])
def test_keys_are_read_from_the_daemons_own_help(printed: str, key: str, kind: str) -> None:
    assert keys.kinds(printed)[key] == kind


@pytest.mark.parametrize("option", ["help", "version", "config-file", "log-opt", "host"])
def test_options_of_the_command_line_alone_are_no_keys(printed: str, option: str) -> None:
    assert option not in keys.kinds(printed)


@pytest.mark.parametrize("document", [
    {}, {"debug": True, "mtu": 1450, "hosts": ["fd://"], "log-opts": {"max-file": "3"}, "features": {"buildkit": True}, "bip": "10.9.0.1/24"},
    {"runtimes": {"a": {"path": "/a"}}, "default-address-pools": [{"base": "10.0.0.0/8", "size": 24}], "default-shm-size": "64M"}])
def test_what_the_daemon_takes_is_fine(printed: str, document: dict[str, Any]) -> None:
    keys.refuse_unfit(document, {}, printed, "/etc/docker/daemon.json")


@pytest.mark.parametrize(("document", "told"), [
    ({"registry-mirror": []}, "it knows no registry-mirror, but registry-mirrors"), ({"zzz": 1}, "it knows no zzz."), ({"log-opt": {}}, "but log-opts"),
    ({"debug": "yes"}, "debug must be true or false"), ({"mtu": "1450"}, "mtu must be a number"), ({"mtu": True}, "mtu must be a number"),
    ({"log-opts": {"max-file": 3}}, "log-opts.max-file must be a text, in quotes"), ({"labels": "a=b"}, "labels must be a list"),
    ({"log-driver": 1}, "log-driver must be a text, in quotes"), ({"a": 1, "debug": 1}, "it knows no a; debug must be true or false"),
])
def test_what_the_daemon_would_not_start_with_is_refused(printed: str, document: dict[str, Any], told: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        keys.refuse_unfit(document, {}, printed, "/etc/docker/daemon.json")
    assert told in str(caught.value) and str(caught.value).startswith("Docker would not start with the new /etc/docker/daemon.json: ")


def test_what_was_there_before_is_left_to_its_owner(printed: str) -> None:
    keys.refuse_unfit({"zzz": 1, "debug": True}, {"zzz": 1}, printed, "")
