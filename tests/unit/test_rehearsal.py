# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the plan of an example inventory counts as full."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "molecule" / "resources"))

import rehearsal
from rehearsal import Prediction, Rehearsal

NUMBERS = {"ok": 27, "changed": 8, "unreachable": 0, "failed": 0}


def made(rc: int = 0, steps: tuple[str, ...] = ("m1", "n1"), **numbers: int) -> Rehearsal:
    plan = {"steps": [{"host": host, "action": "init" if host == "m1" else "join"} for host in steps]}
    judged = Prediction("m1", "preflight", "Judge", "kubewright.cluster.cluster_preflight", {"plan": plan})
    return Rehearsal(rc, "", {"m1": NUMBERS, "n1": {**NUMBERS, **numbers}}, [judged])


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (made(), True),
        (made(rc=2), False),
        (made(failed=1), False),
        (made(unreachable=1), False),
        (made(changed=0), False),
        (made(steps=("m1",)), False),
        (Rehearsal(0, "", {}, []), False),
    ],
)
def test_a_plan_is_full_when_every_host_has_a_step_and_changes_and_nothing_fails(run: Rehearsal, expected: bool) -> None:
    assert rehearsal.passed(run) is expected


def test_the_table_has_a_line_for_each_host() -> None:
    told = rehearsal.table(list(rehearsal.rows("an-inventory", made()))).splitlines()
    assert [line.split() for line in told[1:]] == [["an-inventory", "m1", "init", "27", "8", "0", "0"], ["an-inventory", "n1", "join", "27", "8", "0", "0"]]


def test_what_a_module_says_of_a_host_is_found() -> None:
    said: dict[str, Any] = {"changed": True}
    run = made()._replace(predictions=[Prediction("n1", "docker", "Configure", "kubewright.cluster.docker_config", said)])
    assert run.of("n1", "docker_config") == [said] and run.of("m1", "docker_config") == [] and run.steps == {}
