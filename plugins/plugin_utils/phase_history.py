# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long phases took before, in one small file of the controller's user. Private to the collection."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_phases import Expected

SCHEMA = "kubewright.phases/1"
KEPT, KEYS = 5, 300  # times of one phase, phases in the file
LIKE = 1.5  # a run on so many times more hosts is another one
SHORT = 5  # seconds, of which nobody wants an estimate

# Seconds where nothing is known: for the first host, and for each further wave of hosts (as many as there are forks) or, of control planes, for each
# further one. Measured in the lab, where machines share two processors, and rounded up for downloads.
ROUGHLY = {
    ("Machines", "init"): (120, 60), ("Machines", "join"): (120, 60),
    ("Control planes", "init"): (60, 45), ("Control planes", "join"): (45, 45),
    ("Workers", "init"): (20, 15), ("Workers", "join"): (20, 15),
    ("Cluster", "init"): (60, 1),
}
ONE_BY_ONE = ("Control planes",)


class Key(NamedTuple):
    """Which phase of which run."""

    inventory: str
    playbook: str
    phase: str
    kind: str  # what the run does: init, join, same; check-… in check mode; empty where that is not known


def inventory_id(sources: Sequence[str]) -> str:
    """Of the files or folders by their places; what is given on the command line counts as it is."""
    told = "\n".join(source if "," in source else os.path.realpath(source) for source in sources)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def place() -> Path | None:
    """None for a user without a home."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "kubewright" / "phases.json"
    except RuntimeError:
        return None


class History:
    """Read once, written once; a file that cannot be read or written is none."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.times: dict[str, list[list[float]]] = self._read()
        self.new: dict[str, list[float]] = {}

    def _read(self) -> dict[str, list[list[float]]]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8")) if self.path else {}
        except (OSError, ValueError):
            return {}
        rows = found.get("phases") if isinstance(found, dict) and found.get("schema") == SCHEMA else None
        lists = {key: pairs for key, pairs in rows.items() if isinstance(pairs, list)} if isinstance(rows, dict) else {}
        return {key: [pair for pair in pairs if _is_pair(pair)] for key, pairs in lists.items()}

    def expected(self, key: Key, hosts: int, forks: int) -> Expected | None:
        like = [seconds for before, seconds in self.times.get("/".join(key), []) if before <= hosts * LIKE and hosts <= before * LIKE]
        if like:
            middle = statistics.median(like)
            return Expected(middle, "last time" if len(like) == 1 else "usually") if middle >= SHORT else None
        first, more = ROUGHLY.get((key.phase, key.kind), (0, 0)) if key.playbook == "site.yml" else (0, 0)
        waves = hosts if key.phase in ONE_BY_ONE else -(-hosts // max(1, forks))
        return Expected(first + more * max(0, waves - 1), "roughly") if first else None

    def note(self, key: Key, hosts: int, seconds: float) -> None:
        self.new["/".join(key)] = [hosts, round(seconds, 1)]

    def write(self) -> None:
        if not self.path or not self.new:
            return
        with contextlib.suppress(OSError):
            times = self._read()  # another run may have written meanwhile
            for key, pair in self.new.items():
                times[key] = [*times.pop(key, []), pair][-KEPT:]  # to the end: the oldest keys go first
            text = json.dumps({"schema": SCHEMA, "phases": dict(list(times.items())[-KEYS:])}, indent=1)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(self.path, text + "\n")


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(number, (int, float)) for number in pair)


def _replace(path: Path, text: str) -> None:
    """Whole or not at all; nobody else may read it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
