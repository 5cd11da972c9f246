# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents of every minor, as files to read.

Rewritten by: KUBEWRIGHT_GOLDEN=write .venv/bin/pytest tests/unit/plugins/plugin_utils/test_documents_golden.py
"""

from __future__ import annotations

import os

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import NEWEST, OLDEST
from ansible_collections.kubewright.cluster.tests.unit.plugins import golden_documents as golden

MINORS = range(OLDEST, NEWEST + 1)


@pytest.mark.parametrize("minor", MINORS)
def test_the_documents_of_a_minor_are_those_in_its_folder(minor: int) -> None:
    if os.environ.get("KUBEWRIGHT_GOLDEN") == "write":
        golden.write(minor)
    made = golden.files(minor)
    found = {path: path.read_text(encoding="utf-8") for path in (golden.FOLDER / f"1.{minor}").rglob("*.yaml")}
    assert found == {path: golden.as_text(given) for path, given in made.items()}
    assert {path: [yaml.safe_load(text)] for path, text in found.items()} == made
