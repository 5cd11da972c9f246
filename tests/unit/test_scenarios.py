# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has a scenario: every role and every playbook. And what a scenario has: a description, tests, a row in docs/tested.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent for path in ROOT.glob("molecule/*/molecule.yml"))
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))
ROLES = sorted(path.name for path in ROOT.glob("roles/*"))
# Of a role that the scenario `roles` leaves out, the scenario whose cluster has it.
WITH = {"cni_calico": "calico", "cni_flannel": "flannel", "docker": "docker"}
each = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)


def texts(*patterns: str) -> str:
    return "".join(path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(ROOT.glob(pattern)) if path.is_file())


@each
def test_it_says_in_its_first_comment_what_it_shows(scenario: Path) -> None:
    lines = (scenario / "molecule.yml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "---" and re.match(r"# [A-Z]|# site\.yml|# containerd", lines[1])


@each
def test_it_verifies_something(scenario: Path) -> None:
    sequence = yaml.safe_load((scenario / "molecule.yml").read_text(encoding="utf-8"))["scenario"]["test_sequence"]
    folders = [scenario / (step.partition(" ")[2] or "tests") for step in sequence if step.split()[0] == "verify"]
    assert folders and all(any(folder.resolve().glob("test_*.py")) for folder in folders)


@each
def test_its_nodes_are_removed_afterwards(scenario: Path) -> None:
    sequence = yaml.safe_load((scenario / "molecule.yml").read_text(encoding="utf-8"))["scenario"]["test_sequence"]
    assert "create" not in sequence or sequence[-1] == "destroy"


@each
def test_it_has_a_row_in_the_table_of_what_was_tried(scenario: Path) -> None:
    rows = [line for line in (ROOT / "docs" / "tested.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert any(f"`{scenario.name}`" in row.split("|")[1] for row in rows)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_every_playbook_is_run_by_a_scenario_or_a_live_test(name: str) -> None:
    """site.yml imports some; others are named by file or in full."""
    sought = rf"playbooks/{name}\.yml|kubewright\.cluster\.{name}\b|import_playbook: {name}\.yml"
    assert re.search(sought, texts("molecule/**/*.py", "molecule/**/*.yml", "tests/[abl]*/*.py", "playbooks/site.yml"))


@pytest.mark.parametrize("name", ROLES)
def test_every_role_has_a_scenario(name: str) -> None:
    assert f'"{name}"' in texts("molecule/roles/tests/test_roles.py"), "run alone there, or told where else"
    if name in WITH:
        assert (ROOT / "molecule" / WITH[name] / "molecule.yml").is_file()
