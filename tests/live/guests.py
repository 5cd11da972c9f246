# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests with virtual machines share: steps with their seconds, checks that are counted, a machine by ssh."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab import show
from lab.state import State

ROOT = Path(__file__).resolve().parents[2]


class Proof:
    """Steps with their seconds, and what was found true or not."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self.failed: list[str] = []
        self.passed = 0

    def step(self, title: str, action: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        result = action()
        self.steps.append((title, time.monotonic() - begun))
        return result

    def hold(self, sentence: str, good: object, said: str = "") -> None:
        print(f"{'ok    ' if good else 'FAILED'} {sentence}{'' if good else f': {said!r}'}", flush=True)
        if good:
            self.passed += 1
        else:
            self.failed.append(sentence)

    def closing(self) -> str:
        table = "\n".join(f"{seconds:7.0f} s  {title}" for title, seconds in self.steps)
        return f"\n{table}\n\n{self.passed} passed, {len(self.failed)} failed"


class Guest:
    """A virtual machine, by ssh."""

    def __init__(self, made: State, host: str) -> None:
        self.words = show.ssh(made, host)

    def ask(self, command: str) -> tuple[int, str]:
        asked = subprocess.run([*self.words, command], capture_output=True, text=True, check=False)
        return asked.returncode, (asked.stdout.strip() or asked.stderr.strip())


def lab_verb(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words], cwd=ROOT, check=True)
