# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on nodes is Python 3.6 and imports little; what is written here holds for every file of plugins."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
NODE_CODE = sorted([*(PLUGINS / "modules").glob("*.py"), *(PLUGINS / "module_utils").glob("*.py")])
EVERYTHING = sorted(path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py")
LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"
# Newer than Python 3.6, or too dear to import at every task.
FORBIDDEN = {"__future__", "dataclasses", "contextvars", "graphlib", "tomllib", "zoneinfo", "importlib.metadata", "importlib.resources", "yaml", "tomlkit",
             "ansible.module_utils.urls", "pathlib", "subprocess"}
# Ansible has imported it anyway; only the command wrapper starts programs.
ALLOWED = {"_command.py": {"subprocess"}}
NEWER_NAMES = {"removeprefix", "removesuffix", "Literal", "Protocol", "TypedDict", "Final", "cached_property", "capture_output", "fromisoformat",
               "nullcontext", "time_ns"}
NEWER_SYNTAX = (ast.NamedExpr, *(getattr(ast, name) for name in ("Match", "TryStar") if hasattr(ast, name)))


def name(path: Path) -> str:
    return str(path.relative_to(PLUGINS))


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.Import):
            found |= {alias.name for alias in item.names}
        elif isinstance(item, ast.ImportFrom):
            found |= {item.module or "", *(f"{item.module}.{alias.name}" for alias in item.names)}
    return found


def positional_only(tree: ast.AST) -> list[int]:
    return [item.lineno for item in ast.walk(tree) if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.args.posonlyargs]


def debug_fields(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if "f'" in line or 'f"' in line if "=}" in line]


@pytest.mark.parametrize("path", NODE_CODE, ids=name)
def test_node_code_is_python_3_6(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
    assert [ast.dump(item) for item in ast.walk(tree) if isinstance(item, NEWER_SYNTAX)] == []
    assert positional_only(tree) == [] and debug_fields(path) == []
    used = {item.attr for item in ast.walk(tree) if isinstance(item, ast.Attribute)} | {item.arg for item in ast.walk(tree) if isinstance(item, ast.keyword)}
    assert not (used | {entry.rsplit(".", 1)[-1] for entry in imported(tree)}) & NEWER_NAMES


@pytest.mark.parametrize("path", NODE_CODE, ids=name)
def test_node_code_imports_the_standard_library_ansible_and_its_own(path: Path) -> None:
    found = imported(ast.parse(path.read_text(encoding="utf-8")))
    assert not found & (FORBIDDEN - ALLOWED.get(path.name, set()))
    roots = {entry.split(".")[0] for entry in found}
    assert roots <= {*sys.stdlib_module_names, "ansible", "ansible_collections"}
    assert not [entry for entry in found if entry.startswith("ansible_collections.") and ".plugins.module_utils" not in entry]


@pytest.mark.parametrize("path", sorted((PLUGINS / "modules").glob("*.py")), ids=name)
def test_ansible_doc_reads_modules_without_a_warning(path: Path) -> None:
    """It knows constants that are assigned one by one, and sanity takes its warning for an error."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [item.lineno for item in tree.body if isinstance(item, ast.Assign) and not all(isinstance(target, ast.Name) for target in item.targets)]


@pytest.mark.parametrize("path", sorted((PLUGINS / "module_utils").glob("*.py")), ids=name)
def test_utils_know_nothing_of_ansible(path: Path) -> None:
    assert not [entry for entry in imported(ast.parse(path.read_text(encoding="utf-8"))) if entry.split(".")[0] == "ansible"]


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_every_file_names_its_licence(path: Path) -> None:
    assert LICENCE in path.read_text(encoding="utf-8").splitlines()[:4]


@pytest.mark.parametrize("path", [path for path in EVERYTHING if path.name != "_module.py"], ids=name)
def test_only_main_fails_a_module(path: Path) -> None:
    """Utils and classes raise; nothing runs a shell; nothing but the end of main() in _module calls fail_json."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (item for item in ast.walk(tree) if isinstance(item, ast.FunctionDef) and item.name != "main"):
        used = {item.attr for item in ast.walk(function) if isinstance(item, ast.Attribute)} | {
            item.arg for item in ast.walk(function) if isinstance(item, ast.keyword)}
        assert not used & {"fail_json", "use_unsafe_shell", "shell"}, function.name


def test_every_plugin_has_its_test_beside_it() -> None:
    here = Path(__file__).parent
    missing = [name(path) for path in EVERYTHING if path.parent.name in ("modules", "module_utils", "plugin_utils", "action", "filter")
               and not (here / path.parent.name / f"test_{path.name}").exists() and not (here / "action" / f"test_{path.name}").exists()
               and "ActionModule(WatchedAction)" not in path.read_text()]  # these are all one: test_watched_action
    assert missing == []
