# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags do what docs/roles.md says: three inside the roles for machines, and one for each part of site.yml."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.tests import role_readmes

ROOT = role_readmes.ROOT
ALL = role_readmes.roles()
INSIDE = {"prereqs": {"packages", "config"}, "containerd": {"packages", "config"}, "docker": {"packages", "config"}, "kube_packages": {"packages", "images"}}


def section(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("## Tags\n")[2].partition("\n## ")[0]


def rows(columns: int) -> dict[str, list[str]]:
    """The table of docs/roles.md with so many columns."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section(ROOT / "docs" / "roles.md").splitlines() if line.startswith("| `")]
    return {line[0].strip("`"): line[1:] for line in lines if len(line) == columns}


def plays() -> Iterator[dict[str, Any]]:
    for name in ("preflight.yml", "site.yml"):
        yield from yaml.safe_load((ROOT / "playbooks" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("role", ALL)
def test_a_role_has_the_tags_that_its_page_names_and_on_every_task(role: str) -> None:
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    used = [set(task.get("tags", [])) for task in tasks]
    assert set().union(*used) == INSIDE.get(role, set())
    assert all(used) or role not in INSIDE, "a task without one would be left out silently"
    words = section(ROOT / "roles" / role / "README.md").strip()
    assert set(re.findall(r"`(\w+)`", words)) & {"packages", "config", "images"} == INSIDE.get(role, set())
    assert words.startswith("None of its own") != (role in INSIDE)


def test_the_tags_inside_roles_are_told() -> None:
    assert {tag: set(cells[1].split(", ")) for tag, cells in rows(3).items()} == {
        tag: {role for role, tags in INSIDE.items() if tag in tags} for tag in ("packages", "config", "images")}


def test_the_tags_of_site_yml_are_told_and_each_role_has_its_name() -> None:
    used: set[str] = set()
    for play in plays():
        used |= set(play.get("tags", []))
        for role in play.get("roles", []):
            both = {*play["tags"], *role.get("tags", [])}
            assert role["role"].removeprefix("kubewright.cluster.") in both
            used |= both
    assert set(rows(2)) == used - {"always"}


@pytest.mark.parametrize("role", ALL)
def test_the_page_of_a_role_says_where_site_yml_runs_it(role: str) -> None:
    words = set(re.findall(r"`(\w+)`", section(ROOT / "roles" / role / "README.md")))
    for play in plays():
        for row in play.get("roles", []):
            if row["role"] == f"kubewright.cluster.{role}":
                assert {*play["tags"], *row.get("tags", [])} <= words


@pytest.mark.parametrize(("role", "tag", "names"), [
    ("containerd", "config", ["Configure containerd for Kubernetes"]),
    ("kube_packages", "images", ["Have the images before they are needed"]),
])
def test_ansible_takes_them_so(role: str, tag: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(role_readmes.playbook(role))
    program = [sys.executable, "-m", "ansible", "playbook", str(tmp_path / "play.yml"), "-i", "a,", "--list-tasks", "--tags", tag]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split(" : ")[1].split("\t")[0].strip() for line in told.splitlines() if " : " in line and "Validating" not in line] == names


def test_every_role_is_on_the_page_of_roles() -> None:
    assert re.findall(r"^\| \[(\w+)\]", (ROOT / "docs" / "roles.md").read_text(encoding="utf-8"), re.MULTILINE) != []
    assert sorted(re.findall(r"^\| \[(\w+)\]", (ROOT / "docs" / "roles.md").read_text(encoding="utf-8"), re.MULTILINE)) == ALL
