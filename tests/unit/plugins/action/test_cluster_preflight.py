# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import cluster_preflight
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

GOOD: dict[str, Any] = {"kube_version": "1.31.2", "ansible_host": "192.0.2.10", "__preflight_look": {"node": {"state": "clean", "host": {}}}}
WRONG_SIGNATURE = {"id": "PackageRepository", "level": "error", "message": "the package repository cannot be used", "remedy": None}


@pytest.fixture
def displayed(monkeypatch: Any) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.display", lambda _self, text, **_options: lines.append(text))
    return lines


def judge(**hostvars: Any) -> dict[str, Any]:
    node = FakeNode()
    arguments = {"hosts": list(hostvars), "control_planes": ["cp1"]}
    result: dict[str, Any] = action_of(cluster_preflight, arguments, node).run(task_vars={"hostvars": hostvars})
    assert node.asked == [] and not result["changed"]
    return result


def test_a_good_inventory_passes_in_silence(displayed: list[str]) -> None:
    assert judge(cp1=GOOD) == {"changed": False, "findings": []} and displayed == []


def test_all_findings_of_all_hosts_are_one_failure_with_a_table(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "kube_cni": "weave"}, w_1={**GOOD, "ansible_host": "192.0.2.11", "kube_cni": "weave"})
    assert result["failed"] and result["msg"].startswith("2 finding(s) must be settled before anything is changed; nothing was.\nERROR   ")
    assert [(row["host"], row["id"]) for row in result["findings"]] == [("inventory", "CNI"), ("w_1", "NodeName")]
    assert all(row["message"] in result["msg"] and row["remedy"] in result["msg"] for row in result["findings"]) and displayed == []


def test_what_the_modules_tried_is_judged_too(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "__kube_packages_probe": {"findings": [WRONG_SIGNATURE]}, "__preflight_bundle": {"skipped": True}})
    assert result["failed"] and "the package repository cannot be used" in result["msg"]


def test_a_warning_is_shown_and_does_not_fail(displayed: list[str]) -> None:
    result = judge(cp1={**GOOD, "__preflight_bundle": {"findings": [{**WRONG_SIGNATURE, "level": "warning"}]}})
    assert not result.get("failed") and len(result["findings"]) == 1 and displayed[0].startswith("WARNING cp1")


def test_a_waived_finding_is_none(displayed: list[str]) -> None:
    assert not judge(cp1={**GOOD, "kube_cni": "weave", "kube_preflight_waived": ["CNI"]}).get("failed")
