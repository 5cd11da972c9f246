"""What Molecule's output says of a scenario, and the table that `make molecule` and `make test` end with.

Molecule's own report has neither what the tests counted nor seconds, and none over several runs of it.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# With colours Molecule writes an arrow in the place of brackets. Its report at the end repeats the steps, without a level before them.
STEP = r"^(?:INFO|WARNING|ERROR|CRITICAL) +(?:\[\S+ > (?P<plain>\w+)\]|\S+ ➜ (?P<coloured>\w+):)"
BEGINS = re.compile(STEP + r" Executing$")
ENDS = re.compile(STEP + r" Executed: (?P<state>.+)$")
MATRIX = re.compile(r"scenario test matrix: (.+)$")
LEFT_OUT = re.compile(r"^Left out: the scenario \S+ (needs .+)\.$")
HEADINGS = ("scenario", "result", "converge", "idempotence", "verify", "seconds", "what it shows")
LONGEST = 72  # of a description on a terminal; the files have it whole


@dataclass
class Step:
    name: str
    state: str = "not finished"
    seconds: float = 0.0


@dataclass
class Row:
    """One scenario's run."""

    name: str
    description: str
    planned: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    left_out: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    rc: int = 0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    began: float = 0.0

    def read(self, line: str) -> None:
        """Take from a line of Molecule's what it says of the steps."""
        plain = COLOUR.sub("", line).rstrip()
        if found := LEFT_OUT.match(plain):
            self.left_out = found[1]
        elif found := MATRIX.search(plain):
            self.planned = [step.split()[0] for step in found[1].split(", ")]
        elif found := BEGINS.match(plain):
            self.steps.append(Step(found["plain"] or found["coloured"]))
            self.began = self.clock()
        elif self.steps and (found := ENDS.match(plain)):
            self.steps[-1].state = "ok" if found["state"] == "Successful" else found["state"]
            self.steps[-1].seconds = round(self.clock() - self.began, 1)

    def result(self) -> str:
        if self.left_out:
            return "left out"
        if self.rc == 0:
            return "ok"
        broken = [step.name for step in self.steps if step.state != "ok" and not step.state.startswith("Missing")]
        return f"FAILED: {broken[0]}" if broken else "FAILED"

    def step(self, name: str) -> str:
        """One word for a step; `-` where the scenario has none of it."""
        states = [step.state for step in self.steps if step.name == name]
        if not states:
            return "not run" if name in self.planned else "-"
        return "ok" if set(states) == {"ok"} else "FAILED"

    def verify(self) -> str:
        counted = [f"{number} {word}" for word, number in (("passed", self.passed), ("failed", self.failed), ("skipped", self.skipped)) if number]
        return ", ".join(counted) or self.step("verify")

    def cells(self) -> list[str]:
        told = [self.result(), self.step("converge"), self.step("idempotence"), self.verify(), f"{self.seconds:.0f}"]
        return [self.name, *(["left out", "-", "-", "-", "-"] if self.left_out else told), self.description]


def text(rows: list[Row]) -> str:
    """For a terminal: what was left out says why."""
    lines = [list(HEADINGS), *(row.cells() for row in rows)]
    for line, row in zip(lines[1:], rows, strict=True):
        line[-1] = row.left_out or line[-1]
        line[-1] = line[-1] if len(line[-1]) <= LONGEST else line[-1][:LONGEST - 1].rstrip() + "…"
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def markdown(rows: list[Row]) -> str:
    lines = [list(HEADINGS), ["---"] * len(HEADINGS), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def write(rows: list[Row], folder: Path) -> None:
    """molecule.json and molecule.md: for a page, or another program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "molecule.json").write_text(json.dumps([as_data(row) for row in rows], indent=2) + "\n")
    (folder / "molecule.md").write_text(markdown(rows))


def as_data(row: Row) -> dict[str, object]:
    told = {name: getattr(row, name) for name in ("name", "description", "left_out", "passed", "failed", "skipped")}
    return {**told, "result": row.result(), "seconds": round(row.seconds, 1), "steps": [asdict(step) for step in row.steps]}
