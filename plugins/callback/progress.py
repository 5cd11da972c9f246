# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phase n of m where each phase begins; time per phase and what changed at the end. Beside whatever prints the run, never instead of it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: aggregate
short_description: Say how far a run is, how long its phases take, and what it changed
version_added: 0.1.0
description:
  - Where a phase begins, one line says which of how many it is, how many hosts take part, how long the run lasts already, and how long this phase
    took in earlier runs.
  - Plays that follow each other and whose names begin with the same word before C( | ) are one phase. Plays without hosts, and plays of which
    C(--tags) and C(--skip-tags) leave nothing, are not counted.
  - At the end come the time of each phase and what changed on each host, in the words of the modules that changed it. Of more than ten hosts those
    alike are told together.
  - It prints through ansible's display, so ansible-runner and AWX have its lines as C(verbose) events. It reads no host and asks nothing.
  - It is silent beside a callback that writes JSON to standard output.
requirements:
  - enable it by its full name, C(kubewright.cluster.progress), in C(callbacks_enabled). The C(ansible.cfg) of this repository does.
options:
  history:
    description:
      - Whether the seconds of each phase are kept for the next run of the same playbook with the same inventory.
      - They are in C($XDG_CACHE_HOME/kubewright/phases.json), by default C(~/.cache/kubewright/phases.json), which only its owner reads. It holds
        the names of phases, numbers of hosts, seconds and a hash of the inventory's place. Where it cannot be written, nothing is kept.
    type: bool
    default: true
    env:
      - name: KUBEWRIGHT_PROGRESS_HISTORY
    ini:
      - section: callback_kubewright_progress
        key: history
"""

EXAMPLES = r"""
# ansible.cfg
# [defaults]
# callbacks_enabled = kubewright.cluster.progress
#
# or for one run:
# ANSIBLE_CALLBACKS_ENABLED=kubewright.cluster.progress ansible-playbook kubewright.cluster.site -i hosts.yml
"""

import time
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.kubewright.cluster.plugins.plugin_utils import phase_history, run_changes, run_phases
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import folded
from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_phases import Planned, Run

COLOR = "bright blue"
PREFLIGHT = "kubewright.cluster.cluster_preflight"


class CallbackModule(CallbackBase):
    """Constant work for each event."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kubewright.cluster.progress"
    CALLBACK_NEEDS_ENABLED = True  # a copy in a folder that ansible reads by itself does not load beside the named one

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display=display, options=options)
        self.playbook = ""
        self.kind = ""
        self.silent = "json" in str(C.DEFAULT_STDOUT_CALLBACK)
        self.run = Run([], 0)
        self.changes = run_changes.Changes()
        self.history = phase_history.History(None)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(playbook._file_name).name
        self.kind = "" if not self._checks() else "check"
        self.history = phase_history.History(phase_history.place() if self.get_option("history") else None)
        self.run = Run([Planned(identity(play), play.get_name().strip(), hosts_of(play)) for play in playbook.get_plays()], time.monotonic())
        self.changes = run_changes.begin()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        now, hosts = time.monotonic(), hosts_of(play) or 0
        phase = self.run.enter(identity(play), hosts, now)
        if phase is None:
            return
        number, batches = self.run.batch(identity(play)), batches_of(play, phase.hosts)
        if number == 1 and phase.begun != now:
            return  # a further play of the phase
        for each in [phase, *self.run.left()]:
            each.expected = self.history.expected(self._key(each.name), each.hosts or hosts, self._forks())
        self._say(run_phases.announcement(self.run, phase, (number, batches), hosts, now))

    def v2_runner_on_ok(self, result: Any) -> None:
        task, said = part(result, "task"), part(result, "result")
        if said.get("changed"):
            role = task._role.get_name() if task._role else ""
            self.changes.add(part(result, "host").get_name(), run_changes.change_of(task.get_name(), task.action, role, said))
        if task.action == PREFLIGHT:
            self._learn(said.get("plan") or {})

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors and not rescued(part(result, "task")):
            self.run.lost()

    def v2_runner_on_unreachable(self, result: Any) -> None:
        if not getattr(part(result, "task"), "ignore_unreachable", False):
            self.run.lost()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        now = time.monotonic()
        self.run.end(now)
        for phase in self.run.phases:
            if phase.seconds is not None and phase.whole:
                self.history.note(self._key(phase.name), phase.hosts, phase.seconds)
        self.history.write()
        lines = run_phases.times(self.run, now)
        lines += [f"{word}: {folded(hosts)}" for word, hosts in (("Failed", stats.failures), ("Unreachable", stats.dark)) if hosts]
        self._say("\n".join([*lines, *run_changes.lines(self.changes, len(stats.processed), self._checks())]))

    def _learn(self, plan: Any) -> None:
        """What kind of run it is, from the plan of its preflight."""
        actions = {step.get("action") for step in plan.get("steps", [])}
        self.kind = ("check-" if self._checks() else "") + ("init" if "init" in actions else "join" if actions else "same")

    def _key(self, phase: str) -> phase_history.Key:
        kind = self.kind if phase != "Preflight" else "check" if self._checks() else ""  # it ran before the plan was there
        return phase_history.Key(phase_history.inventory_id(context.CLIARGS.get("inventory") or ()), self.playbook, phase, kind)

    @staticmethod
    def _checks() -> bool:
        return bool(context.CLIARGS.get("check"))

    @staticmethod
    def _forks() -> int:
        return int(context.CLIARGS.get("forks") or C.DEFAULT_FORKS)

    def _say(self, text: str) -> None:
        if not self.silent:
            self._display.display("\n" + text, color=COLOR)


