# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_machines as machines
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen


@pytest.mark.parametrize(("host", "size", "variables", "level"), [
    ("cp1", 1699, {}, "error"), ("cp1", 1700, {}, None), ("cp1", 0, {}, None), ("cp1", 900, {"kube_version": "1.19.1"}, "warning"),
    ("cp1", 900, {"kube_ignore_preflight_errors": ["Mem"]}, "warning"), ("cp1", 900, {"kube_ignore_preflight_errors": ["NumCPU"]}, "error"),
    ("cp1", 900, {"kube_version": "wrong"}, "error"), ("w1", 999, {}, "warning"), ("w1", 1000, {}, None),
])
def test_too_little_memory(host: str, size: int, variables: dict[str, Any], level: str | None) -> None:
    rows = judged(machines.memory, everywhere(**variables), [seen(host, host={"memory_mb": size})])
    assert [row[:3] for row in rows] == ([(host, level, "Memory")] if level else [])
    assert all(row[3].startswith(f"{size} MiB of memory") for row in rows)


@pytest.mark.parametrize(("host", "cpus", "variables", "level"), [
    ("cp1", 1, {}, "error"), ("cp1", 2, {}, None), ("cp1", 0, {}, None), ("w1", 1, {}, None), ("cp1", 1, {"kube_ignore_preflight_errors": "all"}, "warning"),
])
def test_too_few_processors(host: str, cpus: int, variables: dict[str, Any], level: str | None) -> None:
    rows = judged(machines.processors, everywhere(**variables), [seen(host, host={"cpus": cpus})])
    assert [row[:3] for row in rows] == ([(host, level, "Cpus")] if level else [])


@pytest.mark.parametrize(("behavior", "cgroup", "level"), [("LimitedSwap", 1, "error"), ("LimitedSwap", 2, None), ("NoSwap", 1, None), ("", 1, None)])
def test_limited_swap_needs_the_second_version_of_cgroups(behavior: str, cgroup: int, level: str | None) -> None:
    rows = judged(machines.swap, everywhere(kube_swap="keep", kube_swap_behavior=behavior), [seen("w1", host={"cgroup_version": cgroup})])
    assert [row[:3] for row in rows] == ([("w1", level, "SwapCgroup")] if level else [])


def test_what_runs_already_has_proved_itself() -> None:
    looks = [seen("cp1", "control_plane", host={"memory_mb": 900, "cpus": 1}), seen("w1", "worker", host={"memory_mb": 300})]
    assert judged(machines.memory, looks=looks) == [] and judged(machines.processors, looks=looks) == []
