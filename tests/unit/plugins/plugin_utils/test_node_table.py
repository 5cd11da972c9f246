# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_table
from ansible_collections.kubewright.cluster.plugins.plugin_utils.node_table import Known


def node(name: str, roles: tuple[str, ...] = (), ready: bool = True, address: str = "192.0.2.1") -> dict[str, Any]:
    return {"name": name, "roles": list(roles), "version": "1.34.2", "runtime": "containerd://2.1.0", "ready": ready, "address": address}


def test_every_node_is_a_row_with_what_is_known_of_it() -> None:
    known = {"cp1": Known(364, ("made the cluster", "packages")), "w1": Known(12)}
    assert node_table.table([node("cp1", ("control-plane",)), node("w1", ready=False)], known, False) == [
        "NODE  ROLE           VERSION  RUNTIME             READY  ADDRESS    CERTIFICATES  CHANGED",
        "cp1   control-plane  1.34.2   containerd://2.1.0  yes    192.0.2.1  364 days      made the cluster, packages",
        "w1    worker         1.34.2   containerd://2.1.0  NO     192.0.2.1  12 days"]


def test_a_dry_run_tells_what_would_change() -> None:
    assert node_table.table([node("w1")], {"w1": Known(None, ("labels",))}, True)[0].endswith("ADDRESS    WOULD CHANGE")


def test_a_cluster_without_nodes_is_no_table() -> None:
    assert node_table.table([], {}, False) == []


def test_of_a_thousand_nodes_those_alike_are_one_row_and_what_is_not_well_comes_first() -> None:
    nodes = [node("cp1", ("control-plane",)), *(node(f"w{number:03}", ready=number != 7, address=f"192.0.2.{number % 250}") for number in range(1, 1000))]
    known = {f"w{number:03}": Known(20 if number == 9 else 300 + number % 60, ("joined",) if number > 990 else ()) for number in range(1, 1000)}
    assert node_table.table(nodes, known, False) == [
        "NODE                          ROLE           VERSION  RUNTIME             READY  CERTIFICATES  CHANGED",
        "w007                          worker         1.34.2   containerd://2.1.0  NO     307 days",
        "w009                          worker         1.34.2   containerd://2.1.0  yes    20 days",
        "cp1                           control-plane  1.34.2   containerd://2.1.0  yes",
        "w[001:006], w008, w[010:990]  worker         1.34.2   containerd://2.1.0  yes    300 days",
        "w[991:999]                    worker         1.34.2   containerd://2.1.0  yes    331 days      joined",
        "1000 nodes, 999 of them Ready"]


def test_many_kinds_and_long_names_do_not_fill_the_screen() -> None:
    nodes = [node(f"{'n' * 70}{number}x") for number in range(100)]
    lines = node_table.table(nodes, {one["name"]: Known(number % 29, (f"word {number}",)) for number, one in enumerate(nodes)}, False)
    assert len(lines) == node_table.MOST_ROWS + 3 and all(len(line) < 200 for line in lines) and "…" in lines[1]


def test_names_of_wide_letters_keep_the_columns() -> None:
    assert node_table.aligned([["A", "B"], ["节点一", "x"], ["e\u0301", "y"]]) == ["A       B", "节点一  x", "e\u0301       y"]


def test_what_was_done_to_a_node_is_its_own_whoever_was_asked() -> None:
    told = ["label w1 a=b", "taint w1 x:NoSchedule", "uncordon w2", "evict default/web from w2", "odd", "label", "save etcd"]
    assert node_table.changed_nodes(told) == {"w1": ["labels", "taints"], "w2": ["uncordoned", "drained"]}


@pytest.mark.parametrize(("changed", "text"), [((), ""), (("a", "b"), "a, b"), (tuple("abcdefgh"), "a, b, c, d, e, f, +2")])
def test_of_many_words_the_number_is_told(changed: tuple[str, ...], text: str) -> None:
    assert node_table.words(changed) == text
