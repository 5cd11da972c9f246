# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that the documents show is run by a test, which is named, or the document says why it is not."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.tests.docs import commands
from ansible_collections.kubewright.cluster.tests.live import walk

WALKED = {step.command for steps in walk.WALKS.values() for step in steps}
ALL = sorted({command.text for command in commands.documented()})
MAKE = [text for text in ALL if text.startswith("make ") and " -C " not in text]
ROWS = commands.registry()


def test_every_command_is_run_by_a_test_or_marked_with_why_it_is_not() -> None:
    found = [f"{one.page}:{one.line}: {one.text}" for one in commands.offenders(WALKED)]
    assert not found, ("\n".join(["a row in tests/docs_commands.yml, or <!-- not run: why --> before the block:", *found]))


def test_the_walk_runs_nothing_but_what_a_page_shows() -> None:
    assert list(walk.unknown(list(walk.WALKS))) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.command)[:60])
def test_a_row_names_a_command_that_is_there_and_a_test_that_has_it(row: commands.Row) -> None:
    assert any(re.fullmatch(row.command, text) for text in ALL), "no page has such a command any more"
    if row.by:
        text = (commands.CLONE / row.by).read_text(encoding="utf-8")
        assert row.shows and [words for words in row.shows if words not in text] == [], f"{row.by} does not have it"


@pytest.mark.parametrize("command", MAKE)
def test_make_knows_the_target_and_what_is_given_to_it(command: str) -> None:
    words = shlex.split(command.replace("<folder>", "/tmp"))
    done = subprocess.run([*words, "--dry-run"], cwd=commands.CLONE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    recipes = "".join((commands.CLONE / name).read_text(encoding="utf-8") for name in ("Makefile", "tests/stages.mk", "tests/scenario.py"))
    unread = [word for word in words if "=" in word and not re.search(rf"\b{word.partition('=')[0]}\b", recipes + environment_of(words))]
    assert not unread, f"nobody reads {unread}"


def environment_of(words: list[str]) -> str:
    """What a scenario asks of whoever runs it."""
    names = [word.partition("=")[2] for word in words if word.startswith("NAME=")]
    files = [commands.CLONE / "molecule" / name / "molecule.yml" for name in names]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


@pytest.mark.parametrize("command", [text for text in MAKE if text.startswith("make scenario ")])
def test_a_scenario_that_a_page_names_is_there(command: str) -> None:
    name = re.search(r"NAME=([\w.-]+)", command)
    assert name is None or (commands.CLONE / "molecule" / name[1] / "molecule.yml").is_file()


@pytest.mark.parametrize("command", [text for text in ALL if "pip install" in text])
def test_what_is_to_be_installed_is_what_the_collection_declares(command: str) -> None:
    given = shlex.split(command.partition("pip install ")[2])
    core = next(line for line in (commands.CLONE / "requirements/run.txt").read_text().splitlines() if line.startswith("ansible-core"))
    declared = re.findall(r"^\w+", (commands.CLONE / "requirements.txt").read_text(), re.MULTILINE)
    assert given[0].partition(",")[0] == core.partition(",")[0]  # older controllers for older nodes: the upper end may be lower
    others = [word.partition(">")[0] for word in given[1:] if not word.startswith("molecule")]
    assert others in (["-r", "requirements.txt"], declared)


@pytest.mark.parametrize(("text", "expected"), [
    ("```sh\nmake a # why\n# no\n```\n", [("make a", "")]),
    ("<!-- not run: too long -->\n```sh\nmake a\nx \\\n  --y\n```\n```sh\nmake b\n```\n", [("make a", "too long"), ("x --y", "too long"), ("make b", "")]),
    ("<!-- not run (make b): it is big -->\n\n    make a\n    make b    # c\n    text\n", [("make a", ""), ("make b", "it is big")]),
    ("See `make a B=c` and `kubectl get`.\n\n```yaml\nmake: b\n```\n", [("make a B=c", "")]),
    ("<!-- not run: x -->\nText.\n\n```\nkubectl get a\n```\n", [("kubectl get a", "")]),
])
def test_commands_are_found_in_blocks_and_sentences(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(found.text, found.reason) for found in commands.of("page.md", text)] == expected


def test_a_command_that_nothing_runs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = commands.Command("page.md", 3, "make trouble", "")
    monkeypatch.setattr(commands, "documented", lambda: [shown, commands.Command("page.md", 4, "make other", "why")])
    assert list(commands.offenders(set())) == [shown]
    assert list(commands.offenders({"make trouble"})) == []


def test_the_walk_puts_in_what_a_reader_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "ROOT", tmp_path)
    one = walk.Walk("mine")
    assert one.words("make cluster") == "make cluster NAME=mine SUPPLIER=debian WORKERS=1"
    assert one.words("make clean") == "make clean NAME=mine"
    assert one.words("ansible-playbook site.yml -i hosts.yml --limit worker2") == f"ansible-playbook site.yml -i {tmp_path}/.lab/mine/inventory --limit worker3"
    (tmp_path / "README.md").write_text("```yaml\nall:\n  children:\n        worker1: {ansible_host: 1}\n```\n")
    assert walk.inventory(tmp_path / "README.md", ("worker3",)) == "all:\n  children:\n        worker3: {ansible_host: 192.0.2.20}\n"
