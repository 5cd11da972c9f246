# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields a configuration document has at a Kubernetes minor, and what fits into them. Pure; runs on the controller. Private to the collection.

The tables in document_fields_*.py have one line a field: its path, the form of its value, and the minors that have it where not all do. `a[].b` is
the field b of each item of the list a; "22-30" is 1.22 to 1.30, "31-" is 1.31 and everything newer.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import NEWEST, OLDEST
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields_kube_proxy, document_fields_kubeadm, document_fields_kubelet

TABLES = {
    **document_fields_kubeadm.FIELDS,
    "KubeletConfiguration": document_fields_kubelet.FIELDS,
    "KubeProxyConfiguration": document_fields_kube_proxy.FIELDS,
}
HEADER = ("apiVersion", "kind")
Tree = dict[str, Any]  # names to the form of a value or to a tree; the only name "[]" stands for the items of a list
_DURATION = re.compile(r"[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+)")


class Field(NamedTuple):
    """One line of a table."""

    path: str
    form: str
    first: int
    last: int


def fields(kind: str) -> list[Field]:
    return [_field(*line.split()) for line in TABLES[kind].strip().splitlines()]


def _field(path: str, form: str, minors: str = "") -> Field:
    first, _dash, last = minors.partition("-")
    return Field(path, form, int(first or OLDEST), int(last or NEWEST))


@functools.cache
def tree(kind: str, minor: int) -> Tree:
    """The fields that a kind of document has at a minor; newer minors than known have those of the newest."""
    found: Tree = {}
    for field in fields(kind):
        if field.first <= min(minor, NEWEST) <= field.last:
            *parents, name = field.path.replace("[]", ".[]").split(".")
            place = found
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = field.form
    return found


def fitted(document: Mapping[str, Any], minor: int) -> tuple[dict[str, Any], list[str]]:
    """The document with its values in the forms that its fields take, without what is null; and a sentence for all that does not fit.

    What does not fit is still there, as it was given.
    """
    fit = _Fit(str(document["kind"]), minor)
    found = fit.mapping({name: value for name, value in document.items() if name not in HEADER}, tree(fit.kind, minor), "")
    return {**{name: document[name] for name in HEADER}, **found}, fit.problems


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, or nothing."""
    by_lower = {item.lower(): item for item in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[found[0]] if found else ""


def _text(value: Any) -> str:
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int)):
        raise ValueError
    return str(value) if isinstance(value, int) else value


def _whole(value: Any) -> int:
    if isinstance(value, (bool, float)):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError
    return value if isinstance(value, (int, float)) else float(value)


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).lower()]


def _duration(value: Any) -> str:
    if isinstance(value, bool) or not _DURATION.fullmatch(str(value)):
        raise ValueError
    return "0s" if str(value) == "0" else str(value)


def _time(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else _duration(value)


def _quantity(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _items(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise ValueError
        return [convert(item) for item in value]

    return converted


def _entries(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError
        return {_text(name): convert(item) for name, item in value.items()}

    return converted


def as_argument(value: Any) -> str:
    """What people write for a flag, as the text that a document wants."""
    if not isinstance(value, (str, int, float)):
        raise ValueError
    return str(value).lower() if isinstance(value, bool) else str(value)


FORMS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "text": ("a text (in quotes) is expected", _text),
    "whole": ("a whole number is expected", _whole),
    "number": ("a number is expected", _number),
    "switch": ("true or false is expected", _switch),
    "duration": ("a duration such as 90s, 5m0s or 8760h is expected (there are no days)", _duration),
    "time": ("a duration such as 5s or a number of nanoseconds is expected", _time),
    "quantity": ("a quantity such as 100Mi is expected", _quantity),
    "texts": ("a list of texts is expected", _items(_text)),
    "wholes": ("a list of whole numbers is expected", _items(_whole)),
    "map": ("a mapping of names to texts is expected", _entries(as_argument)),
    "switches": ("a mapping of names to true or false is expected", _entries(_switch)),
    "free": ("", lambda value: value),
}


class _Fit:
    """Walks through one document and notes what does not fit."""

    def __init__(self, kind: str, minor: int) -> None:
        self.kind = kind
        self.minor = minor
        self.problems: list[str] = []

    def mapping(self, given: Mapping[str, Any], known: Tree, path: str) -> dict[str, Any]:
        found = {}
        for name, value in given.items():
            here = f"{path}.{name}" if path else str(name)
            if name not in known:
                self.problems.append(self._unknown(str(name), known, here, value))
                found[name] = value
            elif value is not None:
                found[name] = self.value(value, known[name], here)
        return found

    def value(self, value: Any, known: Any, path: str) -> Any:
        if isinstance(known, str):
            return self._leaf(value, known, path)
        if "[]" in known:
            return self._list(value, known["[]"], path)
        if isinstance(value, Mapping):
            return self.mapping(value, known, path)
        return self._misfit(value, path, f"a mapping with {', '.join(known)} is expected")

    def _list(self, value: Any, known: Any, path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            return self._misfit(value, path, "a list is expected")
        return [self.value(item, known, f"{path}[{index}]") for index, item in enumerate(value)]

    def _leaf(self, value: Any, form: str, path: str) -> Any:
        words, convert = FORMS[form]
        try:
            return convert(value)
        except (ValueError, KeyError, TypeError, OverflowError):
            return self._misfit(value, path, words)

    def _misfit(self, value: Any, path: str, words: str) -> Any:
        self.problems.append(f"{self.kind}: {path} is {value!r}; {words}")
        return value

    def _unknown(self, name: str, known: Tree, path: str, value: Any) -> str:
        """Of another version, misspelt, in the wrong place, or plainly unknown."""
        plain = re.sub(r"\[\d+\]", "[]", path)
        elsewhere = [field for field in fields(self.kind) if re.match(re.escape(plain) + r"(\.|\[|$)", field.path)]
        if elsewhere:
            return self._of_another_version(f"{path} ({', '.join(map(str, value))})" if value and isinstance(value, Mapping) else path, elsewhere)
        near = nearest(name, known) and path[: -len(name)] + nearest(name, known)
        near = near or self._in_another_place(name)
        if near:
            return f"{self.kind}: there is no {path}; did you mean {near}?"
        return f"{self.kind}: there is no {path}; {path[: -len(name) - 1] or 'it'} has {', '.join(known)}"

    def _in_another_place(self, name: str) -> str:
        minor = min(self.minor, NEWEST)
        leaves = {field.path.rpartition(".")[2]: field.path for field in fields(self.kind) if field.first <= minor <= field.last}
        near = nearest(name, leaves)
        return leaves[near] if near else ""

    def _of_another_version(self, path: str, elsewhere: list[Field]) -> str:
        first, last = min(field.first for field in elsewhere), max(field.last for field in elsewhere)
        if self.minor < first:
            return f"{self.kind}: {path} exists from Kubernetes 1.{first} on, this is 1.{self.minor}; leave it out or use a newer Kubernetes"
        return f"{self.kind}: {path} was removed in Kubernetes 1.{last + 1}, this is 1.{self.minor}; leave it out"
