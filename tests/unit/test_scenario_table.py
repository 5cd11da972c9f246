# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of `make molecule`, from what Molecule printed, and how its stage counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.tests import scenario_table
from ansible_collections.kubewright.cluster.tests.scenario_table import Row

ROOT = Path(__file__).resolve().parents[2]
CAPTURED = Path(__file__).resolve().parent / "fixtures" / "molecule"
LEFT_OUT = "Left out: the scenario cri-dockerd needs BINARIES=a folder with the programs of Kubernetes 1.24 or newer.\n"


def read(name: str, **known: Any) -> Row:
    """Each line comes a second after the one before."""
    seconds = iter(range(1000))
    row = Row(name.partition(".")[0], "What it shows", clock=lambda: next(seconds), **known)
    for line in (CAPTURED / name).read_text(encoding="utf-8").splitlines(keepends=True):
        row.read(line)
    return row


def test_a_scenario_that_ends_well() -> None:
    row = read("safety.txt", passed=13, seconds=542.4)
    assert [step.name for step in row.steps] == ["destroy", "create", "converge", "verify", "destroy"]
    assert {(step.state, step.seconds) for step in row.steps} == {("ok", 1.0)}
    assert row.cells() == ["safety", "ok", "ok", "-", "13 passed", "542", "What it shows"]


def test_a_step_that_fails_is_named_and_what_came_after_it_did_not_run() -> None:
    row = read("default-converge-fails.txt", passed=16, rc=1)
    assert row.cells()[1:6] == ["FAILED: converge", "FAILED", "not run", "16 passed", "0"]
    assert row.steps[-1] == scenario_table.Step("destroy", "ok", 1.0), "the report at the end is not read as steps"


def test_what_failed_and_what_was_skipped_is_counted() -> None:
    assert read("safety.txt", passed=11, failed=1, skipped=2, rc=1).verify() == "11 passed, 1 failed, 2 skipped"


def test_a_scenario_that_ended_before_molecule_said_anything_failed() -> None:
    assert Row("default", "", rc=2).cells()[1:] == ["FAILED", "-", "-", "-", "0", ""]


def test_a_scenario_that_was_killed_in_a_step_names_it() -> None:
    row = Row("default", "", rc=-9)
    row.read("INFO     [default > create] Executing\n")
    assert row.result() == "FAILED: create"


def left_out() -> Row:
    row = Row("cri-dockerd", "Docker by cri-dockerd")
    row.read(LEFT_OUT)
    return row


def test_a_scenario_that_is_left_out_says_what_it_needs() -> None:
    table = scenario_table.text([left_out()]).splitlines()
    assert table[1].split() == ["cri-dockerd", "left", "out", *"----", "needs", *LEFT_OUT.split("needs ")[1].rstrip(".\n").split()]


def test_columns_stand_under_their_headings_and_a_long_description_is_cut() -> None:
    table = scenario_table.text([read("safety.txt", passed=13), Row("default", "so " * 60)]).splitlines()
    assert all(line.index(word) == table[0].index("result") for line, word in zip(table[1:], ("ok", "ok"), strict=True))
    assert table[2].endswith("so…") and len(table[2]) < 160


def test_both_files_have_every_scenario(tmp_path: Path) -> None:
    scenario_table.write([read("safety.txt", passed=13, seconds=542.44), left_out()], tmp_path / "new")
    data = json.loads((tmp_path / "new" / "molecule.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["result"], one["passed"], one["seconds"]) for one in data] == [("safety", "ok", 13, 542.4), ("cri-dockerd", "left out", 0, 0)]
    assert data[0]["steps"][2] == {"name": "converge", "state": "ok", "seconds": 1.0}
    assert data[1]["left_out"].startswith("needs BINARIES=")
    rows = (tmp_path / "new" / "molecule.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4 and {row.count("|") for row in rows} == {8}


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """tests/run_stages.py as `make` starts it, its scenarios run by a program that prints what was captured."""
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    import run_stages

    (tmp_path / "scenario.py").write_text(f"""import sys
from pathlib import Path
if sys.argv[1] == "cri-dockerd":
    sys.exit(print({LEFT_OUT!r}, end=""))
print(Path({str(CAPTURED)!r}, {{"default": "default-converge-fails.txt"}}.get(sys.argv[1], "safety.txt")).read_text())
sys.exit(sys.argv[1] == "default")
""")
    monkeypatch.setattr(run_stages, "SCENARIO", str(tmp_path / "scenario.py"))
    monkeypatch.setattr(run_stages, "PYTHON", sys.executable)
    monkeypatch.setattr(run_stages, "WRITTEN", tmp_path)
    return run_stages


@pytest.mark.parametrize(("scenarios", "rc", "last"), [
    ("safety", 0, "13 passed, 0 failed"),
    ("safety default", 1, "29 passed, 1 failed"),
    ("cri-dockerd", 0, "0 passed, 0 failed"),
])
def test_the_stage_counts_tests_and_scenarios_that_fail_but_none_that_is_left_out(
    stages: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scenarios: str, rc: int, last: str
) -> None:
    monkeypatch.setenv("SCENARIOS", scenarios)
    assert stages.main(["molecule"]) == rc
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_all_names_every_scenario_and_none_names_those_of_make_test(stages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENARIOS", "all")
    assert stages.chosen() == sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
    monkeypatch.setenv("SCENARIOS", "")
    assert set(stages.chosen()) == set(stages.SCENARIOS) < set(stages.descriptions())


def test_a_scenario_that_there_is_not_is_told_before_anything_runs() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tests" / "run_stages.py"), "molecule"],
                          env={"SCENARIOS": "dokcer"}, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("No such scenario: dokcer. Scenarios: backup, bad-input, ")
