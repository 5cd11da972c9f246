"""What MkDocs does otherwise than the repository's own pages, made the same: anchors of headings, and how deep a nested list is indented."""

from __future__ import annotations

import re
from typing import Any

from markdown import Extension, Markdown


class TwoSpaces(Extension):
    """Lists within lists are indented by two spaces in this project."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.tab_length = 2


def anchor(title: str, _separator: str = "-") -> str:
    """As the repository's pages make them; Chinese stays."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def on_config(config: Any) -> Any:
    config["mdx_configs"].setdefault("toc", {})["slugify"] = anchor
    config["markdown_extensions"].append(TwoSpaces())
    return config
