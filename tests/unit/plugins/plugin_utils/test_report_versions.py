# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_versions

TODAY = date(2026, 11, 22)


def node(name: str, kubelet: str = "1.31.2", status: str = "ready", **versions: str) -> dict[str, Any]:
    return {"name": name, "status": status, "versions": {"kubelet": kubelet, **{key.replace("_", "-"): value for key, value in versions.items()}}}


def skew(*nodes: dict[str, Any], proxy: str = "1.31.2", served: str = "1.31.2") -> list[str]:
    return [row["message"] for row in report_versions.versions(nodes, proxy, served, TODAY)["skew"]]


@pytest.mark.parametrize(("kubelet", "message"), [
    ("1.31.2", None), ("1.31.9", None), ("1.28.0", None), ("1.27.9", "kubelet 1.27.9 is 4 minors older than the API server 1.31.2; 3 are allowed"),
    ("1.32.0", "kubelet 1.32.0 is newer than the API server 1.31.2; it must never be"), ("", None), ("garbled", None),
])
def test_a_kubelet_may_be_so_much_older_and_never_newer(kubelet: str, message: str | None) -> None:
    assert skew(node("w1", kubelet)) == ([message] if message else [])


def test_before_1_28_it_may_be_two_minors_older() -> None:
    assert skew(node("w1", "1.23.0"), proxy="", served="1.26.0") == ["kubelet 1.23.0 is 3 minors older than the API server 1.26.0; 2 are allowed"]


def test_of_several_api_servers_the_oldest_and_the_newest_count() -> None:
    planes = (node("cp1", kube_apiserver="1.32.0"), node("cp2", kube_apiserver="1.31.2"))
    assert skew(*planes, node("w1", "1.32.0"), proxy="") == ["kubelet 1.32.0 is newer than the API server 1.31.2; it must never be"]
    assert report_versions.versions(planes, "", "", TODAY)["api_servers"] == ["1.31.2", "1.32.0"]


def test_api_servers_may_be_one_minor_apart() -> None:
    assert skew(node("cp1", "1.30.0", kube_apiserver="1.33.0"), node("cp2", "1.30.0", kube_apiserver="1.31.0"), proxy="", served="") == [
        "API servers are 1.31.0 and 1.33.0; they may be one minor apart"]


def test_what_follows_the_api_server_is_judged_too() -> None:
    found = report_versions.versions([node("cp1", kube_scheduler="1.29.0", kube_controller_manager="1.32.0")], "1.27.0", "1.31.2", TODAY)["skew"]
    assert [(row["component"], row["node"]) for row in found] == [("kube-controller-manager", "cp1"), ("kube-scheduler", "cp1"), ("kube-proxy", "")]
    assert "1 is allowed" in found[1]["message"]


def test_a_machine_that_is_no_node_is_not_judged() -> None:
    assert skew(node("w1", "1.36.0", status="absent")) == []


def test_without_an_api_server_nothing_is_judged() -> None:
    assert report_versions.versions([node("w1")], "", "", TODAY) == {"api_servers": [], "kubelet_minors_older": None, "skew": [], "support": None}


@pytest.mark.parametrize(("version", "state", "left"), [
    ("1.20.2", "ended", None), ("1.34.2", "ended", -26), ("1.35.1", "supported", 98), ("1.36.2", "unknown", None), ("1.99.0", "unknown", None),
])
def test_support_is_as_the_table_of_releases_knows_it(version: str, state: str, left: int | None) -> None:
    found = report_versions.support(releases.version(version), TODAY)
    assert (found["state"], found["days_left"]) == (state, left)


def test_support_that_ends_soon() -> None:
    found = report_versions.support(releases.version("1.35.1"), date(2027, 1, 1))
    assert (found["state"], found["until"], found["newest_patch"]) == ("ends soon", "2027-02-28", "1.35.8")


def test_values_are_counted_those_of_most_machines_first() -> None:
    rows = [{"versions": {"kubelet": "1.1"}, "os": "b"}, {"versions": {"kubelet": "1.2"}, "os": "a"}, {"versions": {"kubelet": "1.2"}, "os": ""}]
    assert list(report_versions.spread(rows, "kubelet").items()) == [("1.2", 2), ("1.1", 1)] and report_versions.spread(rows, "os") == {"a": 1, "b": 1}
