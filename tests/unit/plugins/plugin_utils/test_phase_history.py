# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import phase_history
from ansible_collections.kubewright.cluster.plugins.plugin_utils.phase_history import History, Key
from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_phases import Expected

MACHINES = Key("0123456789ab", "site.yml", "Machines", "same")


def noted(path: Path, *times: float, hosts: int = 3, key: Key = MACHINES) -> History:
    for seconds in times:
        history = History(path)
        history.note(key, hosts, seconds)
        history.write()
    return History(path)


def test_the_next_run_expects_what_the_last_ones_took(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "phases.json"
    assert noted(path, 40).expected(MACHINES, 3, 20) == Expected(40, "last time")
    assert noted(path, 50, 45).expected(MACHINES, 3, 20) == Expected(45, "usually")
    assert oct(path.stat().st_mode)[-3:] == "600" and oct(path.parent.stat().st_mode)[-3:] == "700" and os.listdir(path.parent) == [path.name]  # noqa: PTH208


@pytest.mark.parametrize(("hosts", "known"), [(3, True), (4, True), (5, False), (1, False)])
def test_a_run_on_many_more_or_fewer_hosts_is_another_one(tmp_path: Path, hosts: int, known: bool) -> None:
    assert bool(noted(tmp_path / "phases.json", 40).expected(MACHINES, hosts, 20)) is known


def test_of_what_is_short_nothing_is_expected(tmp_path: Path) -> None:
    assert noted(tmp_path / "phases.json", 2).expected(MACHINES, 3, 20) is None


@pytest.mark.parametrize(("phase", "kind", "hosts", "expected"), [
    ("Machines", "init", 3, Expected(120, "roughly")), ("Machines", "init", 100, Expected(360, "roughly")),
    ("Control planes", "init", 3, Expected(150, "roughly")), ("Machines", "same", 3, None), ("Preflight", "", 3, None)])
def test_without_a_run_before_it_is_a_rough_guess_or_none(phase: str, kind: str, hosts: int, expected: Expected | None) -> None:
    assert History(None).expected(MACHINES._replace(phase=phase, kind=kind), hosts, 20) == expected
    assert History(None).expected(Key("", "own.yml", phase, kind), hosts, 20) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "kubewright.phases/1", "phases": []}',
                                  '{"schema": "kubewright.phases/1", "phases": {"a": 1}}',
                                  '{"schema": "kubewright.phases/1", "phases": {"0123456789ab/site.yml/Machines/same": [["x", 1], [3]]}}',
                                  '{"schema": "other"}'])
def test_a_file_that_is_not_ours_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "phases.json").write_text(text)
    assert History(tmp_path / "phases.json").expected(MACHINES, 3, 20) is None
    assert noted(tmp_path / "phases.json", 40).expected(MACHINES, 3, 20) == Expected(40, "last time")


def test_a_place_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert noted(tmp_path / "file" / "phases.json", 40).times == {}


def test_the_file_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "phases.json"
    history = History(path)
    for number in range(phase_history.KEYS + 50):
        history.note(MACHINES._replace(phase=str(number)), 1, 9)
    history.write()
    noted(path, *range(10, 20))
    found = json.loads(path.read_text())["phases"]
    assert len(found) == phase_history.KEYS and found["/".join(MACHINES)] == [[3, number] for number in range(15, 20)]


def test_the_same_inventory_has_the_same_name_wherever_it_is_named_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert phase_history.inventory_id(["hosts.yml"]) == phase_history.inventory_id([str(tmp_path / "hosts.yml")]) != phase_history.inventory_id(["a,b"])


def test_the_place_is_that_of_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert phase_history.place() == Path("/var/cache/me/kubewright/phases.json")
