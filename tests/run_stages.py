"""Run the stages of `make test`, all or those named. A stage that fails does not stop the next one.

The last line counts what the stages counted: pytest's tests, and any other program as one.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenario import lab_name

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv" / "bin"
PYTHON = str(VENV / "python")

# Of Molecule, that fit into `make test`; all others: make scenario NAME=...
SCENARIOS = ["default", "bad-input", "safety", "packages", "prereqs", "preflight", "roles"]

STAGES: dict[str, list[list[str]]] = {
    "lint": [
        ["ruff", "check", "."],
        ["mypy"],
        ["yamllint", "--strict", "."],
        ["ansible-lint", "--strict"],
        ["antsibull-changelog", "lint"],
    ],
    # Fails below the branch coverage that pyproject.toml asks of what runs on nodes.
    "unit": [["coverage", "run", "-m", "pytest", "tests/unit"], ["coverage", "report"]],
    "build": [["pytest", "tests/build"]],
    "sanity": [[PYTHON, "tests/sanity/run.py"]],
    "bundle": [[PYTHON, "-m", "lab", "bundle", "--supplier", "debian", "--name", lab_name(SCENARIOS[0])]],
    "molecule": [[PYTHON, "tests/scenario.py", name] for name in SCENARIOS],
}

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PYTEST_LAST_LINE = re.compile(r"\b\d+ (?:passed|failed|errors?|skipped)\b.* in [\d.]+s")
COUNTED = re.compile(r"(\d+) (passed|failed|errors?)\b")


@dataclass
class Result:
    name: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0

    def add(self, rc: int, counted: dict[str, int]) -> None:
        """A program that ends badly counts as failed, whatever it counted itself."""
        passed, failed = counted["passed"], counted["failed"]
        self.passed += passed if passed or failed or rc else 1
        self.failed += failed if failed or not rc else 1


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"No such stage: {', '.join(unknown)}. Stages: {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    results = [run_stage(name) for name in names or STAGES]
    print(table(results))
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def run_stage(name: str) -> Result:
    result = Result(name)
    for command in STAGES[name]:
        print(f"\n=== {name}: {' '.join(shown(word) for word in command)}", flush=True)
        began = time.monotonic()
        rc, counted = run(command)
        seconds = time.monotonic() - began
        result.add(rc, counted)
        result.seconds += seconds
        print(f"=== {name}: {'ok' if rc == 0 else f'FAILED ({rc})'} after {seconds:.0f} s", flush=True)
    return result


def shown(word: str) -> str:
    return "python" if word == PYTHON else word


def run(command: list[str]) -> tuple[int, dict[str, int]]:
    """Show a program's output as it comes, and read from it what pytest counted."""
    path = f"{VENV}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"}
    counted = {"passed": 0, "failed": 0}
    with subprocess.Popen(
        command, cwd=CLONE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in lines(process):
            print(line, end="", flush=True)
            for word, number in counts(line).items():
                counted[word] += number
    return process.returncode, counted


def lines(process: "subprocess.Popen[bytes]") -> Iterator[str]:
    if process.stdout is not None:
        for line in process.stdout:
            yield line.decode(errors="replace")


def counts(line: str) -> dict[str, int]:
    """What a line counts, if it is one that pytest ends with."""
    plain = COLOUR.sub("", line)
    found = {"passed": 0, "failed": 0}
    if PYTEST_LAST_LINE.search(plain):
        for number, word in COUNTED.findall(plain):
            found["passed" if word == "passed" else "failed"] += int(number)
    return found


def table(results: list[Result]) -> str:
    width = max(len(result.name) for result in results)
    rows = [f"{result.name:{width}}  {result.seconds:7.0f} s  {result.passed:5} passed  {result.failed:3} failed" for result in results]
    total = sum(result.seconds for result in results)
    return "\n".join(["", *rows, f"{'all':{width}}  {total:7.0f} s"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
