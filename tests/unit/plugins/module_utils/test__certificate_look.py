# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _certificate_look as look
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils import self_signed

CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"


def test_a_bare_machine_has_none(machine: FakeMachine) -> None:
    assert look.certificates() == []


def test_every_certificate_is_told_without_its_key(machine: FakeMachine) -> None:
    ca, _key = self_signed.pair("kubernetes", 3650)
    client, key = self_signed.pair("system:node:worker1", 100, ["system:nodes"])
    admin, admin_key = self_signed.pair("kubernetes-admin", 10)
    machine.write("/etc/kubernetes/pki/ca.crt", ca)
    machine.write("/etc/kubernetes/pki/etcd/ca.crt", ca)
    machine.write(CLIENT, client + key)
    machine.write("/etc/kubernetes/admin.conf", self_signed.kubeconfig(admin, admin_key))
    found = {row["path"]: row for row in look.certificates()}
    assert [(row["kind"], row["subject"]) for row in found.values()] == [
        ("authority", "kubernetes"), ("authority", "kubernetes"), ("kubelet", "system:node:worker1"), ("kubeconfig", "kubernetes-admin")]
    assert found[CLIENT]["organizations"] == ["system:nodes"] and found[CLIENT]["algorithm"] == "ECDSA-P256"
    assert found[CLIENT]["fingerprint"].startswith("sha256:") and len(found[CLIENT]["fingerprint"]) == 71
    assert "PRIVATE" not in str(found) and key.splitlines()[1] not in str(found)


def test_one_that_cannot_be_read_hides_no_other(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/pki/ca.crt", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    machine.write("/etc/kubernetes/pki/apiserver.crt", self_signed.pair("kube-apiserver")[0])
    first, second = sorted(look.certificates(), key=lambda row: "error" in row)
    assert first["subject"] == "kube-apiserver" and second["path"].endswith("ca.crt") and "is not base64" in second["error"]


@pytest.mark.parametrize(("path", "kind"), [
    ("/etc/kubernetes/pki/front-proxy-ca.crt", "authority"), ("/etc/kubernetes/pki/etcd/ca.crt", "authority"), ("/etc/kubernetes/kubelet.conf", "kubelet"),
    ("/var/lib/kubelet/pki/kubelet.crt", "kubelet"), ("/etc/kubernetes/scheduler.conf", "kubeconfig"), ("/etc/kubernetes/pki/apiserver.crt", "certificate"),
])
def test_kinds(path: str, kind: str) -> None:
    assert look.kind(path) == kind


def test_the_fingerprint_is_that_of_the_whole_certificate(machine: FakeMachine) -> Any:
    x509, hashes = pytest.importorskip("cryptography.x509"), pytest.importorskip("cryptography.hazmat.primitives.hashes")
    text = self_signed.pair("kubernetes")[0]
    machine.write("/etc/kubernetes/pki/ca.crt", text)
    assert look.certificates()[0]["fingerprint"] == "sha256:" + x509.load_pem_x509_certificate(text.encode()).fingerprint(hashes.SHA256()).hex()
