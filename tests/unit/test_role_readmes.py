# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role has a page: what it does, a playbook of five lines, its variables as ansible checks them, tags, what it leaves behind."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.filter.kubeadm import FilterModule
from ansible_collections.kubewright.cluster.tests import role_readmes

ALL = role_readmes.roles()
SCENARIOS = role_readmes.ROOT / "molecule"
SECTIONS = ["Alone", "Variables", "Tags", "What it leaves behind"]


def readme(role: str) -> str:
    return (role_readmes.ROLES / role / "README.md").read_text(encoding="utf-8")


def test_every_role_has_specs() -> None:
    assert sorted(path.name for path in role_readmes.ROLES.iterdir() if path.is_dir()) == ALL


@pytest.mark.parametrize("role", ALL)
def test_the_table_of_variables_is_what_the_specs_say(role: str) -> None:
    assert readme(role) == role_readmes.page(role, readme(role)), "make role-docs writes it anew"


@pytest.mark.parametrize("role", ALL)
def test_every_page_has_the_same_parts(role: str) -> None:
    assert readme(role).startswith(f"# {role}\n")
    assert re.findall(r"^## (.*)$", readme(role), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("role", ALL)
def test_the_playbook_has_five_lines_and_only_variables_of_that_role(role: str) -> None:
    text = role_readmes.playbook(role)
    assert len(text.splitlines()) == 5
    (play,) = yaml.safe_load(text)
    (used,) = play["roles"]
    assert used["role"] == f"kubewright.cluster.{role}"
    known = {name for entry in role_readmes.specs(role).values() for name in entry["options"]}
    assert set(used["vars"]) <= known
    required = {name for name, option in role_readmes.specs(role)["main"]["options"].items() if option.get("required")}
    assert required <= set(used["vars"])


@pytest.mark.parametrize(("option", "cells"), [
    ({"type": "bool", "default": False, "description": "Whether."}, ["bool", "`false`", "Whether."]),
    ({"type": "str", "choices": ["off", "keep"], "default": "off", "description": "V(off) or a|b."}, ["`off`, `keep`", "`off`", "`off` or a\\|b."]),
    ({"type": "str", "choices": ["", "amd64"], "default": "", "description": "One."}, ["empty, `amd64`", "empty", "One."]),
    ({"type": "list", "elements": "str", "default": [], "description": ["One.", "Two\n  lines."]}, ["list of str", "empty", "One. Two lines."]),
    ({"type": "str", "required": True, "description": "As C(x)."}, ["str", "must be set", "As `x`."]),
    ({"type": "int", "default": 0, "description": "N."}, ["int", "`0`", "N."]),
])
def test_a_row_says_kind_default_and_meaning(option: dict[str, Any], cells: list[str]) -> None:
    assert [role_readmes.kind(option), role_readmes.default(option), role_readmes.meaning(option)] == cells


def test_writing_changes_the_tables_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("README.md", f"# a\nmine {role_readmes.BEGIN}old{role_readmes.END} too\n"),
                       ("meta/argument_specs.yml", "argument_specs: {main: {options: {a_b: {type: int, description: N.}}}}")):
        (tmp_path / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / name).write_text(text)
    monkeypatch.setattr(role_readmes, "ROLES", tmp_path)
    monkeypatch.setattr(role_readmes, "NAMES", tmp_path / "names.py")
    for _time in range(2):
        assert role_readmes.main() == 0
        text = (tmp_path / "a" / "README.md").read_text()
        assert "| `a_b` | int | see meaning | N. |" in text and "old" not in text
        assert "\n    a_b\n" in (tmp_path / "names.py").read_text()
        assert text.startswith("# a\nmine ") and text.endswith(" too\n")


def test_every_playbook_of_a_readme_is_run_by_a_scenario() -> None:
    """molecule/roles runs one after the other; what it leaves to another scenario, that one runs."""
    tree = ast.parse((SCENARIOS / "roles" / "tests" / "test_roles.py").read_text(encoding="utf-8"))
    lists = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in ("ORDER", "ELSEWHERE")}
    assert sorted([*lists["ORDER"], *lists["ELSEWHERE"]]) == ALL
    for role, scenario in lists["ELSEWHERE"].items():
        tests = "".join(path.read_text(encoding="utf-8") for path in (SCENARIOS / scenario / "tests").glob("*.py"))
        assert f'role_readmes.playbook("{role}")' in tests


def test_join_s_playbook_says_all_that_a_node_needs() -> None:
    (play,) = yaml.safe_load(role_readmes.playbook("join"))
    given = play["roles"][0]["vars"]
    node = {**given["join_node"], "address": "192.0.2.21"}
    assert given["join_node"]["address"] and "worker1" in str(FilterModule().filters()["kubeadm_join_document"](given["join_version"], node, False))
