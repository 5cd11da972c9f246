# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/versions.md and `make matrix` say what the table of releases says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as data
from ansible_collections.kubewright.cluster.tests import matrix

CLONE = Path(__file__).resolve().parents[2]


def told(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "tests/matrix.py", *arguments], cwd=CLONE, env={**os.environ, "PYTHONPATH": "collections"},
                          capture_output=True, text=True, check=False)


def test_the_page_has_the_tables_that_the_facts_give() -> None:
    text = matrix.PAGE.read_text(encoding="utf-8")
    assert text == matrix.page(text), "make matrix WRITE=1 writes it anew"
    assert text.startswith("# Versions of Kubernetes\n") and text.endswith(f"{matrix.END}\n")


def test_every_fact_is_in_one_topic() -> None:
    assert sorted(name for names in matrix.TOPICS.values() for name in names) == sorted((*data.FACTS, *data.SETS))
    assert set(matrix.OVERVIEW) <= set(data.FACTS)


def test_the_tables_fit_a_terminal_and_name_every_fact_with_its_grade() -> None:
    found = told()
    assert (found.returncode, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    assert max(map(len, lines)) <= matrix.WIDTH
    assert any(line.startswith("config_api ") and "1.17-1.21 kubeadm.k8s.io/v1beta2 (L 1.20.2" in line for line in lines)
    assert any(line.startswith("1.34 ") and "v1beta4 L" in line for line in lines)


def test_one_minor_comes_with_sources() -> None:
    lines = told("--minor", "1.25").stdout.splitlines()
    assert next(line.split() for line in lines if line.startswith("config_api ")) == [
        "config_api", "kubeadm.k8s.io/v1beta3", "documented", "RN-1.22"]
    assert not any("IPv6DualStack" in line for line in lines)


@pytest.mark.parametrize("text", ["1.16", "31", "1.31.2"])
def test_what_is_no_known_minor_is_refused(text: str) -> None:
    found = told("--minor", text)
    assert found.returncode and "is no minor between 1.17 and 1.37" in found.stderr


@pytest.mark.parametrize(("first", "following", "label"), [
    ((17, 0), (22, 0), "1.17-1.21"), ((17, 0), (18, 0), "1.17"), ((22, 0), (22, 17), "1.22.0-1.22.16"), ((22, 17), (23, 0), "1.22.17+"),
    ((23, 14), (23, 15), "1.23.14"), ((24, 9), (38, 0), "1.24.9-1.37"), ((17, 0), (22, 17), "1.17-1.22.16"), ((30, 5), (31, 14), "1.30.5-1.31.13"),
])
def test_a_range_ends_before_the_next_one_begins(first: tuple[int, int], following: tuple[int, int], label: str) -> None:
    assert matrix.span(first, following) == label
