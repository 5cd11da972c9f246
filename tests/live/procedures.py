# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml --check with each inventory of docs/procedures.md, on bare machines of the lab, with signed local repositories of the same layouts.

Run by `make procedures`; INVENTORY= takes one of them, ARGS=--keep leaves its machines running and says how to look further.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "molecule" / "resources")]

import rehearsal  # noqa: E402 - the clone's folders have to be found first


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-procedures", help="the lab's name")
    parser.add_argument("--inventory", action="append", default=[], help="one of them, such as inventories/modern-docker")
    parser.add_argument("--keep", action="store_true", help="leave the machines of the last one running")
    given = parser.parse_args()
    names = [Path(one).name for one in given.inventory] or list(rehearsal.SYSTEMS)
    unknown = [name for name in names if name not in rehearsal.SYSTEMS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no inventory of docs/procedures.md; they are {', '.join(rehearsal.SYSTEMS)}")
    found, failed = [], []
    for name in names:
        run = one(name, given.name, given.keep and name == names[-1])
        found += list(rehearsal.rows(name, run))
        failed += [] if rehearsal.passed(run) else [name]
    print(f"\n{rehearsal.table(found)}\n\n{len(names) - len(failed)} passed, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


def one(name: str, lab: str, keep: bool) -> rehearsal.Rehearsal:
    print(f"inventories/{name}: machines", flush=True)
    try:
        place = rehearsal.prepare(name, rehearsal.SYSTEMS[name], lab)
        print(f"inventories/{name}: site.yml --check", flush=True)
        run = rehearsal.rehearse(place)
    finally:
        if not keep:
            rehearsal.lab("down", "--name", lab)
    if not rehearsal.passed(run):
        print(run.output)
    if keep:
        print(f"The machines are there: .venv/bin/ansible-playbook site.yml --check --diff -i .lab/{lab}/inventory; make clean NAME={lab}")
    return run


if __name__ == "__main__":
    raise SystemExit(main())
