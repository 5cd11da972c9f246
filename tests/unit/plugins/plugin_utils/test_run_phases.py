# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_phases
from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_phases import Expected, Planned, Run

PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"
SITE = [Planned("a", "Preflight | Look", 3), Planned("b", "Preflight | Lock", 3), Planned("c", "Machines | Prepare", 3), Planned("d", "Workers | Join", 0),
        Planned("e", "Cluster | Proof", None)]


def test_plays_that_begin_alike_are_one_phase_and_those_without_hosts_are_none() -> None:
    assert [(phase.name, phase.plays) for phase in Run(SITE, 0).phases] == [("Preflight", {"a", "b"}), ("Machines", {"c"}), ("Cluster", {"e"})]


def test_a_run_from_phase_to_phase() -> None:
    run = Run(SITE, 100)
    first = run.enter("a", 3, 100)
    assert first and run.enter("b", 3, 102) is first and run.enter("d", 0, 103) is None
    machines = run.enter("c", 3, 105)
    assert machines and first.seconds == 5 and machines.seconds is None and run.number(machines) == 2 and [phase.name for phase in run.left()] == ["Cluster"]
    run.end(165)
    assert run_phases.times(run, 165) == ["PHASE        TIME", "1 Preflight  5 s", "2 Machines   1 min", "in all       1 min 5 s",
                                          "Ended in phase 2 of 3: Machines"]


def test_a_play_that_turns_out_to_have_nobody_is_counted_no_more() -> None:
    run = Run(SITE, 0)
    assert run.enter("e", 0, 1) is None and len(run.phases) == 2
    assert run.enter("a", 3, 1) and run.enter("b", 0, 1) is None and len(run.phases) == 2


def test_a_failure_counts_for_the_phase_that_runs() -> None:
    run = Run(SITE, 0)
    run.lost()
    run.enter("c", 1, 0)
    run.lost()
    assert [phase.whole for phase in run.phases] == [True, False, True]


@pytest.mark.parametrize(("batch", "expected", "rest", "line"), [
    ((1, 1), None, None, "Phase 2 of 3: Machines, 3 hosts; 14 s so far"),
    ((2, 3), Expected(90, "usually"), None, "Phase 2 of 3: Machines, batch 2 of 3, 3 hosts; 14 s so far"),
    ((4, 3), None, None, "Phase 2 of 3: Machines, batch 4, 3 hosts; 14 s so far"),
    ((1, 1), Expected(93, "usually"), None, "Phase 2 of 3: Machines, 3 hosts; 14 s so far; usually 1 min 30 s"),
    ((1, 1), Expected(93, "last time"), Expected(7, "usually"), "Phase 2 of 3: Machines, 3 hosts; 14 s so far; last time 1 min 30 s, and 5 s for what follows"),
])
def test_what_a_phase_says_where_it_begins(batch: tuple[int, int], expected: Expected | None, rest: Expected | None, line: str) -> None:
    run = Run(SITE, 0)
    phase = run.enter("c", 3, 14)
    assert phase
    phase.expected, run.phases[2].expected, run.phases[0].begun = expected, rest, 0
    assert run_phases.announcement(run, phase, batch, 3, 14) == line


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (130, "2 min 10 s"), (3600, "1 h"), (3900, "1 h 5 min")])
def test_durations(seconds: float, text: str) -> None:
    assert run_phases.duration(seconds) == text


@pytest.mark.parametrize(("seconds", "guess"), [(1, 5), (48, 50), (94, 90), (400, 420)])
def test_a_guess_is_as_coarse_as_it_is_unsure(seconds: float, guess: float) -> None:
    assert run_phases.rounded(seconds) == guess


def plays(playbook: str) -> list[Planned]:
    """As import_playbook puts them one after the other."""
    found: list[Planned] = []
    for play in yaml.safe_load((PLAYBOOKS / playbook).read_text()):
        imported = play.get("ansible.builtin.import_playbook")
        found += plays(imported) if imported else [Planned(f"{playbook} {play['name']}", play["name"])]
    return found


def test_site_yml_has_the_phases_of_the_readme() -> None:
    phases = [phase.name for phase in Run(plays("site.yml"), 0).phases]
    readme = re.findall(r"^  \d ([a-z ]+?)  ", (PLAYBOOKS.parent / "README.md").read_text(), re.MULTILINE)
    assert phases == [name.capitalize() for name in readme] == ["Preflight", "Machines", "Control planes", "Workers", "Pod network", "Cluster"]


@pytest.mark.parametrize("playbook", sorted(path.name for path in PLAYBOOKS.glob("*.yml")))
def test_no_playbook_has_a_phase_twice(playbook: str) -> None:
    """Their times would be taken for each other's."""
    phases = [phase.name for phase in Run(plays(playbook), 0).phases]
    assert len(phases) == len(set(phases))
