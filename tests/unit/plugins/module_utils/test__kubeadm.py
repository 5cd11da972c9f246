# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _command
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubeadmError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

INIT = {"kind": "InitConfiguration", "apiVersion": "kubeadm.k8s.io/v1beta2"}
CLUSTER = {"kind": "ClusterConfiguration"}
STREAM = '{"apiVersion": "kubeadm.k8s.io/v1beta2", "kind": "InitConfiguration"}\n---\n{"kind": "ClusterConfiguration"}\n'
KEY = "f18119a34c7470491d0124450bbd5cecf50bdeec2b9bf91319ed2dd789e96554"


@pytest.fixture
def kubeadm(machine: FakeMachine) -> Kubeadm:
    return Kubeadm(Runner(machine, [7]))


def test_the_version_is_without_its_letter(machine: FakeMachine, kubeadm: Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "version", stdout=captured("kubeadm/1.20.2/version-short.txt"))
    assert kubeadm.version() == "1.20.2"


@pytest.mark.parametrize(("version", "count", "pause"), [("1.20.2", 7, "k8s.gcr.io/pause:3.2"), ("1.34.2", 7, "registry.k8s.io/pause:3.10.1")])
def test_images_are_listed_for_documents_on_standard_input(
        machine: FakeMachine, kubeadm: Kubeadm, captured: Callable[[str], str], version: str, count: int, pause: str) -> None:
    machine.on("kubeadm", "config", stdout=captured("kubeadm/{0}/images-list.txt".format(version)))
    found = kubeadm.images([CLUSTER])
    assert len(found) == count and pause in found
    assert machine.calls[0].words == ["kubeadm", "config", "images", "list", "--config", "/dev/stdin"]
    assert json.loads(machine.calls[0].stdin or "") == CLUSTER


def test_documents_are_never_arguments(machine: FakeMachine, kubeadm: Kubeadm) -> None:
    machine.on("kubeadm")
    kubeadm.init_phase("certs all", [INIT, CLUSTER])
    kubeadm.init([INIT, CLUSTER], ["preflight", "certs"], 300)
    kubeadm.join([{"kind": "JoinConfiguration"}], ["preflight"], 200)
    kubeadm.join_phase("control-plane-prepare all", [{"kind": "JoinConfiguration"}], 100)
    assert machine.commands() == [
        "kubeadm init phase certs all --config /dev/stdin",
        "kubeadm init --config /dev/stdin --skip-token-print --skip-phases preflight,certs",
        "kubeadm join --config /dev/stdin --skip-phases preflight",
        "kubeadm join phase control-plane-prepare all --config /dev/stdin"]
    assert [call.stdin for call in machine.calls] == [STREAM, STREAM, *['{"kind": "JoinConfiguration"}\n'] * 2]
    assert [call.seconds for call in machine.calls] == [600, 300, 200, 100]
    assert {call.pass_fds for call in machine.calls} == {(7,)}


@pytest.mark.parametrize(("skip", "more"), [((), ""), (("remove-etcd-member",), " --skip-phases remove-etcd-member")])
def test_reset_names_the_socket(machine: FakeMachine, kubeadm: Kubeadm, skip: Any, more: str) -> None:
    machine.on("kubeadm")
    kubeadm.reset("unix:///run/x.sock", skip)
    assert machine.commands() == ["kubeadm reset --force --cri-socket unix:///run/x.sock" + more]


@pytest.mark.parametrize("named", ["unix:///var/run/dockershim.sock", "/var/run/dockershim.sock"])
def test_a_reset_with_dockershim_names_it_as_kubeadm_knows_it(machine: FakeMachine, kubeadm: Kubeadm, named: str) -> None:
    machine.on("kubeadm")
    kubeadm.reset(named)
    assert machine.commands() == ["kubeadm reset --force --cri-socket /var/run/dockershim.sock"]


@pytest.mark.parametrize("document", [None, {"kind": "UpgradeConfiguration"}])
def test_an_upgrade_is_not_torn_from_its_work_by_a_lost_connection(machine: FakeMachine, monkeypatch: Any, document: Any) -> None:
    kept: List[Any] = []

    def outliving(argv: List[str], **options: Any) -> Any:
        kept.append((argv[-2:], options["data"], options["pass_fds"]))
        return 0, "", ""

    monkeypatch.setattr(_command, "outliving", outliving)
    Kubeadm(Runner(machine, [7])).upgrade(["upgrade", "apply"], document, 60)
    assert kept == [(["upgrade", "apply"], '{"kind": "UpgradeConfiguration"}\n' if document else None, [7])] and machine.calls == []


def test_tokens_are_made_listed_and_deleted(machine: FakeMachine, kubeadm: Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "token")
    machine.on("kubeadm", "token", "list", stdout=captured("kubeadm/1.20.2/token-list.json"))
    kubeadm.token_create(900, "kubewright: join n1")
    assert len(kubeadm.token_list()) == 2
    kubeadm.token_delete("abcdef")
    assert machine.commands() == [
        "kubeadm token create --ttl 900s --description kubewright: join n1 --print-join-command --kubeconfig /etc/kubernetes/admin.conf",
        "kubeadm token list -o json --kubeconfig /etc/kubernetes/admin.conf",
        "kubeadm token delete abcdef --kubeconfig /etc/kubernetes/admin.conf"]


def test_certificates_are_uploaded_under_a_key_on_standard_input(machine: FakeMachine, kubeadm: Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "init", "phase", "upload-certs", stdout=captured("kubeadm/1.34.2/upload-certs.txt"))
    assert kubeadm.upload_certs([dict(INIT, certificateKey=KEY)], "kind: ClusterConfiguration\n") == KEY
    assert KEY in (machine.calls[0].stdin or "") and (machine.calls[0].stdin or "").endswith("\n---\nkind: ClusterConfiguration\n")
    assert KEY not in " ".join(machine.calls[0].words)


def test_a_failure_of_kubeadm_carries_its_findings(machine: FakeMachine, kubeadm: Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "join", rc=1, stderr=captured("kubeadm/1.34.2/join-again.stderr.txt"))
    with pytest.raises(KubeadmError) as caught:
        kubeadm.join([INIT], [], 60)
    assert [finding.id for finding in caught.value.findings][1:] == [
        "FileAvailable--etc-kubernetes-kubelet.conf", "Port-10250", "FileAvailable--etc-kubernetes-pki-ca.crt"]


def test_a_failure_of_kubeadm_tells_how_far_it_came(machine: FakeMachine, kubeadm: Kubeadm) -> None:
    printed = "[preflight] Running\n[kubelet-start] Starting\n[kubelet-check] Waiting\n[kubelet-check] Still\n"
    machine.on("kubeadm", "join", rc=1, stdout=printed, stderr="error: no")
    with pytest.raises(KubeadmError) as caught:
        kubeadm.join([INIT], [], 60)
    assert caught.value.evidence["steps"] == ["preflight", "kubelet-start", "kubelet-check"]
