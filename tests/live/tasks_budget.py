# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tasks a run of site.yml that changes nothing executes on each host, against docs/design.md's budgets.

Takes the lab NAME where it runs, else makes and deploys one. Run by `make tasks-budget`; leaves the lab running.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "molecule" / "resources")]

import budgets  # noqa: E402 - the clone's folders have to be found first
from runs import PlaybookRun, playbook  # noqa: E402

from lab import inventory, lab, state  # noqa: E402

RUNS = 3  # what was deployed by another state of the clone may want a change first


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright")
    given, wishes = parser.parse_known_args()
    if not state.exists(given.name):
        subprocess.run([sys.executable, "-m", "lab", "up", "--name", given.name, *wishes], cwd=ROOT, check=True)
    made = lab.existing(given.name)
    groups, _hosts = inventory.read(made.inventory_folder)
    run = unchanged(made.inventory_folder)
    if run is None:
        return 1
    found = list(budgets.rows(run, groups["kube_control_plane"]))
    broken = [row for row in found if not row.kept]
    print(f"\n{budgets.table(found)}\n\n{len(found) - len(broken)} passed, {len(broken)} failed")
    return 1 if broken else 0


def unchanged(place: Path) -> PlaybookRun | None:
    for number in range(1, RUNS + 1):
        print(f"site.yml, run {number}", flush=True)
        run = playbook("site.yml", place)
        if run.rc != 0:
            print(f"site.yml ended with code {run.rc}")
            return None
        if not any(run.each("changed").values()):
            return run
    print(f"{RUNS} runs of site.yml, and the last still changed something")
    return None


if __name__ == "__main__":
    raise SystemExit(main())
