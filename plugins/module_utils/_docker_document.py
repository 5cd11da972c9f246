# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon.json: read, and merged with what is asked for so that nothing that a person wrote is lost. Pure. Private to the collection.

A note holds what was written here before. What it holds may be changed and taken away again; all else in the document is somebody else's.
"""

import json
import re
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Document = Dict[str, Any]
# A key's older name, which Docker still reads; both at once keep it from starting.
OLDER_NAMES = {"data-root": "graph"}
_OPTION = re.compile(r"[\w.-]+=")


class Conflict(NamedTuple):
    """A person's value, and what is asked for in its place."""

    path: str
    there: Any
    wanted: Any

    def __str__(self) -> str:
        return "{0} is {1} there, and {2} is asked for".format(self.path, json.dumps(self.there), json.dumps(self.wanted))


class Merged(NamedTuple):
    """asked: all that the document has to say, under the keys that it uses. note: what of it is written here."""

    document: Document
    asked: Document
    note: Document
    changes: List[str]
    conflicts: List[Conflict]


def parse(text: str, path: str) -> Document:
    """The document; an empty file is one without keys, though Docker 20.10 does not start with it."""
    if not text.strip():
        return {}
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise KubewrightError("{0} is no JSON that Docker could read: {1}. Correct it or move it away; it was not touched.".format(path, error)) from error
    if not isinstance(document, dict):
        raise KubewrightError("{0} holds {1}; it must be an object of settings, {{...}}. Correct it or move it away; it was not touched."
                              .format(path, json.dumps(document)[:60]))
    return document


def _once(pairs: List[Tuple[str, Any]]) -> Document:
    keys = [key for key, _value in pairs]
    double = sorted({key for key in keys if keys.count(key) > 1})
    if double:
        raise ValueError("{0} is there more than once, of which only the last counts".format(", ".join(double)))
    return dict(pairs)


def text_of(document: Document) -> str:
    return json.dumps(document, indent=2) + "\n"


def united(first: Document, second: Document, path: str = "") -> Document:
    """Two parts of what is asked for; where both say something about the same, and not the same, that is an error."""
    found = dict(first)
    for key, value in second.items():
        here = "{0}.{1}".format(path, key).lstrip(".")
        if key not in found:
            found[key] = value
        elif isinstance(found[key], dict) and isinstance(value, dict):
            found[key] = united(found[key], value, here)
        elif isinstance(found[key], list) and isinstance(value, list):
            found[key] = found[key] + [item for item in value if item not in found[key]]
        elif found[key] != value:
            raise KubewrightError("{0} is asked for as {1} by an option of its own and as {2} in the free-form settings; say it once".format(
                here, json.dumps(found[key]), json.dumps(value)))
    return found


def merged(there: Document, wanted: Document, weak: Document, note: Document, overwrite: Sequence[str] = ()) -> Merged:
    """The document with what is wanted.

    weak: wanted only where nobody has said anything. overwrite: top-level keys of which a person's values may be replaced.
    """
    asked = united(wanted, {key: value for key, value in weak.items() if key not in wanted and (key in note or key not in there)})
    mine = dict(note, **{key: there[key] for key in overwrite if key in there})
    for key, older in OLDER_NAMES.items():
        asked = _under_its_older_name(asked, there, key, older, key in overwrite or older in overwrite)
        if older in overwrite and older in there:
            mine[older] = there[older]
    found = _Merging()
    document = found.objects(there, asked, mine, ())
    return Merged(document, asked, ours(asked, there, note), found.changes, found.conflicts)


def ours(asked: Document, there: Document, note: Document) -> Document:
    """What of it a person had not written before."""
    found: Document = {}
    for key, value in asked.items():
        before, noted = there.get(key), note.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            part: Any = ours(value, before, noted if isinstance(noted, dict) else {})
        elif isinstance(value, list) and isinstance(before, list):
            part = [item for item in value if item not in before or item in (noted or [])]
        else:
            part = value if before != value or noted == value else None
        if part is not None and part not in ({}, []):
            found[key] = part
    return found


def _under_its_older_name(asked: Document, there: Document, key: str, older: str, replace: bool) -> Document:
    if key not in asked or older not in there or replace:
        return asked
    return {older if name == key else name: value for name, value in asked.items()}


class _Merging:
    """One walk over the document, what is asked for and the note, side by side."""

    def __init__(self) -> None:
        self.changes: List[str] = []
        self.conflicts: List[Conflict] = []

    def objects(self, there: Document, asked: Document, mine: Document, path: Tuple[str, ...]) -> Document:
        found = dict(there)
        for key in [*asked, *(key for key in mine if key not in asked)]:
            here = (*path, key)
            if key not in asked:
                self._taken_away(found, key, mine[key], here)
            elif key not in there:
                found[key] = asked[key]
                self._changed(here, asked[key])
            else:
                found[key] = self._value(there[key], asked[key], mine.get(key), here)
        return found

    def _value(self, there: Any, asked: Any, mine: Any, path: Tuple[str, ...]) -> Any:
        if isinstance(there, dict) and isinstance(asked, dict):
            return self.objects(there, asked, mine if isinstance(mine, dict) else {}, path)
        if isinstance(there, list) and isinstance(asked, list):
            return self._list(there, asked, mine if isinstance(mine, list) else [], path)
        if there == asked and isinstance(there, bool) == isinstance(asked, bool):
            return there
        if there != mine:
            self.conflicts.append(Conflict(".".join(path), there, asked))
        self._changed(path, asked)
        return asked

    def _list(self, there: List[Any], asked: List[Any], mine: List[Any], path: Tuple[str, ...]) -> List[Any]:
        """What is asked for first, then what others have put there. A list of name=value holds each name once."""
        others = [item for item in there if item not in asked and item not in mine]
        for name, item in ((option(item), item) for item in asked):
            for other in [other for other in others if name and option(other) == name]:
                self.conflicts.append(Conflict(".".join(path), other, item))
                others.remove(other)
        found = [*asked, *others]
        if [item for item in there if item in asked] == asked and len(found) == len(there):
            return there
        self._changed(path, found)
        return found

    def _taken_away(self, found: Document, key: str, mine: Any, path: Tuple[str, ...]) -> None:
        """What was written here before and is no longer asked for, as far as nobody has changed it since."""
        there = found.get(key)
        if isinstance(there, dict) and isinstance(mine, dict):
            left: Any = self.objects(there, {}, mine, path)
        elif isinstance(there, list) and isinstance(mine, list):
            left = [item for item in there if item not in mine]
        else:
            left = None if there == mine else there
        if left:
            found[key] = left
        elif key in found and left != there:
            del found[key]
        if left != there and not isinstance(there, dict):
            self.changes.append("take {0} out".format(".".join(path)) if not left else "{0} = {1}".format(".".join(path), json.dumps(left)))

    def _changed(self, path: Tuple[str, ...], value: Any) -> None:
        self.changes.append("{0} = {1}".format(".".join(path), json.dumps(value)))


def option(item: Any) -> str:
    """native.cgroupdriver= of native.cgroupdriver=systemd; empty where it is none, such as an address."""
    match = _OPTION.match(item) if isinstance(item, str) else None
    return match.group() if match else ""
