# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels and taints of a host, added up over its groups. Pure; runs on the controller. Private to the collection.

Ansible gives a host one value of a variable, so a group's would be lost where the host has its own. Hence every variable whose name begins with that
of the plain one and an underscore is added to it; the plain one wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Variables = Mapping[str, Any]
LABELS, TAINTS = "kube_node_labels", "kube_node_taints"
_NEARLY = re.compile(r"kube_(node_?)?(label|taint)s?(_.*)?$")
_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_PART}")
_VALUE = re.compile(rf"({_PART})?")
_TAINT = re.compile(rf"(?P<key>{_KEY.pattern})(=(?P<value>{_VALUE.pattern}))?(:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute))?(?P<gone>-?)")


def labels(variables: Variables) -> dict[str, Any]:
    """Values by key; null removes one."""
    found: dict[str, Any] = {}
    for name, value in _parts(variables, LABELS, Mapping):
        _add(found, {str(key): item for key, item in value.items()}, name, LABELS)
    return found


def taints(variables: Variables) -> list[str]:
    """As key=value:Effect; a dash at the end removes one."""
    found: dict[str, Any] = {}
    for name, value in _parts(variables, TAINTS, (list, tuple)):
        _add(found, {_place(str(text)): str(text) for text in value}, name, TAINTS)
    return list(found.values())


def doubts(variables: Variables) -> Iterator[str]:
    """A sentence for every name that is nearly one of these; it may be somebody's own, for something else."""
    for name in sorted(str(name) for name in variables):
        if nearly(name):
            meant = TAINTS if "taint" in name else LABELS
            yield f"{name} is no variable; {meant} is, and every name that begins with {meant}_"


def nearly(name: str) -> bool:
    return _NEARLY.fullmatch(name) is not None and not any(name == plain or name.startswith(plain + "_") for plain in (LABELS, TAINTS))


def problems(variables: Variables) -> Iterator[str]:
    """A sentence for every value that Kubernetes would refuse, and every contradiction."""
    yield from _told(labels, _label_problems, variables)
    yield from _told(taints, _taint_problems, variables)


def _parts(variables: Variables, plain: str, form: Any) -> Iterator[tuple[str, Any]]:
    """Names and values, the plain one last."""
    names = sorted(str(name) for name in variables if str(name).startswith(plain + "_"))
    for name in (*names, *([plain] if plain in variables else [])):
        value = variables[name]
        if value and not isinstance(value, form):
            expected = "a mapping of keys to values" if plain == LABELS else "a list of key=value:Effect"
            raise KubewrightError(f"{name} is {value!r}; {expected} is expected")
        if value:
            yield name, value


def _add(found: dict[str, Any], more: Mapping[str, Any], name: str, plain: str) -> None:
    """The groups of a host have no order that everybody would guess, so two of them may not contradict."""
    for key, value in more.items():
        if name != plain and found.get(key, value) != value:
            raise KubewrightError(f"{name} has {key} {value!r}, another variable that begins with {plain}_ has {found[key]!r} for the same host; leave one "
                                  f"out, or say which in {plain}")
        found[key] = value


def _place(text: str) -> str:
    """What a taint is one of: there is one value for each key and effect."""
    match = _TAINT.fullmatch(text)
    return f"{match['key']}:{match['effect']}" if match else text


def _told(read: Callable[[Variables], Any], judge: Callable[[Any], Iterator[str]], variables: Variables) -> Iterator[str]:
    try:
        yield from judge(read(variables))
    except KubewrightError as error:
        yield str(error)


def _label_problems(found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in found.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not _KEY.fullmatch(key):
            yield f"the label {key!r} is none; write name or prefix/name, with letters, digits, '-', '_' and '.', 63 at most"
        elif value is not None and (isinstance(value, (Mapping, list)) or not _VALUE.fullmatch(text)):
            yield f"the label {key} has the value {value!r}; letters, digits, '-', '_' and '.' are allowed, 63 at most"


def _taint_problems(found: list[str]) -> Iterator[str]:
    for text in found:
        match = _TAINT.fullmatch(text)
        if not match or not (match["effect"] or match["gone"]):
            yield (f"the taint {text!r} is none; write key=value:Effect or key:Effect with NoSchedule, PreferNoSchedule or NoExecute, and '-' behind it "
                   "to remove it")
