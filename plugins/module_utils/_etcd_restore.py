# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd's data replaced by a snapshot's, in steps that a killed run leaves where the next one finds them. Private to the collection.

The old data is renamed, never deleted. All of it stays below the data directory, which may be a mount of its own.
"""

import json
import os
import shutil
import time
from typing import NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd as etcd
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

NOTE = "/var/lib/kubewright/etcd-restore.json"


class Note(NamedTuple):
    """Our own note on the node about the last restore."""

    sha256: str
    before: str  # folder that the old data goes to
    started: float
    finished: Optional[float]
    bumped: bool = False


def note() -> Optional[Note]:
    text = node.read(NOTE)
    if not text.strip():
        return None
    try:
        return Note(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise KubewrightError("{0} cannot be read. It is Kubewright's own note about a restore of etcd on this node; look at the folders below "
                              "etcd's data directory, then remove the file.".format(NOTE)) from error


def write(item: Note) -> Note:
    operation.write_note(NOTE, dict(item._asdict()))
    return item


def begin(sha256: str, me: etcd.Member) -> Note:
    """The note of an interrupted run of the same snapshot, or a new one."""
    last = note()
    if last and last.finished is None and last.sha256 == sha256:
        return last
    if last and last.finished is None and not has_begun_anew(last, me):
        raise KubewrightError(
            "a restore of another snapshot (SHA-256 {0}) was interrupted on this node while data was exchanged; the old data is in {1}. Run again with that "
            "snapshot first.".format(last.sha256, last.before))
    folder = "{0}/kubewright-before-{1}".format(me.data_dir, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time())))
    return write(Note(sha256, folder, time.time(), None))


def has_begun_anew(last: Note, me: etcd.Member) -> bool:
    """An interrupted restore that has not touched the data yet, or has put all of it in place."""
    return not os.path.isdir(last.before) or os.path.isdir(me.folder())


def new_folder(me: etcd.Member) -> str:
    return me.data_dir + "/kubewright-restored"


def is_exchanged(item: Note, me: etcd.Member) -> bool:
    return os.path.isdir(item.before) and os.path.isdir(me.folder())


def is_prepared(item: Note, me: etcd.Member) -> bool:
    """Was it killed between the two renames? Then there is nothing to prepare any more."""
    return os.path.isdir(item.before) and os.path.isdir(new_folder(me) + "/member")


def clear(me: etcd.Member) -> str:
    """Room for the new data directory: what a killed run has left of one goes, since it holds the snapshot's data only."""
    folder = new_folder(me)
    if os.path.isdir(folder):
        shutil.rmtree(folder)
    return folder


def stop(run: Runner) -> None:
    """The kubelet first, or it would start again what ends."""
    run(("systemctl", "stop", "kubelet"))
    for component in reversed(pods.COMPONENTS):
        process = pods.running(component)
        if process:
            pods.end(process, component)


def exchange(item: Note, me: etcd.Member) -> None:
    """The old data out of the way, the new data in its place. Nothing of etcd may run."""
    if not os.path.isdir(item.before):
        if os.path.isdir(me.folder()):
            os.replace(me.folder(), item.before)
        else:
            os.mkdir(item.before, 0o700)
    os.replace(new_folder(me) + "/member", me.folder())
    shutil.rmtree(new_folder(me))
    operation.sync(me.data_dir)


def start(run: Runner, seconds: int) -> None:
    run(("systemctl", "start", "kubelet"))
    limit = time.time() + seconds
    for component in pods.COMPONENTS:
        pods.wait(component, None, "", limit)
