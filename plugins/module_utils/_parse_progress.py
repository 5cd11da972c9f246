# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubeadm init`, `join` and `reset` print on their way, read. Pure; what is true is on the node, not in here. Private to the collection."""

import re
from typing import List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._parsers import JoinCommand, certificate_keys, join_commands

_PHASE = re.compile(r"\[([a-z][a-z0-9/-]*)\] ")
_LOGGED = re.compile(r"[WEF][0-9]{4}\s+[0-9:.]+\s+[0-9]+\s+[^\]\s]+\] (?:\[reset\] )?(.*)\Z")
_EMPTIED = re.compile(r"\[reset\] Deleting contents of [a-z ]*directories: \[([^\]]*)\]")
_ETCD_EMPTIED = re.compile(r"\[reset\] Deleted contents of the etcd data directory: (\S+)")
_DELETED = re.compile(r"\[reset\] Deleting files: \[([^\]]*)\]")
# What is left, by the words that kubeadm tells it with.
_LEFT = (
    ("cni", re.compile(r"\bCNI (?:plugin )?configuration\b")),
    ("firewall", re.compile(r"\biptables rules\b|\bIPVS tables\b|\bnetwork filtering rules\b")),
    ("kubeconfig", re.compile(r"\bkubeconfig files\b")),
    ("etcd member", re.compile(r"\bmanually remove this etcd member\b")),
    ("external etcd", re.compile(r"\bmanually reset etcd\b")),
)


class Init(NamedTuple):
    """Of `kubeadm init`. Holds secrets where kubeadm was not told to keep them back."""

    phases: List[str]
    succeeded: bool  # it says so at its end, unless the phase show-join-command was skipped
    worker: Optional[JoinCommand]
    control_plane: Optional[JoinCommand]
    certificate_key: str


class Join(NamedTuple):
    """Of `kubeadm join`."""

    phases: List[str]
    succeeded: bool
    control_plane: bool


class Reset(NamedTuple):
    """Of `kubeadm reset`."""

    emptied: List[str]  # directories
    deleted: List[str]  # files
    left: List[str]  # some of: cni, firewall, kubeconfig, etcd member, external etcd
    warnings: List[str]


def phases(text: str) -> List[str]:
    """Names in brackets at the beginnings of lines, in the order in which each came first."""
    names = [match.group(1) for match in (_PHASE.match(line) for line in text.splitlines()) if match]
    return list(dict.fromkeys(names))


def init_output(text: str) -> Init:
    commands = [command for command in join_commands(text) if command.token]
    keys = certificate_keys(text)
    return Init(
        phases(text),
        "has initialized successfully" in text,
        next((command for command in commands if not command.control_plane), None),
        next((command for command in commands if command.control_plane), None),
        keys[0] if keys else "",
    )


def join_output(text: str) -> Join:
    return Join(phases(text), "This node has joined the cluster" in text, "control plane instance was created" in text)


def reset_output(text: str) -> Reset:
    """Of standard output and standard error together."""
    emptied = [path for match in _EMPTIED.finditer(text) for path in match.group(1).split()] + _ETCD_EMPTIED.findall(text)
    plain = " ".join(text.split())
    return Reset(
        list(dict.fromkeys(emptied)),
        [path for match in _DELETED.finditer(text) for path in match.group(1).split()],
        [name for name, form in _LEFT if form.search(plain)],
        [match.group(1).strip() for match in (_LOGGED.match(line) for line in text.splitlines()) if match],
    )
