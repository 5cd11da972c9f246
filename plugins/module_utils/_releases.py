# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each Kubernetes release: the one place where version facts are looked up. Private to the collection.

The facts themselves are in _release_facts.
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import CAPTURED, FACTS, LIVE, NEWEST, OLDEST, SETS, Rows

NEWEST_PATCH = 10000  # of a minor that is asked for without a patch
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
_EXECUTABLE = "FileExisting-"


class Version(NamedTuple):
    """Kubernetes x.y.z."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return "{0}.{1}.{2}".format(*self)


class Row(NamedTuple):
    """A value, the minor and patch that it begins at, and where that is from."""

    first: Tuple[int, int]
    value: Any
    source: str


Release = Union[Version, int]  # an int is a minor, and means its newest patch


def version(text: Any) -> Version:
    """x.y.z; anything else is an error that says what to write."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)\Z", str(text or ""))
    if not match:
        given = repr(text) if text else "not set"
        if isinstance(text, float):
            given += ", a decimal number (its quotes are missing, or it is a survey's answer of two numbers)"
        raise KubewrightError("kube_version is {0}; it must be a whole version in quotes, x.y.z, for example '1.31.2'".format(given))
    found = Version(*(int(part) for part in match.groups()))
    if found.major != 1 or found.minor < OLDEST:
        raise _too_old(str(found))
    return found


def _too_old(text: str) -> KubewrightError:
    return KubewrightError("Kubernetes {0} is older than 1.{1}, the oldest that Kubewright knows".format(text, OLDEST))


def newest_known() -> str:
    return "1.{0}".format(NEWEST)


def doubt(release: Version) -> Optional[str]:
    """What to tell whoever asks for a release that is newer than the facts; they take it for the newest known."""
    if release.minor <= NEWEST:
        return None
    return "Kubernetes 1.{0} is newer than {1}, the newest that Kubewright knows; it is treated as {1}".format(release.minor, newest_known())


def fact(name: str, release: Release) -> Any:
    """The value of a fact; of a set, its names with their values. KeyError: no such fact."""
    wanted = (release, NEWEST_PATCH) if isinstance(release, int) else (release.minor, release.patch)
    if wanted < (OLDEST, 0):
        raise _too_old("1.{0}".format(wanted[0]))
    if name in FACTS:
        return _value(FACTS[name], wanted)
    found = {member: _value(rows, wanted) for member, rows in SETS[name].items()}
    return {member: value for member, value in found.items() if value is not None}


def _value(rows: Rows, wanted: Tuple[int, int]) -> Any:
    """That of the last row which begins at the release or before."""
    value = None
    for first, candidate, _source in rows:
        if _position(first) > wanted:
            break
        value = candidate
    return value


def _position(text: str) -> Tuple[int, int]:
    """1.22 and 1.22.17 as minor and patch."""
    parts = text.split(".")
    return int(parts[1]), int(parts[2]) if len(parts) > 2 else 0


def history(name: str) -> Dict[str, List[Row]]:
    """The rows of a fact, by member; the only member of what has one value is the empty text."""
    table = {"": FACTS[name]} if name in FACTS else SETS[name]
    return {member: [Row(_position(first), value, source) for first, value, source in rows] for member, rows in table.items()}


def proofs(name: str, member: str = "") -> Dict[str, List[Version]]:
    """The releases at which a fact was seen live and in captured output."""
    names = (name, "{0}/{1}".format(name, member))
    return {kind: [version(text) for key in names for text in table.get(key, ())] for kind, table in (("live", LIVE), ("captured", CAPTURED))}


def grade(name: str, minor: int, member: str = "") -> str:
    """How sure a fact is for a minor: live, captured or documented."""
    seen = proofs(name, member)
    return next((kind for kind in ("live", "captured") if any(found.minor == minor for found in seen[kind])), "documented")


def span(name: str, member: str) -> Tuple[int, int]:
    """The first and the last minor that have a member of a set."""
    rows = SETS[name][member]
    last = NEWEST if rows[-1][1] is not None else _position(rows[-1][0])[0] - 1
    return _position(rows[0][0])[0], last


def images(release: Version, registry: Optional[str] = None) -> List[str]:
    """The images of a control plane, as `kubeadm config images list` names them for a registry; its order differs by release."""
    own = fact("image_registry", release)
    registry = registry or own
    nested = fact("coredns_nested", release) and (registry == own or fact("coredns_nested_everywhere", release))
    tags = [(name, "v{0}".format(release)) for name in COMPONENTS]
    tags.append(("coredns/coredns" if nested else "coredns", fact("coredns_tag", release)))
    tags += [("pause", fact("pause_tag", release)), ("etcd", fact("etcd_tag", release))]
    return ["{0}/{1}:{2}".format(registry, name, tag) for name, tag in tags]


def facts(text: Any, registry: Optional[str] = None) -> Dict[str, Any]:
    """All that is known of a release, for roles, templates and playbooks. Newer minors than known behave as the newest."""
    release = version(text)
    found = {name: _plain(fact(name, release)) for name in (*FACTS, *SETS)}
    found.update(
        version=str(release),
        minor=release.minor,
        known=doubt(release) is None,
        newest_known=newest_known(),
        image_registry=registry or found["image_registry"],
        images=images(release, registry),
        kubelet_config_map=found["kubelet_config_map"].format(minor=release.minor),
        host_binaries={name[len(_EXECUTABLE):]: level for name, level in found["preflight"].items() if name.startswith(_EXECUTABLE)},
    )
    found["pause_image"] = "{0}/pause:{1}".format(found["image_registry"], found["pause_tag"])
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
