# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill kubeadm init and join at every boundary; the next run must end in a healthy node.

A first, whole run of each operation records what kubeadm is called with and what it prints. Each call's beginning and each line is a point. For each point the
nodes are bare again, the playbook starts, and tests/live/kubeadm_instrument.py sends SIGKILL at exactly that point: to kubeadm and the module ("both"),
to kubeadm alone, or to the module alone, so that kubeadm goes on by itself. Then the same part of site.yml runs to its end, all nodes must
be Ready, as kubectl says, and it runs once more for changed=0.

Run by `make crash-phases`; prints a table and `N passed, N failed`. What was tried already is kept in .lab/NAME/kill-phases-*.json and not tried again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENT = Path(__file__).with_name("kubeadm_instrument.py")
ON_NODE = "/usr/local/bin/kubeadm"
ORDER, RECORD, DONE = "/run/kubewright-kill.json", "/run/kubewright-kill.record", "/run/kubewright-kill.done"
# While kubeadm waits after such a line, the kill comes at once; it comes a second time when the wait is over.
WAITS = re.compile(r"Waiting for|waiting for|This can take|Starting the kubelet")
# Nothing may be at work there any more. What kubeadm reset leaves is removed, too, so the machine is as its packages left it.
UNDO = ("flock --wait 600 /run/kubewright.lock true; "
        f"rm -f {ON_NODE} {ORDER} {RECORD} {DONE}; kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock; systemctl stop kubelet; "
        "rm -rf /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/manifests/* /var/lib/etcd /var/lib/kubewright/operation.json /etc/cni/net.d/*; "
        "ip link delete cni0 || true")
# Inside kubeadm's etcd phase: the others know of the member, and nothing on the machine does.
ANNOUNCED = re.compile(r"Announced new etcd member")
VARIANTS = ("both", "kubeadm", "module")


class Operation(NamedTuple):
    """What is killed, on which host, and what else has to be there."""

    name: str
    host: str
    control_planes: tuple[str, ...]
    workers: tuple[str, ...]
    tag: str

    @property
    def hosts(self) -> set[str]:
        return {*self.control_planes, *self.workers}


OPERATIONS = {
    "init": Operation("init", "worker1", ("worker1",), ("worker1",), "control_plane"),  # a cluster of its own
    "join": Operation("join", "worker1", ("cp1",), ("worker1",), "workers"),
    "join-control-plane": Operation("join-control-plane", "cp2", ("cp1", "cp2"), (), "control_plane"),
}


class Point(NamedTuple):
    """One moment: the beginning of a call (before), a line that was just printed (at), or the end of that line's work (after)."""

    phase: str
    call: str
    mode: str
    line: str
    nth: int
    variant: str

    @property
    def text(self) -> str:
        place = self.phase or "before the first phase"
        what = self.line or ("" if "phase" in self.call else f"kubeadm {self.call}")
        return place + (f": {what if len(what) < 70 else what[:66] + ' …'}" if what else "")


class Outcome(NamedTuple):
    """What the next run made of it."""

    killed: str  # the phase that the node's marker named
    ready: bool
    seconds: float
    unchanged: bool


