# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of the documentation: pages are laid out as in the clone, every broken link is found, and the reference says what ansible-doc says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.tests.docs import build, hooks, links, reference

HERE = build.repository()


@pytest.mark.parametrize(("link", "expected"), [
    ("upgrade.md#before", "upgrade.md#before"),
    ("#here", "#here"),
    ("https://kubernetes.io/", "https://kubernetes.io/"),
    ("decisions/", "decisions/README.md"),
    ("../roles/prereqs", "../roles/prereqs/README.md"),
    ("../lab/overlay.yml", f"{HERE}/blob/main/lab/overlay.yml"),
    ("../tests/unit/golden", f"{HERE}/tree/main/tests/unit/golden"),
])
def test_a_link_leads_to_a_page_of_the_site_or_to_the_repository(link: str, expected: str) -> None:
    published = {"docs/upgrade.md", "docs/decisions/README.md", "roles/prereqs/README.md"}
    assert build.target(link, Path("docs/page.md"), build.CLONE, published) == expected


def test_a_list_after_a_sentence_gets_its_empty_line_and_a_fence_stays_as_it_is() -> None:
    text = "Say:\n- one\n  more\n- two\n\n```text\nx\n- [no](link.md)\n```\n"
    assert build.for_site(text, Path("README.md"), build.CLONE, set()) == text.replace("Say:\n", "Say:\n\n")


@pytest.mark.parametrize(("title", "expected"), [
    ("One run at a time", "one-run-at-a-time"), ("`kube_cni`: flannel, Calico", "kube_cni-flannel-calico"), ("看 a/b 的效果", "看-ab-的效果"),
])
def test_an_anchor_is_that_of_the_repositorys_own_pages(title: str, expected: str) -> None:
    assert hooks.anchor(title) == expected


def built(site: Path, body: str) -> list[str]:
    (site / "other.html").write_text('<h1 id="there">x</h1>')
    (site / "index.html").write_text(body)
    return links.check(site).problems


@pytest.mark.parametrize("body", [
    '<a href="other.html#there">x</a>', '<a href="#">x</a><p id="">', '<a id="a" href="#a">',
    '<a href="https://example.com/a?b#c">', '<a href="mailto:a@example.com">',
])
def test_what_is_there_is_no_problem(tmp_path: Path, body: str) -> None:
    assert built(tmp_path, body) == []


@pytest.mark.parametrize(("body", "problem"), [
    ('<a href="gone.html">', "index.html: gone.html is not there"),
    ('<a href="../../etc/passwd">', "index.html: ../../etc/passwd is not there"),
    ('<img src="gone.png">', "index.html: gone.png is not there"),
    ('<a href="other.html#gone">', "index.html: other.html#gone, no such heading in other.html"),
    ('<a href="#gone">', "index.html: #gone, no such heading in index.html"),
    ('<a href="http://exa mple/">', "index.html: http://exa mple/ is no address"),
    ('<script src="https://example.com/x.js">', "index.html: loads https://example.com/x.js from elsewhere"),
    ('<link href="//example.com/x.css">', "index.html: loads //example.com/x.css from elsewhere"),
])
def test_each_broken_link_is_named_with_its_page(tmp_path: Path, body: str, problem: str) -> None:
    assert built(tmp_path, body) == [problem]


def test_a_style_that_loads_a_font_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("@font-face {src: url('https://example.com/f.woff')} p {background: url(x.png)}")
    assert built(tmp_path, "") == ["x.css: loads https://example.com/f.woff from elsewhere"]


@pytest.mark.parametrize(("text", "expected"), [
    ("With O(nodes[].drained=true) and V(x), see M(kubewright.cluster.kube_node).", "With `nodes[].drained=true` and `x`, see `kubewright.cluster.kube_node`."),
    ("C(kubectl), RV(node.name), E(HOME), B(not) L(this,https://example.com) U(https://example.org)",
     "`kubectl`, `node.name`, `HOME`, *not* [this](https://example.com) <https://example.org>"),
    ("2 * 3 <= 7", "2 \\* 3 &lt;= 7"),
])
def test_markup_of_ansible_becomes_markdown(text: str, expected: str) -> None:
    assert reference.words(text) == expected


def test_an_option_in_an_option_has_a_row_of_its_own() -> None:
    options: dict[str, Any] = {"a": {"type": "list", "elements": "dict", "description": "One | two.", "suboptions": {
        "b": {"type": "bool", "default": False, "choices": ["x"], "description": ["B."]}}}}
    assert list(reference.option_rows(options)) == ["| `a` | list of dict |  | One \\| two. |", "| `a[].b` | bool | `false` | B. One of `x`. |"]


def test_playbooks_are_listed_with_their_plays_and_inputs() -> None:
    text = reference.playbooks()
    for path in build.CLONE.glob("playbooks/*.yml"):
        assert f"## {path.stem}\n" in text and reference.comment(path.read_text(encoding="utf-8"))
    assert "| `kube_reset_machines` |" in text.partition("## reset")[2].partition("## site")[0]


def pages_of(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [page for entry in (nav if isinstance(nav, list) else nav.values()) for page in pages_of(entry)]


def test_every_page_of_docs_is_in_the_menu_once() -> None:
    menu = pages_of(yaml.safe_load((build.CLONE / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert sorted(menu) == sorted({*menu})
    missing = {f"docs/{page.name}" for page in build.CLONE.glob("docs/*.md")} - {*menu}
    assert not missing, f"mkdocs.yml does not name them: {', '.join(sorted(missing))}"
