# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import kubeadm_info
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of


def run(answer: dict[str, Any]) -> dict[str, Any]:
    node = FakeNode(kubeadm_info=[answer])
    result: dict[str, Any] = action_of(kubeadm_info, {"gather": ["machine"]}, node).run(task_vars={})
    assert node.asked == [("kubewright.cluster.kubeadm_info", {"gather": ["machine"]})]
    return result


def test_the_controller_s_clock_stands_beside_the_machine_s() -> None:
    before = time.time()
    machine = run({"changed": False, "node": {"machine": {"clock": 5.0}}})["node"]["machine"]
    assert machine["clock"] == 5.0 and before <= machine["asked"][0] <= machine["asked"][1] <= time.time()


@pytest.mark.parametrize("answer", [{"failed": True, "msg": "told"}, {"unreachable": True}, {"node": {"state": "clean"}}, {"node": {"machine": {}}}])
def test_an_answer_without_a_clock_is_handed_on(answer: dict[str, Any]) -> None:
    assert run(answer) == answer
