# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import cluster_lock
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

DEAD = str(run_identity.mine()._replace(start=1))
LIVING = "root@elsewhere/a.b.1.10.100"


def run(*answers: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    node = FakeNode(cluster_lock=list(answers))
    result = action_of(cluster_lock, {"purpose": "site.yml"}, node).run(task_vars={})
    return result, [arguments for _name, arguments in node.asked]


def test_the_owner_is_this_run() -> None:
    result, asked = run({"changed": True})
    assert result["changed"] and asked == [{"purpose": "site.yml", "owner": str(run_identity.mine())}]


@pytest.mark.parametrize("holder", [{"identity": LIVING}, None])
def test_a_refusal_is_handed_on(holder: Any) -> None:
    result, asked = run({"failed": True, "msg": "another run", "holder": holder})
    assert result["failed"] and len(asked) == 1


def test_the_lock_of_a_run_that_has_ended_here_is_asked_for_again() -> None:
    result, asked = run({"failed": True, "holder": {"identity": DEAD}}, {"changed": True, "taken_from": "root@here"})
    assert result["taken_from"] == "root@here" and asked[1]["dead_owner"] == DEAD