class Lab:
    """A lab of which each operation uses the hosts that it needs."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.name, self.given = given.name, given
        self.folder = ROOT / ".lab" / given.name

    def command(self, *words: str) -> None:
        subprocess.run([sys.executable, "-m", "lab", *words, "--name", self.name], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def up(self) -> None:
        if not self.folder.exists():
            self.command("up", "--supplier", self.given.supplier, "--control-planes", "2", "--workers", "1", *shlex.split(self.given.lab))

    def ssh(self, host: str, command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        row = yaml.safe_load((self.folder / "inventory" / "20-lab.yml").read_text())["all"]["hosts"][host]
        words = ["ssh", "-i", row["ansible_ssh_private_key_file"], *row["ansible_ssh_common_args"].split(), f"root@{row['ansible_host']}", command]
        return subprocess.run(words, check=check, text=True, capture_output=True, **options)

    def inventory(self, operation: Operation) -> Path:
        """The lab's inventory with the operation's hosts only."""
        folder: Path = self.folder / f"inventory-{operation.name}"
        folder.mkdir(exist_ok=True)
        groups = {"kube_control_plane": operation.control_planes, "kube_node": operation.workers}
        hosts = {"children": {name: {"hosts": dict.fromkeys(members)} for name, members in groups.items()}}
        (folder / "10-hosts.yml").write_text(yaml.safe_dump({"all": hosts}))
        made = yaml.safe_load((self.folder / "inventory" / "20-lab.yml").read_text())
        made["all"]["hosts"] = {host: row for host, row in made["all"]["hosts"].items() if host in operation.hosts}
        made["all"]["vars"].pop("kube_kubeconfig_path", None)
        (folder / "20-lab.yml").write_text(yaml.safe_dump(made))
        return folder

    def site(self, operation: Operation, log: str, *arguments: str) -> tuple[int, str]:
        playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "site.yml", "-i", str(self.inventory(operation)), *arguments]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
        finished = subprocess.run(playbook, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        (self.folder / f"kill-phases-{operation.name}-{log}.log").write_text(finished.stdout)
        return finished.returncode, finished.stdout

    def kubectl(self, operation: Operation, words: str) -> str:
        return self.ssh(operation.control_planes[0], f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}", check=False).stdout

    def bare(self, operation: Operation) -> None:
        """The machine as its packages left it: a new one, or one on which kubeadm was undone. The others have forgotten it."""
        if self.given.reinstall:
            self.command("recreate", operation.host)
            self.site(operation, "0-machines", "--tags", "preflight,machines")
        else:
            self.ssh(operation.host, UNDO)
        if operation.host != operation.control_planes[0]:
            self.kubectl(operation, f"delete node {operation.host} --ignore-not-found --timeout=60s")

    def instrument(self, host: str) -> None:
        self.ssh(host, f"cat > {ON_NODE} && chmod 755 {ON_NODE}", input="#!/usr/bin/python3\n" + INSTRUMENT.read_text())

    def record(self, operation: Operation) -> list[dict[str, str]]:
        """A whole run, and what kubeadm was called with and printed in it."""
        self.bare(operation)
        self.instrument(operation.host)
        code, _output = self.site(operation, "0-record", "-v")
        if code:
            raise SystemExit(f"{operation.name} does not work even without a kill: see .lab/{self.name}/kill-phases-{operation.name}-0-record.log")
        return [json.loads(line) for line in self.ssh(operation.host, f"cat {RECORD}; rm -f {ON_NODE}").stdout.splitlines()]

    @staticmethod
    def become(true: Callable[[], bool], limit: float = 120) -> bool:
        """etcd gets its majority back, and nodes become Ready, by themselves."""
        until = time.monotonic() + limit
        while not true():
            if time.monotonic() > until:
                return False
            time.sleep(1)
        return True

    def all_ready(self, operation: Operation) -> bool:
        told = self.kubectl(operation, "get nodes --no-headers")
        return {line.split()[0] for line in told.splitlines() if line.split()[1] == "Ready"} >= operation.hosts

    def attempt(self, operation: Operation, point: Point) -> Outcome:
        """Bare, killed at the point, run again, and once more."""
        self.bare(operation)
        self.instrument(operation.host)
        order = {"call": point.call, "mode": point.mode, "line": point.line, "nth": point.nth, "variant": point.variant}
        self.ssh(operation.host, f"cat > {ORDER}", input=json.dumps(order))
        self.site(operation, "1-killed", "--tags", operation.tag)
        told = self.ssh(operation.host, f"cat {DONE}; rm -f {ON_NODE} {ORDER}", check=False).stdout
        if not told:
            return Outcome("never killed", False, 0, False)
        self.become(lambda: operation.host == operation.control_planes[0] or self.kubectl(operation, "get --raw /readyz") == "ok")
        begun = time.monotonic()
        again = [] if self.given.whole else ["--tags", f"{operation.tag},cni"]
        code, _output = self.site(operation, "2-again", *again)
        ready = code == 0 and self.become(lambda: self.all_ready(operation))
        seconds = time.monotonic() - begun
        unchanged = False
        if ready:
            code, output = self.site(operation, "3-unchanged", *again)
            unchanged = code == 0 and set(re.findall(r"changed=(\d+)", output)) == {"0"}
        return Outcome(str(json.loads(told).get("phase", "")), ready, round(seconds), unchanged)


def points(record: list[dict[str, str]]) -> list[Point]:
    """Every call's beginning, the end of what each of its own headings begins, and the middle of each wait; what is killed takes turns."""
    found: list[Point] = []
    for call, phase, lines in calls(record):
        found.append(Point(phase, call, "before", "", 1, ("both", "kubeadm")[len(found) % 2]))
        for line, nth in lines:
            found.append(Point(phase, call, "at" if WAITS.search(line) else "after", line, nth, VARIANTS[len(found) % 3]))
    last = found[-1]
    return [*found, Point(last.phase, last.call, "after", "", 1, "both")]


