# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_containerd
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, inputs, seen


def found(there: str, **variables: Any) -> list[tuple[str, str, str]]:
    look = seen("w1", versions={"containerd": there} if there else {})
    rows = [item for judge in preflight_containerd.JUDGES for item in judge(inputs(everywhere(**variables), [look]))]
    return [(item.host, item.finding.id, item.finding.level) for item in rows]


@pytest.mark.parametrize(("there", "variables", "levels"), [
    ("", {"kube_version": "1.34.2"}, []), ("1.7.28", {"kube_version": "1.34.2"}, []), ("1.6.20~ds1", {"kube_version": "1.20.2"}, []),
    ("2.1.9+unknown", {"kube_version": "1.20.2"}, ["error"]), ("1.5.9", {"kube_version": "1.26.0"}, ["error"]),
    ("1.7.24~ds1", {"kube_version": "1.34.2"}, ["warning"]),
    ("2.1.9", {"kube_version": "1.20.2", "kube_runtime": "docker"}, []), ("2.1.9", {"kube_version": None}, []), ("2.1.9", {"kube_version": "x"}, []),
    ("2.1.9", {"kube_version": "1.20.2", "containerd_version": "1.7.27"}, []),
])
def test_what_is_there_is_judged_where_no_version_is_asked_for(there: str, variables: dict[str, Any], levels: list[str]) -> None:
    assert found(there, **variables) == [("w1", "ContainerdVersion", level) for level in levels]


@pytest.mark.parametrize(("name", "version", "level"), [
    ("kube_containerd_version", "2.1.1", "error"), ("containerd_version", "2.1.1-1", "error"), ("containerd_version", "1.4.3", "warning"),
    ("containerd_version", "{{ x }}", None), ("containerd_version", "", None),
])
def test_a_version_that_is_asked_for_is_judged_on_every_machine(name: str, version: str, level: str | None) -> None:
    levels = {row[2] for row in found("", kube_version="1.20.2", **{name: version})}
    assert levels == ({level} if level else set())
