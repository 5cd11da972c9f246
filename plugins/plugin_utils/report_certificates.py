# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of a report, each with the time that is left. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

DAY = 86400
# Days before its end from which a certificate is due. The kubelet renews its own by itself, weeks before; an authority takes longer to exchange.
DUE = {"authority": 365, "kubelet": 30}
LEVELS = ("expired", "unreadable", "due", "ok")


def rows(looks: Iterable[tuple[str, Mapping[str, Any]]], now: float, renew_before_days: int) -> list[dict[str, Any]]:
    """Of each node, by name, all that it holds; what ends first comes first within a node."""
    found = []
    for name, look in looks:
        own = [_row(name, item, now, renew_before_days) for item in look.get("pki") or []]
        found += sorted(own, key=lambda row: (row["expires_epoch"] is not None, row["expires_epoch"] or 0))
    return found


def _row(node: str, item: Mapping[str, Any], now: float, renew_before_days: int) -> dict[str, Any]:
    ends = item.get("not_after")
    left = None if ends is None else int((ends - now) // DAY)
    return {
        "node": node, "path": item["path"], "kind": item["kind"], "subject": item.get("subject", ""), "organizations": item.get("organizations", []),
        "algorithm": item.get("algorithm", ""), "fingerprint": item.get("fingerprint", ""), "error": item.get("error", ""),
        "not_before": moment(item.get("not_before")), "expires": moment(ends), "expires_epoch": ends, "days_left": left,
        "level": level(item["kind"], None if ends is None else ends - now, renew_before_days),
    }


def level(kind: str, seconds_left: float | None, renew_before_days: int) -> str:
    if seconds_left is None:
        return "unreadable"
    if seconds_left <= 0:
        return "expired"
    return "due" if seconds_left < DUE.get(kind, renew_before_days) * DAY else "ok"


def moment(seconds: float | None) -> str:
    """RFC 3339 in UTC; empty for none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> int | None:
    """Seconds since the epoch of an RFC 3339 time; None where it is none."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp())
