# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is at while it runs, in lines that come at once: `host: what (k of n, m s)`. Runs on the controller. Private to the collection.

The module writes what it is at into a file of root's in /run, and a thread reads it every few seconds over a connection of its own; a module that ends
sooner costs no round trip. A reader that fails ends, and the module never knows.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ansible.plugins.action import ActionBase

PLACE, FOLDER = "KUBEWRIGHT_PROGRESS", "/run"
FIRST, PAUSE, AGAIN, PATIENCE = 4.0, 3.0, 30.0, 2.0  # seconds: until the first look, between looks, until the same is told again, for the last look
TALKING = 10  # hosts at once; of more of them nobody reads the lines


def line(host: str, what: str, number: int = 0, total: int = 0, seconds: float = 0) -> str:
    """The one way to say what a host is at."""
    parts = ([f"{number} of {total}"] if total else []) + ([f"{seconds:.0f} s"] if seconds >= 1 else [])
    return f"{host}: {what}" + (f" ({', '.join(parts)})" if parts else "")


class WatchedAction(ActionBase):
    """Runs the module of the same name as ansible would, and says what it is at."""

    MODULE = ""
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        asynchronous = {"wrap_async": True} if self._task.async_val and not self._connection.has_native_async else {}
        with watching(self, task_vars):
            answer = self._execute_module(module_name=self.MODULE, module_args=self._task.args, task_vars=task_vars, **asynchronous)
        if not asynchronous:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return {**result, **answer}


@contextlib.contextmanager
def watching(action: Any, task_vars: dict[str, Any] | None, place: str = "") -> Iterator[None]:
    """While the module of this action runs. Silent in check mode, with async, of a task without logs, and of most of many hosts.

    place: which part of the action that is.
    """
    variables, task = task_vars or {}, action._task
    host = str(variables.get("inventory_hostname", ""))
    hosts = list(variables.get("ansible_play_hosts", [])) if host else []
    if task.check_mode or task.async_val or task.no_log or host not in hosts[:TALKING]:
        yield
        return
    path, before = f"{FOLDER}/kubewright-progress-{secrets.token_hex(8)}", task.environment
    told = [before] if isinstance(before, (dict, str)) else list(before or [])
    task.environment = [*told, {PLACE: path}]
    watch = Watch(reader(action, path), action._display.display, f"{host}: {place}" if place else host)
    watch.start()
    try:
        yield
    finally:
        watch.stop()
        task.environment = before


def reader(action: Any, path: str) -> Callable[[], str]:
    """Its own copies of connection and become plugin, since both keep what they are at in themselves."""
    other = copy.copy(action)
    other._connection = copy.copy(action._connection)
    if getattr(other._connection, "become", None):
        other._connection.become = copy.copy(other._connection.become)
    return lambda: str(other._low_level_execute_command(f"cat {path} 2>/dev/null || true").get("stdout", ""))


class Watch:
    """Looks, and tells what is new."""

    def __init__(self, read: Callable[[], str], tell: Callable[[str], None], host: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.read, self.tell, self.host, self.clock = read, tell, host, clock
        self.begun = self.said = clock()
        self.last: dict[str, Any] = {}
        self.over = threading.Event()
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=lambda: context.run(self._work), daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.over.set()
        self.thread.join(PATIENCE)

    def _work(self) -> None:
        pause = FIRST
        while not self.over.wait(pause):
            pause = PAUSE
            try:
                self.look()
            except Exception:
                return

    def look(self) -> None:
        found = parsed(self.read())
        if self.over.is_set() or not found:
            return
        now = self.clock()
        if found["what"] != self.last.get("what"):
            self.begun = now if self.last else self.begun  # it began before the first look
        elif found == self.last and now - self.said < AGAIN:
            return
        self.last, self.said = found, now
        self.tell(line(self.host, found["what"], found["number"], found["total"], now - self.begun))


def parsed(text: str) -> dict[str, Any]:
    """Of the last line that is one of ours; the first bytes may be those of a terminal."""
    for candidate in reversed(text.strip().splitlines()):
        with contextlib.suppress(ValueError):
            found = json.loads(candidate)
            if isinstance(found, dict) and isinstance(found.get("what"), str):
                return {"what": found["what"], "number": int(found.get("number") or 0), "total": int(found.get("total") or 0)}
    return {}
