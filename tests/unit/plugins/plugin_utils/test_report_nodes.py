# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_nodes
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up

VARIABLES: dict[str, dict[str, Any]] = {"cp1": {}, "w1": {"kube_node_name": "Rack-W1"}, "w2": {"ansible_host": "192.0.2.9"}}


def known(looks: list[Seen] | None = None, **answer: Any) -> report_nodes.Known:
    return report_nodes.Known(["cp1"], VARIABLES, {look.host: look for look in looks or []}, answer)


def test_every_machine_and_every_node_is_there_once() -> None:
    nodes = [made_up.node("rack-w1", False, 12), made_up.node("cp1", True, 11), made_up.node("stranger", False, 13, ready=False)]
    rows = report_nodes.rows(["w1", "cp1", "w2"], known([made_up.look("cp1", True, 11)], nodes=nodes, components=[
        {"name": "etcd", "node": "cp1", "version": "3.6.8-0", "ready": True}, {"name": "kube-apiserver", "node": "cp1", "version": "1.36.2", "ready": True}]))
    assert [(row["name"], row["host"], row["role"], row["status"], row["asked"]) for row in rows] == [
        ("cp1", "cp1", "control_plane", "ready", True), ("rack-w1", "w1", "worker", "ready", False), ("w2", "w2", "worker", "absent", False),
        ("stranger", "", "worker", "not_ready", False)]
    assert rows[0]["etcd"] and rows[0]["versions"]["kube-apiserver"] == "1.36.2" and not rows[1]["etcd"]
    assert (report_nodes.only_in_cluster(rows), report_nodes.only_in_inventory(rows)) == (["stranger"], ["w2"])
    assert rows[2]["address"] == "192.0.2.9"


def test_a_machine_is_the_node_that_its_kubelet_says_it_is() -> None:
    rows = report_nodes.rows(["w1"], known([made_up.look("w1", False, 12, name="renamed")], nodes=[made_up.node("renamed", False, 12)], components=[]))
    assert [(row["name"], row["host"], row["status"]) for row in rows] == [("renamed", "w1", "ready")]


@pytest.mark.parametrize(("look", "status"), [
    (None, "unknown"), (made_up.look("w1", False, 12), "unknown"), (made_up.look("w1", False, 12, state="clean"), "absent"),
    (made_up.look("w1", False, 12, state="partial"), "absent"),
])
def test_where_no_api_server_was_asked_only_a_bare_machine_is_known_to_be_no_node(look: Seen | None, status: str) -> None:
    rows = report_nodes.rows(["w1"], known([look] if look else []))
    assert rows[0]["status"] == status and report_nodes.only_in_inventory(rows) == []


def test_of_a_control_plane_that_is_down_its_manifest_tells_the_version() -> None:
    look = made_up.look("cp1", True, 11, healthy=False, machine={"api_version": "1.36.1", "os": {"name": "Debian"}, "architecture": "x86_64"})
    row = report_nodes.rows(["cp1"], known([look]))[0]
    assert (row["versions"]["kube-apiserver"], row["api_server_answers"], row["os"], row["runtime"]) == (
        "1.36.1", False, "Debian", "unix:///run/containerd/containerd.sock")


def test_why_a_node_is_not_ready_is_told_and_why_one_is_ready_is_not() -> None:
    rows = report_nodes.rows([], known(nodes=[made_up.node("a", False, 1, ready=False, ready_reason="no network"), made_up.node("b", False, 2)], components=[]))
    assert [row["reason"] for row in rows] == ["no network", ""]
