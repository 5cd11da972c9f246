# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one page that needs no other file and no script. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_sections as sections
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_style
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import counted
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_markup import Html, icon, join, tag, when

Row = Mapping[str, Any]
PARTS = (
    ("cluster", "Cluster", sections.cluster), ("findings", "Findings", sections.findings), ("drift", "Declared and there", sections.drift),
    ("certificates", "Certificates", sections.certificates), ("versions", "Versions", sections.versions), ("nodes", "Nodes", sections.nodes),
    ("tokens", "Left of joins", sections.tokens), ("silent", "Not asked", sections.silent),
)
VERDICTS = {"ok": "All well", "warn": "Worth a look", "bad": "Needs attention", "none": "No cluster yet"}


class Tile(NamedTuple):
    """A number at the top of the page, and a few words of it."""

    name: str
    value: str
    level: str
    more: str


def page(report: Row) -> str:
    style = report_style.css()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    title = f"Kubewright report: {report['cluster']['endpoint'] or 'no cluster'}"
    head = tag(
        "head", tag("meta", charset="utf-8"), tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
                                                                  "form-action 'none'"),
        tag("meta", name="color-scheme", content="light dark"), tag("meta", name="referrer", content="no-referrer"), tag("link", rel="icon", href="data:,"),
        tag("title", title), Html(f"<style>{style}</style>"))
    body = tag("body", tag("a", "Skip to the report", href="#cluster", class_="skip"), _signs(), _header(report), _navigation(),
               tag("main", _tiles(report), *(_section(report, *part) for part in PARTS)), _footer(report))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _signs() -> Html:
    """Drawn once, used everywhere."""
    drawn = (tag("symbol", tag("path", d=path), id=f"sign-{level}", viewBox="0 0 16 16") for level, path in report_style.SIGNS.items())
    return tag("svg", *drawn, class_="hidden", aria_hidden="true")


def _header(report: Row) -> Html:
    made, level = report["made"], verdict(report)
    return tag("header", tag(
        "div", tag("p", "Kubewright report", class_="brand"),
        tag("div", tag("h1", report["cluster"]["endpoint"] or "No cluster answers"), tag("span", icon(level), VERDICTS[level], class_=f"verdict {level}"),
            class_="row"),
        tag("p", "Made ", when(made["time"]), f" by {made['by']}", class_="soft")))


def verdict(report: Row) -> str:
    number = report["counts"]
    if grave(report) or any(number[key] for key in ("errors", "nodes_not_ready", "skew", "certificates_expired", "certificates_unreadable")):
        return "bad"
    if any(number[key] for key in ("warnings", "drift", "certificates_due", "tokens", "not_asked", "only_in_cluster", "only_in_inventory", "problems")):
        return "warn"
    support = report["versions"]["support"]
    if support and sections.SUPPORT[support["state"]][0] == "warn":
        return "warn"
    return "ok" if report["cluster"]["asked"] else "none"


def grave(report: Row) -> bool:
    """Whether something of the drift is an error."""
    return any(row["level"] == "error" for row in report["drift"])


def _navigation() -> Html:
    return tag("nav", tag("ul", *(tag("li", tag("a", title, href=f"#{name}")) for name, title, _part in PARTS)), aria_label="Parts of this report")


def _section(report: Row, name: str, title: str, part: Any) -> Html:
    return tag("section", tag("h2", title, id=f"{name}-title"), part(report), id=name, aria_labelledby=f"{name}-title")


def _tiles(report: Row) -> Html:
    return tag("ul", *(tag("li", tag("div", tile.name, class_="name"), tag("div", tile.value, class_="value"),
                           tag("div", icon(tile.level), tag("span", tile.more), class_="more")) for tile in tiles(report)), class_="tiles")


def tiles(report: Row) -> list[Tile]:
    """What is to be seen at once."""
    number = report["counts"]
    return [
        _ready(report), _version(report), _first_certificate(report),
        Tile("Findings", str(number["errors"] + number["warnings"]), "bad" if number["errors"] else "warn" if number["warnings"] else "ok",
             f"{counted(number['errors'], 'error')}, {counted(number['warnings'], 'warning')}"),
        Tile("Drift", str(number["drift"]), "bad" if grave(report) else "warn" if number["drift"] else "ok", "from what the inventory declares"),
        Tile("Left of joins", str(number["tokens"]), "warn" if number["tokens"] else "ok", "bootstrap token" if number["tokens"] == 1 else "bootstrap tokens"),
    ]


def _ready(report: Row) -> Tile:
    number = report["counts"]
    if not report["cluster"]["asked"]:
        return Tile("Nodes Ready", "not known", "none", f"{counted(number['machines'], 'machine')} in the inventory")
    value = f"{number['nodes_ready']} of {number['nodes']}"
    if number["nodes_not_ready"]:
        return Tile("Nodes Ready", value, "bad", f"{number['nodes_not_ready']} not Ready")
    return Tile("Nodes Ready", value, "ok", f"{counted(number['control_planes'], 'control plane')}, {counted(number['workers'], 'worker')}")


def _version(report: Row) -> Tile:
    skew, support, version = report["counts"]["skew"], report["versions"]["support"], report["cluster"]["kubernetes"]
    if not support:
        return Tile("Kubernetes", version or "not known", "none", "no API server was asked")
    level, word = sections.SUPPORT[support["state"]]
    return Tile("Kubernetes", version or support["minor"], "bad" if skew else level, f"{counted(skew, 'version')} out of step" if skew else word)


def _first_certificate(report: Row) -> Tile:
    number = report["counts"]
    left = [row["days_left"] for row in report["certificates"] if row["days_left"] is not None]
    bad, due = number["certificates_expired"] + number["certificates_unreadable"], number["certificates_due"]
    if not left:
        return Tile("First certificate ends", "not known", "bad" if bad else "none", "no certificate was read")
    return Tile("First certificate ends", sections.days(min(left)), "bad" if bad else "warn" if due else "ok",
                f"{bad} expired or unreadable" if bad else f"{due} due of {number['certificates']}")


def _footer(report: Row) -> Html:
    made = report["made"]
    return tag("footer", tag("div", join((
        f"Kubewright {made['kubewright']}, ansible-core {made['ansible']}. The same as data: ", tag("code", "report.json"), f" ({report['schema']}); "
        "for Prometheus: ", tag("code", "kubewright.prom"), ". All times are UTC. This page holds no secret and loads nothing."))))
