# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_page
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up

HOSTILE = '"><script>alert(1)</script><img src=http://example.com/x onerror=alert(1)>&\'</style>'
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Elements with their attributes and text; an error where they are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]


def hostile(value: Any) -> Any:
    """Every text of the report that people, machines or a cluster choose."""
    if isinstance(value, dict):
        kept = ("status", "role", "level", "kind", "state", "schema")
        return {key: item if key in kept else hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return HOSTILE if isinstance(value, str) and value else value


REPORTS = {str(nodes): made_up.made(nodes) for nodes in (1, 3, 20, 100)}
REPORTS.update({f"{nodes}-faults": made_up.made(nodes, faults=True) for nodes in (3, 100)})
REPORTS["hostile"] = hostile(made_up.made(3, faults=True))
each_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


@each_report
def test_it_loads_nothing_and_runs_nothing(report: dict[str, Any]) -> None:
    page = Page(report_page.page(report))
    assert not {tag for tag, _attributes in page.found} & {"script", "img", "iframe", "object", "embed", "base", "form", "input", "audio", "video", "image"}
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")], tag
        assert all(str(value).startswith(("#", "data:,")) for name, value in attributes.items() if name in ("href", "xlink:href")), attributes


@each_report
def test_it_is_well_formed_and_says_what_its_parts_are(report: dict[str, Any]) -> None:
    text = report_page.page(report)
    page = Page(text)
    ids = [attributes["id"] for _tag, attributes in page.found if "id" in attributes]
    assert text.startswith("<!DOCTYPE html>\n<html lang=\"en\">") and len(ids) == len(set(ids))
    assert {str(link["href"]).lstrip("#") for link in page.all("a")} <= set(ids) and {str(use["href"]).lstrip("#") for use in page.all("use")} <= set(ids)
    assert [tag for tag, _attributes in page.found].count("h1") == 1 and len(page.all("caption")) == len(page.all("table")) == text.count('class="frame"')
    assert all(head.get("scope") in ("row", "col") for head in page.all("th"))
    assert all(svg.get("aria-hidden") == "true" for svg in page.all("svg"))


def test_nothing_that_a_node_is_called_becomes_part_of_the_page() -> None:
    text = report_page.page(REPORTS["hostile"])
    assert "<script" not in text and "<img" not in text and text.count("</style>") == 1
    assert any(HOSTILE in part for _tag, part in Page(text).texts)


def test_the_policy_allows_its_own_style_and_nothing_else() -> None:
    text = report_page.page(REPORTS["3"])
    policy = next(str(meta["content"]) for meta in Page(text).all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style and policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()}'" in policy


@pytest.mark.parametrize(("changes", "verdict"), [
    ({}, "ok"), ({"tokens": 1}, "warn"), ({"not_asked": 1}, "warn"), ({"certificates_due": 1, "errors": 1}, "bad"), ({"nodes_not_ready": 1}, "bad"),
    ({"skew": 1}, "bad"),
])
def test_the_verdict_is_that_of_the_worst(changes: dict[str, int], verdict: str) -> None:
    report = made_up.made(1)
    report["counts"].update(changes)
    assert report_page.verdict(report) == verdict and report_page.VERDICTS[verdict] in report_page.page(report)


@pytest.mark.parametrize(("state", "verdict"), [("supported", "ok"), ("unknown", "ok"), ("ends soon", "warn"), ("ended", "warn")])
def test_a_minor_that_nobody_supports_is_worth_a_look(state: str, verdict: str) -> None:
    report = made_up.made(1)
    report["versions"]["support"]["state"] = state
    assert report_page.verdict(report) == verdict


def test_drift_that_is_an_error_is_grave_and_no_cluster_is_no_fault() -> None:
    assert report_page.verdict(REPORTS["3-faults"]) == "bad" and report_page.grave(REPORTS["3-faults"])
    report = made_up.made(1)
    report["cluster"]["asked"] = ""
    assert report_page.verdict(report) == "none"


def test_numbers_at_the_top() -> None:
    assert [(tile.value, tile.level) for tile in report_page.tiles(REPORTS["3"])] == [
        ("3 of 3", "ok"), ("1.36.2", "none"), ("335 days", "ok"), ("0", "ok"), ("0", "ok"), ("0", "ok")]
    assert [(tile.value, tile.level, tile.more) for tile in report_page.tiles(REPORTS["3-faults"])] == [
        ("3 of 4", "bad", "1 not Ready"), ("1.36.2", "none", "End of support not known"), ("41 days", "warn", "10 due of 16"),
        ("1", "warn", "0 errors, 1 warning"),
        ("2", "bad", "from what the inventory declares"), ("1", "warn", "bootstrap token")]


def test_a_thousand_nodes_are_a_page_of_a_few_megabytes() -> None:
    report = made_up.made(20)
    report["nodes"] = [{**report["nodes"][-1], "name": f"n{number}", "host": f"n{number}"} for number in range(1000)]
    assert len(report_page.page(report)) < 3_000_000


def test_without_certificates_and_without_a_cluster_the_numbers_are_not_known() -> None:
    report = made_up.made(1)
    report["cluster"].update(asked="", kubernetes="")
    report.update(certificates=[], versions={**report["versions"], "support": None})
    assert [tile.value for tile in report_page.tiles(report)][:3] == ["not known"] * 3
    json.dumps(report)
