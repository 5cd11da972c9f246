# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_drift

PLANE = "node-role.kubernetes.io/control-plane:NoSchedule"


def finding(name: str, *hosts: str) -> dict[str, Any]:
    return {"id": name, "level": "warning", "hosts": list(hosts) or ["w1"], "message": "told", "remedy": None}


def test_findings_that_compare_are_drift_and_the_others_are_not() -> None:
    rest, drift = report_drift.divided([finding("Port"), finding("Drift", "inventory"), finding("RuntimeChange"), finding("PodNetwork"),
                                        finding("PodNetwork", "inventory"), finding("VersionChange")])
    assert [row["id"] for row in rest] == ["Port", "PodNetwork"] and rest[1]["hosts"] == ["inventory"]
    assert [(row["kind"], row["remedy"]) for row in drift] == [("setting", ""), ("runtime", ""), ("pod network", ""), ("version", "")]


def node(name: str, taints: list[str] | None = None, **labels: str) -> dict[str, Any]:
    return {"name": name, "labels": {key.replace("_", "/"): value for key, value in labels.items()}, "taints": taints or []}


@pytest.mark.parametrize(("variables", "there", "message"), [
    ({}, node("w1"), None),
    ({"kube_node_labels": {"x/y": "1"}}, node("w1", x_y="1"), None),
    ({"kube_node_labels": {"x/y": "1"}}, node("w1", x_y="2"), "site.yml would label: x/y=1"),
    ({"kube_node_labels": {"x/y": None}}, node("w1", x_y="2"), "site.yml would label: x/y-"),
    ({"kube_node_taints": ["a=b:NoSchedule"]}, node("w1", ["a=b:NoSchedule"]), None),
    ({"kube_node_taints": ["a=b:NoSchedule"]}, node("w1"), "site.yml would taint: a=b:NoSchedule"),
    ({"kube_node_taints": ["a:NoExecute-"]}, node("w1", ["a:NoExecute"]), "site.yml would taint: a:NoExecute-"),
    ({"kube_node_labels": "no mapping"}, node("w1"), None),
])
def test_labels_and_taints_that_site_would_set(variables: dict[str, Any], there: dict[str, Any], message: str | None) -> None:
    rows = report_drift.marks({"w1": variables}, ["w1"], [], ["w1"], [there], "1.31.2")
    assert [row["message"].partition("; ")[2] for row in rows] == ([message] if message else [])
    assert all(row["hosts"] == ["w1"] and row["remedy"] for row in rows)


@pytest.mark.parametrize(("workers", "there", "kinds"), [
    ([], node("cp1", [PLANE]), []), ([], node("cp1"), ["taints"]), (["cp1"], node("cp1", [PLANE]), ["taints"]), (["cp1"], node("cp1"), []),
])
def test_a_control_plane_takes_workloads_only_where_it_is_a_worker_too(workers: list[str], there: dict[str, Any], kinds: list[str]) -> None:
    assert [row["kind"] for row in report_drift.marks({"cp1": {}}, ["cp1"], ["cp1"], workers, [there], "1.31.2")] == kinds


def test_a_machine_that_is_no_node_and_a_version_that_is_none_have_no_marks() -> None:
    assert report_drift.marks({"w1": {"kube_node_labels": {"a": "b"}}}, ["w1"], [], [], [node("w2")], "1.31.2") == []
    assert report_drift.marks({"cp1": {}}, ["cp1"], ["cp1"], [], [node("cp1")], "newest") == []


@pytest.mark.parametrize(("wanted", "there", "told", "expected"), [
    ("bridge", [], False, ""), ("none", ["calico"], False, ""), ("calico", ["calico"], False, ""), ("calico", ["flannel"], True, ""),
    ("calico", ["flannel"], False, "the inventory declares calico, the cluster has flannel"),
    ("bridge", ["flannel"], False, "the inventory declares bridge, the cluster has flannel"),
    ("flannel", [], False, "the inventory declares flannel, the cluster has no DaemonSet of it"),
])
def test_another_pod_network_than_declared(wanted: str, there: list[str], told: bool, expected: str) -> None:
    assert [row["message"] for row in report_drift.pod_network(wanted, [{"name": name} for name in there], told)] == ([expected] if expected else [])
