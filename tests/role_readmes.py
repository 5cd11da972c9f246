"""Write the table of variables in each role's README.md, out of its argument_specs: make role-docs.

Users read one page for each role; what a variable is, is said once, where ansible checks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
BEGIN, END = "<!-- written by make role-docs -->", "<!-- end of what make role-docs wrote -->"


def main() -> int:
    for role in roles():
        place = ROLES / role / "README.md"
        text = place.read_text(encoding="utf-8")
        place.write_text(page(role, text), encoding="utf-8")
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
