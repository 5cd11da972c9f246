# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each message of ours that the pages explain is still one that the code says, and each finding they name is one that preflight knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"docs/troubleshooting.md": "| message |", "docs/safety.md": "| message begins |"}  # heads of the tables that quote us
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{[^{}]*\}")


@cache
def said() -> str:
    """Every text of the code, with … for what is put in."""
    texts = [text for path in sorted(ROOT.glob("plugins/**/*.py")) for text in literals(ast.parse(path.read_text(encoding="utf-8")))]
    texts += [path.read_text(encoding="utf-8") for pattern in ("playbooks/**/*.yml", "roles/**/*.yml") for path in sorted(ROOT.glob(pattern))]
    return "\n".join(" ".join(PLACEHOLDER.sub("…", text).split()) for text in texts)


def literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def quoted(page: str) -> Iterator[str]:
    head = ""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not head:
            head = line
        elif not line.startswith("|"):
            head = ""
        elif head.startswith(OURS[page]):
            yield from re.findall(r"`([^`]+)`", line.split("|")[1])


def parts(message: str) -> list[str]:
    """What has to stand in one text of the code, between the names and numbers."""
    return [part.strip() for part in message.split("…") if len(part.strip()) > 3]


@pytest.mark.parametrize("page", OURS)
def test_a_page_quotes_messages(page: str) -> None:
    assert len(list(quoted(page))) > 15


@pytest.mark.parametrize("message", sorted({message for page in OURS for message in quoted(page)}))
def test_each_message_that_a_page_explains_is_said_by_the_code(message: str) -> None:
    missing = [part for part in parts(message) if part not in said()]
    assert not missing and parts(message), f"no text of the code holds {missing}; write what it says now"


def test_findings_that_the_page_names_are_those_of_preflight() -> None:
    known = set(re.findall(r"^\| `([A-Z]\w+)` \|", (ROOT / "docs/preflight.md").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    last_cells = [line.rsplit("|", 2)[1] for line in text.splitlines() if line.startswith("| `[ERROR")]
    named = {name for cell in last_cells for name in re.findall(r"`([A-Z][A-Za-z0-9]+)`", cell)}
    assert named and named <= known


def test_a_text_of_the_code_is_found_whatever_is_put_in() -> None:
    tree = ast.parse('f"the {name} is {1 + 2} old"; "one {0} " "two"')
    assert [PLACEHOLDER.sub("…", text) for text in literals(tree) if "old" in text or "two" in text] == ["the … is … old", "one … two", " old"]
