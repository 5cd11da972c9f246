# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster as a picture: its endpoint, the control planes behind it, the workers below. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import counted
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_markup import Html, badge, icon, join, tag
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_nodes import CONTROL_PLANE

Row = Mapping[str, Any]
# Of more nodes than these a tier shows names only, and of more than those signs only.
CARDS, TILES = 12, 200
WORDS = {"ready": ("ok", "Ready"), "not_ready": ("bad", "Not ready"), "absent": ("none", "Not in the cluster"), "unknown": ("none", "Not known")}


def picture(report: Row) -> Html:
    cluster, nodes = report["cluster"], report["nodes"]
    planes = [row for row in nodes if row["role"] == CONTROL_PLANE]
    workers = [row for row in nodes if row["role"] != CONTROL_PLANE]
    members = sum(row["etcd"] for row in planes)
    named = "API server" if cluster["endpoint"] else "No cluster answers"
    parts = [tag("div", tag("b", cluster["endpoint"] or report["declared"]["kubernetes"] or "no endpoint"),
                 tag("div", named if cluster["endpoint"] else f"{named}; declared version", class_="soft"), class_="endpoint"),
             _wire(), _tier("Control planes", counted(members, "member") + " of etcd" if members else "", planes)]
    if workers:
        parts += [_wire(), _tier("Workers", "", workers)]
    return tag("div", *parts, class_="picture")


def _wire() -> Html:
    return tag("svg", tag("line", x1="12", y1="0", x2="12", y2="24"), tag("path", d="M7 22h10l-5 8z"), class_="wire", viewBox="0 0 24 30", aria_hidden="true")


def _tier(title: str, more: str, nodes: Sequence[Row]) -> Html:
    ready = sum(row["status"] == "ready" for row in nodes)
    told = join(filter(None, (f"{ready} of {len(nodes)} Ready" if nodes else "none", more)), ", ")
    rows = sorted(nodes, key=lambda row: row["status"] == "ready") if len(nodes) > CARDS else nodes
    form, drawn = ("cards", _card) if len(rows) <= CARDS else ("small", _tile) if len(rows) <= TILES else ("dots", _dot)
    return tag("div", tag("h3", title, tag("span", told, class_="soft")), tag("ul", *(drawn(row) for row in rows), class_=form), class_="tier")


def _card(row: Row) -> Html:
    level, word = WORDS[row["status"]]
    version = row["versions"].get("kubelet", "")
    return tag("li", tag("div", tag("b", row["name"]), badge(level, word), class_="head"),
               tag("p", join(filter(None, (row["address"], version and f"v{version}")), " · "), class_="soft"),
               tag("p", row["runtime"], class_="soft") if row["runtime"] else None,
               tag("p", row["reason"]) if row["reason"] else None,
               tag("div", *(tag("span", text, class_="chip") for text in chips(row)), class_="chips") if chips(row) else None)


def chips(row: Row) -> list[str]:
    """What is worth a word beside a node's name."""
    found = ["etcd"] if row["etcd"] else []
    found += [] if row["schedulable"] else ["cordoned"]
    found += ["not in the inventory"] if not row["host"] else [] if row["asked"] else ["not looked at"]
    return found


def _tile(row: Row) -> Html:
    level, word = WORDS[row["status"]]
    return tag("li", icon(level), tag("span", row["name"]), tag("i", word, class_="hidden"), class_=level, title=_told(row, word))


def _dot(row: Row) -> Html:
    level, word = WORDS[row["status"]]
    return tag("li", icon(level), tag("i", _told(row, word), class_="hidden"), class_=level, title=_told(row, word))


def _told(row: Row, word: str) -> str:
    return ", ".join(filter(None, (f"{row['name']}: {word}", row["versions"].get("kubelet", ""), row["address"], *chips(row))))


def attention(nodes: Iterable[Row]) -> list[str]:
    """Names of nodes of the cluster that are not Ready."""
    return [row["name"] for row in nodes if row["status"] == "not_ready"]
