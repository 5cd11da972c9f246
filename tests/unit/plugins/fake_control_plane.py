# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake control plane on a fake machine: processes in /proc that end when they are told to, and that the kubelet starts again. Python 3.6."""

import os
import signal
from typing import Any, Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine

BOOTED = 1000.0  # how long before the test the machine was booted
HOST_NETWORK = "/proc/1/ns/net"
MANIFESTS = {
    "etcd": """spec:
  containers:
  - command:
    - etcd
    - --advertise-client-urls=https://192.0.2.11:2379
    - --cert-file=/etc/kubernetes/pki/etcd/server.crt
    - --data-dir=/var/lib/etcd
    - --initial-advertise-peer-urls=https://192.0.2.11:2380
    - --initial-cluster=cp1=https://192.0.2.11:2380
    - --key-file=/etc/kubernetes/pki/etcd/server.key
    - --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.11:2379
    - --listen-metrics-urls=http://127.0.0.1:2381
    - --name=cp1
    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
    image: registry.example.com/etcd:3.5.9-0
""",
    "kube-apiserver": "    - --advertise-address=192.0.2.11\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n"
                      "    - --etcd-servers=https://127.0.0.1:2379\n    - --secure-port=6443\n",
    "kube-controller-manager": "    - --bind-address=127.0.0.1\n",
    "kube-scheduler": "    - --bind-address=127.0.0.1\n",
}


class FakeControlPlane:
    """`ills` says what is wrong with a component; one in `stubborn` ends only when it is killed, one in `immortal` never."""

    def __init__(self, machine: FakeMachine, monkeypatch: Any) -> None:
        self.machine = machine
        self.kubelet = True
        self.ills: Dict[str, str] = {}
        self.stubborn: List[str] = []
        self.immortal: List[str] = []
        self.signals: List[str] = []
        self.next_pid = 100
        self.began = machine.now()
        machine.write(HOST_NETWORK)
        for component, text in MANIFESTS.items():
            machine.write(f"/etc/kubernetes/manifests/{component}.yaml", text)
            self.start(component)
        machine.on("systemctl", "stop", "kubelet", then=lambda _call: self._kubelet(False))
        machine.on("systemctl", "start", "kubelet", then=lambda _call: self._kubelet(True))
        monkeypatch.setattr(os, "kill", self._kill)
        monkeypatch.setattr(pods, "clock", lambda: BOOTED + machine.now() - self.began)

    def start(self, component: str, age: float = 0.0, network: str = HOST_NETWORK, program: str = "") -> int:
        pid, self.next_pid = self.next_pid, self.next_pid + 1
        ticks = int((BOOTED + self.machine.now() - self.began - age) * os.sysconf("SC_CLK_TCK"))
        self.machine.write(f"/proc/{pid}/cmdline", f"{program or component}\0--flag\0")
        fields = ["S"] + ["0"] * 18 + [str(ticks), "0"]
        self.machine.write(f"/proc/{pid}/stat", "{0} (a (name)) {1}\n".format(pid, " ".join(fields)))
        self.machine.folder(f"/proc/{pid}/ns")
        os.link(self.machine.root + network, f"{self.machine.root}/proc/{pid}/ns/net")
        return pid

    def remove(self, component: str) -> None:
        process = pods.running(component)
        assert process is not None
        for name in ("cmdline", "stat", "ns/net"):
            self.machine.remove(f"/proc/{process.pid}/{name}")

    def up(self) -> List[str]:
        return [component for component in MANIFESTS if pods.running(component)]

    def _component(self, pid: int) -> str:
        return next(component for component in MANIFESTS if getattr(pods.running(component), "pid", 0) == pid)

    def _kill(self, pid: int, number: int) -> None:
        component = self._component(pid)
        self.signals.append(f"{signal.Signals(number).name} {component}")
        if component in self.immortal or (component in self.stubborn and number == signal.SIGTERM):
            return
        self.remove(component)
        if self.kubelet:
            self.machine.sleep(1)
            self.start(component)

    def _kubelet(self, runs: bool) -> None:
        self.kubelet = runs
        for component in MANIFESTS:
            if runs and not pods.running(component):
                self.machine.sleep(1)
                self.start(component)

    def kubelet_calls(self) -> List[str]:
        return self.machine.commands("systemctl")


def words_after(call: Call, word: str) -> List[str]:
    return call.words[call.words.index(word) + 1:]
