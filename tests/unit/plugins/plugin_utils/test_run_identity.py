# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_identity


def worker(queue: Any) -> None:
    queue.put(str(run_identity.mine()))


def test_a_playbook_and_its_workers_are_one_run() -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=worker, args=(queue,))
    child.start()
    told = queue.get(timeout=20)
    child.join()
    assert told == str(run_identity.mine()) and f".{os.getpid()}." in told


def test_this_run_has_not_ended() -> None:
    assert not run_identity.has_ended(str(run_identity.mine()))


def test_a_process_that_is_gone_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = run_identity.mine()._replace(pid=child.pid, start=run_identity.started(child.pid))
    assert not run_identity.has_ended(str(other))
    child.communicate(b"\n")
    assert run_identity.has_ended(str(other))


def test_another_process_of_the_same_number_is_another_run() -> None:
    assert run_identity.has_ended(str(run_identity.mine()._replace(start=1)))


def test_a_controller_that_was_started_anew_runs_nothing_any_more() -> None:
    here = run_identity.mine()
    assert run_identity.has_ended(str(here._replace(boot="0"))) is bool(here.machine)


@pytest.mark.parametrize("changed", [{"host": "elsewhere"}, {"machine": "other"}, {"space": "1"}])
def test_what_ran_elsewhere_nobody_here_knows(changed: dict[str, str]) -> None:
    assert not run_identity.has_ended(str(run_identity.mine()._replace(pid=1, start=1, **changed)))


@pytest.mark.parametrize("text", ["", "root@ci1", "a@b/c.d.e.f", "tower"])
def test_an_owner_that_is_no_identity_of_ours_is_not_known_to_have_ended(text: str) -> None:
    assert not run_identity.has_ended(text)


def test_where_the_system_tells_nothing_an_identity_still_is_one(monkeypatch: Any) -> None:
    def nothing(*_words: Any, **_more: Any) -> Any:
        raise OSError

    monkeypatch.setattr("pathlib.Path.read_text", nothing)
    monkeypatch.setattr("pathlib.Path.readlink", nothing)
    monkeypatch.setattr("getpass.getuser", nothing)
    mine = run_identity.mine()
    assert (mine.machine, mine.boot, mine.space, mine.start) == ("", "", "", 0) and mine.user == str(os.getuid())
    assert not run_identity.has_ended(str(mine._replace(pid=1)))
