# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_clocks as clocks
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import judged, seen

NOW = 1795258800.0


def clock(name: str, ahead: float, took: float = 0.5) -> Seen:
    """Looked at just now; its clock was read in the middle of the time that it took."""
    return seen(name, machine={"clock": NOW + ahead + took / 2, "asked": [NOW, NOW + took]})


def skews(*looks: Seen) -> list[tuple[str, str, str]]:
    rows = judged(clocks.clocks, looks=list(looks))
    assert {row[2] for row in rows} <= {"ClockSkew"}
    return [(host, level, message) for host, level, _id, message in rows]


def test_clocks_that_agree_say_nothing_whatever_the_controller_s_is() -> None:
    assert skews(clock("cp1", 0), clock("w1", 1), clock("w2", -1)) == []
    assert skews(clock("cp1", 500), clock("w1", 500.5)) == []


@pytest.mark.parametrize("looks", [[], [clock("cp1", 300)], [clock("cp1", 0), seen("w1")], [clock("cp1", 0), seen("w1", machine={"clock": 5.0})]])
def test_one_clock_alone_is_not_judged(looks: list[Seen]) -> None:
    assert skews(*looks) == []


def test_of_two_clocks_the_one_that_the_controller_contradicts_is_named() -> None:
    assert skews(clock("cp1", 0), clock("w1", 300)) == [("w1", "error", "its clock is at least 300 s ahead of that of cp1, as against the controller")]
    assert skews(clock("cp1", -300), clock("w1", 0)) == [("cp1", "error", "its clock is at least 300 s behind that of w1, as against the controller")]


def test_where_the_controller_agrees_with_neither_the_nearer_is_believed() -> None:
    assert skews(clock("cp1", 100), clock("w1", 400)) == [("w1", "error", "its clock is at least 300 s ahead of that of cp1")]


def test_of_many_clocks_the_odd_one_is_named_even_against_the_controller() -> None:
    looks = [clock(name, 300) for name in ("cp1", "w1", "w2")]
    assert skews(*looks, clock("w3", 0)) == [("w3", "error", "its clock is at least 300 s behind those of 3 other machines")]


@pytest.mark.parametrize(("ahead", "level"), [(2.4, None), (3.1, "warning"), (30.4, "warning"), (31.0, "error"), (-3.1, "warning"), (-31.0, "error")])
def test_the_bounds_of_warning_and_error(ahead: float, level: str | None) -> None:
    found = skews(clock("cp1", 0), clock("w1", 0), clock("w2", ahead))
    assert [row[:2] for row in found] == ([("w2", level)] if level else [])


def test_what_a_slow_answer_leaves_open_is_nobody_s_fault() -> None:
    assert skews(clock("cp1", 0), clock("w1", 25, took=60)) == []
    assert [row[0] for row in skews(clock("cp1", 0), clock("w1", 70, took=60))] == ["w1"]


def test_a_thousand_clocks_are_judged_at_once() -> None:
    looks = [clock(f"w{number}", (number % 7) / 10) for number in range(1000)]
    assert [row[0] for row in skews(*looks, clock("w1000", 40))] == ["w1000"]


@pytest.mark.parametrize(("known", "expected"), [
    ([(0, 1), (0.5, 2)], (0.5, 1)), ([(0, 1), (1, 2)], (1, 1)), ([(5, 6), (-2, -1)], (-2, -1)), ([(0, 1), (0, 1)], (0, 1)),
    ([(0, 10), (1, 2), (4, 6), (5, 7)], (5, 6)),
])
def test_what_most_have_in_common(known: list[tuple[float, float]], expected: tuple[float, float]) -> None:
    assert clocks.agreed([clocks.Offset(str(index), *bounds) for index, bounds in enumerate(known)]) == expected
