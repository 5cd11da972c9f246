# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of packages as apt, dnf and yum write them, compared by what is of Kubernetes in them. Pure. Private to the collection."""

import re
from typing import List, NamedTuple, Optional

_RELEASE = re.compile(r"(?:\d+:)?(\d+\.\d+\.\d+)(?![\d.~])(?!\S*really)")


class Relation(NamedTuple):
    """What a package asks of another one: >= 0.8.7."""

    sign: str
    version: str

    def __str__(self) -> str:
        return "{0} {1}".format(*self)


def matching(offered: List[str], version: str) -> Optional[str]:
    """The newest package revision of exactly this version, of a list that begins with the newest: 1.20.2 is 1.20.2-1 or 5:1.20.2-00, never 1.20.20."""
    pattern = re.compile(r"^(\d+:)?{0}($|[-+~])".format(re.escape(version)))
    return next((candidate for candidate in offered if pattern.match(candidate)), None)


def same_version(installed: Optional[str], version: str) -> bool:
    return bool(installed and matching([installed], version))


def numbers(text: str) -> List[int]:
    """1.20.2 of 5:1.20.2-00, as numbers to compare."""
    return [int(part) for part in re.findall(r"\d+", text.split(":")[-1].split("-")[0])[:3]]


def nearest(offered: List[str], version: str, count: int = 5) -> List[str]:
    """Those that are nearest by version, one of each, nearest first."""
    wanted = _distance_from_nothing(numbers(version))
    one_of_each = {tuple(numbers(text)): text for text in reversed(offered)}
    newest_first = sorted(one_of_each.values(), key=numbers, reverse=True)
    return sorted(newest_first, key=lambda text: abs(_distance_from_nothing(numbers(text)) - wanted))[:count]


def _distance_from_nothing(parts: List[int]) -> int:
    major, minor, patch = [*parts, 0, 0, 0][:3]
    return (major * 1000 + minor) * 1000 + patch


def newest_of_minor(texts: List[str], minor: str) -> str:
    """x.y.z of the newest that is of this minor, empty where none is; releases only."""
    found = [match.group(1) for match in map(_RELEASE.match, texts) if match]
    return max((release for release in found if release.startswith(minor + ".")), key=numbers, default="")


def satisfies(version: str, relations: List[Relation]) -> bool:
    return all(_holds(numbers(version), relation.sign, numbers(relation.version)) for relation in relations)


def _holds(found: List[int], sign: str, wanted: List[int]) -> bool:
    if sign == "=":
        return found == wanted
    if sign in (">>", "<<"):
        return found > wanted if sign == ">>" else found < wanted
    return found >= wanted if sign == ">=" else found <= wanted


def relations_to(name: str, depends: str) -> List[Relation]:
    """What a line of dependencies asks of one package: `iptables (>= 1.4.21), kubernetes-cni (>= 0.8.6)`."""
    pattern = re.compile(r"{0}(?::\w+)?\s*\((>=|<=|=|>>|<<)\s*([^)\s]+)\)$".format(re.escape(name)))
    found = [pattern.match(part.strip()) for part in depends.split(",")]
    return [Relation(match.group(1), match.group(2)) for match in found if match]
