# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Located
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import inputs, seen


def test_a_good_inventory_has_no_finding() -> None:
    assert preflight.findings(inputs()) == []
    looks = [seen("cp1", host={"machine_id": "a", "hostname": "cp1"}), seen("w1", host={"machine_id": "b", "hostname": "w1"})]
    assert preflight.findings(inputs(looks=looks)) == []


def test_findings_of_modules_are_added_for_their_host() -> None:
    row: dict[str, Any] = {"id": "PackageRepository", "level": "error", "message": "the package repository cannot be used", "remedy": None}
    assert preflight.findings(inputs(probes={"w1": [row], "cp1": []})) == [Located("w1", Finding(**row))]


@pytest.mark.parametrize(("proxy", "proxied", "message", "level"), [
    ("http://u:secret@proxy:3128", False, "https://x/key cannot be fetched: timed out", "warning"),
    ("http://u:secret@proxy:3128", False, "the package repository https://x cannot be used: no route", "warning"),
    ("http://u:secret@proxy:3128", False, "no repository has kubelet 1.31.99; nearest: 1.31.4-1.1", "error"),
    ("http://u:secret@proxy:3128", True, "https://x/key cannot be fetched: timed out", "error"),
    ("http://proxy:3128", False, "https://x/key cannot be fetched: timed out", "error"),
])
def test_a_machine_that_has_not_got_its_proxy_yet_need_not_reach_the_repository(proxy: str, proxied: bool, message: str, level: str) -> None:
    row: dict[str, Any] = {"id": "PackageRepository", "level": "error", "message": message, "remedy": None}
    found = preflight.findings(inputs({"w1": {"kube_version": "1.31.2", "kube_https_proxy": proxy}}, [seen("w1", host={"proxied": proxied})],
                                      probes={"w1": [row]}, control_planes=["w1"]))
    [item] = [item for item in found if item.finding.id == "PackageRepository"]
    assert item.finding.level == level and "secret" not in str(item)


def located(host: str, name: str = "Swap") -> Located:
    return Located(host, Finding(name, "error", "is so", "do"))


@pytest.mark.parametrize(("host", "waived", "stands"), [
    ("w1", {"w1": ["Swap"]}, False), ("w1", {"cp1": ["Swap"]}, True), ("w1", {"w1": ["Mem"]}, True), ("w1", {"w1": "Mem, Swap"}, False),
    ("w1", {"w1": 7}, True), ("w1", {"w1": None}, True),
    ("inventory", {"w1": ["Swap"]}, True), ("inventory", {"w1": ["Swap"], "cp1": ["Swap"]}, False),
])
def test_a_finding_is_waived_by_its_id_where_it_belongs(host: str, waived: dict[str, Any], stands: bool) -> None:
    variables = {name: {"kube_preflight_waived": waived[name]} if name in waived else {} for name in ("w1", "cp1")}
    assert bool(preflight.standing([located(host)], variables)) is stands


def test_nobody_can_waive_for_no_host() -> None:
    assert preflight.standing([located("inventory")], {}) == [located("inventory")]
