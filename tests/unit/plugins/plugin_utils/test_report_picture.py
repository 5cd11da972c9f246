# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_picture
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up


@pytest.mark.parametrize(("nodes", "form"), [(1, "cards"), (3, "cards"), (20, "small"), (100, "small"), (300, "dots")])
def test_cards_become_tiles_and_tiles_become_signs(nodes: int, form: str) -> None:
    report = made_up.made(nodes)
    drawn = report_picture.picture(report)
    assert f'class="{form}"' in drawn and all(f"{row['name']}" in drawn for row in report["nodes"])
    assert ("Workers" in drawn) == (nodes > 1) and drawn.count("class=\"tier\"") == (2 if nodes > 1 else 1)


def test_who_is_not_ready_comes_first_where_there_are_many() -> None:
    drawn = report_picture.picture(made_up.made(20, faults=True))
    assert drawn.index("worker17") < drawn.index("worker01") and "Not ready" in drawn


def test_a_card_says_what_is_special_about_a_node() -> None:
    drawn = report_picture.picture(made_up.made(3, faults=True))
    for words in ("cluster.example.com:6443", "1 member of etcd", "cordoned", "not in the inventory", "not looked at", "Kubelet stopped posting node status."):
        assert words in drawn


def test_without_a_cluster_the_declared_version_stands_in_the_place_of_the_endpoint() -> None:
    report = made_up.made(1)
    report["cluster"]["endpoint"] = ""
    assert "No cluster answers; declared version" in report_picture.picture(report)
    report["declared"]["kubernetes"] = ""
    assert "no endpoint" in report_picture.picture({**report, "nodes": []})


def test_names_of_nodes_that_are_not_ready() -> None:
    assert report_picture.attention(made_up.made(3, faults=True)["nodes"]) == ["worker2"]
