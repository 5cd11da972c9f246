# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages for people: the two READMEs say the same, links lead somewhere, and docs/variables.md is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
# Each page that is there in Chinese, with the same page in English.
PAIRS = [(page.with_name(page.name.replace(".zh-CN", "")), page)
         for page in (CHINESE, *sorted(ROOT.glob("docs/*.zh-CN.md")), *sorted(ROOT.glob("inventories/*/README.zh-CN.md")))]
INVENTORIES = sorted(ROOT.glob("inventories/*/README*.md"))
PAGES = [ENGLISH, CHINESE, *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("roles/*/README.md")), *INVENTORIES]

GROUPS = {"kube_control_plane", "kube_node"}
NAME = re.compile(r"(?<![\w.])kube_\w+")  # after a dot it is a module or filter of the collection
DEFAULT = re.compile(r"(?<![\w.])(kube_\w+) \| default\(([^()|]*?)(?:, true)?\)[ |}]")  # what is computed is told in words
PICTURE = "text"  # the language of a fence whose words are translated


class Fence(NamedTuple):
    """A fenced block: its language and its lines."""

    language: str
    lines: list[str]


def split(page: Path) -> tuple[list[str], list[Fence]]:
    """The lines outside fences, and the fences."""
    outside: list[str] = []
    fences: list[Fence] = []
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
            if inside:
                fences.append(Fence(line[3:], []))
        elif inside:
            fences[-1].lines.append(line)
        else:
            outside.append(line)
    assert not inside, f"{page.name}: a fence is not closed"
    return outside, fences


def headings(page: Path) -> list[str]:
    return [line for line in split(page)[0] if re.match(r"#+ ", line)]


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = [line.lstrip("#").strip().lower() for line in headings(page)]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def links(page: Path) -> Iterator[str]:
    for line in split(page)[0]:
        yield from re.findall(r"\]\(([^)\s]+)\)", line)


in_both_languages = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda page: str(page.relative_to(ROOT)))


@in_both_languages
def test_both_languages_have_the_same_levels_of_headings_in_the_same_order(english: Path, chinese: Path) -> None:
    levels = [[line.split(" ")[0] for line in headings(page)] for page in (english, chinese)]
    assert levels[0] == levels[1]


@in_both_languages
def test_both_languages_have_the_same_commands(english: Path, chinese: Path) -> None:
    fences = [split(page)[1] for page in (english, chinese)]
    assert [fence.language for fence in fences[0]] == [fence.language for fence in fences[1]]
    for one, other in zip(*fences, strict=True):
        if one.language != PICTURE:
            assert one.lines == other.lines


@in_both_languages
def test_both_languages_link_to_the_same_pages(english: Path, chinese: Path) -> None:
    """Each to that of its own language where there is one, at a heading of its own language."""
    own = {english: chinese.name, chinese: english.name}
    found = [[link.partition("#")[0].replace(".zh-CN", "") for link in links(page) if link != own[page]] for page in (english, chinese)]
    assert found[0] == found[1]


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE], ids=lambda page: page.name)
def test_every_page_is_listed_in_the_readmes(readme: Path) -> None:
    listed = {link for line in split(readme)[0] if line.startswith("- [") for link in re.findall(r"\]\(([^)\s]+)\)", line)}
    assert {f"docs/{path.name}" for path in ROOT.glob("docs/*.md")} <= listed


@in_both_languages
def test_both_languages_have_tables_of_the_same_size_with_the_same_names(english: Path, chinese: Path) -> None:
    rows = [[(line.count("|"), line.count("`")) if page.parent != ROOT else line.count("|") for line in split(page)[0] if line.startswith("|")]
            for page in (english, chinese)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _hash, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}; {target.name} has no such heading"


def sources() -> list[Path]:
    """Where inputs are read or named: roles, playbooks and plugins."""
    patterns = ("site.yml", "playbooks/**/*.yml", "roles/**/*.yml", "plugins/**/*.py", "plugins/**/*.yml")
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def is_input(name: str) -> bool:
    """Groups, modules, filters, and the variables of roles whose name begins with kube_ are none."""
    roles = [path.name for path in ROOT.glob("roles/*")]
    plugins = {path.stem for kind in ("modules/*.py", "filter/*.yml") for path in ROOT.glob("plugins/" + kind)}
    return name not in GROUPS | plugins and not any(name == role or name.startswith(role + "_") for role in roles)


def documented() -> dict[str, str]:
    """The default of each input, as docs/variables.md says it."""
    lines = split(ROOT / "docs" / "variables.md")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `kube_")]
    return {row[0].strip("`"): row[2] for row in rows if len(row) == 4}


def test_no_input_is_told_twice() -> None:
    names = [line.split("|")[1].strip() for line in split(ROOT / "docs" / "variables.md")[0] if line.startswith("| `kube_")]
    assert sorted(names) == sorted({*names})


def test_every_input_is_in_the_table_and_none_is_invented() -> None:
    used = {name for path in sources() for name in NAME.findall(path.read_text(encoding="utf-8"))}
    assert sorted(filter(is_input, used)) == sorted(documented())


def test_example_inventories_use_documented_inputs() -> None:
    for path in sorted(ROOT.glob("inventories/**/*.yml")):
        unknown = set(NAME.findall(path.read_text(encoding="utf-8"))) - GROUPS - documented().keys()
        assert not unknown, f"{path.relative_to(ROOT)}: {', '.join(sorted(unknown))}"


def test_each_example_inventory_with_a_page_has_it_in_both_languages_and_a_system() -> None:
    told = [path.parent.name for path in INVENTORIES]
    systems = yaml.safe_load((ROOT / "molecule" / "procedures" / "vars" / "systems.yml").read_text(encoding="utf-8"))["procedures_inventories"]
    assert sorted(told) == sorted([*systems, *systems])


def test_variables_of_roles_in_example_inventories_are_there() -> None:
    known = {name for path in ROOT.glob("roles/*/defaults/main.yml") for name in yaml.safe_load(path.read_text(encoding="utf-8"))}
    for path in sorted(ROOT.glob("inventories/*/group_vars/all.yml")):
        named = {name for name in yaml.safe_load(path.read_text(encoding="utf-8")) if not name.startswith(("kube_", "ansible_"))}
        assert named <= known, f"{path.relative_to(ROOT)}: {', '.join(sorted(named - known))}"


def test_defaults_in_the_table_are_those_of_the_roles() -> None:
    told = documented()
    for path in sorted(ROOT.glob("roles/*/defaults/main.yml")):
        for name, value in DEFAULT.findall(path.read_text(encoding="utf-8")):
            literal = value.strip("'")
            if literal and literal != "inventory_hostname":
                assert told[name] == f"`{literal}`", f"{path.relative_to(ROOT)}: {name} is {value} where it is not set"
