# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every node as a row of text; of many nodes those alike together. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import folded

# More nodes than these are told by what they have in common, more kinds than these not at all; a name or a cell is no longer than this.
MOST_NODES, MOST_ROWS, CELL, WORDS = 30, 40, 60, 6
SOON = 30  # days, at which a certificate is worth its own row

# What kube_node says it did, by the first word of its sentence; the second one is the node.
VERBS = {"label": "labels", "taint": "taints", "cordon": "cordoned", "uncordon": "uncordoned", "delete": "removed"}


class Known(NamedTuple):
    """What this run knows of a node beside what the API server says."""

    days: int | None = None  # the least of its certificates
    changed: tuple[str, ...] = ()


class Row(NamedTuple):
    """The cells behind the name."""

    role: str
    version: str
    runtime: str
    ready: str
    days: str
    changed: str


def table(nodes: Sequence[Mapping[str, Any]], known: Mapping[str, Known], predicted: bool) -> list[str]:
    """Columns of which nothing is known are left out."""
    if not nodes:
        return []
    titles = ["NODE", "ROLE", "VERSION", "RUNTIME", "READY", "ADDRESS", "CERTIFICATES", "WOULD CHANGE" if predicted else "CHANGED"]
    rows = [(str(node["name"]), _row(node, known.get(str(node["name"]), Known())), str(node["address"])) for node in nodes]
    if len(nodes) > MOST_NODES:
        cells = [[_cut(name), *row[:4], "", *row[4:]] for name, row in _together(rows)]
        more = [f"and {len(nodes)} nodes in more kinds than fit here"] if len(cells) > MOST_ROWS else []
        return [*aligned([titles, *cells[:MOST_ROWS]]), *more, _numbers(nodes)]
    return aligned([titles, *([name, *row[:4], address, *row[4:]] for name, row, address in rows)])


def _row(node: Mapping[str, Any], known: Known) -> Row:
    days = "" if known.days is None else f"{known.days} days"
    return Row(",".join(node["roles"]) or "worker", str(node["version"]), str(node["runtime"]), "yes" if node["ready"] else "NO", days,
               _cut(words(known.changed)))


def words(changed: Sequence[str]) -> str:
    more = [f"+{len(changed) - WORDS}"] if len(changed) > WORDS else []
    return ", ".join([*changed[:WORDS], *more])


def _together(rows: Iterable[tuple[str, Row, str]]) -> list[tuple[str, Row]]:
    """Those alike, and before them those that are not Ready; of days left the least, unless they are few."""
    groups: dict[Row, list[tuple[str, Row]]] = {}
    for name, row, _address in rows:
        soon = row.days and _days(row) < SOON
        groups.setdefault(row if soon else row._replace(days=""), []).append((name, row))
    found = [(folded([name for name, _row in members]), _least([row for _name, row in members])) for members in groups.values()]
    return sorted(found, key=lambda item: (item[1].ready == "yes", not item[1].days or _days(item[1]) >= SOON, item[1].role == "worker"))


def _days(row: Row) -> int:
    return int(row.days.split()[0])


def _least(rows: Sequence[Row]) -> Row:
    told = [row for row in rows if row.days]
    return min(told, key=_days) if told else rows[0]


def _numbers(nodes: Sequence[Mapping[str, Any]]) -> str:
    ready = sum(bool(node["ready"]) for node in nodes)
    return f"{len(nodes)} nodes, {ready} of them Ready"


def changed_nodes(sentences: Iterable[str]) -> dict[str, list[str]]:
    """By node, what kube_node did to it, whichever host was asked for it."""
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        verb, _space, rest = sentence.partition(" ")
        if verb in VERBS and rest:
            found.setdefault(rest.split()[0], []).append(VERBS[verb])
        elif verb == "evict" and " from " in rest:
            found.setdefault(rest.rsplit(" from ", 1)[1], []).append("drained")
    return found


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width, as a terminal shows them; those empty but for their title go."""
    kept = [column for column in range(len(rows[0])) if any(row[column] for row in rows[1:])]
    widths = {column: max(width(row[column]) for row in rows) for column in kept}
    return ["  ".join(row[column] + " " * (widths[column] - width(row[column])) for column in kept).rstrip() for row in rows]


def width(text: str) -> int:
    """A Chinese letter takes two columns, an accent of its own none."""
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str) -> str:
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
