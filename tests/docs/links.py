"""Look at a built site: every link, anchor and picture is there, and no page loads anything from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself when it shows a page; a link that a person follows is none of it.
FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("object", "data")}
FETCHED_BY_STYLE = re.compile(r"(?:@import\s+|url\()\s*[\"']?((?:https?:)?//[^\"')\s]+)")
WELL_FORMED = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?(?:[/?#][^\s<>\"]*)?")


@dataclass
class Checked:
    """What was found."""

    pages: int = 0
    links: int = 0
    external: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The anchors of a page and where it points."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            if name in ("href", "src", "data") and value is not None:
                self.links.append((value, (tag, name) in FETCHED))


def check(site: Path) -> Checked:
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    checked = Checked(pages=len(pages))
    for path, page in pages.items():
        for link, is_fetched in page.links:
            _look(site.resolve(), path, link, is_fetched, pages, checked)
    for style in sorted(site.rglob("*.css")):
        for address in FETCHED_BY_STYLE.findall(style.read_text(encoding="utf-8")):
            checked.problems.append(f"{style.relative_to(site)}: loads {address} from elsewhere")
    return checked


def _look(site: Path, path: Path, link: str, is_fetched: bool, pages: dict[Path, Page], checked: Checked) -> None:
    where = path.relative_to(site)
    parts = urlsplit(link)
    if parts.scheme in ("http", "https") or parts.netloc:
        checked.external.add(link)
        if is_fetched:
            checked.problems.append(f"{where}: loads {link} from elsewhere")
        elif not WELL_FORMED.fullmatch(link):
            checked.problems.append(f"{where}: {link} is no address")
        return
    if parts.scheme in ("mailto", "data", "javascript"):
        return
    checked.links += 1
    base = site if parts.path.startswith("/") else path.parent
    aim = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
    aim = aim / "index.html" if aim.is_dir() else aim
    if not aim.is_relative_to(site) or not aim.is_file():
        checked.problems.append(f"{where}: {link} is not there")
    elif parts.fragment and aim in pages and unquote(parts.fragment) not in pages[aim].anchors:
        checked.problems.append(f"{where}: {link}, no such heading in {aim.relative_to(site)}")
