# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill the playbook at random moments on bare machines; the next run must end with every node Ready.

Each round: reinstall all nodes, start site.yml, SIGKILL its whole process group, run it again to its end, and once more for changed=0.
Run by `make crash KILLS=10 SEED=1`; prints a table and `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ("cp1", "worker1", "worker2")


class Round(NamedTuple):
    moment: float
    task: str
    ready: bool
    seconds: float
    unchanged: bool


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def site(inventory: Path, log: Path) -> subprocess.Popen[bytes]:
    playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "site.yml", "-i", str(inventory)]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
    with log.open("wb") as stream:
        return subprocess.Popen(playbook, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True, env=environment)


def last_task(log: Path) -> str:
    tasks = re.findall(r"^TASK \[(.+?)\]", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return tasks[-1].removeprefix("kubewright.cluster.") if tasks else "before the first task"


def killed(inventory: Path, log: Path, moment: float) -> str:
    process = site(inventory, log)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return last_task(log)


def one_round(name: str, moment: float, folder: Path, number: int) -> Round:
    for host in HOSTS:
        lab("recreate", host, "--name", name)
    inventory = ROOT / ".lab" / name / "inventory"
    task = killed(inventory, folder / f"kill-{number}-first.log", moment)
    begun = time.monotonic()
    second, third = folder / f"kill-{number}-second.log", folder / f"kill-{number}-third.log"
    ready = site(inventory, second).wait() == 0
    seconds = time.monotonic() - begun
    unchanged = ready and site(inventory, third).wait() == 0 and set(re.findall(r"changed=(\d+)", third.read_text())) == {"0"}
    return Round(moment, task, ready, seconds, unchanged)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kw-crash")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--earliest", type=float, default=3)
    parser.add_argument("--latest", type=float, default=110)
    return parser.parse_args()


def main() -> int:
    given = arguments()
    lab("up", "--name", given.name, "--supplier", "debian")
    chance = random.Random(given.seed)
    passed = 0
    for number in range(1, given.kills + 1):
        found = one_round(given.name, chance.uniform(given.earliest, given.latest), ROOT / ".lab" / given.name, number)
        good = found.ready and found.unchanged
        passed += good
        print(f"{number:2} killed after {found.moment:5.1f} s in: {found.task}; next run {'Ready' if found.ready else 'FAILED'} in "
              f"{found.seconds:.0f} s, then changed=0: {'yes' if found.unchanged else 'NO'}", flush=True)
        if not good:
            print(f"   logs: .lab/{given.name}/kill-{number}-*.log; the nodes stay as they are, to be looked at", flush=True)
            break
    if passed == given.kills:
        lab("down", "--name", given.name)
    print(f"{passed} passed, {number - passed} failed")
    return 0 if passed == given.kills else 1


if __name__ == "__main__":
    raise SystemExit(main())
