# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_markup as markup


@pytest.mark.parametrize(("made", "text"), [
    (markup.tag("p", "a < b & c", markup.tag("b", "x"), None, 3), "<p>a &lt; b &amp; c<b>x</b>3</p>"),
    (markup.tag("td", class_='"><script>', aria_label="x", title=None), '<td class="&quot;&gt;&lt;script&gt;" aria-label="x"></td>'),
    (markup.tag("meta", name="a"), '<meta name="a">'), (markup.tag("rect", width=3), '<rect width="3"/>'),
    (markup.join(["<", markup.tag("i")], " & "), "&lt; &amp; <i></i>"), (markup.code("<b>"), "<code>&lt;b&gt;</code>"),
    (markup.facts([("A", "1"), ("B", ""), ("C", None)]), '<dl class="facts"><div><dt>A</dt><dd>1</dd></div></dl>'),
    (markup.when("2026-11-22T10:03:58+08:00"), '<time datetime="2026-11-22T10:03:58+08:00">2026-11-22 02:03 UTC</time>'),
    (markup.when(""), "never"), (markup.when("<soon>"), "&lt;soon&gt;"),
])
def test_whatever_is_no_html_is_escaped(made: str, text: str) -> None:
    assert made == text and isinstance(made, markup.Html)


def test_a_table_says_what_it_is_and_which_cells_are_heads() -> None:
    made = markup.table("Nodes & more", ["Name", "Age"], [["<n1>", 3]])
    assert '<caption>Nodes &amp; more</caption>' in made and '<th scope="col">Age</th>' in made
    assert '<th scope="row">&lt;n1&gt;</th><td>3</td>' in made and 'tabindex="0"' in made


def test_a_badge_says_in_words_what_its_sign_says() -> None:
    assert 'aria-hidden="true"' in markup.badge("ok", "Ready") and "Ready" in markup.badge("ok", "Ready") and "note bad" in markup.note("bad", "x")
