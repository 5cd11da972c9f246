# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container cannot show: a cluster of one virtual machine, deployed, rebooted, and found as it was.

Brings the machine up (or takes the one that runs), gives a bare one what its owner may have left there (a second swap in a file and a third in zram, a
firewall, another host name), runs site.yml twice, looks at the system, reboots, waits for Ready, runs site.yml again, and looks again: each thing must
be right now and after a reboot.
Run by `make vm`; leaves the machine running. Prints the nodes, seconds per step, and `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import json
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

import time_server  # noqa: E402 - the clone's folders have to be found first
from guests import Guest, Proof, lab_verb  # noqa: E402

from lab import qemu, show  # noqa: E402
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

# What an owner may have left on a machine: swap in a file and in compressed memory beside that of its disk, a firewall that lets nobody in but ssh, the
# name of the image it was made from.
LEFT_THERE = """
set -eu
export DEBIAN_FRONTEND=noninteractive
dd if=/dev/zero of=/swapfile bs=1M count=64 status=none
chmod 600 /swapfile
mkswap --quiet /swapfile 2>/dev/null || mkswap /swapfile >/dev/null
echo '/swapfile none swap sw 0 0' >> /etc/fstab
swapon /swapfile
apt-get update --quiet >/dev/null
apt-get install --yes --quiet --no-install-recommends systemd-zram-generator ufw >/dev/null 2>&1
printf '[zram0]\\nzram-size = 64\\n' > /etc/systemd/zram-generator.conf
systemctl daemon-reload
systemctl start dev-zram0.swap
ufw allow 22/tcp >/dev/null
ufw --force enable >/dev/null
hostnamectl set-hostname template
"""
# Only a time server that answers makes a clock synchronised: tests/live/time_server.py on this machine.
INPUTS = {"prereqs_time": "chrony", "kube_firewall": "open", "kube_hostname": "cp1", "kube_time_servers": [qemu.gateway(0)]}

CHECKS = [
    Check("systemd knows that this is a machine", "systemd-detect-virt --container || true", says("none")),
    Check("the host name is the inventory's", "hostnamectl hostname; cat /etc/hostname; uname -n", says("cp1\ncp1\ncp1")),
    Check("the host name leads to the machine itself", "getent hosts cp1", matches(r"\bcp1\b")),
    Check("no swap is in use", SWAPS, NOTHING),
    Check("no swap unit is active", "systemctl list-units --type=swap --state=active --no-legend", NOTHING),
    Check("fstab keeps the line of the swap partition as a comment", "cat /etc/fstab", matches(r"^# kubewright: UUID=\S+ none swap ")),
    Check("fstab keeps the line of the swap file as a comment", "cat /etc/fstab", matches(r"^# kubewright: /swapfile none swap ")),
    Check("fstab has no other swap line", "grep -v '^#' /etc/fstab | grep -w swap || true", NOTHING),
    Check("swap in compressed memory is masked", "systemctl is-enabled dev-zram0.swap || true", says("masked")),
    Check("overlay is a loaded module", "lsmod", matches(r"^overlay ")),
    Check("br_netfilter is a loaded module", "lsmod", matches(r"^br_netfilter ")),
    Check("the sysctls are live", "sysctl -n net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables", says("1\n1\n1")),
    Check("the firewall is active and lets nobody in by itself", "ufw status verbose", matches(r"^Status: active\n(.*\n)*Default: deny \(incoming\)")),
    Check("the firewall has the API server's port open", "ufw status", matches(r"^6443(/tcp)? +ALLOW")),
    Check("the firewall has the kubelet's port open", "ufw status", matches(r"^10250(/tcp)? +ALLOW")),
    Check("the firewall has the node ports open", "ufw status", matches(r"^30000:32767/tcp +ALLOW")),
    Check("the firewall still lets ssh in", "ufw status", matches(r"^22/tcp +ALLOW")),
    Check("the firewall's rules are in the kernel", "iptables -S 2>/dev/null", matches(r"^-P INPUT DROP")),
    Check("chrony runs, now and at boot", "systemctl is-active chrony; systemctl is-enabled chrony", says("active\nenabled")),
    Check("the clock is synchronised", "for i in $(seq 60); do chronyc tracking | grep -q 'Leap status.*Normal' && break; sleep 1; done; chronyc tracking",
          matches(r"^Leap status +: Normal")),
    Check("the kernel knows that the clock is synchronised", "timedatectl show --property=NTPSynchronized --value", says("yes")),
    Check("no other time service runs beside it", "systemctl is-active systemd-timesyncd ntp ntpsec 2>/dev/null | sort -u", matches(r"^(inactive|)$")),
    Check("there is no SELinux here, and nothing pretends so", "test -e /sys/fs/selinux/enforce && echo there || echo absent", says("absent")),
    Check("cgroups are of version 2", "stat -f -c %T /sys/fs/cgroup", says("cgroup2fs")),
    Check("pods have systemd's cgroups", "cat /proc/$(pidof etcd)/cgroup", matches(r"^0::/kubepods\.slice/.*\.scope$")),
    Check("containerd and kubelet are active", "systemctl is-active containerd kubelet", says("active\nactive")),
    Check("the kubelet has its own oom score", "cat /proc/$(pidof kubelet)/oom_score_adj", says("-999")),
    Check("the pod network starts with the machine", "systemctl is-enabled kubewright-cni-bridge", says("enabled")),
    Check("no unit has failed", "systemctl --failed --no-legend --plain", NOTHING),
    Check("the system is up", "systemctl is-system-running", says("running")),
    Check("the node is Ready", f"{KUBECTL} get nodes --no-headers", matches(r"^cp1 +Ready +control-plane")),
    Check("every pod of the system runs", f"{KUBECTL} {NOT_RUNNING} 2>&1", says("No resources found")),
    Check("every pod of the system says that it is ready", f"{KUBECTL} get pods -A -o jsonpath='{{.items[*].status.containerStatuses[*].ready}}'",
          matches(r"^(true ?)+$")),
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
    told = [*arguments, "-e", json.dumps(INPUTS)]
    bare = guest.ask("test -e /etc/kubernetes/admin.conf")[0] != 0
    if bare:
        dress(proof, guest)
    code, changes = proof.step("site.yml", lambda: site(made, "site-1.log", told))
    proof.hold("site.yml ends well", code == 0, f"exit code {code}")
    if code != 0:
        return
    if bare:
        repeat(proof, made, "site-2.log", "site.yml again, before the reboot", told)
    else:
        proof.hold("on the machine that was deployed before, it changes nothing", changes == "0", changes)
    proof.step("checks before the reboot", lambda: look(proof, made, guest, "before"))
    reboot(proof, guest, name)
    repeat(proof, made, "site-3.log", "site.yml again, after the reboot", told)
    proof.step("checks after the reboot", lambda: look(proof, made, guest, "after"))


def dress(proof: Proof, guest: Machine) -> None:
    code, said = proof.step("what its owner left there", lambda: guest.ask(LEFT_THERE))
    proof.hold("the bare machine has an owner's things", code == 0, said)
    swaps = guest.ask(SWAPS)[1]
    for kind in ("partition", "/swapfile", "/dev/zram0"):
        proof.hold(f"the bare machine has swap in use: {kind}", kind in swaps, swaps)
    proof.hold("the bare machine has a firewall that is active", "Status: active" in guest.ask("ufw status")[1])


def reboot(proof: Proof, guest: Machine, name: str) -> None:
    before = guest.ask(BOOT)[1]
    proof.step("reboot, until ssh answers", lambda: lab_verb("vm", "reboot", "--name", name))
    proof.hold("after the reboot the node becomes Ready by itself", proof.step("from there until Ready", guest.wait_ready))
    proof.hold("it has rebooted", guest.ask(BOOT)[1] != before)


def repeat(proof: Proof, made: State, log: str, title: str, told: list[str]) -> None:
    again, changes = proof.step(title, lambda: site(made, log, told))
    proof.hold(f"{title}, changes nothing", (again, changes) == (0, "0"), f"exit code {again}, changed {changes}")


def look(proof: Proof, made: State, guest: Machine, when: str) -> None:
    for check in CHECKS:
        _code, said = guest.ask(check.command)
        proof.hold(f"{when}: {check.sentence}", check.expected(said), said)
    kubectl = [str(made.folder / "bin" / "kubectl"), "--kubeconfig", str(made.kubeconfig), "get", "nodes"]
    asked = subprocess.run(kubectl, capture_output=True, text=True, check=False)
    proof.hold(f"{when}: kubectl on this machine reaches the cluster", asked.returncode == 0 and " Ready " in asked.stdout, asked.stderr.strip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-vm")
    parser.add_argument("--ansible-args", default="")
    given, wishes = parser.parse_known_args()
    proof = Proof()
    try:
        with time_server.serving():
            prove(proof, given.name, wishes, shlex.split(given.ansible_args))
    except subprocess.CalledProcessError as failed:
        proof.hold(shlex.join(map(str, failed.cmd[1:])), False, f"exit code {failed.returncode}")
    if not proof.failed:
        print(f"\n{show.summary(given.name)}")
    print(proof.closing())
    return 1 if proof.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
