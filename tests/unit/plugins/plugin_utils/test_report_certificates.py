# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_certificates as certificates

DAY, NOW = 86400, 1795313038


@pytest.mark.parametrize(("kind", "days", "level"), [
    ("certificate", -1, "expired"), ("certificate", 0, "expired"), ("certificate", 89.9, "due"), ("certificate", 90, "ok"), ("kubeconfig", 10, "due"),
    ("authority", 364, "due"), ("authority", 365, "ok"), ("kubelet", 29, "due"), ("kubelet", 30, "ok"), ("certificate", None, "unreadable"),
])
def test_levels(kind: str, days: float | None, level: str) -> None:
    assert certificates.level(kind, None if days is None else days * DAY, 90) == level


def item(path: str, days: float | None, **more: Any) -> dict[str, Any]:
    ends = {"error": "no PEM"} if days is None else {"not_after": NOW + int(days * DAY), "not_before": NOW, "subject": "x", "organizations": []}
    return {"path": path, "kind": "certificate", **ends, **more}


def test_what_ends_first_comes_first_and_what_cannot_be_read_before_it() -> None:
    rows = certificates.rows([("cp1", {"pki": [item("/a", 100), item("/b", 2), item("/c", None)]}), ("w1", {})], NOW, 90)
    assert [(row["node"], row["path"], row["days_left"], row["level"]) for row in rows] == [
        ("cp1", "/c", None, "unreadable"), ("cp1", "/b", 2, "due"), ("cp1", "/a", 100, "ok")]
    assert rows[0]["error"] == "no PEM" and rows[0]["expires"] == "" and rows[1]["expires"] == "2026-11-24T02:03:58Z"


def test_one_that_has_ended_has_less_than_no_days() -> None:
    assert certificates.rows([("cp1", {"pki": [item("/a", -0.5)]})], NOW, 90)[0]["days_left"] == -1


@pytest.mark.parametrize(("text", "seconds"), [
    ("2026-11-22T02:03:58Z", NOW), ("2026-11-22T10:03:58+08:00", NOW), ("2026-11-22T02:03:58", NOW), ("", None), ("soon", None),
])
def test_times_are_read_with_their_zone(text: str, seconds: int | None) -> None:
    assert certificates.epoch(text) == seconds


def test_times_are_written_in_utc() -> None:
    assert (certificates.moment(NOW), certificates.moment(None)) == ("2026-11-22T02:03:58Z", "")
