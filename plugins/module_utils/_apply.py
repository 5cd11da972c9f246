# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of the Kubernetes API: what they mean, whether they differ, whose their fields are. Pure. Private to the collection."""

import copy
import json
import re
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Object = Dict[str, Any]
MANAGER = "kubewright"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# What the API server counts and notes by itself.
_BOOKKEEPING = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_CONFLICT = re.compile(r'conflicts? with "([^"]+)"[^:]*:(?: (\S+)$|((?:\n- .*)+))', re.MULTILINE)
_LABEL = re.compile(r"\A[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?=[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?\Z")


class Difference(NamedTuple):
    """One object, as text for people; before is empty where it is not there yet."""

    name: str
    before: str
    after: str


def identity(item: Object) -> str:
    """kind/name or kind/namespace/name."""
    metadata = item["metadata"]
    return "/".join(part for part in (item["kind"], metadata.get("namespace"), metadata["name"]) if part)


def in_default(item: Object) -> Object:
    """The API server says the namespace also where the object leaves it out."""
    return dict(item, metadata=dict({"namespace": "default"}, **item["metadata"]))


def find(item: Object, objects: List[Object]) -> Optional[Object]:
    """The cluster's own of an object that was given."""
    group = item.get("apiVersion", "").rpartition("/")[0]
    names = (identity(item), identity(in_default(item)))
    same = [other for other in objects if identity(other) in names]
    return next((other for other in same if other.get("apiVersion", "").rpartition("/")[0] == group), same[0] if same else None)


def meaning(item: Object) -> Object:
    """Without what nobody has asked for."""
    found = {key: value for key, value in copy.deepcopy(item).items() if key != "status"}
    metadata = {key: value for key, value in found.get("metadata", {}).items() if key not in _BOOKKEEPING}
    annotations = {key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != LAST_APPLIED}
    return dict(found, metadata=dict(metadata, **({"annotations": annotations} if annotations else {})))


def difference(before: Optional[Object], after: Object) -> Optional[Difference]:
    old, new = meaning(before) if before else None, meaning(after)
    if old == new:
        return None
    return Difference(identity(after), _text(_hidden(old, new, "")) if old else "", _text(_hidden(new, old or {}, ", changed")))


def _hidden(item: Object, other: Object, mark: str) -> Object:
    """A Secret's values are told by whether they differ, never by what they are."""
    if item.get("kind") != "Secret":
        return item
    found = dict(item)
    for key in ("data", "stringData"):
        if isinstance(found.get(key), dict):
            theirs = other.get(key) or {}
            found[key] = {name: "(hidden{0})".format("" if theirs.get(name) == value else mark) for name, value in found[key].items()}
    return found


def secret_values(objects: List[Object]) -> Set[str]:
    """Everything that the Secrets among them hold, also inside of a List; each as it is and as JSON writes it."""
    found: Set[str] = set()
    for item in objects:
        if item.get("kind") == "Secret":
            for values in (item.get("data"), item.get("stringData")):
                found.update(str(value) for value in (values.values() if isinstance(values, dict) else ()) if not isinstance(value, (bool, type(None))))
        elif isinstance(item.get("items"), list):
            found |= secret_values([inner for inner in item["items"] if isinstance(inner, dict)])
    return {text for value in found for text in (value, json.dumps(value)[1:-1]) if text}


def _text(item: Object) -> str:
    return json.dumps(item, indent=2, sort_keys=True) + "\n"


def client_side(item: Optional[Object]) -> bool:
    """Whether it came by client-side apply and was not taken over: it stays with that, or every field would have two owners."""
    if not item:
        return False
    managers = {entry.get("manager") for entry in item["metadata"].get("managedFields") or [] if entry.get("operation") == "Apply"}
    return LAST_APPLIED in (item["metadata"].get("annotations") or {}) and MANAGER not in managers


def conflicts(text: str) -> List[Tuple[str, str]]:
    """Manager and field, of each field that somebody else set to another value."""
    found = []
    for manager, field, fields in _CONFLICT.findall(text):
        found += [(manager, name) for name in ([field] if field else [line[2:].strip() for line in fields.strip().splitlines()])]
    return found


def refuse_conflicts(text: str, names: List[str]) -> None:
    found = conflicts(text)
    if found:
        raise KubewrightError(
            "{0}: {1}. Nothing was applied. Leave these fields out, let their managers give them up, or take them over with force_conflicts.".format(
                ", ".join(names), "; ".join("{1} belongs to {0}, which set another value".format(*item) for item in found)),
            conflicts=[{"manager": manager, "field": field} for manager, field in found])


def refuse_wide_pruning(label: str, kinds: List[str]) -> None:
    """Pruning is only ever for one label's value and for kinds that were named."""
    if not kinds:
        raise KubewrightError("prune_label is given, but prune_kinds names no kind; nothing was applied. Name the kinds to look for.")
    if not _LABEL.match(label):
        raise KubewrightError("prune_label is {0!r}; it must be one label with its value, key=value, or pruning could reach what is not meant. "
                              "Nothing was applied.".format(label))
    wide = [kind for kind in kinds if kind.lower() == "all" or "," in kind or "*" in kind]
    if wide:
        raise KubewrightError("prune_kinds holds {0!r}; it must name single kinds. Nothing was applied.".format(wide[0]))


def superfluous(found: List[Object], wanted: List[Object]) -> List[Object]:
    """What carries the label and was not given; what another object makes and removes goes with that one."""
    kept = {name for item in wanted for name in (identity(item), identity(in_default(item)))}
    return [item for item in found if identity(item) not in kept and "deletionTimestamp" not in item["metadata"]
            and not any(owner.get("controller") for owner in item["metadata"].get("ownerReferences") or [])]
