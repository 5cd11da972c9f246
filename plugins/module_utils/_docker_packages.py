# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A version of Docker in any form that a person writes, as the exact versions of the packages that belong together. Pure. Private to the collection.

One release has many names: 20.10.16, v20.10.16, 5:20.10.16~3-0~ubuntu-focal, docker-ce-3:20.10.16-3.el8.x86_64; 18.06.1.ce-3.el7 and 18.06.1~ce~3-0~ubuntu.
"""

import re
from typing import Any, Dict, List, Optional, Sequence

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
# What a module takes of it.
SPEC: Dict[str, Any] = {
    "package": {"type": "str", "choices": [ENGINE, OF_DISTRIBUTION], "default": ENGINE},
    "version": {"type": "str", "default": ""},
    "containerd_version": {"type": "str", "default": ""},
}


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


def names(package: str) -> List[str]:
    """All that may belong together."""
    return [package, CLI[package], *([CONTAINERD] if package == ENGINE else [])]


def others(package: str) -> List[str]:
    """What holds the place of one of them; a package manager would take it away without a word."""
    return [OF_DISTRIBUTION, "containerd", "runc"] if package == ENGINE else [ENGINE, CONTAINERD]


def wanting(package: str, wanted: str, installed: Dict[str, str], containerd: str = "") -> List[str]:
    """What is not there, or not in a version that is meant; what is there is as good as the newest."""
    engine = installed.get(package, "")
    if not engine or not _meant(engine, wanted):
        return names(package)
    if package != ENGINE or not in_parts(engine):
        return []
    found = [name for name in names(package) if name not in installed]
    if numbers(plain(installed.get(CLI[package], engine))) != numbers(plain(engine)):
        found.append(CLI[package])
    return found + ([CONTAINERD] if containerd and CONTAINERD in installed and not _meant(installed[CONTAINERD], containerd) else [])


def _meant(installed: str, wanted: str) -> bool:
    return wanted.strip() in NEWEST or _fits(plain(installed), plain(wanted))


def to_install(package: str, wanted: str, installed: Dict[str, str], offered: Dict[str, List[str]], containerd: str = "",
               relations: Sequence[Relation] = ()) -> Dict[str, str]:
    """Full version of each package that has to be brought; a containerd that fits is left alone, since it carries the containers."""
    there = installed.get(package, "")
    form = plain(there) if there and _meant(there, wanted) else wanted  # a part that is missing belongs to the engine that is there
    kept = installed.get(CONTAINERD, "") if not containerd and satisfies(installed.get(CONTAINERD, ""), list(relations)) else ""
    found = together(package, form, offered, containerd, relations) if not kept else together(
        package, form, dict(offered, **{CONTAINERD: [kept]}), kept, relations)
    refuse_downgrade(package, there, found[package])
    return {name: version for name, version in found.items() if plain(installed.get(name, "")) != plain(version)}


def refuse_downgrade(package: str, installed: str, version: str) -> None:
    if installed and numbers(plain(installed)) > numbers(plain(version)):
        raise KubewrightError("{0} {1} is installed and {2} is asked for. An older Docker cannot be trusted with what a newer one has written, so it is "
                              "refused; set docker_version to what runs, or replace the node.".format(package, installed, version))


def refuse_family(package: str, family: str) -> None:
    if package == OF_DISTRIBUTION and family != "apt":
        raise KubewrightError("docker.io is a package of Debian and Ubuntu, and this machine has neither's package manager. Set docker_source to a source of "
                              "Docker CE: upstream, aliyun, tsinghua, ustc or custom.")


def refuse_others(package: str, installed: Dict[str, str]) -> None:
    """Before the package manager takes it away, with what runs in it."""
    own = ("containerd", "runc") if CONTAINERD in installed and package == ENGINE else ()  # rpm says that containerd.io is these, too
    found = ["{0} {1}".format(name, installed[name]) for name in others(package) if name in installed and name not in own]
    if found and package not in installed:
        way = "use docker_source: distribution" if package == ENGINE else "use a source of Docker CE"
        raise KubewrightError("{0} is asked for, and this machine has {1}, which would be removed for it with all that runs in it. Drain and reset the node "
                              "and remove it, or {2}.".format(package, ", ".join(found), way))


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
