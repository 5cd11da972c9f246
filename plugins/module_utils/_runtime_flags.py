# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kubelet is told of its runtime, edited in the places where it is told. Pure. Private to the collection.

What kubeadm writes for a runtime changes with it; every other flag and line was somebody's wish and stays.
"""

import re
from typing import Dict, List, Mapping, NamedTuple, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._releases import fact

FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
# Of a Node: the socket, for kubeadm until 1.33.
ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
DOCKERSHIM = "/var/run/dockershim.sock"
_OF_ENDPOINT = ("container-runtime", "container-runtime-endpoint", "image-service-endpoint")
# The kubelet's part for Docker read these, no other runtime does; from 1.24 on the kubelet does not start with them.
OF_DOCKERSHIM = ("network-plugin", "network-plugin-mtu", "cni-conf-dir", "cni-bin-dir", "cni-cache-dir", "docker-endpoint", "image-pull-progress-deadline",
                 "experimental-dockershim-root-directory")
_LINE = re.compile(r"^(KUBELET_KUBEADM_ARGS=)([\"']?)(.*?)\2[ \t]*$", re.MULTILINE)
_ENDPOINT = re.compile(r"^(containerRuntimeEndpoint:[ \t]*)([\"']?)([^\s\"'#]+)\2", re.MULTILINE)


class Told(NamedTuple):
    """A flag, and the words that it was written in."""

    name: str
    value: str
    words: List[str]


def path(socket: str) -> str:
    """The same for every way to write a socket."""
    found = re.sub(r"^unix:(//)?", "", socket)
    return found[len("/var"):] if found.startswith("/var/run/") else found


def same(one: str, other: str) -> bool:
    return path(one) == path(other)


def is_dockershim(socket: str) -> bool:
    return same(socket, DOCKERSHIM)


def split(words: Sequence[str]) -> List[Told]:
    """Both forms, --name=value and --name value; a word that is no flag stands for itself."""
    found: List[Told] = []
    for word in words:
        if found and not word.startswith("-") and found[-1].name and len(found[-1].words) == 1 and "=" not in found[-1].words[0]:
            found[-1] = Told(found[-1].name, word, [*found[-1].words, word])
        else:
            name, _equals, value = word.lstrip("-").partition("=")
            found.append(Told(name if word.startswith("-") else "", value, [word]))
    return found


def flags_of(text: str) -> List[Told]:
    """Of kubeadm's file, and of any other text that names flags."""
    match = _LINE.search(text)
    inner = match.group(3) if match else "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return split(inner.replace('"', " ").replace("\\\n", " ").split())


def values(text: str) -> Dict[str, str]:
    return {flag.name: flag.value for flag in flags_of(text) if flag.name}


def wanted_words(socket: str, minor: int) -> List[str]:
    """As kubeadm of that version writes them."""
    if is_dockershim(socket):
        return ["--network-plugin=cni"]
    there = path(socket)
    endpoint = "--container-runtime-endpoint=" + (there if fact("cri_socket_form", minor) == "path" else "unix://" + there)
    known = "container-runtime" not in fact("removed_kubelet_flags", minor)
    return [*(["--container-runtime=remote"] if known else []), endpoint]


def replaced(words: Sequence[str], socket: str, minor: int) -> List[str]:
    """The words with those of this runtime in place of those of the other one."""
    found = split(words)
    told = {flag.name: flag.value for flag in found}
    wanted = wanted_words(socket, minor)
    if _fits(told, wanted):
        return list(words)
    gone = [flag.name in (*_OF_ENDPOINT, *OF_DOCKERSHIM) for flag in found]
    kept = [word for flag, leaves in zip(found, gone) if not leaves for word in flag.words]
    first = sum(len(flag.words) for flag in found[:gone.index(True)]) if True in gone else 0
    return [*kept[:first], *wanted, *kept[first:]]


def _fits(told: Mapping[str, str], wanted: Sequence[str]) -> bool:
    names = {flag.name: flag.value for flag in split(wanted)}
    others = [name for name in (*_OF_ENDPOINT, *OF_DOCKERSHIM) if name in told and name not in names]
    return not others and all(name in told and same(told[name], value) for name, value in names.items())


def told_anew(texts: Mapping[str, str], socket: str, minor: int) -> Dict[str, str]:
    """By path, the new text of each file that has to change. texts: kubeadm's flags, and the documents that may name an endpoint."""
    named = {name: _ENDPOINT.search(text) for name, text in texts.items() if name != FLAGS}
    found = {}
    for name, match in named.items():
        if match and not same(match.group(3), socket):
            found[name] = _ENDPOINT.sub(lambda match: "{0}{1}unix://{2}{1}".format(match.group(1), match.group(2), path(socket)), texts[name])
    flags = texts.get(FLAGS, "")
    if any(named.values()) and not {*_OF_ENDPOINT, *OF_DOCKERSHIM} & set(values(flags)):
        return found  # it is told in documents alone, as kubeadm does from 1.34 on
    text = _with_words(flags, socket, minor)
    return dict(found, **{FLAGS: text}) if text != flags else found


def _with_words(text: str, socket: str, minor: int) -> str:
    match = _LINE.search(text)
    if not match:
        ending = "" if not text or text.endswith("\n") else "\n"
        return '{0}{1}KUBELET_KUBEADM_ARGS="{2}"\n'.format(text, ending, " ".join(wanted_words(socket, minor)))
    words = match.group(3).split()
    new = replaced(words, socket, minor)
    if new == words:
        return text
    return "{0}{1}{2}{3}{2}{4}".format(text[:match.start()], match.group(1), match.group(2) or '"', " ".join(new), text[match.end():])
