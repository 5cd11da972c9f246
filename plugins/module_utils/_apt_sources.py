# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of apt's sources that somebody else made for a repository of ours, with a key of their own. Private to the collection.

apt reads no source at all where two entries of one repository name different keys ("Conflicting values set for option Signed-By"). Entries without a
key do no harm, and may have other components.
"""

import os
import re
from typing import Iterator, List, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._files import commented, read

MAIN, PARTS = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
_LINE = re.compile(r"\s*deb(?:-src)?\s+\[[^\]]*\bsigned-by=[^\]]*\]\s*(\S+)\s+(\S+)")
_OFF = re.compile(r"^Enabled:\s*(no|false|off|without|disable|0)\s*$", re.MULTILINE | re.IGNORECASE)


def others(uri: str, suite: str, own: str) -> List[Tuple[str, str]]:
    """Files besides our own that have the repository by another key, each with the text that has it no more."""
    found = [(path, _without(path, read(path), uri, suite)) for path in _paths() if path != own]
    return [(path, text) for path, text in found if text != read(path)]


def _paths() -> Iterator[str]:
    yield MAIN
    for name in sorted(os.listdir(PARTS)) if os.path.isdir(PARTS) else []:
        if name.endswith((".list", ".sources")):
            yield os.path.join(PARTS, name)


def _without(path: str, text: str, uri: str, suite: str) -> str:
    """A line becomes a comment, a paragraph is switched off."""
    if not path.endswith(".sources"):
        return commented(text, lambda line: _is_same(line, uri, suite))
    parts = re.split(r"(\n[ \t]*\n)", text)
    return "".join("Enabled: no\n" + part if _names(part, uri, suite) and not _OFF.search(part) else part for part in parts)


def _is_same(line: str, uri: str, suite: str) -> bool:
    match = _LINE.match(line)
    return match is not None and (_slashed(match.group(1)), match.group(2)) == (_slashed(uri), suite)


def _names(paragraph: str, uri: str, suite: str) -> bool:
    fields = {name.lower(): value.split() for name, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", paragraph, re.MULTILINE)}
    return "signed-by" in fields and _slashed(uri) in map(_slashed, fields.get("uris", [])) and suite in fields.get("suites", [])


def _slashed(uri: str) -> str:
    return uri.rstrip("/") + "/"
