# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is: its phases, one after the other, and what is said of them. Pure; runs on the controller. Private to the collection.

Plays that follow each other and whose names begin with the same word before ` | ` are one phase; a play without that word is one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SEPARATOR = " | "


class Planned(NamedTuple):
    """A play before it begins. hosts: None where nobody can know them yet."""

    uuid: str
    name: str
    hosts: int | None = None


class Expected(NamedTuple):
    """How long a phase takes, and how sure that is: `usually`, `last time` or `roughly`."""

    seconds: float
    word: str


class Phase:
    """Some plays, and when they ran."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plays: set[str] = set()
        self.hosts = 0
        self.begun: float | None = None
        self.ended: float | None = None
        self.expected: Expected | None = None
        self.whole = True  # nobody failed in it, so its time counts

    @property
    def seconds(self) -> float | None:
        return None if self.begun is None or self.ended is None else self.ended - self.begun


class Run:
    """The phases of one playbook."""

    def __init__(self, planned: Sequence[Planned], now: float) -> None:
        self.begun = now
        self.phases: list[Phase] = []
        self.current: Phase | None = None
        self._batches: dict[str, int] = {}
        for play in planned:
            if play.hosts != 0:
                self._add(play)

    def _add(self, play: Planned) -> None:
        name = phase_name(play.name)
        if not self.phases or self.phases[-1].name != name:
            self.phases.append(Phase(name))
        self.phases[-1].plays.add(play.uuid)
        self.phases[-1].hosts = max(self.phases[-1].hosts, play.hosts or 0)

    def enter(self, uuid: str, hosts: int, now: float) -> Phase | None:
        """The phase of a play that begins; None for one that is not counted, or that turns out to have nobody."""
        phase = next((phase for phase in self.phases if uuid in phase.plays), None)
        if phase is None:
            return None
        if not hosts:
            self._drop(phase, uuid)
            return None
        self._batches[uuid] = self._batches.get(uuid, 0) + 1
        if phase is not self.current:
            self.end(now)
            self.current, phase.begun = phase, now
        phase.hosts = max(phase.hosts, hosts)
        return phase

    def _drop(self, phase: Phase, uuid: str) -> None:
        phase.plays.discard(uuid)
        if not phase.plays and phase.begun is None:
            self.phases.remove(phase)

    def batch(self, uuid: str) -> int:
        return self._batches.get(uuid, 0)

    def lost(self) -> None:
        if self.current:
            self.current.whole = False

    def end(self, now: float) -> None:
        if self.current and self.current.ended is None:
            self.current.ended = now

    def number(self, phase: Phase) -> int:
        return self.phases.index(phase) + 1

    def left(self) -> list[Phase]:
        return [phase for phase in self.phases if phase.begun is None]


def phase_name(play: str) -> str:
    return play.split(SEPARATOR, 1)[0].strip()


def duration(seconds: float) -> str:
    """45 s, 2 min 10 s, 1 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def rounded(seconds: float) -> float:
    """As coarse as a guess is."""
    step = 5 if seconds < 60 else 10 if seconds < 300 else 60
    return max(step, round(seconds / step) * step)


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def announcement(run: Run, phase: Phase, batch: tuple[int, int], hosts: int, now: float) -> str:
    """One line where a phase begins. batch: which one, and of how many; 0 where that is not known."""
    number, batches = batch
    told = [f"Phase {run.number(phase)} of {len(run.phases)}: {phase.name}"]
    if batches > 1 or number > 1:
        told.append(f"batch {number} of {batches}" if batches >= number else f"batch {number}")
    told.append(counted(hosts, "host"))
    parts = [", ".join(told)]
    if now - run.begun >= 1:
        parts.append(f"{duration(now - run.begun)} so far")
    if phase.expected and number < 2:
        parts.append(f"{phase.expected.word} {duration(rounded(phase.expected.seconds))}" + _rest(run))
    return "; ".join(parts)


def _rest(run: Run) -> str:
    """Only where it is known of every phase that follows."""
    left = run.left()
    known = [phase.expected.seconds for phase in left if phase.expected]
    return f", and {duration(rounded(sum(known)))} for what follows" if left and len(known) == len(left) else ""


def times(run: Run, now: float) -> list[str]:
    """Time per phase, at the end."""
    begun = [phase for phase in run.phases if phase.begun is not None]
    rows = [("PHASE", "TIME", "EXPECTED")]
    rows += [(f"{run.number(phase)} {phase.name}", duration(phase.seconds or 0),
              f"{phase.expected.word} {duration(rounded(phase.expected.seconds))}" if phase.expected else "") for phase in begun]
    rows.append(("in all", duration(now - run.begun), ""))
    if not any(row[2] for row in rows[1:]):
        rows = [(*row[:2], "") for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in rows]
    last = begun[-1] if begun else None
    if last and run.left():
        lines.append(f"Ended in phase {run.number(last)} of {len(run.phases)}: {last.name}")
    return lines
