"""Write the table of variables in each role's README.md, out of its argument_specs, and the names that preflight knows: make role-docs.

Users read one page for each role; what a variable is, is said once, where ansible checks it. Inputs of the whole cluster are said in docs/variables.md.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
ROLES = ROOT / "roles"
NAMES = ROOT / "plugins" / "plugin_utils" / "variable_names.py"
BEGIN, END = "<!-- written by make role-docs -->", "<!-- end of what make role-docs wrote -->"

MODULE = '''# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable that a user may set. Written by make role-docs, out of the roles' argument_specs and docs/variables.md. Private to the collection."""

from __future__ import annotations

_ROLES = """
{roles}
"""
_NAMES = """
{inputs}
{names}
"""
ROLES = tuple(_ROLES.split())
NAMES = tuple(_NAMES.split())
'''


def main() -> int:
    for role in roles():
        place = ROLES / role / "README.md"
        text = place.read_text(encoding="utf-8")
        place.write_text(page(role, text), encoding="utf-8")
    NAMES.write_text(names(), encoding="utf-8")
    return 0


def roles() -> list[str]:
    return sorted(path.parent.parent.name for path in ROLES.glob("*/meta/argument_specs.yml"))


def page(role: str, text: str) -> str:
    """The README with its table as the specs have it now."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(role)}\n\n{END}{after}"


def playbook(role: str) -> str:
    """The one that the README shows."""
    text = (ROLES / role / "README.md").read_text(encoding="utf-8")
    return text.partition("```yaml\n")[2].partition("```")[0]


def inputs() -> list[str]:
    """Those of the whole cluster."""
    page = (ROOT / "docs" / "variables.md").read_text(encoding="utf-8").partition("\n## Groups\n")[0]
    return re.findall(r"^\| `(kube_\w+)` \|", page, re.MULTILINE)


def names() -> str:
    """The module that preflight reads: an installed collection need not parse sixteen specs and a page for it."""
    own = [[row[0].strip("`") for row in variables(role)] for role in roles()]
    return MODULE.format(roles=_block(roles()), inputs="\n".join(f"    {name}" for name in sorted(inputs())),
                         names="\n".join(_block(sorted(some)) for some in own))


def _block(words: list[str]) -> str:
    return "\n".join(textwrap.wrap(" ".join(words), 150, initial_indent="    ", subsequent_indent="    ", break_long_words=False))


def table(role: str) -> str:
    rows = ["| name | type | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*rows, *("| " + " | ".join(cells) + " |" for cells in variables(role))])


def variables(role: str) -> Iterator[list[str]]:
    """Of all entry points, each once; what the role's own does not take, says whose it is."""
    seen: set[str] = set()
    for entry, spec in specs(role).items():
        whose = "" if entry == "main" else f"`tasks_from: {entry}` only. "
        for name, option in spec.get("options", {}).items():
            if name not in seen:
                seen.add(name)
                yield [f"`{name}`", kind(option), default(option), whose + meaning(option)]


def specs(role: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    return loaded


def kind(option: dict[str, Any]) -> str:
    if "choices" in option:
        return ", ".join(f"`{choice}`" if choice != "" else "empty" for choice in option["choices"])
    return f"list of {option['elements']}" if "elements" in option else str(option.get("type", "str"))


def default(option: dict[str, Any]) -> str:
    if "default" in option:
        value = option["default"]
        return f"`{str(value).lower()}`" if isinstance(value, bool) else "empty" if value in ("", [], {}) else f"`{value}`"
    return "must be set" if option.get("required") else "see meaning"


def meaning(option: dict[str, Any]) -> str:
    """One line, in Markdown; ansible's V() and C() are code, too."""
    text = option["description"]
    line = " ".join(" ".join(text if isinstance(text, list) else [text]).split())
    for mark in ("V(", "C(", "O("):
        while mark in line:
            begin = line.index(mark)
            end = line.index(")", begin)
            line = f"{line[:begin]}`{line[begin + 2:end]}`{line[end + 1:]}"
    return line.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
