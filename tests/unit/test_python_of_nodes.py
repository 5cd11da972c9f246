"""What runs on nodes has to be Python 3.6. No such interpreter is at hand, so its source is read as one would read it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
FILES = sorted([*(PLUGINS / "modules").glob("*.py"), *(PLUGINS / "module_utils").glob("*.py")])
NEWER_NAMES = {"removeprefix", "removesuffix", "capture_output", "fromisoformat", "cached_property", "run_until_complete"}
NEWER_LIBRARIES = {"dataclasses", "contextvars", "zoneinfo", "tomllib", "graphlib"}


def newer_than_3_6(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source, feature_version=(3, 6))):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            yield from (f"from __future__ import {alias.name}" for alias in node.names if alias.name == "annotations")
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (name for name in names if name.split(".")[0] in NEWER_LIBRARIES)
        if isinstance(node, ast.Attribute) and node.attr in NEWER_NAMES:
            yield node.attr
        if isinstance(node, ast.keyword) and node.arg in NEWER_NAMES:
            yield node.arg


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_python_3_6(path: Path) -> None:
    assert list(newer_than_3_6(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "if (a := 1):\n    pass",
        "def f(a, /):\n    pass",
        "from __future__ import annotations",
        "import dataclasses",
        "'a'.removeprefix('a')",
        "run([], capture_output=True)",
    ],
)
def test_what_is_newer_is_found(source: str) -> None:
    try:
        assert list(newer_than_3_6(source))
    except SyntaxError as error:
        assert "only supported in Python" in str(error) or "greater" in str(error)
