# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README and the guides walked through as a new user does: their own commands, on real clusters of the lab. Run by `make walk`.

A command that no page has any more is a failure. Only what a reader has to put in is put in: the inventory, a version that the lab can have, addresses.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections")]

from ansible_collections.kubewright.cluster.tests.docs import commands  # noqa: E402 - the clone's folders have to be found first

VERSION = "1.20.2"  # what the debian supplier makes
UNCHANGED = "nothing is changed"


class Step(NamedTuple):
    """A command as a page has it, what has to be seen when it has run, and what is done before it."""

    command: str
    seen: str = ""
    before: str = ""


WALKS: dict[str, list[Step]] = {
    # README: a first cluster, on this machine. One worker less than a reader gets, for time.
    "first": [
        Step("make help", "make cluster"),
        Step("make cluster", "worker1"),
        Step("make cluster WORKERS=3", "worker2"),
        Step("make show", "kubectl from here"),
        Step(".venv/bin/python -m lab status --name dev", '"running"'),
        Step(".venv/bin/python -m lab remove worker2 --name dev"),
        Step("make clean"),
    ],
    # README: your own machines; the guides behind it.
    "own": [
        Step("ansible all -i hosts.yml -m ansible.builtin.ping", "pong", before="machines"),
        Step("ansible all -i hosts.yml -b -m ansible.builtin.command -a id", "uid=0(root)"),
        Step("ansible-playbook playbooks/preflight.yml -i hosts.yml"),
        Step("ansible-playbook site.yml -i hosts.yml --check --diff"),
        Step("ansible-playbook site.yml -i hosts.yml", "worker1"),
        Step("kubectl --kubeconfig ~/kubewright.conf get nodes", "worker1"),
        Step("kubectl get nodes", "worker1"),
        Step("kubectl -n kube-system get lease kubewright", "kubewright"),
        Step("ansible-playbook site.yml -i hosts.yml", UNCHANGED),
        Step("ansible-playbook playbooks/preflight.yml -i hosts.yml --limit worker3", before="worker3"),
        Step("ansible-playbook site.yml -i hosts.yml --limit worker3", "This run was limited"),
        Step("ansible-playbook site.yml -i hosts.yml"),
        Step("ansible-playbook playbooks/verify.yml -i hosts.yml -e verify_workload=true"),
        Step("ansible-playbook playbooks/report.yml -i hosts.yml"),
    ],
    # The guides, on the cluster that `own` has left. Upgrades, backups, certificates and resets have scenarios of their own.
    "guides": [
        Step("ansible-playbook site.yml -i hosts.yml --check --diff --tags preflight,machines"),
        Step("ansible-playbook site.yml -i hosts.yml --tags preflight,machines"),
        Step("ansible-playbook site.yml -i hosts.yml -e kube_run_lock_break=true"),
        Step("ansible-playbook site.yml -i hosts.yml -e kube_allow_new_cluster=true", UNCHANGED),
        Step("ansible kube_control_plane -i hosts.yml -b -m kubewright.cluster.kubeadm_certs", "apiserver"),
        Step("ansible all -i hosts.yml -b -m kubewright.cluster.kubeadm_info", "worker"),
        Step("ansible worker2 -i hosts.yml -b -m ansible.builtin.command -a 'journalctl -u kubelet --no-pager -n 50'"),
        Step("ansible cp1 -i hosts.yml -b -m ansible.builtin.command -a 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o wide'", "worker1"),
        Step("ansible-playbook playbooks/reset.yml -i hosts.yml -e kube_reset_machines=worker2"),
        Step("ansible cp1 -i hosts.yml -b -m kubewright.cluster.kube_node -a '{\"nodes\": [{\"name\": \"worker2\", \"state\": \"absent\"}]}'"),
        Step("ansible-playbook site.yml -i hosts.yml --limit worker2", "worker2"),
        Step("ansible-playbook playbooks/reset.yml -i hosts.yml -e kube_reset_machines=worker1,worker2,cp1 -e kube_reset_destroy_cluster=true"),
    ],
}


