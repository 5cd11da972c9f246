# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Docker daemon was started with and what it works with, beside what daemon.json says. Pure. Private to the collection."""

import json
import re
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

CGROUP_OPTION = "native.cgroupdriver="
# Read again at a reload, of all that Docker knows since 17.06; everything else needs a restart.
RELOADED = ("authorization-plugins", "debug", "default-runtime", "insecure-registries", "labels", "live-restore", "max-concurrent-downloads",
            "max-concurrent-uploads", "registry-mirrors", "runtimes", "shutdown-timeout")
# What a reload leaves as it was where the document no longer has the key, and what the daemon starts with where it never had it.
_AT_FIRST: Dict[str, Any] = {
    "authorization-plugins": [], "debug": False, "default-runtime": "runc", "insecure-registries": [], "labels": [], "live-restore": False,
    "max-concurrent-downloads": 3, "max-concurrent-uploads": 5, "registry-mirrors": [], "runtimes": {}, "shutdown-timeout": 15}
# With these, containers that a live-restore left running are not found again.
UPROOTING = ("data-root", "graph", "storage-driver")
# Flags that are there beside the same key of the document.
_SIDE_BY_SIDE = ("runtimes",)
_SHORT = {"H": "host", "D": "debug", "G": "group", "b": "bridge", "g": "graph", "l": "log-level", "p": "pidfile", "s": "storage-driver"}
_WITHOUT_VALUE = ("debug", "D")
# Flags that may be given again and again, and how the document calls the list of them.
PLURALS = {
    "add-runtime": "runtimes", "authorization-plugin": "authorization-plugins",
    "cluster-store-opt": "cluster-store-opts", "default-address-pool": "default-address-pools", "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts", "exec-opt": "exec-opts", "host": "hosts", "insecure-registry": "insecure-registries", "label": "labels",
    "log-opt": "log-opts", "node-generic-resource": "node-generic-resources", "registry-mirror": "registry-mirrors", "storage-opt": "storage-opts",
}
_LISTS = ("allow-nondistributable-artifacts", "dns", "dns-search")
_MAPPINGS = ("cluster-store-opts", "default-ulimits", "log-opts", "runtimes")
_OTHER_NAMES = {"graph": "data-root"}
FIRST_THAT_VALIDATES = 23


class Difference(NamedTuple):
    """A key of the document that the daemon does not work with."""

    key: str
    effective: Any
    wanted: Any

    def __str__(self) -> str:
        return "{0} is {1}, and not {2}".format(self.key, json.dumps(self.effective), json.dumps(self.wanted))


