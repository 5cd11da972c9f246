# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table itself: its form, and that what it claims of live clusters and captured output is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as data
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases

TESTS = Path(__file__).resolve().parents[3]
FIXTURES = TESTS / "unit" / "fixtures" / "kubeadm"
MINORS = range(data.OLDEST, data.NEWEST + 1)
LISTED = sorted(path.parent.name for path in FIXTURES.glob("*/images-list.txt"))
ALL_ROWS = [(name, member, rows) for name in (*data.FACTS, *data.SETS) for member, rows in releases.history(name).items()]
# The words in a kubeadm's output that show a captured fact; those about images are compared as a whole list.
EVIDENCE: dict[str, Callable[[Any], str]] = {
    "control_plane_other_labels": lambda value: str(value[0]),
    "cri_socket_kept_in": str,
    "kubelet_config_map": lambda value: f'ConfigMap "{value}"',
    "super_admin_conf": lambda value: "super-admin.conf" if value else "",
}
IMAGE_FACTS = {"coredns_nested", "coredns_tag", "etcd_tag", "image_registry"}


def test_no_name_is_both_a_fact_and_a_set() -> None:
    assert not set(data.FACTS) & set(data.SETS)


@pytest.mark.parametrize("name", data.FACTS)
def test_every_fact_begins_at_the_oldest_release(name: str) -> None:
    assert releases.history(name)[""][0].first == (data.OLDEST, 0)


@pytest.mark.parametrize(("name", "member", "rows"), ALL_ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_rows_rise_change_something_and_name_their_source(name: str, member: str, rows: list[releases.Row]) -> None:
    firsts, values = [row.first for row in rows], [row.value for row in rows]
    assert firsts == sorted(set(firsts)) and all(minor in MINORS for minor, _patch in firsts)
    assert all(one != two for one, two in zip(values, values[1:], strict=False))
    assert name in data.FACTS or values[0] is not None
    assert all(row.source for row in rows)


def test_every_level_of_a_preflight_check_is_one_that_kubeadm_prints() -> None:
    assert {row.value for rows in releases.history("preflight").values() for row in rows} == {"error", "warning", None}


def test_the_newest_minor_has_its_last_patch() -> None:
    assert [row.first[0] for row in releases.history("last_patch")[""]] == list(MINORS)


@pytest.mark.parametrize("claim", [*data.LIVE, *data.CAPTURED])
def test_a_grade_names_a_fact_that_exists(claim: str) -> None:
    name, _slash, member = claim.partition("/")
    assert member in data.SETS[name] if member else name in data.FACTS or name in data.SETS
    assert all(releases.version(text).minor in MINORS for text in (*data.LIVE.get(claim, ()), *data.CAPTURED.get(claim, ())))


@pytest.mark.parametrize("text", sorted({text for versions in data.LIVE.values() for text in versions}))
def test_what_is_graded_live_was_tried_live(text: str) -> None:
    assert f"Kubernetes {text}," in (TESTS.parent / "docs" / "tested.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("claim", "text"), [(claim, text) for claim, versions in data.CAPTURED.items() for text in versions])
def test_what_is_graded_captured_is_in_captured_output(claim: str, text: str) -> None:
    name, _slash, member = claim.partition("/")
    if name in IMAGE_FACTS:
        assert text in LISTED
        return
    words = [f"[ERROR {member}]", f"[WARNING {member}]"] if name == "preflight" else [EVIDENCE[name](releases.fact(name, releases.version(text)))]
    assert any(word in everything_captured(text) for word in words)


@pytest.mark.parametrize("text", sorted(path.name for path in FIXTURES.glob("1.*")))
def test_a_captured_preflight_finding_is_in_the_table(text: str) -> None:
    ids = {found for _level, found in re.findall(r"\[(ERROR|WARNING) ([\w.-]+)\]", everything_captured(text))}
    assert ids <= set(releases.fact("preflight", releases.version(text)))


def everything_captured(text: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((FIXTURES / text).glob("*")))
