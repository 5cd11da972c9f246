# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A version of Docker in any form that a person writes, as the exact versions of the packages that belong together. Pure. Private to the collection.

One release has many names: 20.10.16, v20.10.16, 5:20.10.16~3-0~ubuntu-focal, docker-ce-3:20.10.16-3.el8.x86_64; 18.06.1.ce-3.el7 and 18.06.1~ce~3-0~ubuntu.
"""

import re
from typing import Dict, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation, nearest, numbers, satisfies

ENGINE = "docker-ce"
OF_DISTRIBUTION = "docker.io"
CLI = {ENGINE: "docker-ce-cli", OF_DISTRIBUTION: "docker-cli"}
CONTAINERD = "containerd.io"
NEWEST = ("", "newest", "latest")
# Until then one package held engine, command line and containerd.
FIRST_IN_PARTS = [18, 9]
# A choice of ours: containerd 2 came out with Docker 28, and older ones were made for 1.x.
FIRST_WITH_CONTAINERD_2 = [28]
_NAME = re.compile(r"(?:docker-ce-cli|docker-ce|docker\.io|docker-cli|docker|containerd\.io)(?:[=-])(?=v?\d)")
_ARCHITECTURE = re.compile(r"\.(?:x86_64|aarch64|noarch|amd64|arm64)$")
_EPOCH = re.compile(r"^\d+:")
_COMMUNITY = re.compile(r"(?<=\d)[.~-]ce(?![a-z])")
_BEFORE_RELEASE = re.compile(r"[~.-](?:rc|beta|alpha|tp|test)", re.IGNORECASE)
_FORM = re.compile(r"\d[\w.~+^-]*")


def plain(text: str) -> str:
    """A version without the package's name, v, epoch and architecture, and with one spelling of ce."""
    bare = _NAME.sub("", text.strip(), count=1) if _NAME.match(text.strip()) else text.strip()
    return _COMMUNITY.sub(".ce", _EPOCH.sub("", _ARCHITECTURE.sub("", bare.lstrip("v"))))


def chosen(name: str, wanted: str, offered: Sequence[str]) -> str:
    """The full version to install, of a list that begins with the newest."""
    form = plain(wanted)
    if wanted.strip() not in NEWEST and not _FORM.fullmatch(form):
        raise KubewrightError("{0!r} is no version of {1}; write one such as 20.10.16, 5:20.10.16~3-0~ubuntu-focal or 20.10.16-3.el8, or newest"
                              .format(wanted, name))
    found = [text for text in offered if _fits(plain(text), "" if wanted.strip() in NEWEST else form)]
    if found:
        return found[0]
    release = ".".join(map(str, numbers(form)))
    same = [text for text in offered if release and numbers(plain(text)) == numbers(form)]
    told = "; it has that release as {0}: write {1} to take the one of each system".format(same[0], release) if same else "; nearest: {0}".format(
        ", ".join(nearest(list(offered), form)) or "none at all")
    raise KubewrightError("no repository has {0} {1}{2}".format(name, wanted, told))


def _fits(text: str, form: str) -> bool:
    """A form is the beginning of a version, up to the end of one of its parts."""
    if not form:
        return not _BEFORE_RELEASE.search(text)
    if not text.startswith(form) or (form[-1].isdigit() and text[len(form):len(form) + 1].isdigit()):
        return False
    return bool(_BEFORE_RELEASE.search(form)) or not _BEFORE_RELEASE.search(text)


def in_parts(version: str) -> bool:
    """Whether this release of Docker CE has packages of their own for the command line and for containerd."""
    return numbers(plain(version))[:2] >= FIRST_IN_PARTS


def together(package: str, wanted: str, offered: Dict[str, List[str]], containerd: str = "", relations: Sequence[Relation] = ()) -> Dict[str, str]:
    """Full version by package.

    containerd: a version of containerd.io, in any form. relations: what the engine's package asks of it.
    """
    engine = chosen(package, wanted, offered.get(package, []))
    found = {package: engine}
    cli = CLI[package]
    if package == OF_DISTRIBUTION:  # from Debian 13 on, the command line is no part of it
        return dict(found, **({cli: offered[cli][0]} if offered.get(cli) else {}))
    if not in_parts(engine):
        return found
    found[cli] = _same(cli, engine, offered.get(cli, []))
    found[CONTAINERD] = _containerd(engine, containerd, offered.get(CONTAINERD, []), relations)
    return found


def _same(name: str, engine: str, offered: Sequence[str]) -> str:
    """The command line of the same build, else of the same release."""
    exact = next((text for text in offered if plain(text) == plain(engine)), None)
    release: Optional[str] = exact or next((text for text in offered if numbers(plain(text)) == numbers(plain(engine))), None)
    if not release:
        raise KubewrightError("no repository has the {0} that belongs to {1} {2}; nearest: {3}".format(
            name, ENGINE, engine, ", ".join(nearest(list(offered), plain(engine))) or "none at all"))
    return release


def _containerd(engine: str, wanted: str, offered: Sequence[str], relations: Sequence[Relation]) -> str:
    if wanted:
        found = chosen(CONTAINERD, wanted, offered)
        if not satisfies(found, list(relations)):
            raise KubewrightError("{0} {1} asks for {2} {3}; {4} is asked for".format(
                ENGINE, engine, CONTAINERD, ", ".join(map(str, relations)), found))
        return found
    old = numbers(plain(engine))[:1] < FIRST_WITH_CONTAINERD_2
    fitting = [text for text in offered if _fits(plain(text), "1" if old else "") and satisfies(text, list(relations))]
    if not fitting:
        raise KubewrightError("no repository has a {0} that fits {1} {2}; offered: {3}".format(
            CONTAINERD, ENGINE, engine, ", ".join(list(offered)[:5]) or "none at all"))
    return fitting[0]