def part(result: Any, name: str) -> Any:
    """Of a result; before ansible-core 2.19 these names were private."""
    return getattr(result, name) if hasattr(type(result), name) else getattr(result, "_" + name)


def identity(play: Any) -> str:
    """The same for every batch; ansible-runner's callback, which comes first, adds a number to the second and later ones."""
    return str(play._uuid).split("_", 1)[0]


def hosts_of(play: Any) -> int | None:
    """How many hosts a play, or a batch of it, has in this run; None where only the play itself can tell."""
    names = play.hosts if isinstance(play.hosts, list) else [play.hosts]
    if any("{{" in str(name) for name in names):
        return None
    found = len(play.get_variable_manager()._inventory.get_hosts(names))
    return found if found and something_to_do(play) else 0


def something_to_do(play: Any) -> bool:
    """Whether the tags leave a task of it."""
    variables = play.get_variable_manager().get_vars(play=play)
    blocks = [block.filter_tagged_tasks(variables) for block in play.copy().compile()]
    return any(does(task) for block in blocks for task in block.get_tasks())


def does(task: Any) -> bool:
    """More than what ansible adds by itself: the check of a role's arguments always runs, whatever the tags."""
    return str(task.action).rsplit(".", 1)[-1] not in ("meta", "validate_argument_spec")


def batches_of(play: Any, hosts: int) -> int:
    """How many batches `serial` makes of so many hosts."""
    sizes = [size for size in (batch_size(entry, hosts) for entry in play.serial or []) if size is not None]
    if not sizes:
        return 1
    number, left = 0, hosts
    while left > 0 and sizes[min(number, len(sizes) - 1)] > 0:
        left -= sizes[min(number, len(sizes) - 1)]
        number += 1
    return max(1, number + (left > 0))


def batch_size(entry: Any, hosts: int) -> int | None:
    text = str(entry).strip()
    try:
        return max(1, int(text[:-1]) * hosts // 100) if text.endswith("%") else int(text)
    except ValueError:
        return None


def rescued(task: Any) -> bool:
    """Whether a block around the task deals with its failure."""
    parent = getattr(task, "_parent", None)
    while parent is not None:
        if getattr(parent, "rescue", None):
            return True
        parent = getattr(parent, "_parent", None)
    return False
