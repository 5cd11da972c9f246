"""Run the stages of `make test`, all or those named. A stage that fails does not stop the next one.

The last line counts what the stages counted: pytest's tests, and any other program as one.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import scenario_table
from scenario import descriptions, lab_name

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv" / "bin"
PYTHON = str(VENV / "python")
SCENARIO = "tests/scenario.py"
WRITTEN = CLONE / "tests" / "output"  # molecule.json, molecule.md

# Of Molecule, that fit into `make test` (`default` holds the tests of `safety`, too); others: make molecule SCENARIOS="docker flannel", or SCENARIOS=all
SCENARIOS = ["default", "bad-input", "packages", "prereqs", "preflight", "roles"]

STAGES: dict[str, list[list[str]]] = {
    "lint": [
        ["ruff", "check", "."],
        ["mypy"],
        ["yamllint", "--strict", "."],
        ["ansible-lint", "--strict"],
        ["antsibull-changelog", "lint"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", "docs/ci/github-actions.yml"],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "docs/ci/gitlab-ci.yml"],
        ["shellcheck", "docs/ci/container.sh", "docs/ci/lab.sh"],
    ],
    # Fails below the branch coverage that pyproject.toml asks of what runs on nodes.
    "unit": [["coverage", "run", "-m", "pytest", "tests/unit"], ["coverage", "report"]],
    "build": [["pytest", "tests/build"]],
    "docs": [["env", "PYTHONPATH=collections", PYTHON, "-m", "ansible_collections.kubewright.cluster.tests.docs.build"]],
    "sanity": [[PYTHON, "tests/sanity/run.py"]],
    "bundle": [[PYTHON, "-m", "lab", "bundle", "--supplier", "debian", "--name", lab_name(SCENARIOS[0])]],
    "molecule": [],  # by_scenario()
}

PYTEST_LAST_LINE = re.compile(r"\b\d+ (?:passed|failed|errors?|skipped)\b.* in [\d.]+s")
COUNTED = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


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
    problem = unknown(names)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    rows: list[scenario_table.Row] = []
    results = [by_scenario(rows) if name == "molecule" else run_stage(name) for name in names or STAGES]
    if rows:
        scenario_table.write(rows, WRITTEN)
        print(f"\n{scenario_table.text(rows)}\nAlso in {WRITTEN}: molecule.json, molecule.md.")
    print(table(results))
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def unknown(names: list[str]) -> str:
    """A stage or scenario that there is not is told before anything runs."""
    stages = [name for name in names if name not in STAGES]
    if stages:
        return f"No such stage: {', '.join(stages)}. Stages: {', '.join(STAGES)}."
    scenarios = [name for name in chosen() if name not in descriptions()]
    return f"No such scenario: {', '.join(scenarios)}. Scenarios: {', '.join(descriptions())}, or all." if scenarios else ""


def chosen() -> list[str]:
    """The scenarios that the environment's SCENARIOS names."""
    named = os.environ.get("SCENARIOS", "").replace(",", " ").split()
    return list(descriptions()) if named == ["all"] else named or SCENARIOS


def by_scenario(rows: list[scenario_table.Row]) -> Result:
    """The stage `molecule`, a row for each scenario."""
    known, names, result = descriptions(), chosen(), Result("molecule")
    print(f"\n=== molecule: {len(names)} of {len(known)} scenarios (SCENARIOS names others)")
    print("\n".join(f"{'*' if name in names else ' '} {name:{max(map(len, known))}}  {text}" for name, text in known.items()))
    for name in names:
        row = scenario_table.Row(name, known[name])
        rows.append(row)
        row.rc, counted, row.seconds = step("molecule", [PYTHON, SCENARIO, name], row.read)
        row.passed, row.failed, row.skipped = counted["passed"], counted["failed"], counted["skipped"]
        result.seconds += row.seconds
        if not row.left_out:
            result.add(row.rc, counted)
    return result


def run_stage(name: str) -> Result:
    result = Result(name)
    for command in STAGES[name]:
        rc, counted, seconds = step(name, command)
        result.add(rc, counted)
        result.seconds += seconds
    return result


def step(stage: str, command: list[str], follow: Callable[[str], object] = str) -> tuple[int, dict[str, int], float]:
    print(f"\n=== {stage}: {' '.join(shown(word) for word in command)}", flush=True)
    began = time.monotonic()
    rc, counted = run(command, follow)
    seconds = time.monotonic() - began
    print(f"=== {stage}: {'ok' if rc == 0 else f'FAILED ({rc})'} after {seconds:.0f} s", flush=True)
    return rc, counted, seconds


def shown(word: str) -> str:
    return "python" if word == PYTHON else word


def run(command: list[str], follow: Callable[[str], object]) -> tuple[int, dict[str, int]]:
    """Show a program's output as it comes, and read from it what pytest counted."""
    path = f"{VENV}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"}
    counted = {"passed": 0, "failed": 0, "skipped": 0}
    with subprocess.Popen(
        command, cwd=CLONE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in lines(process):
            print(line, end="", flush=True)
            follow(line)
            for word, number in counts(line).items():
                counted[word] += number
    return process.returncode, counted


def lines(process: "subprocess.Popen[bytes]") -> Iterator[str]:
    if process.stdout is not None:
        for line in process.stdout:
            yield line.decode(errors="replace")


def counts(line: str) -> dict[str, int]:
    """What a line counts, if it is one that pytest ends with."""
    plain = scenario_table.COLOUR.sub("", line)
    found = {"passed": 0, "failed": 0, "skipped": 0}
    if PYTEST_LAST_LINE.search(plain):
        for number, word in COUNTED.findall(plain):
            found[word if word in found else "failed"] += int(number)
    return found


def table(results: list[Result]) -> str:
    width = max(len(result.name) for result in results)
    rows = [f"{result.name:{width}}  {result.seconds:7.0f} s  {result.passed:5} passed  {result.failed:3} failed" for result in results]
    total = sum(result.seconds for result in results)
    return "\n".join(["", *rows, f"{'all':{width}}  {total:7.0f} s"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
