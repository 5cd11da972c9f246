# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML from Python in which nothing is forgotten to be escaped. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime, timezone

VOID = {"meta", "link", "br", "use", "rect", "path", "line"}


class Html(str):
    """Text that is HTML already. Every other string is text, and is escaped."""

    __slots__ = ()


def tag(element: str, /, *children: str | int | None, **attributes: str | int | None) -> Html:
    """An element. An underscore in an attribute's name is a dash, one at its end is left out; None leaves the attribute or the child out."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items() if value is not None)
    if element in VOID:
        return Html(f"<{element}{told}>" if element in ("meta", "link", "br") else f"<{element}{told}/>")
    return Html(f"<{element}{told}>{join(children)}</{element}>")


def join(children: Iterable[str | int | None], between: str = "") -> Html:
    return Html(html.escape(between).join(child if isinstance(child, Html) else html.escape(str(child)) for child in children if child is not None))


def table(caption: str, titles: Iterable[str], rows: Iterable[Iterable[str | int | None]]) -> Html:
    """The first cell of a row names it. Wide tables scroll in a frame of their own, which the keyboard reaches."""
    head = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in titles)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) if index else tag("th", cell, scope="row") for index, cell in enumerate(row))) for row in rows))
    return tag("div", tag("table", tag("caption", caption), head, body), class_="frame", tabindex="0", role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[str, str | int | None]]) -> Html:
    """Names and values; those without a value are left out."""
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value not in (None, "")), class_="facts")


def when(text: str) -> Html:
    """An RFC 3339 time as people read it, with its zone."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    except ValueError:
        return join([text or "never"])
    return tag("time", moment.strftime("%Y-%m-%d %H:%M UTC"), datetime=text)


def code(text: str) -> Html:
    return tag("code", text)


def icon(level: str) -> Html:
    """One of the signs that the page defines once; words beside it say the same."""
    return tag("svg", tag("use", href=f"#sign-{level}"), class_=f"sign {level}", aria_hidden="true", width="16", height="16")


def badge(level: str, text: str) -> Html:
    return tag("span", icon(level), text, class_=f"badge {level}")


def note(level: str, *children: str | None) -> Html:
    return tag("p", icon(level), tag("span", *children), class_=f"note {level}")
