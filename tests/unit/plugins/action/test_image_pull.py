# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.action import image_pull
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ONE, OTHER, TWO = "registry.k8s.io/pause:3.10", "registry.example.com/tool:1", "registry.k8s.io/etcd:3.5"
ARGUMENTS: dict[str, Any] = {"documents": [{"kind": "ClusterConfiguration"}], "only": ["pause"], "images": [TWO], "bundle_url": "http://192.0.2.5"}
BROUGHT: dict[str, Any] = {"changed": True}


def look(*missing: str, attempts: int = 5) -> dict[str, Any]:
    return {"changed": False, "wanted": [ONE, TWO, OTHER], "missing": list(missing), "attempts": attempts}


class Shown:
    """What was displayed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def display(self, line: str, **_more: Any) -> None:
        self.lines.append(line)


def run(*answers: dict[str, Any], arguments: dict[str, Any] | None = None, **mode: Any) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    node, shown = FakeNode(image_pull=list(answers)), Shown()
    action = action_of(image_pull, dict(arguments or ARGUMENTS), node, **mode)
    action._display = shown
    result = action.run(task_vars={"inventory_hostname": "worker1"})
    return result, [asked for _name, asked in node.asked], shown.lines


def test_where_nothing_is_missing_it_is_one_call_and_silence() -> None:
    result, asked, lines = run(look(), diff=True)
    assert result == {"changed": False, "wanted": [ONE, TWO, OTHER], "pulled": []}
    assert asked == [{**ARGUMENTS, "state": "look"}] and lines == []


def test_each_image_has_its_own_call_and_its_own_line() -> None:
    result, asked, lines = run(look(ONE, OTHER, TWO), BROUGHT, BROUGHT, {"changed": False}, diff=True)
    assert (result["changed"], result["pulled"], result["diff"]["after"]) == (True, [ONE, OTHER, TWO], f"{ONE}\n{OTHER}\n{TWO}\n")
    assert lines == [f"worker1: image 1 of 3: {ONE} (0 s)", f"worker1: image 2 of 3: {OTHER} (0 s)", f"worker1: image 3 of 3: {TWO} (came with another)"]
    assert asked[1:] == [{"bundle_url": "http://192.0.2.5", "images": [ref], "attempts": attempts} for ref, attempts in ((ONE, 2), (OTHER, 2), (TWO, 5))]


def test_fewer_attempts_than_a_stranger_gets_stay_fewer() -> None:
    _result, asked, _lines = run(look(ONE, attempts=1), BROUGHT)
    assert asked[1]["attempts"] == 1


def test_check_mode_only_looks() -> None:
    result, asked, lines = run(look(ONE), check_mode=True)
    assert (result["changed"], result["pulled"], len(asked), lines) == (True, [ONE], 1, [])


def test_a_failure_ends_it_and_says_what_stays() -> None:
    failed = {"failed": True, "changed": False, "msg": f"{OTHER} cannot be pulled: nobody there", "cause": "unreachable"}
    result, asked, lines = run(look(ONE, OTHER, TWO), BROUGHT, failed)
    assert result["failed"] and result["msg"] == f"image 2 of 3: {OTHER} cannot be pulled: nobody there 1 came before and stay."
    assert (result["changed"], result["pulled"], result["cause"], len(asked), len(lines)) == (True, [ONE], "unreachable", 3, 1)


def test_a_failed_first_image_is_the_only_one_that_was_tried() -> None:
    result, asked, lines = run(look(ONE, OTHER, TWO), {"failed": True, "msg": "nobody there."})
    assert result["msg"] == "image 1 of 3: nobody there." and not result["changed"] and len(asked) == 2 and lines == []


def test_a_look_that_fails_is_the_answer() -> None:
    assert run({"failed": True, "msg": "no crictl"})[0]["msg"] == "no crictl"


def test_other_states_are_the_modules_own() -> None:
    result, asked, _lines = run({"changed": False, "findings": []}, arguments={"state": "probe"})
    assert result["findings"] == [] and asked == [{"state": "probe"}]
