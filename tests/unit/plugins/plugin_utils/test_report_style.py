# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_style as style


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    parts = [int(colour[index:index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21 and round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("colours", [style.LIGHT, style.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), style.PAIRS)
def test_text_can_be_read_on_its_ground(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_lines_that_mean_something_can_be_seen(colours: dict[str, str]) -> None:
    """3:1 is what WCAG asks of what is no text."""
    assert min(contrast(colours["wire"], colours[ground]) for ground in ("card", "page")) >= 3


def test_both_schemes_have_the_same_colours_and_no_other_is_used() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)\)", style.css()))
    assert set(style.LIGHT) == set(style.DARK) and used == set(style.LIGHT)


def test_the_style_needs_nothing_from_elsewhere() -> None:
    assert not re.search(r"url\(|@import|https?:|expression\(", style.css()) and style.css().count("{") == style.css().count("}")


def test_there_is_a_sign_for_every_level() -> None:
    assert set(style.SIGNS) == set(style.LEVELS)
