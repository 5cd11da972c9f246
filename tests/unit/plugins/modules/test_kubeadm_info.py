# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_info
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_kubeadm import FakeKubeadm
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

ALL = ["versions", "certificates", "host", "kubelet"]


class Health:
    """What the kubelet's health port says."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def open(self, *_args: Any, **_options: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return type("Answer", (), {"status": self.outcome})()


@pytest.fixture(autouse=True)
def bare(machine: FakeMachine, monkeypatch: Any) -> FakeMachine:
    machine.absent += ["kubeadm", "kubelet", "kubectl", "containerd"]
    machine.on("systemctl", rc=3)
    monkeypatch.setattr(kubeadm_info, "build_opener", lambda *_handlers: Health(OSError("refused")))
    return machine


def info(**more: Any) -> Result:
    return run_module(kubeadm_info, **more)


def test_a_bare_machine_is_clean_and_nothing_fails(machine: FakeMachine) -> None:
    for check_mode in (True, False):
        result = info(check_mode=check_mode)
        assert not result.failed and not result["changed"]
        node = result["node"]
        assert (node["schema"], node["state"], node["files"], node["ca_hashes"], node["endpoint"]) == ("kubewright.node/1", "clean", [], [], None)
        assert (node["versions"], node["certificates"], node["kubelet"]) == ({}, {}, {"active": False, "healthy": False})
        assert node["host"]["cpus"] > 0
    assert machine.files() == {}


def test_a_control_plane_is_described(machine: FakeMachine, monkeypatch: Any, captured: Any) -> None:
    kubeadm = FakeKubeadm(machine, monkeypatch)
    for path in (fake.ADMIN_CONF, fake.KUBELET_CONF, fake.APISERVER, fake.ETCD, fake.KUBELET_CONFIG):
        machine.write(path, fake.KUBECONFIG)
    machine.write(fake.CA, captured("x509/ca-rsa.crt"))
    machine.write("/run/containerd/containerd.sock")
    kubeadm.answers = True
    machine.on("systemctl", "is-active")
    monkeypatch.setattr(kubeadm_info, "build_opener", lambda *_handlers: Health(200))
    node = info()["node"]
    assert (node["state"], node["healthy"], node["endpoint"]) == ("control_plane", True, "cluster.example.com:6443")
    assert (node["ca_hashes"], node["cri_endpoints"]) == ([fake.CA_HASH], ["unix:///run/containerd/containerd.sock"])
    assert node["kubelet"] == {"active": True, "healthy": True} and node["certificates"]["/etc/kubernetes/pki/ca.crt"] > 30000
    assert set(node["files"]) == {fake.ADMIN_CONF, fake.KUBELET_CONF, fake.APISERVER, fake.ETCD, fake.KUBELET_CONFIG, fake.CA}


@pytest.mark.parametrize("gather", [[], *[[part] for part in ALL]])
def test_only_what_is_asked_for_is_read(machine: FakeMachine, gather: list[str]) -> None:
    node = info(gather=gather)["node"]
    assert [part for part in ALL if part in node] == gather
    assert bool(machine.calls) is ("kubelet" in gather)


def test_a_machine_without_a_cluster_is_described_for_preflight(machine: FakeMachine, monkeypatch: Any) -> None:
    monkeypatch.setattr("os.statvfs", lambda _path: __import__("os").statvfs_result((4096, 4096, 1000, 400, 300, 50, 40, 40, 0, 255)))
    machine.on("systemctl", "is-active", rc=3, stdout="active\ninactive\nfailed\ninactive\n")
    found = info(gather=["machine"])["node"]["machine"]
    assert (found["firewalls"], found["chains"], found["listeners"]) == (["firewalld"], 0, [])


def test_of_a_member_neither_ports_nor_remains_are_read(machine: FakeMachine, monkeypatch: Any, captured: Any) -> None:
    monkeypatch.setattr("os.statvfs", lambda _path: __import__("os").statvfs_result((4096, 4096, 1000, 400, 300, 50, 40, 40, 0, 255)))
    member(machine, captured)
    found = info(gather=["machine"])["node"]["machine"]
    assert not {"listeners", "remains", "firewalls", "chains"} & set(found) and machine.calls == []


@pytest.mark.parametrize(("printed", "version"), [
    ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", "1.6.20~ds1"),
    ("containerd github.com/containerd/containerd/v2 2.1.9+unknown ", "2.1.9+unknown"),
    ("containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957", "1.6.33"),
])
def test_containerd_s_version_is_read_with_or_without_its_letter(machine: FakeMachine, printed: str, version: str) -> None:
    machine.absent.remove("containerd")
    machine.on("containerd", "--version", stdout=printed)
    assert info(gather=["versions"])["node"]["versions"] == {"containerd": version}


def test_installed_versions_are_read(machine: FakeMachine, captured: Any) -> None:
    machine.absent[:] = ["containerd"]
    machine.on("kubeadm", "version", stdout=captured("kubeadm/1.34.2/version-short.txt"))
    machine.on("kubelet", "--version", stdout="Kubernetes v1.34.2\n")
    machine.on("kubectl", "version", stdout=captured("kubeadm/1.34.2/kubectl-version.json"))
    assert info(gather=["versions"])["node"]["versions"] == {"kubeadm": "1.34.2", "kubelet": "1.34.2", "kubectl": "1.34.2"}


def test_a_program_that_fails_or_says_nothing_is_no_failure(machine: FakeMachine) -> None:
    machine.absent[:] = ["kubectl", "containerd"]
    machine.on("kubeadm", rc=1)
    machine.on("kubelet", stdout="Kubernetes unknown\n")
    assert info(gather=["versions"])["node"]["versions"] == {"kubelet": ""}


@pytest.mark.parametrize(("outcome", "healthy"), [(200, True), (503, False), (OSError("refused"), False),
                                                  (__import__("http.client").client.BadStatusLine("garbage"), False)])
def test_the_kubelet_is_asked_on_its_health_port(monkeypatch: Any, outcome: Any, healthy: bool) -> None:
    monkeypatch.setattr(kubeadm_info, "build_opener", lambda *_handlers: Health(outcome))
    assert info(gather=["kubelet"])["node"]["kubelet"]["healthy"] is healthy


def test_a_machine_without_systemd_is_no_failure(machine: FakeMachine) -> None:
    machine.absent.append("systemctl")
    assert info(gather=["kubelet"])["node"]["kubelet"]["active"] is False and machine.calls == []


def test_a_damaged_marker_is_an_error_that_names_the_file(machine: FakeMachine) -> None:
    machine.write(fake.MARKER, "{")
    assert "/var/lib/kubewright/operation.json cannot be read" in info()["msg"]


def test_an_unknown_part_is_refused() -> None:
    assert info(gather=["all"]).failed


def member(machine: FakeMachine, captured: Any) -> None:
    for path in (fake.KUBELET_CONF, fake.KUBELET_CONFIG):
        machine.write(path, fake.KUBECONFIG)
    machine.write(fake.CA, captured("x509/ca-rsa.crt"))
    machine.write("/var/lib/kubelet/pki/kubelet-client-current.pem", captured("kubeadm/1.20.2/kubelet-client.crt"))
    machine.write("/var/lib/kubelet/kubeadm-flags.env", captured("kubeadm/1.20.2/kubeadm-flags.env"))


def test_a_worker_is_named_and_told_by_its_files(machine: FakeMachine, captured: Any) -> None:
    member(machine, captured)
    node = info(gather=[])["node"]
    assert (node["state"], node["name"], node["cri_socket"], node["foreign"]) == ("worker", "worker1", "unix:///run/containerd/containerd.sock", False)
    assert node["next_run"] == {"action": "nothing", "reason": "the kubelet has its kubeconfig and configuration"}
    assert info(gather=[], role="control_plane")["node"]["next_run"]["action"] == "refuse"


@pytest.mark.parametrize(("hashes", "foreign"), [
    ([], False), ([fake.CA_HASH], False), ([fake.OTHER_CA_HASH, fake.CA_HASH], False), ([fake.OTHER_CA_HASH], True),
])
def test_a_machine_of_another_cluster_is_foreign(machine: FakeMachine, captured: Any, hashes: list[str], foreign: bool) -> None:
    member(machine, captured)
    node = info(gather=[], ca_cert_hashes=hashes)["node"]
    assert (node["state"], node["foreign"]) == ("worker", foreign)
    identity = f"the cluster with CA {fake.CA_HASH} at cluster.example.com:6443"
    assert (f"it belongs to {identity}" in node["reason"]) is foreign
    assert node["next_run"]["action"] == ("refuse" if foreign else "nothing")


def test_a_ca_on_a_clean_machine_is_not_foreign(machine: FakeMachine, captured: Any) -> None:
    machine.write(fake.CA, captured("x509/ca-rsa.crt"))
    node = info(gather=[], ca_cert_hashes=[fake.OTHER_CA_HASH])["node"]
    assert not node["foreign"] and node["next_run"]["action"] == "init or join"
    machine.remove(fake.CA)
    assert info(gather=[])["node"]["next_run"] == {"action": "init or join", "reason": "no cluster has been here"}


def test_a_file_that_cannot_be_read_is_named(machine: FakeMachine) -> None:
    machine.folder(fake.KUBELET_CONF)
    assert "/etc/kubernetes/kubelet.conf cannot be read: Is a directory" in info()["msg"]
