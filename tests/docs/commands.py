"""The commands that the documents tell a reader to run, and what keeps each of them true.

A command is run by a test, which tests/docs_commands.yml names; or the document says, right before the block, why it is not:
`<!-- not run: it needs a real mirror -->`, or of one command, by how it begins: `<!-- not run (make distclean): why -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

CLONE = Path(__file__).resolve().parents[2]
PAGES = ("README*.md", "CONTRIBUTING.md", "docs/*.md", "roles/*/README.md", "inventories/**/README*.md")
HISTORY = {"docs/tested.md"}  # what was run once, with its result; no advice to a reader
SHELL = {"sh", "shell", "bash"}
# First words that make a line of an indented block, or of a fence without a language, a command.
PROGRAMS = re.compile(
    r"(make|ansible[\w-]*|kubectl|kubeadm|etcdctl|crictl|systemctl|journalctl|python3?|pip|git|ssh[\w-]*|curl|apt(-get|-mark)?|dnf|mv|cp|mkdir|export|sudo"
    r"|\.venv/bin/\S+|~/\S+/bin/\S+|\.ci/run) \S")
INLINE = re.compile(r"`((?:make [a-z]|ansible-(?:playbook|doc|galaxy|test|builder|inventory) |\.venv/bin/)[^`]*)`")
NOT_RUN = re.compile(r"<!-- not run(?: \((.+?)\))?: (.+?) -->")


class Command(NamedTuple):
    """One command as a reader sees it, and the reason that the document gives for not having it run."""

    page: str
    line: int
    text: str
    reason: str


class Row(NamedTuple):
    """Which test runs a command, and what of the command stands in that test. Without one, the command is a test itself."""

    command: str
    by: str
    shows: list[str]


def pages() -> list[Path]:
    found = [page for pattern in PAGES for page in sorted(CLONE.glob(pattern))]
    return [page for page in found if page.relative_to(CLONE).as_posix() not in HISTORY]


@cache
def documented() -> list[Command]:
    return [command for page in pages() for command in of(page.relative_to(CLONE).as_posix(), page.read_text(encoding="utf-8"))]


def of(page: str, text: str) -> Iterator[Command]:
    """The commands of one page: of its blocks, and those within its sentences."""
    reasons: dict[str, str] = {}
    language, begun = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            language = None if language is not None else line.strip().strip("`")
            reasons = {} if language is None else reasons
            continue
        in_block = language is not None or (line.startswith("    ") and bool(begun or PROGRAMS.match(line.strip())))
        if in_block:
            begun += line.strip()
            if begun.endswith("\\"):
                begun = begun[:-1]
                continue
            if is_command(begun, language):
                why = next((why for start, why in reasons.items() if plain(begun).startswith(start)), "")
                yield Command(page, number, plain(begun), why)
            begun = ""
            continue
        yield from (Command(page, number, plain(inline), "") for inline in INLINE.findall(line))
        said = NOT_RUN.search(line)
        reasons = {**reasons, said[1] or "": said[2]} if said else reasons if not line.strip() or line.startswith("    ") else {}


def is_command(line: str, language: str | None) -> bool:
    if not line or line.startswith("#"):
        return False
    return language in SHELL or (language in ("", None) and PROGRAMS.match(line) is not None)


def plain(line: str) -> str:
    """Without the remark behind it."""
    return " ".join(re.sub(r"\s+# .*$", "", line).split())


def offenders(walked: set[str]) -> Iterator[Command]:
    """Commands that nothing runs and nobody excuses. What is marked in one block need not be marked where a sentence names it again."""
    excused = {command.text for command in documented() if command.reason}
    for command in documented():
        if command.text not in excused | walked and row_of(command.text) is None:
            yield command


@cache
def registry() -> list[Row]:
    rows = yaml.safe_load((CLONE / "tests" / "docs_commands.yml").read_text(encoding="utf-8"))
    return [Row(row["command"], row.get("by", ""), listed(row.get("shows", []))) for row in rows]


def listed(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def row_of(command: str) -> Row | None:
    return next((row for row in registry() if re.fullmatch(row.command, command)), None)
