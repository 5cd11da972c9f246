# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make release` accepts as a version and a changelog, and what the collection declares."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import core_matrix
import release

ROOT = Path(__file__).resolve().parents[2]
# What ansible-core brings along; the collection's own name is none of Python's.
OF_ANSIBLE = {"ansible", "ansible_collections", "yaml", "jinja2"}


@pytest.mark.parametrize(("version", "released", "fragments", "said"), [
    ("0.1.0", [], ["a.yml"], "0.1.0; the changelog gets it from 1 fragments"),
    ("1.10.0", ["1.9.0", "1.10.0-rc.1"], ["a.yml", "b.yml"], "1.10.0; the changelog gets it from 2 fragments"),
    ("0.1.0", ["0.1.0"], [], "0.1.0, in galaxy.yml and in the changelog"),
])
def test_a_version_is_accepted_where_galaxy_yml_and_the_changelog_agree(version: str, released: list[str], fragments: list[str], said: str) -> None:
    assert release.judge_version(version, released, fragments) == said


@pytest.mark.parametrize(("version", "released", "fragments", "said"), [
    ("0.1", [], ["a.yml"], "no semantic version"),
    ("v0.1.0", [], ["a.yml"], "no semantic version"),
    ("01.2.3", [], ["a.yml"], "no semantic version"),
    ("1.0.0+build", [], ["a.yml"], "no semantic version"),
    ("0.1.0", [], [], "has nothing for it"),
    ("0.1.0", ["0.1.0"], ["next.yml"], r"next\.yml.*needs the next version"),
    ("1.9.0", ["1.10.0"], ["a.yml"], r"1\.10\.0, which is later than 1\.9\.0"),
    ("1.0.0-rc.2", ["1.0.0"], ["a.yml"], "which is later"),
])
def test_another_version_is_refused_with_what_is_wrong(version: str, released: list[str], fragments: list[str], said: str) -> None:
    with pytest.raises(release.Refused, match=said):
        release.judge_version(version, released, fragments)


def test_a_pre_release_comes_before_its_release_and_numbers_are_numbers() -> None:
    rising = ["0.9.0", "0.10.0-rc.2", "0.10.0-rc.10", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0"]
    assert sorted(reversed(rising), key=release.order) == rising


def test_a_changelog_has_the_version_as_its_heading() -> None:
    text = "# Notes\n\n## v0\\.2\\.0\n\n* one\n* two\n\n## v0\\.1\\.0\n\n* old\n"
    assert release.judge_changelog("0.2.0", text) == "lint clean; v0.2.0 has 2 entries"
    with pytest.raises(release.Refused, match=r"no heading v0\.3\.0"):
        release.judge_changelog("0.3.0", text)


def test_a_stage_that_fails_is_the_last_and_the_table_says_so() -> None:
    def refuses(_release: Any) -> str:
        raise release.Refused("it is not there")

    rows, well = release.run([("one", lambda _release: "well"), ("two", refuses), ("three", lambda _release: "never")], object())  # type: ignore[arg-type]
    assert not well
    assert [(name, found) for name, _seconds, found in rows] == [("one", "well"), ("two", "FAILED: it is not there"), ("three", "not run")]


def test_the_declared_python_packages_are_those_that_the_controller_s_plugins_import() -> None:
    found = {name.partition(".")[0] for path in (ROOT / "plugins").glob("*/*.py") for name in imports(path)}
    needed = {name for name in found if name not in sys.stdlib_module_names | OF_ANSIBLE}
    assert needed == set(release.names(ROOT / "requirements.txt"))


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names} | {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}


def test_the_execution_environment_reads_the_same_files() -> None:
    about = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text(encoding="utf-8"))
    assert about["dependencies"] == {"python": "requirements.txt", "system": "bindep.txt"}


def test_every_ansible_core_of_the_matrix_is_one_that_the_collection_takes() -> None:
    least = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    cores = [row.core for row in core_matrix.ROWS]
    assert least == f">={cores[0]}.0"
    assert all((ROOT / "tests" / "sanity" / f"ignore-{core}.txt").is_file() for core in cores)


def test_an_interpreter_that_does_not_run_or_is_another_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = tmp_path / "broken", tmp_path / "other"
    broken.write_text("#!/bin/sh\necho no such version >&2\nexit 127\n")
    other.write_text("#!/bin/sh\necho 2.7\n")
    for path in (broken, other):
        path.chmod(0o755)
    mine = "{}.{}".format(*sys.version_info[:2])
    monkeypatch.setattr(core_matrix, "candidates", lambda _wanted: iter([str(tmp_path / "missing"), str(broken), str(other), sys.executable]))
    assert list(core_matrix.interpreters(mine)) == [sys.executable]
    assert re.fullmatch(r"\d+\.\d+", mine)


@pytest.mark.parametrize("name", ["cluster_preflight", "cluster_report", "cluster_summary", "kubeconfig_fetch"])
def test_an_action_without_a_module_s_check_of_options_takes_exactly_those_that_it_documents(name: str) -> None:
    document = re.search(r'DOCUMENTATION = r?"""(.*?)"""', (ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8"), re.DOTALL)
    taken = re.search(r"_VALID_ARGS = frozenset\((.*)\)", (ROOT / "plugins" / "action" / f"{name}.py").read_text(encoding="utf-8"))
    assert document and taken
    assert set(ast.literal_eval(taken[1])) == set(yaml.safe_load(document[1])["options"])
