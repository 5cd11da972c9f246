# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parsers of kubeadm's output share: lines without noise, cells of a table, JSON documents, times. Pure. Private to the collection."""

import calendar
import json
import re
import time
from typing import Any, Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

# Log lines, warnings about flags and commands, preflight warnings: they stand before, after and between what is asked for.
_NOISE = (r"[ \t]*(?:[IWEF][0-9]{4}[ \t]+[0-9:.]+[ \t]|\[(?:WARNING|ERROR) [^\]\n]+\]|Flag --|Command \"[^\"\n]*\" is deprecated|\[[a-z][a-z0-9/-]*\] |"
          r"\{\"level\":)")
_IS_NOISE = re.compile(_NOISE)
_NOISE_LINE = re.compile(_NOISE + r"[^\n]*")
_NOT_BLANK = re.compile(r"\s*")
_TIME = re.compile(r"\A([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\Z")
_CELL_END = re.compile(r"\s{2,}|\t")


def is_noise(line: str) -> bool:
    return bool(_IS_NOISE.match(line))


def cells(line: str) -> List[str]:
    """The cells of a table's row: two blanks or a TAB part them, one blank does not. An empty cell leaves no trace."""
    return _CELL_END.split(line.strip())


def json_documents(text: str) -> List[Dict[str, Any]]:
    """JSON objects one after another, as `kubeadm token list -o json` prints them; lines of noise before, between and after are skipped."""
    decoder, place = json.JSONDecoder(), 0
    found: List[Dict[str, Any]] = []
    while True:
        place = _NOT_BLANK.match(text, place).end()  # type: ignore[union-attr]
        if place == len(text):
            return found
        noise = _NOISE_LINE.match(text, place)
        if noise:
            place = noise.end()
            continue
        try:
            document, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise KubewrightError("kubeadm printed something that is no JSON: {0}".format(error)) from error
        if not isinstance(document, dict):
            raise KubewrightError("kubeadm printed something that is no JSON object: {0}".format(type(document).__name__))
        found.append(document)


def documents_of(text: str, kind: str) -> Optional[List[Dict[str, Any]]]:
    """The JSON documents of a kind; None where the text has no JSON in it at all, so that it must be the table for people."""
    lines = text.splitlines()
    start = next((index for index, line in enumerate(lines) if line.lstrip().startswith("{") and not is_noise(line)), None)
    if start is None:
        return None
    found = [item for item in json_documents("\n".join(lines[start:])) if item.get("kind") == kind]
    if not found:
        raise KubewrightError("kubeadm printed JSON, but no {0}".format(kind))
    return found


def value(document: Any, name: str, kind: type, default: Any = None) -> Any:
    """A field of a JSON object, of the type that it must have; the default where it is left out or null."""
    if not isinstance(document, dict):
        raise _unexpected("list of objects", document)
    found = document.get(name)
    if found is None and default is not None:
        return default
    if not isinstance(found, kind):
        raise _unexpected(name, found)
    return found


def _unexpected(name: str, found: Any) -> KubewrightError:
    return KubewrightError("kubeadm printed a {0} that is not what it should be, but a {1}".format(name, type(found).__name__))


def timestamp(text: str) -> int:
    """Seconds since the epoch of an RFC 3339 time."""
    match = _TIME.match(text)
    if not match:
        raise KubewrightError("kubeadm printed {0!r} where a time was expected".format(text))
    zone = match.group(2)
    offset = 0 if zone == "Z" else int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[4:]) * 60)
    return seconds(match.group(1), "%Y-%m-%dT%H:%M:%S") - offset


def seconds(text: str, form: str) -> int:
    """Seconds since the epoch of a time in UTC; the form must not hold names of months, which depend on the locale."""
    try:
        return calendar.timegm(time.strptime(text, form))
    except ValueError as error:
        raise KubewrightError("kubeadm printed {0!r} where a time was expected".format(text)) from error
