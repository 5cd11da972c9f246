# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One long operation of kubeadm on a node: the lock and the markers that make it crash-safe. Private to the collection."""

import fcntl
import json
import os
import time
from typing import Optional

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import Marker

LOCK = "/run/lock/kubewright.lock"


def write_atomically(path: str, text: str, mode: int = 0o644) -> None:
    """The whole text or the old file, whatever moment the machine stops at."""
    temporary = "{0}.kubewright-{1}".format(path, os.getpid())
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


class NodeLock:
    """Held by this process and by the kubeadm it starts, so a killed run's kubeadm still keeps the next one waiting."""

    def __init__(self, seconds: int = 600) -> None:
        os.makedirs(os.path.dirname(LOCK), exist_ok=True)
        self.descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(self.descriptor, True)
        limit = time.time() + seconds
        while not self._taken():
            if time.time() > limit:
                os.close(self.descriptor)
                raise KubewrightError("another kubeadm has been at work on this node for {0} seconds (lock {1}). Look at it with "
                                      "`ps -C kubeadm`, then run again.".format(seconds, LOCK))
            time.sleep(1)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            return False

    def release(self) -> None:
        os.close(self.descriptor)


def start(operation: str) -> Marker:
    """Note the start, unless an interrupted run already did: its start is what counts for etcd's data."""
    before = node.marker()
    if before and before.finished is None and before.operation == operation:
        return before
    begun = Marker(operation, time.time(), None, not node.etcd_times(), node.pki_files())
    _write(begun)
    return begun


def finish() -> Optional[Marker]:
    begun = node.marker()
    if begun is None or begun.finished is not None:
        return begun
    ended = begun._replace(finished=time.time())
    _write(ended)
    return ended


def _write(marker: Marker) -> None:
    os.makedirs(os.path.dirname(node.MARKER), mode=0o755, exist_ok=True)
    write_atomically(node.MARKER, json.dumps(dict(marker._asdict()), sort_keys=True) + "\n")
