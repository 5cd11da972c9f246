# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container cannot show: a cluster of one virtual machine, deployed, rebooted, and found as it was.

Brings the machine up (or takes the one that runs), runs site.yml, reboots, waits for Ready, runs site.yml again, and looks at the system.
Run by `make vm`; leaves the machine running. Prints the nodes, seconds per step, and `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "live")]

from guests import Guest, Proof, lab_verb  # noqa: E402 - the clone's folders have to be found first

from lab import show  # noqa: E402
from lab.state import State, load  # noqa: E402

READY_LIMIT = 900  # seconds; processors are translated, and shared with whatever else runs here
KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
BOOT = "cat /proc/sys/kernel/random/boot_id"
SWAPS = "tail -n +2 /proc/swaps"
READY_AND_BOOT = '{.items[*].status.conditions[?(@.type=="Ready")].status} {.items[*].status.nodeInfo.bootID}'
NOT_RUNNING = "get pods -A --no-headers --field-selector=status.phase!=Running"


class Check(NamedTuple):
    """A sentence that has to be true of the machine: what a command says there."""

    sentence: str
    command: str
    expected: Callable[[str], Any]


def says(text: str) -> Callable[[str], Any]:
    return lambda said: said == text


def matches(pattern: str) -> Callable[[str], Any]:
    return lambda said: re.search(pattern, said, re.MULTILINE)


NOTHING = says("")

CHECKS = [
    Check("systemd knows that this is a machine", "systemd-detect-virt --container || true", says("none")),
    Check("no swap is in use", SWAPS, NOTHING),
    Check("no swap unit is active", "systemctl list-units --type=swap --state=active --no-legend", NOTHING),
    Check("fstab keeps the swap line as a comment", "cat /etc/fstab", matches(r"^# kubewright: UUID=\S+ none swap ")),
    Check("fstab has no other swap line", "grep -v '^#' /etc/fstab | grep -w swap || true", NOTHING),
    Check("overlay is a loaded module", "lsmod", matches(r"^overlay ")),
    Check("br_netfilter is a loaded module", "lsmod", matches(r"^br_netfilter ")),
    Check("the sysctls are live", "sysctl -n net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables", says("1\n1\n1")),
    Check("cgroups are of version 2", "stat -f -c %T /sys/fs/cgroup", says("cgroup2fs")),
    Check("pods have systemd's cgroups", "cat /proc/$(pidof etcd)/cgroup", matches(r"^0::/kubepods\.slice/.*\.scope$")),
    Check("containerd and kubelet are active", "systemctl is-active containerd kubelet", says("active\nactive")),
    Check("the kubelet has its own oom score", "cat /proc/$(pidof kubelet)/oom_score_adj", says("-999")),
    Check("the pod network's unit has run", "systemctl is-active kubewright-cni-bridge", says("active")),
    Check("no unit has failed", "systemctl --failed --no-legend --plain", NOTHING),
    Check("the system is up", "systemctl is-system-running", says("running")),
    Check("the node is Ready", f"{KUBECTL} get nodes --no-headers", matches(r"^\S+ +Ready +control-plane")),
    Check("every pod of the system runs", f"{KUBECTL} {NOT_RUNNING} 2>&1", says("No resources found")),
]


class Machine(Guest):
    """The cluster of one."""

    def ready(self) -> bool:
        """Ready, said by the kubelet of this boot (for a while the cluster still tells what it knew before), by an API server that keeps up."""
        boot = self.ask(BOOT)[1]
        if self.ask(f"{KUBECTL} get nodes -o jsonpath='{READY_AND_BOOT}'") != (0, f"True {boot}"):
            return False
        return self.ask(f"{KUBECTL} get --raw /readyz --request-timeout=5s") == (0, "ok")

    def wait_ready(self) -> bool:
        limit = time.monotonic() + READY_LIMIT
        while not self.ready():
            if time.monotonic() > limit:
                return False
            time.sleep(3)
        return True


def site(made: State, log: str, arguments: list[str]) -> tuple[int, str]:
    """site.yml as a user runs it, shown and kept; its exit code and the numbers of changes of its recap."""
    playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "site.yml", "-i", str(made.inventory_folder), *arguments]
    with subprocess.Popen(playbook, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process, (made.folder / log).open("w") as record:
        for line in process.stdout or []:
            print(line, end="", flush=True)
            record.write(line)
    return process.returncode, " ".join(re.findall(r"\bchanged=(\d+)", (made.folder / log).read_text()))


def prove(proof: Proof, name: str, wishes: list[str], arguments: list[str]) -> None:
    proof.step("virtual machine up, until ssh answers", lambda: lab_verb("vm", "up", "--name", name, *wishes))
    made = load(name)
    guest = Machine(made, next(iter(made.addresses)))
    bare = guest.ask("test -e /etc/kubernetes/admin.conf")[0] != 0
    if bare:
        proof.hold("the bare machine has swap in use", guest.ask(SWAPS)[1])
    code, changes = proof.step("site.yml", lambda: site(made, "site-1.log", arguments))
    proof.hold("site.yml ends well", code == 0, f"exit code {code}")
    if code != 0:
        return
    if not bare:
        proof.hold("on the machine that was deployed before, it changes nothing", changes == "0", changes)
    failed = guest.ask("systemctl --failed --no-legend --plain")[1]
    proof.hold("no unit has failed before the reboot", not failed, failed)
    before = guest.ask(BOOT)[1]
    proof.step("reboot, until ssh answers", lambda: lab_verb("vm", "reboot", "--name", name))
    proof.hold("after the reboot the node becomes Ready by itself", proof.step("from there until Ready", guest.wait_ready))
    proof.hold("it has rebooted", guest.ask(BOOT)[1] != before)
    again, changes = proof.step("site.yml again", lambda: site(made, "site-2.log", arguments))
    proof.hold("site.yml again changes nothing", (again, changes) == (0, "0"), f"exit code {again}, changed {changes}")
    proof.step("checks", lambda: look(proof, made, guest))


def look(proof: Proof, made: State, guest: Machine) -> None:
    for check in CHECKS:
        _code, said = guest.ask(check.command)
        proof.hold(check.sentence, check.expected(said), said)
    kubectl = [str(made.folder / "bin" / "kubectl"), "--kubeconfig", str(made.kubeconfig), "get", "nodes"]
    asked = subprocess.run(kubectl, capture_output=True, text=True, check=False)
    proof.hold("kubectl on this machine reaches the cluster", asked.returncode == 0 and " Ready " in asked.stdout, asked.stderr.strip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-vm")
    parser.add_argument("--ansible-args", default="")
    given, wishes = parser.parse_known_args()
    proof = Proof()
    try:
        prove(proof, given.name, wishes, shlex.split(given.ansible_args))
    except subprocess.CalledProcessError as failed:
        proof.hold(shlex.join(map(str, failed.cmd[1:])), False, f"exit code {failed.returncode}")
    if not proof.failed:
        print(f"\n{show.summary(given.name)}")
    print(proof.closing())
    return 1 if proof.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