def calls(record: list[dict[str, str]]) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Call, phase and lines that count: of lines with one heading, the last and those that wait; of a call that is one phase, not its end, which is the
    beginning of the next."""
    found: list[tuple[str, str, list[tuple[str, int]]]] = []
    for row in record:
        if "call" in row:
            found.append((row["call"], row["phase"], []))
        elif row["line"].startswith("["):
            lines = found[-1][2]
            heading = row["line"].split("]")[0]
            before = lines[-1][0] if lines else ""
            if before.split("]")[0] == heading and not WAITS.search(before) and not ANNOUNCED.search(before) and "phase" not in found[-1][0]:
                lines.pop()
            lines.append((row["line"], sum(text == row["line"] for text, _nth in lines) + 1))
    return [(call, phase, middle(lines) if "phase" in call else lines) for call, phase, lines in found]


def middle(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    waits = [row for row in lines if WAITS.search(row[0])]
    return waits or lines[(len(lines) - 1) // 2:][:1] if len(lines) > 2 else waits


class Report:
    """What was recorded and tried of one operation, kept between runs."""

    def __init__(self, lab: Lab, operation: Operation) -> None:
        self.lab, self.operation = lab, operation
        self.path: Path = lab.folder / f"kill-phases-{operation.name}.json"
        self.kept: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {"record": [], "outcomes": {}}

    def points(self) -> list[Point]:
        if not self.kept["record"]:
            self.kept["record"] = self.lab.record(self.operation)
            self.save()
        return points(self.kept["record"])

    def outcome(self, point: Point) -> Outcome:
        """As it was kept, where it was good; tried otherwise."""
        key = " | ".join(map(str, point))
        row = self.kept["outcomes"].get(key)
        if row and Outcome(*row).unchanged:
            return Outcome(*row)
        outcome = self.lab.attempt(self.operation, point)
        self.kept["outcomes"][key] = list(outcome)
        self.save()
        return outcome

    def save(self) -> None:
        self.path.write_text(json.dumps(self.kept, indent=1, ensure_ascii=False))


def row_of(operation: Operation, point: Point, outcome: Outcome) -> str:
    moment = {"before": "begins", "at": "right after the line", "after": "done"}[point.mode]
    result = f"Ready in {outcome.seconds:.0f} s" if outcome.ready else "FAILED"
    return f"| {operation.name} | {point.text} | {moment} | {point.variant} | {result} | {'changed=0' if outcome.unchanged else 'NOT changed=0'} |"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kw-crash-phases")
    parser.add_argument("--supplier", default="debian")
    parser.add_argument("--lab", default="", help="more arguments of `lab up`, in one word")
    parser.add_argument("--operations", nargs="+", choices=list(OPERATIONS), default=list(OPERATIONS))
    parser.add_argument("--only", default="", help="points whose text matches this expression")
    parser.add_argument("--reinstall", action="store_true", help="a new machine for each point, instead of kubeadm reset and what it leaves")
    parser.add_argument("--whole", action="store_true", help="the next runs are the whole site.yml, not its part that joins and connects")
    parser.add_argument("--go-on", action="store_true", help="do not stop at the first failure")
    parser.add_argument("--keep", action="store_true", help="do not take the lab down at the end")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    lab = Lab(given)
    lab.up()
    counts = {True: 0, False: 0}
    print("| operation | phase : kubeadm's line | moment | killed | next run | then |\n|---|---|---|---|---|---|", flush=True)
    for operation in (OPERATIONS[name] for name in given.operations):
        report = Report(lab, operation)
        for point in report.points():
            if not re.search(given.only, point.text):
                continue
            outcome = report.outcome(point)
            counts[outcome.ready and outcome.unchanged] += 1
            print(row_of(operation, point, outcome), flush=True)
            if counts[False] and not given.go_on:
                print(f"logs: .lab/{given.name}/kill-phases-*.log; the nodes stay as they are, to be looked at", flush=True)
                break
    if not counts[False] and not given.keep:
        lab.command("down")
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    raise SystemExit(main())