def flags(argv: Sequence[str]) -> Dict[str, Any]:
    """The command line's settings, called and formed as in the document."""
    found: Dict[str, Any] = {}
    words = list(argv[1:])
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word in ("-", "--"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("--") and name[:1] in _SHORT and len(name) > 1 and not equals:
            name, value, equals = name[0], name[1:], "="  # -Hfd://
        if not equals:
            value = words.pop(0) if words and name not in _WITHOUT_VALUE and not words[0].startswith("-") else "true"
        _add(found, _SHORT.get(name, name), value)
    return found


def _add(found: Dict[str, Any], name: str, value: str) -> None:
    key = PLURALS.get(name, _OTHER_NAMES.get(name, name))
    if key in _MAPPINGS:
        option, _equals, told = value.partition("=")
        found.setdefault(key, {})[option] = told
    elif name in PLURALS or name in _LISTS:
        found.setdefault(key, []).append(value)
    else:
        found[key] = {"true": True, "false": False}.get(value, value)


def without_flags(wanted: Dict[str, Any], given: Dict[str, Any]) -> Dict[str, Any]:
    """What has to be in the document, where the command line says some of it already."""
    return {key: value for key, value in wanted.items() if not (key in given and _within(value, given[key]))}


def _within(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(given, dict):
        return all(str(given.get(key)) == str(value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(given, list):
        return all(str(item) in given for item in wanted)
    return bool(wanted == given) or str(wanted) == given


def refuse_twice(document: Dict[str, Any], given: Dict[str, Any], path: str, units: Sequence[Tuple[str, str]] = ()) -> None:
    """A key that the document and the command line have both keeps the daemon from starting. units: name and text of the files of its service."""
    twice = [(key, _OTHER_NAMES.get(key, key)) for key in sorted(document) if key not in _SIDE_BY_SIDE]
    told = ["{0} ({1} there, {2} {3})".format(key, json.dumps(document[key]), json.dumps(given[flag]), _place(flag, units))
            for key, flag in twice if flag in given]
    if not told:
        return
    raise KubewrightError("dockerd is started with flags that {0} has, too, or would have: {1}. Docker does not start with both. Nothing was changed. Take the "
                          "flags out of docker.service (systemctl edit docker), or the keys out of {0}, or do not ask for them.".format(path, ", ".join(told)))


def _place(key: str, units: Sequence[Tuple[str, str]]) -> str:
    """Where a flag is written: the last file of the service that names it, as systemd reads them; else only that dockerd has it."""
    names = {key, *(flag for flag, plural in PLURALS.items() if plural == key), *(old for old, new in _OTHER_NAMES.items() if new == key)}
    words = ["--" + name for name in sorted(names)] + ["-" + short for short, name in sorted(_SHORT.items()) if name in names]
    pattern = re.compile(r"(?<!\S)[\"']?(?:{0})(?![\w-])".format("|".join(re.escape(word) for word in words)))
    found = [path for path, text in units if pattern.search(text)]
    return "on the command line, by " + found[-1] if found else "on the command line of the daemon that runs"


def refuse_moved_root(there: str, wanted: Any, containers: Sequence[str], resolved: Callable[[str], str] = str) -> None:
    """Containers are where Docker was told to keep them; it would start without them in another folder."""
    if not wanted or not there or not containers or _agrees("data-root", wanted, there, resolved):
        return
    raise KubewrightError("Docker keeps images and containers in {0}, where {1} containers are, and data-root {2} is asked for. Nothing was changed, since "
                          "Docker would start in the new folder without them. Drain the node, reset it (playbooks/reset.yml), remove what `docker ps --all` "
                          "still lists, and run again; or stop kubelet and docker, move the folder yourself (cp --archive) and link the old place to "
                          "it; or ask for {0}.".format(there, len(containers), wanted))


def started_with(shown: str) -> List[str]:
    """The words of ExecStart as `systemctl show` prints it; variables that its environment files set are left as they are."""
    match = re.search(r"argv\[\]=(.*?) ; ", shown)
    return match.group(1).split() if match else []


def differences(asked: Dict[str, Any], info: Dict[str, Any], resolved: Callable[[str], str] = str) -> List[Difference]:
    """Keys whose value the daemon tells, and tells otherwise. resolved: a path without symbolic links, as Docker tells it."""
    found = []
    for key, value in asked.items():
        if key in _TOLD:
            effective = _TOLD[key](info)
            if not _agrees(key, value, effective, resolved):
                found.append(Difference(key, effective, value))
    return found


def to_take_over(before: Dict[str, Any], after: Dict[str, Any], asked: Dict[str, Any], differing: Sequence[str]) -> List[str]:
    """Keys that the daemon has to read again; those that it works with already are left out."""
    changed = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    return sorted({*differing, *(key for key in changed if not _in_force(key, before, after, asked))})


def forgotten(before: Dict[str, Any], after: Dict[str, Any]) -> Dict[str, Any]:
    """What a document must say for one reload, so that the daemon forgets keys that are no longer there."""
    return {key: value for key, value in _AT_FIRST.items() if key in before and key not in after}


def _in_force(key: str, before: Dict[str, Any], after: Dict[str, Any], asked: Dict[str, Any]) -> bool:
    """Whether what the daemon tells, and what agreed, is all that has changed."""
    if key == "exec-opts":
        others = [[item for item in document.get(key) or [] if not str(item).startswith(CGROUP_OPTION)] for document in (before, after)]
        return key in asked and others[0] == others[1]
    return key in asked and key in _TOLD and key not in RELOADED


def _mirrors(info: Dict[str, Any]) -> List[str]:
    return list((info.get("RegistryConfig") or {}).get("Mirrors") or [])


def _insecure(info: Dict[str, Any]) -> List[str]:
    config = info.get("RegistryConfig") or {}
    return [*(config.get("InsecureRegistryCIDRs") or []),
            *(name for name, index in (config.get("IndexConfigs") or {}).items() if not index.get("Secure", True))]


def _options(info: Dict[str, Any]) -> List[str]:
    return [CGROUP_OPTION + str(info.get("CgroupDriver") or "")]


def _plain(name: str) -> Callable[[Dict[str, Any]], Any]:
    return lambda info: info.get(name)


_TOLD: Dict[str, Callable[[Dict[str, Any]], Any]] = {
    "data-root": _plain("DockerRootDir"),
    "debug": _plain("Debug"),
    "default-runtime": _plain("DefaultRuntime"),
    "exec-opts": _options,
    "graph": _plain("DockerRootDir"),
    "insecure-registries": _insecure,
    "live-restore": _plain("LiveRestoreEnabled"),
    "log-driver": _plain("LoggingDriver"),
    "registry-mirrors": _mirrors,
    "storage-driver": _plain("Driver"),
}


def _agrees(key: str, wanted: Any, effective: Any, resolved: Callable[[str], str]) -> bool:
    if key == "exec-opts":
        driver = [item for item in wanted if str(item).startswith(CGROUP_OPTION)]
        return all(item in effective for item in driver)
    if key in ("data-root", "graph"):  # with userns-remap, a folder below it
        root = resolved(str(wanted).rstrip("/") or "/")
        return str(effective) == root or str(effective).startswith(root + "/")
    if key == "registry-mirrors":
        return not effective if not wanted else _in_order([str(item).rstrip("/") for item in wanted], [str(item).rstrip("/") for item in effective])
    if key == "insecure-registries":
        return all(str(item).rsplit("://", maxsplit=1)[-1].rstrip("/") in effective for item in wanted)
    return bool(effective == wanted)


def _in_order(wanted: List[str], effective: List[str]) -> bool:
    return [item for item in effective if item in wanted] == wanted


def cgroup_driver(document: Dict[str, Any]) -> str:
    """What a document says of it, empty where it says nothing."""
    options = [str(item) for item in document.get("exec-opts") or [] if str(item).startswith(CGROUP_OPTION)]
    return options[-1][len(CGROUP_OPTION):] if options else ""


def validates(printed: str) -> bool:
    """Whether this dockerd has --validate, by what it prints as its version."""
    match = re.search(r"version v?(\d+)\.", printed)
    return match is not None and int(match.group(1)) >= FIRST_THAT_VALIDATES


def validating(argv: Sequence[str], candidate: str) -> List[str]:
    """The command that validates a candidate beside the daemon's own flags."""
    kept, words = [], list(argv[1:])
    while words:
        word = words.pop(0)
        if word == "--config-file":
            words[:1] = []
        elif not word.startswith(("--config-file=", "$")):
            kept.append(word)
    return ["dockerd", "--validate", "--config-file", candidate, *kept]


def stopped_by_restart(asked: Sequence[str], live_restore: bool, pods: Sequence[str]) -> List[str]:
    """The pods whose containers a restart would stop."""
    return [] if live_restore and not set(asked) & set(UPROOTING) else sorted(set(pods))