class Walk:
    """One lab and the reader's own folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = ROOT / ".lab" / name
        self.home = ROOT / ".lab" / f"{name}-home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.hosts = self.home / "hosts.yml"

    def prepare(self, what: str) -> None:
        """What a reader does with a keyboard, or has already: machines, a line in hosts.yml."""
        if what == "machines":
            self.hosts.write_text(inventory(ROOT / "README.md", workers=("worker1",)))
        if what == "worker3":
            self.hosts.write_text(inventory(ROOT / "README.md", workers=("worker1", "worker3")))
        if what in ("machines", "worker3"):
            lab = ["-m", "lab", "up", "--name", self.name, "--supplier", "debian", "--version", VERSION, "--inventory", str(self.hosts)]
            subprocess.run([str(ROOT / ".venv/bin/python"), *lab], cwd=ROOT, check=True)

    def words(self, command: str) -> str:
        """The command with what a reader puts in."""
        if command.startswith("make "):
            wishes = {"cluster": " SUPPLIER=debian" + ("" if "WORKERS" in command else " WORKERS=1")}
            named = "" if command == "make help" else f" NAME={self.name}"
            return command.replace("WORKERS=3", "WORKERS=2") + named + wishes.get(command.split()[1], "")
        if " -m lab " in command:
            return command.replace("--name dev", f"--name {self.name}")
        put = command.replace("-i hosts.yml", f"-i {self.place}/inventory").replace("~/kubewright.conf", str(self.place / "kubeconfig"))
        return put.replace("worker2", "worker3")  # this walk has worker1 and worker3

    def run(self, step: Step) -> tuple[bool, str]:
        if step.before:
            self.prepare(step.before)
        path = f"{ROOT / '.venv/bin'}:{self.place / 'bin'}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "KUBECONFIG": str(self.place / "kubeconfig"), "ANSIBLE_NOCOLOR": "1"}
        line = ["bash", "-c", self.words(step.command)]
        done = subprocess.run(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        is_seen = set(re.findall(r"changed=(\d+)", done.stdout)) == {"0"} if step.seen == UNCHANGED else step.seen in done.stdout
        return done.returncode == 0 and is_seen, done.stdout


def inventory(readme: Path, workers: tuple[str, ...]) -> str:
    """README's, with these workers."""
    text = readme.read_text(encoding="utf-8")
    given = text[text.index("```yaml\nall:") + len("```yaml\n"):].partition("```")[0]
    lines = [line for line in given.splitlines() if not re.match(r"\s+worker\d", line)]
    return "\n".join([*lines, *(f"        {name}: {{ansible_host: 192.0.2.{20 + number}}}" for number, name in enumerate(workers))]) + "\n"


def unknown(walks: list[str]) -> Iterator[str]:
    """Commands that no page has."""
    documented = {command.text for command in commands.documented()}
    return (step.command for walk in walks for step in WALKS[walk] if step.command not in documented)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-walk", help="the lab's name")
    parser.add_argument("--only", choices=WALKS, help="one part: first, own, or guides, which goes on where own --keep ended")
    parser.add_argument("--keep", action="store_true", help="leave the machines running")
    given = parser.parse_args()
    walks = [given.only] if given.only else list(WALKS)
    missing = list(unknown(walks))
    if missing:
        print("\n".join(["No page has these commands any more; they are in WALKS of tests/live/walk.py:", *missing]))
        return 1
    walk, rows = Walk(given.name), []
    for step in (step for name in walks for step in WALKS[name]):
        began = time.monotonic()
        passed, output = walk.run(step)
        rows.append((passed, time.monotonic() - began, step.command))
        print(f"{'ok    ' if passed else 'FAILED'} {rows[-1][1]:5.0f} s  {step.command}", flush=True)
        if not passed:
            print(output, f"Wanted: {step.seen or 'exit code 0'}", sep="\n", flush=True)
            break
    if not given.keep:
        shutil.rmtree(walk.home)
        subprocess.run([str(ROOT / ".venv/bin/python"), "-m", "lab", "down", "--name", given.name], cwd=ROOT, check=False)
    failed = sum(not row[0] for row in rows)
    print(f"\n{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
