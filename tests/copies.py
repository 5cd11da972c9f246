# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of this checkout, where tools look for a collection, and the environment that programs see there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]


def copy_checkout(to: Path) -> None:
    """What git knows or would take in; links stay links. A repository of its own, or ansible-test would test its own output, too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CLONE, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (CLONE / name).is_symlink() or (CLONE / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CLONE / name, to / name, follow_symlinks=False)
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=to, check=True)


def plain_environment(programs: Path) -> dict[str, str]:
    """As a user has it whose programs these are: no setting of ansible, Molecule or this project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_", "KUBEWRIGHT_", "PYTHON"))}
    return {**kept, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
