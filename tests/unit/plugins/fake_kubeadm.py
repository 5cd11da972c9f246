# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake kubeadm on a fake machine: it leaves the files that kubeadm leaves, and can fail or be killed at any of its steps."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, captured_text

CA = "/etc/kubernetes/pki/ca.crt"
CA_HASH = "sha256:ea1fb8cd2aefd01952a75d44345eebdddb503ac1b69377aafc179a72366082ae"
OTHER_CA_HASH = "sha256:5d686124155a482a7b29a7accd016f7705056ef4b0490367d7bcfe3c23abbf64"
ADMIN_CONF = "/etc/kubernetes/admin.conf"
KUBELET_CONF = "/etc/kubernetes/kubelet.conf"
BOOTSTRAP_CONF = "/etc/kubernetes/bootstrap-kubelet.conf"
KUBELET_CONFIG = "/var/lib/kubelet/config.yaml"
APISERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"
ETCD = "/etc/kubernetes/manifests/etcd.yaml"
ETCD_DATA = "/var/lib/etcd/member/snap/db"
MARKER = "/var/lib/kubewright/operation.json"
KUBECONFIG = "apiVersion: v1\nclusters:\n- cluster:\n    server: https://cluster.example.com:6443\n"
TOKEN = "abcdef.0123456789abcdef"
CERTIFICATE_KEY = "7" * 64
SECRETS = (TOKEN, TOKEN.split(".")[1], CERTIFICATE_KEY)
SOCKET = "unix:///run/containerd/containerd.sock"

INIT_STEPS = ("preflight", "certs all", "kubeconfig all", "etcd local", "control-plane all", "kubelet-start", "wait and finish", "token delete")
JOIN_STEPS = ("join preflight", "join")
CONTROL_PLANE_STEPS = ("join preflight", "join control-plane-prepare all", "join")


class FakeKubeadm:
    """Steps by name; `kill` and `fail` say what becomes of one of them."""

    def __init__(self, machine: FakeMachine, monkeypatch: Any) -> None:
        self.machine = machine
        self.kill = ""
        self.killed_after = False
        self.failures: dict[str, list[str]] = {}
        self.answers = False
        monkeypatch.setattr(node, "api_answers", lambda timeout=5.0: self.answers and machine.has(APISERVER))
        for step in INIT_STEPS[:6]:
            machine.on("kubeadm", "init", "phase", *step.split(), then=self._step(step))
        machine.on("kubeadm", "init", "--config", then=self._step("wait and finish"))
        machine.on("kubeadm", "token", "delete", then=self._step("token delete"))
        machine.on("kubeadm", "reset", then=self._step("reset"))
        machine.on("kubeadm", "join", "--config", then=self._step("join"))
        for step in CONTROL_PLANE_STEPS[:2]:
            machine.on("kubeadm", "join", "phase", *step.split()[1:], then=self._step(step))
        machine.on("timeout")
        machine.on("journalctl", stdout="one\nlast line of the journal\n")
        machine.on("crictl", "ps", stdout="CONTAINER IMAGE\n1 etcd\n")

    def _step(self, name: str) -> Any:
        def run(call: Call) -> Any:
            if self.failures.get(name):
                return 1, "", self.failures[name].pop(0)
            if self.kill == name and not self.killed_after:
                raise Killed
            getattr(self, "_" + name.replace(" ", "_").replace("-", "_"))(call)
            if self.kill == name:
                raise Killed
            return None

        return run

    def _preflight(self, _call: Call) -> None:
        pass

    def _certs_all(self, _call: Call) -> None:
        if not self.machine.has(CA):
            self.machine.write(CA, captured_text("x509/ca-rsa.crt"))

    def _kubeconfig_all(self, _call: Call) -> None:
        self.machine.write(ADMIN_CONF, KUBECONFIG)
        self.machine.write(KUBELET_CONF, KUBECONFIG)

    def _etcd_local(self, _call: Call) -> None:
        self.machine.write(ETCD, "etcd")

    def _control_plane_all(self, _call: Call) -> None:
        self.machine.write(APISERVER, "apiserver")

    def _kubelet_start(self, _call: Call) -> None:
        self.machine.write(KUBELET_CONFIG, "kubelet")
        self.machine.write(ETCD_DATA, "data of the cluster")

    def _wait_and_finish(self, _call: Call) -> None:
        self.answers = True

    def _token_delete(self, _call: Call) -> None:
        pass

    def _reset(self, call: Call) -> None:
        if self.machine.has(ETCD) and "remove-etcd-member" not in call.words:
            self.machine.remove(ETCD_DATA)
        if "--cert-dir" not in call.words:
            self.machine.remove(CA)
        self.machine.remove(ADMIN_CONF, KUBELET_CONF, BOOTSTRAP_CONF, KUBELET_CONFIG, APISERVER, ETCD)
        self.answers = False

    def _join_preflight(self, _call: Call) -> None:
        pass

    def _join_control_plane_prepare_all(self, _call: Call) -> None:
        self.machine.write(CA, captured_text("x509/ca-rsa.crt"))
        self.machine.write(ADMIN_CONF, KUBECONFIG)
        self.machine.write(APISERVER, "apiserver")

    def _join(self, call: Call) -> None:
        self.machine.write(CA, captured_text("x509/ca-rsa.crt"))
        self.machine.write(KUBELET_CONFIG, "kubelet")
        self.machine.write(KUBELET_CONF, KUBECONFIG)
        if "controlPlane" in json.loads(call.stdin or ""):
            self.machine.write(ETCD, "etcd")
            self.machine.write(ETCD_DATA, "copy")
            self.answers = True


def documents(call: Call) -> list[dict[str, Any]]:
    """The documents on a command's standard input."""
    return [json.loads(part) for part in (call.stdin or "").split("---\n")]


def no_secret_in_argv(machine: FakeMachine) -> bool:
    return not any(secret in word for call in machine.calls for word in call.words for secret in SECRETS)
