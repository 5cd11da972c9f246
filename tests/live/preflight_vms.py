# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only machines with memories and clocks of their own can show: one preflight finds a cloned machine-id, a clock that is five minutes off, a used
port and too little memory, all at once, and changes nothing.

Brings two small virtual machines up (tests/live/preflight_vms.yml) and takes them down at the end, unless --keep. Run by `make preflight-vms`; prints
the table as it was printed, seconds per step, and `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "molecule" / "resources"), str(ROOT / "tests" / "live")]

from guests import Guest, Proof, lab_verb  # noqa: E402 - the clone's folders have to be found first
from runs import PlaybookRun, playbook  # noqa: E402

from lab.state import load  # noqa: E402

INVENTORY = ROOT / "tests" / "live" / "preflight_vms.yml"
PORT = 10250
FINDINGS = {  # each with whom it is about, as the table has it
    "the cloned machine-id": r"^ERROR +Clones +cp1, worker1$",
    "the clock": r"^ERROR +ClockSkew +worker1$",
    "the used port": r"^ERROR +Port +worker1$",
    "the memory": r"^ERROR +Memory +cp1$",
}
CHECKSUMS = "find /etc -xdev -type f -exec sha256sum {} + | sort -k 2"
PACKAGES = "dpkg-query --show; apt-mark showhold"
UNITS = "systemctl list-units --plain --no-legend --type=service,swap --state=active"
KERNEL = f"lsmod | cut -d ' ' -f 1 | sort; cut -d ' ' -f 1 /proc/swaps; sysctl net.ipv4.ip_forward; {UNITS}"
LOOKS = {"files below /etc": CHECKSUMS, "packages and holds": PACKAGES, "modules, swap, services": KERNEL}


def plant(one: Guest, two: Guest) -> None:
    """A clone's machine-id, and somebody else at the kubelet's port."""
    machine_id = one.ask("cat /etc/machine-id")[1]
    two.ask(f"printf '%s\\n' {machine_id} > /etc/machine-id")
    two.ask(f"systemctl is-active intruder || systemd-run --unit=intruder python3 -m http.server {PORT}")


def seen(guests: dict[str, Guest]) -> dict[tuple[str, str], str]:
    return {(name, what): guest.ask(command)[1] for name, guest in guests.items() for what, command in LOOKS.items()}


def table(run: PlaybookRun) -> str:
    """From its title to its count; sizes of clocks and memories may differ from one run to the next by a little."""
    found = re.search(r"^LEVEL +ID +MACHINES$.*?^\d+ errors? and \d+ warnings?.*?$", run.output, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def kinds(run: PlaybookRun) -> list[str]:
    return re.findall(r"^(?:ERROR|WARNING) +\S+ +.*$", table(run), re.MULTILINE)


def judge(proof: Proof, run: PlaybookRun, mode: str) -> None:
    proof.hold(f"{mode}: it ends with an error", run.rc != 0, str(run.rc))
    for what, pattern in FINDINGS.items():
        proof.hold(f"{mode}: {what} is found", re.search(pattern, table(run), re.MULTILINE), table(run))
    proof.hold(f"{mode}: nothing else is an error", len([row for row in kinds(run) if row.startswith("ERROR")]) == len(FINDINGS), "\n".join(kinds(run)))
    proof.hold(f"{mode}: it says that it changed nothing", not any(run.each("changed").values()), str(run.recap))


def prove(proof: Proof, name: str, wishes: list[str]) -> None:
    proof.step("two virtual machines up, until ssh answers", lambda: lab_verb("vm", "up", "--name", name, "--inventory", str(INVENTORY), *wishes))
    made = load(name)
    guests = {host: Guest(made, host) for host in made.addresses}
    plant(guests["cp1"], guests["worker1"])
    before = proof.step("look at both", lambda: seen(guests))
    runs: dict[str, PlaybookRun] = {}
    for mode in ("run", "--check"):
        arguments = [] if mode == "run" else [mode]
        runs[mode] = proof.step(f"playbooks/preflight.yml, {mode}", partial(playbook, "playbooks/preflight.yml", made.inventory_folder, *arguments))
        judge(proof, runs[mode], mode)
    proof.hold("the run and --check find the same", kinds(runs["run"]) == kinds(runs["--check"]), "\n".join(kinds(runs["--check"])))
    after = proof.step("look at both again", lambda: seen(guests))
    for (host, what), said in before.items():
        proof.hold(f"{host}: {what} are as before", said and after[host, what] == said, differing(said, after[host, what]))


def differing(before: str, after: str) -> str:
    return "\n".join(sorted(set(before.splitlines()) ^ set(after.splitlines())))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-preflight")
    parser.add_argument("--keep", action="store_true", help="leave the machines running")
    given, wishes = parser.parse_known_args()
    proof = Proof()
    try:
        prove(proof, given.name, wishes)
    except subprocess.CalledProcessError as failed:
        proof.hold(" ".join(map(str, failed.cmd[1:])), False, f"exit code {failed.returncode}")
    finally:
        if not given.keep:
            lab_verb("vm", "down", "--name", given.name)
    print(proof.closing())
    return 1 if proof.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
