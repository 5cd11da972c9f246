# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One long operation of kubeadm on a node: its lock, its markers and its phases, which make it crash-safe. Private to the collection."""

import contextlib
import fcntl
import json
import os
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import NO_CERTIFICATES, Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import Marker, node_state, only_looked
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_findings import findings
from ansible_collections.kubewright.cluster.plugins.module_utils._phases import PHASES, RESET

# Only root writes to this folder: in /run/lock anybody's file of that name could keep every run waiting.
LOCK = "/run/kubewright.lock"


def write_note(path: str, note: Dict[str, Any]) -> None:
    """One of our notes about this node, in a folder of ours."""
    write_whole(path, json.dumps(note, sort_keys=True) + "\n")


def sync(path: str) -> None:
    """A file that a program wrote, or a folder, on the disk and not only written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Of a phase that is repeated.
ATTEMPTS = 4
PAUSE = 15


class NodeLock:
    """Held by this process and by the kubeadm it starts, so a killed run's kubeadm still keeps the next one waiting."""

    def __init__(self, seconds: int = 600) -> None:
        self.descriptor = _opened()
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


def _opened() -> int:
    try:
        return os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise KubewrightError("the lock {0} cannot be opened: {1}. It must be a file that root writes to; run with become, and look at it."
                              .format(LOCK, error.strerror)) from error


@contextlib.contextmanager
def locked(module: Any, acts: bool = True) -> Iterator[Runner]:
    """Under the node's lock, which the programs that the runner starts hold, too; without it in check mode, and where nothing is done."""
    if module.check_mode or not acts:
        yield Runner(module)
        return
    lock = NodeLock()
    try:
        yield Runner(module, pass_fds=[lock.descriptor])
    finally:
        lock.release()


def start(operation: str) -> Marker:
    """Note the start, unless an interrupted run that did more than look already did: its start is what counts for etcd's data."""
    look = node.look()
    before = look.marker
    if before and before.finished is None and before.operation == operation and not only_looked(look):
        return before
    begun = Marker(operation, time.time(), None, not node.etcd_times(), node.pki_files())
    _write(begun)
    return begun


def note_phase(phase: str) -> None:
    """Where a crash will have happened."""
    begun = node.marker()
    if begun and begun.finished is None:
        _write(begun._replace(phase=phase))


def finish() -> Optional[Marker]:
    begun = node.marker()
    if begun is None or begun.finished is not None:
        return begun
    ended = begun._replace(finished=time.time(), phase="")
    _write(ended)
    return ended


def _write(marker: Marker) -> None:
    write_note(node.MARKER, dict(marker._asdict()))


class Operation:
    """Read the state, decide, act in phases. One subclass for each operation; perform() runs it."""

    kind = ""

    def __init__(self, runner: Runner) -> None:
        self.run = runner
        self.kubeadm = Kubeadm(runner)
        self.look = node.look()
        self.state = node_state(self.look)
        self.phases: List[Dict[str, Any]] = []
        self.stderr = ""

    def needed(self) -> bool:
        """True where there is something to do; raises where it must not be done."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Deal with what an interrupted run left, before the start is noted."""

    def act(self) -> None:
        raise NotImplementedError

    def phase(self, name: str, action: Callable[[], Output]) -> None:
        """One phase: noted on the node before it begins, its seconds in the result."""
        note_phase(name)
        names = PHASES.get(self.kind, ())
        progress.tell("kubeadm {0}: {1}".format(self.kind, name), names.index(name) + 1 if name in names else 0, len(names) if name in names else 0)
        begun = time.time()
        self.stderr += action().stderr
        self.phases.append({"phase": name, "seconds": round(time.time() - begun, 1)})

    def tried(self, name: str, action: Callable[[int], Output], limit: float, passes: Callable[[CommandError], bool]) -> None:
        """A phase that kubeadm can repeat is repeated where it failed by something that passes. limit: seconds since the epoch."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.phase(name, lambda: action(max(60, round(limit - time.time()))))
                return
            except CommandError as error:
                if attempt == ATTEMPTS or time.time() > limit or not passes(error):
                    raise
            time.sleep(PAUSE)

    def undo(self, reset: Callable[[], Output]) -> None:
        """Begin anew where an interrupted run did more than look."""
        if not only_looked(self.look):
            self.phase(RESET, reset)

    def reset(self, cri_socket: str, skip_phases: Sequence[str] = ()) -> Output:
        return reset_keeping(self.kubeadm, cri_socket, skip_phases, self.look.marker.pki_before if self.look.marker else ())

    def warnings(self) -> List[Dict[str, Any]]:
        """kubeadm's findings; several phases may tell the same."""
        found: List[Dict[str, Any]] = []
        for finding in findings(self.stderr):
            if finding.as_dict() not in found:
                found.append(finding.as_dict())
        return found


def reset_keeping(kubeadm: Kubeadm, cri_socket: str, skip_phases: Sequence[str], kept: Sequence[str]) -> Output:
    """kubeadm reset, but for the certificates that a person had put there; it would remove them, too."""
    output = kubeadm.reset(cri_socket, skip_phases, NO_CERTIFICATES if kept else "")
    for path in set(node.pki_files()) - set(kept):
        os.unlink(path)
    return output


def perform(module: Any, begin: Callable[[Runner], Operation]) -> Dict[str, Any]:
    """A module's answer. In check mode it is the prediction; otherwise the operation runs under the node's lock, between its two markers."""
    with locked(module) as runner:
        work = begin(runner)
        needed = work.needed()
        if module.check_mode:
            return {"changed": needed, "node": work.state.as_dict(), "phases": [{"phase": name} for name in PHASES[work.kind]] if needed else []}
        if not needed:
            return {"changed": False, "node": work.state.as_dict()}
        work.prepare()
        start(work.kind)
        work.act()
        finish()
    now = dict(node_state(node.look()).as_dict(), certificate_days=node.least_certificate_days())
    return {"changed": True, "phases": work.phases, "warnings_of_kubeadm": work.warnings(), "node": now}
