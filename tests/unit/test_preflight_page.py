# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/preflight.md names every finding that the code can make, with its levels, and none that it cannot."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JUDGES = sorted((ROOT / "plugins" / "plugin_utils").glob("preflight*.py"))
# Modules that try a repository or a bundle without using it.
PROBES = [*sorted((ROOT / "plugins" / "modules").glob("*.py")), *sorted((ROOT / "plugins" / "module_utils").glob("*.py"))]
ID = re.compile(r"[A-Z]\w+$")


def text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def levels(said: ast.expr) -> set[str]:
    """Of what says a finding: error, warning, or the one or the other."""
    names = {item.id for item in ast.walk(said) if isinstance(item, ast.Name)} & {"error", "warning", "say"}
    return {"error", "warning"} if "say" in names else names


def told(path: Path) -> Iterator[tuple[str, str]]:
    """Id and level. Rows of settings (id, message, remedy) are errors, and so is a choice."""
    for item in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(item, ast.Call) and ast.unparse(item.func) == "_choice":
            yield text(item.args[-1]), "error"
        elif isinstance(item, ast.Call) and len(item.args) == 4:
            yield from ((text(item.args[1]), level) for level in levels(item.func))
        elif isinstance(item, ast.Tuple) and len(item.elts) == 3:
            yield text(item.elts[0]), "error"


def probed() -> Iterator[tuple[str, str]]:
    for path in PROBES:
        source = path.read_text(encoding="utf-8")
        yield from re.findall(r'"id": "([A-Z]\w+)", "level": "(\w+)"', source)
        yield from re.findall(r'Finding\("([A-Z]\w+)", "(\w+)", \S+\)\.as_dict\(\)', source)


def known() -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, level in [*(pair for path in JUDGES for pair in told(path)), *probed()]:
        if ID.match(name):
            found[name].add(level)
    return {name: ", ".join(sorted(both)) for name, both in found.items()}


def page() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z]\w+)` \| ([a-z, ]+) \| .+ \| .+ \|$", (ROOT / "docs" / "preflight.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "an id stands there twice"
    return dict(rows)


def test_every_finding_is_on_its_page_with_its_levels_and_none_is_invented() -> None:
    code, written = known(), page()
    assert sorted(set(written) - set(code)) == sorted(set(code) - set(written)) == []
    assert {name: level for name, level in written.items() if code[name] != level} == {}
