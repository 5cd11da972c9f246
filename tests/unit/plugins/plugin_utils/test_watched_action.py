# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.action import kube_node
from ansible_collections.kubewright.cluster.plugins.plugin_utils import watched_action
from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import PLACE, Watch, line, parsed, watching
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

VARIABLES = {"inventory_hostname": "cp1", "ansible_play_hosts": ["cp1", "w1"]}


PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
WATCHED = [path for path in sorted((PLUGINS / "action").glob("*.py")) if "ActionModule(WatchedAction)" in path.read_text()]


@pytest.mark.parametrize("path", WATCHED, ids=[path.stem for path in WATCHED])
def test_each_of_them_runs_the_module_of_its_name_which_tells_something(path: Path) -> None:
    assert f'MODULE = "kubewright.cluster.{path.stem}"\n' in path.read_text()
    module = (PLUGINS / "modules" / path.name).read_text()
    assert any(word in module for word in ("progress.tell(", "carried_out(", "perform(", "pods.wait("))


@pytest.mark.parametrize(("arguments", "text"), [
    (("cp1", "pulls"), "cp1: pulls"), (("cp1", "pulls", 2, 7), "cp1: pulls (2 of 7)"), (("cp1", "pulls", 0, 0, 12.4), "cp1: pulls (12 s)"),
    (("节点", "pulls", 2, 7, 61), "节点: pulls (2 of 7, 61 s)")])
def test_one_form_for_all_lines(arguments: tuple[Any, ...], text: str) -> None:
    assert line(*arguments) == text


@pytest.mark.parametrize(("text", "found"), [
    ("", {}), ("no such file", {}), ('{"what": 1}', {}), ("[]", {}), ('{"wha', {}),
    ('\r\nbanner\r\n{"what": "waits", "number": 1, "total": 2}\r\n', {"what": "waits", "number": 1, "total": 2}),
    ('{"what": "waits"}', {"what": "waits", "number": 0, "total": 0})])
def test_what_a_node_answers_is_read_or_is_nothing(text: str, found: dict[str, Any]) -> None:
    assert parsed(text) == found


def test_what_is_new_is_told_at_once_and_the_same_again_after_a_while() -> None:
    lines: list[str] = []
    now = [100.0]
    answers = iter([("waits", 1), ("waits", 1), ("waits", 2), ("waits", 2), ("ends", 0)])
    watch = Watch(lambda: json.dumps(dict(zip(("what", "number"), next(answers), strict=True), total=3)), lines.append, "w1", lambda: now[0])
    for moment in (104, 107, 110, 141, 150):
        now[0] = moment
        watch.look()
    assert lines == ["w1: waits (1 of 3, 4 s)", "w1: waits (2 of 3, 10 s)", "w1: waits (2 of 3, 41 s)", "w1: ends (0 of 3)"]


def test_nothing_is_told_once_the_module_has_ended() -> None:
    lines: list[str] = []
    watch = Watch(lambda: '{"what": "late"}', lines.append, "w1")
    watch.over.set()
    watch.look()
    assert lines == []


@pytest.fixture
def quick(monkeypatch: Any, tmp_path: Path) -> Path:
    monkeypatch.setattr(watched_action, "FIRST", 0.01)
    monkeypatch.setattr(watched_action, "PAUSE", 0.01)
    monkeypatch.setattr(watched_action, "FOLDER", str(tmp_path))
    return tmp_path


def test_a_module_is_read_while_it_runs_over_a_connection_of_its_own(quick: Path, monkeypatch: Any) -> None:
    """The local connection is a real one; the module is a function that writes as _progress does."""
    lines: list[str] = []
    action = action_of(kube_node, {}, connection="local")
    action._play_context.executable = "/bin/sh"
    monkeypatch.setattr("ansible.utils.display.Display.display", lambda _self, text, **_options: lines.append(text))

    def module(**_asked: Any) -> dict[str, Any]:
        Path(action._task.environment[-1][PLACE]).write_text('{"what": "not Ready: w1", "number": 1, "total": 2}')
        limit = time.monotonic() + 10
        while not lines and time.monotonic() < limit:
            time.sleep(0.02)
        return {"changed": True}

    action._execute_module = module
    action._remove_tmp_path = lambda _path: None
    assert action.run(task_vars=VARIABLES)["changed"] is True
    assert lines == ["cp1: not Ready: w1 (1 of 2)"]


def test_a_module_that_ends_soon_costs_no_look(monkeypatch: Any) -> None:
    action = action_of(kube_node, {"nodes": []}, node := FakeNode(kube_node=[{"changed": False}]), connection="local")
    action._task.environment = [{"http_proxy": "http://proxy.example.com"}]
    monkeypatch.setattr(type(action), "_low_level_execute_command", lambda *_words, **_options: pytest.fail("it was asked"))
    assert action.run(task_vars=VARIABLES) == {"changed": False} and node.asked == [("kubewright.cluster.kube_node", {"nodes": []})]
    assert action._task.environment == [{"http_proxy": "http://proxy.example.com"}]


@pytest.mark.parametrize("case", ["check mode", "async", "no_log", "one of many", "outside"])
def test_where_nobody_would_read_it_the_module_is_not_asked(case: str) -> None:
    action = action_of(kube_node, {}, check_mode=case == "check mode", asynchronous=int(case == "async"))
    action._task.no_log = case == "no_log"
    hosts = {"one of many": [*(f"w{number}" for number in range(20)), "cp1"], "outside": ["w1"]}.get(case, ["cp1"])
    with watching(action, {"inventory_hostname": "cp1", "ansible_play_hosts": hosts}):
        assert not action._task.environment


def test_a_reader_that_fails_ends_and_the_module_never_knows(quick: Path, monkeypatch: Any) -> None:
    asked: list[str] = []

    def gone(_self: Any, command: str, **_options: Any) -> dict[str, Any]:
        asked.append(command)
        raise OSError("the connection is gone")

    action = action_of(kube_node, {}, connection="local")
    monkeypatch.setattr(type(action), "_low_level_execute_command", gone)
    with watching(action, VARIABLES):
        time.sleep(0.2)
    assert len(asked) == 1 and not os.listdir(quick)  # noqa: PTH208
