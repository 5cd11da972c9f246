# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-core wants a host to delegate to before it reads a task's condition: what may be empty has another host beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = ("playbooks/**/*.yml", "roles/*/tasks/*.yml")
FILES = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern) if "delegate_to:" in path.read_text(encoding="utf-8"))


def dictionaries(found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, dict):
        yield found
    for one in found.values() if isinstance(found, dict) else found if isinstance(found, list) else []:
        yield from dictionaries(one)


def offenders(text: str) -> list[str]:
    """Names of tasks that delegate to a variable of which some condition in the file says that it may be empty."""
    tasks = list(dictionaries(yaml.safe_load(text)))
    conditions = " ".join(str(task["when"]) for task in tasks if "when" in task)
    may_be_empty = set(re.findall(r"(\w+) \| length > 0", conditions))
    return [str(task.get("name")) for task in tasks if str(task.get("delegate_to", "")).strip("{} ") in may_be_empty]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_is_delegated_to_an_empty_name(path: Path) -> None:
    assert offenders(path.read_text(encoding="utf-8")) == []


def test_an_empty_name_is_found() -> None:
    """As playbooks/tasks/reset.yml had it."""
    task = "- name: Ask\n  ping:\n  delegate_to: '{{ one%s }}'\n  when: one | length > 0\n"
    assert offenders(task % "") == ["Ask"] and offenders(task % " or inventory_hostname") == []
