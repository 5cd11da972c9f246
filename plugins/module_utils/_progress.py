# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is at, for the action on the controller that reads it while the module runs. Private to the collection.

Nothing is written unless that action asks for it, by the name of a file in the environment; what cannot be written is not told. Never a secret.
"""

import contextlib
import json
import os
import re
from typing import List

PLACE = "KUBEWRIGHT_PROGRESS"
MOST = 160  # letters
_told: List[str] = []  # the words of what was told last
_PHASE = re.compile(r"^\[([a-z][a-z0-9/-]*)\] ", re.MULTILINE)
# What kubeadm waits for, by the names of its phases; the others are told as they are called.
_WAITS = {
    "wait-control-plane": "waiting for the API server", "apiclient": "the API server answers", "control-plane-check": "waiting for the control plane",
    "kubelet-start": "starting the kubelet", "kubelet-check": "waiting for the kubelet", "tlsbootstrap": "waiting for the kubelet's certificate",
    "etcd": "etcd", "upgrade/staticpods": "exchanging the control plane's pods", "upgrade/prepull": "pulling images",
}


def wanted() -> bool:
    return bool(os.environ.get(PLACE))


def tell(what: str, number: int = 0, total: int = 0) -> None:
    """number of total, where they are counted."""
    path = os.environ.get(PLACE)
    if not path:
        return
    _told[:] = [word for word in what.split() if ":" not in word]
    text = json.dumps({"what": " ".join(what.split())[:MOST], "number": number, "total": total})
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, text.encode("utf-8"))
        finally:
            os.close(descriptor)


def tell_step(printed: str) -> None:
    """Of kubeadm, unless that is what was told of it already."""
    step = kubeadm_step(printed)
    if step and step not in _told:
        tell("kubeadm: " + step)


def forget() -> None:
    """The module ends; whatever it told is over."""
    path = os.environ.get(PLACE)
    if path:
        with contextlib.suppress(OSError):
            os.unlink(path)


def kubeadm_step(printed: str) -> str:
    """What kubeadm is at by what it has printed so far; empty where it does not say."""
    names = _PHASE.findall(printed)
    return _WAITS.get(names[-1], str(names[-1])) if names else ""


def some(names: List[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (" and {0} more".format(len(names) - most) if len(names) > most else "")
