# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _command as command
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubeadmError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

INIT = {"kind": "InitConfiguration", "apiVersion": "kubeadm.k8s.io/v1beta2"}
CLUSTER = {"kind": "ClusterConfiguration"}
STREAM = '{"apiVersion": "kubeadm.k8s.io/v1beta2", "kind": "InitConfiguration"}\n---\n{"kind": "ClusterConfiguration"}\n'
KEY = "f18119a34c7470491d0124450bbd5cecf50bdeec2b9bf91319ed2dd789e96554"


@pytest.fixture
def kubeadm(machine: FakeMachine) -> command.Kubeadm:
    return command.Kubeadm(command.Runner(machine, [7]))


@pytest.fixture
def kubectl(machine: FakeMachine) -> command.Kubectl:
    return command.Kubectl(command.Runner(machine))


def test_a_program_runs_in_the_c_locale_with_a_limit_and_keeps_the_lock(machine: FakeMachine) -> None:
    machine.on("ip", stdout="out", stderr="err")
    assert command.Runner(machine, [7])(["ip", "route"], stdin="in", seconds=5) == command.Output("out", "err")
    assert machine.calls[0].environment == {"LC_ALL": "C", "LANG": "C"}
    assert (machine.calls[0].stdin, machine.calls[0].seconds, machine.calls[0].pass_fds) == ("in", 5, (7,))


def test_a_program_that_is_absent_is_named(machine: FakeMachine) -> None:
    machine.absent.append("kubeadm")
    with pytest.raises(KubewrightError, match="the program kubeadm is not on this node; the kube_packages and containerd roles install it"):
        command.Runner(machine)(["kubeadm", "version"])
    assert machine.calls == []


def test_a_code_other_than_zero_is_an_error_unless_expected(machine: FakeMachine) -> None:
    machine.on("ip", rc=2, stderr="no such route\n")
    with pytest.raises(CommandError, match="`ip route` ended with code 2: no such route"):
        command.Runner(machine)(["ip", "route"])
    assert command.Runner(machine)(["ip", "route"], ok=(0, 2)).stderr == "no such route\n"


def test_a_program_that_took_too_long_says_so(machine: FakeMachine) -> None:
    machine.on("kubeadm", rc=124)
    with pytest.raises(CommandError, match="it was stopped after 9 seconds"):
        command.Runner(machine)(["kubeadm", "join"], seconds=9)


def test_the_version_is_without_its_letter(machine: FakeMachine, kubeadm: command.Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "version", stdout=captured("kubeadm/1.20.2/version-short.txt"))
    assert kubeadm.version() == "1.20.2"


@pytest.mark.parametrize(("version", "count", "pause"), [("1.20.2", 7, "k8s.gcr.io/pause:3.2"), ("1.34.2", 7, "registry.k8s.io/pause:3.10.1")])
def test_images_are_listed_for_documents_on_standard_input(
        machine: FakeMachine, kubeadm: command.Kubeadm, captured: Callable[[str], str], version: str, count: int, pause: str) -> None:
    machine.on("kubeadm", "config", stdout=captured("kubeadm/{0}/images-list.txt".format(version)))
    found = kubeadm.images([CLUSTER])
    assert len(found) == count and pause in found
    assert machine.calls[0].words == ["kubeadm", "config", "images", "list", "--config", "/dev/stdin"]
    assert json.loads(machine.calls[0].stdin or "") == CLUSTER


def test_documents_are_never_arguments(machine: FakeMachine, kubeadm: command.Kubeadm) -> None:
    machine.on("kubeadm")
    kubeadm.init_phase("certs all", [INIT, CLUSTER])
    kubeadm.init([INIT, CLUSTER], ["preflight", "certs"], 300)
    kubeadm.join([{"kind": "JoinConfiguration"}], 200)
    assert machine.commands() == [
        "kubeadm init phase certs all --config /dev/stdin",
        "kubeadm init --config /dev/stdin --skip-token-print --skip-phases preflight,certs",
        "kubeadm join --config /dev/stdin"]
    assert [call.stdin for call in machine.calls] == [STREAM, STREAM, '{"kind": "JoinConfiguration"}\n']
    assert [call.seconds for call in machine.calls] == [600, 300, 200]
    assert {call.pass_fds for call in machine.calls} == {(7,)}


@pytest.mark.parametrize(("skip", "more"), [((), ""), (("remove-etcd-member",), " --skip-phases remove-etcd-member")])
def test_reset_names_the_socket(machine: FakeMachine, kubeadm: command.Kubeadm, skip: Any, more: str) -> None:
    machine.on("kubeadm")
    kubeadm.reset("unix:///run/x.sock", skip)
    assert machine.commands() == ["kubeadm reset --force --cri-socket unix:///run/x.sock" + more]


def test_tokens_are_made_listed_and_deleted(machine: FakeMachine, kubeadm: command.Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "token")
    machine.on("kubeadm", "token", "list", stdout=captured("kubeadm/1.20.2/token-list.json"))
    kubeadm.token_create(900, "kubewright: join n1")
    assert len(kubeadm.token_list()) == 2
    kubeadm.token_delete("abcdef")
    assert machine.commands() == [
        "kubeadm token create --ttl 900s --description kubewright: join n1 --print-join-command --kubeconfig /etc/kubernetes/admin.conf",
        "kubeadm token list -o json --kubeconfig /etc/kubernetes/admin.conf",
        "kubeadm token delete abcdef --kubeconfig /etc/kubernetes/admin.conf"]


def test_certificates_are_uploaded_under_a_key_on_standard_input(machine: FakeMachine, kubeadm: command.Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "init", "phase", "upload-certs", stdout=captured("kubeadm/1.34.2/upload-certs.txt"))
    assert kubeadm.upload_certs([dict(INIT, certificateKey=KEY)], "kind: ClusterConfiguration\n") == KEY
    assert KEY in (machine.calls[0].stdin or "") and (machine.calls[0].stdin or "").endswith("\n---\nkind: ClusterConfiguration\n")
    assert KEY not in " ".join(machine.calls[0].words)


def test_a_failure_of_kubeadm_carries_its_findings(machine: FakeMachine, kubeadm: command.Kubeadm, captured: Callable[[str], str]) -> None:
    machine.on("kubeadm", "join", rc=1, stderr=captured("kubeadm/1.34.2/join-again.stderr.txt"))
    with pytest.raises(KubeadmError) as caught:
        kubeadm.join([INIT], 60)
    assert [finding.id for finding in caught.value.findings][1:] == [
        "FileAvailable--etc-kubernetes-kubelet.conf", "Port-10250", "FileAvailable--etc-kubernetes-pki-ca.crt"]


def test_kubectl_acts_as_the_administrator(machine: FakeMachine, kubectl: command.Kubectl) -> None:
    machine.on("kubectl", stdout={"items": []})
    assert kubectl.json("get", "nodes") == {"items": []}
    assert machine.commands() == ["kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s get nodes -o json"]


@pytest.mark.parametrize(("printed", "expected"), [("", None), ("\n", None), ('{"kind": "Node"}', {"kind": "Node"})])
def test_an_object_is_found_or_not(machine: FakeMachine, kubectl: command.Kubectl, printed: str, expected: Any) -> None:
    machine.on("kubectl", stdout=printed)
    assert kubectl.find("node", "n1") == expected


def test_what_kubectl_prints_must_be_json(machine: FakeMachine, kubectl: command.Kubectl) -> None:
    machine.on("kubectl", stdout="<html>")
    with pytest.raises(KubewrightError, match="kubectl printed something that is no JSON"):
        kubectl.json("get", "nodes")
    with pytest.raises(KubewrightError, match="kubectl printed something that is no JSON"):
        kubectl.find("node", "n1")


def test_an_answer_that_is_no_object_is_empty(machine: FakeMachine, kubectl: command.Kubectl) -> None:
    machine.on("kubectl", stdout="[]")
    assert kubectl.json("version") == {}


def test_objects_for_kubectl_are_one_document() -> None:
    assert json.loads(command.as_list([{"kind": "A"}, {"kind": "B"}])) == {"apiVersion": "v1", "kind": "List", "items": [{"kind": "A"}, {"kind": "B"}]}


def failing(errors: List[str]) -> Callable[[], str]:
    def action() -> str:
        if errors:
            raise CommandError("kubectl", 1, "", errors.pop(0))
        return "answer"

    return action


@pytest.mark.parametrize(("errors", "slept"), [([], 0), (["dial tcp: connection refused"], 3), (["i/o timeout", "TLS handshake timeout", "EOF", "EOF"], 12)])
def test_what_passes_by_itself_is_tried_again(machine: FakeMachine, errors: List[str], slept: int) -> None:
    assert command.with_retries(failing(errors)) == "answer"
    assert machine.slept == slept


def test_there_is_a_limit(machine: FakeMachine) -> None:
    with pytest.raises(CommandError, match="connection refused"):
        command.with_retries(failing(["connection refused"] * 9), attempts=3, pause=1.0)
    assert machine.slept == 2


def test_what_does_not_pass_is_an_error_at_once(machine: FakeMachine) -> None:
    with pytest.raises(CommandError, match="Forbidden"):
        command.with_retries(failing(["Forbidden"]))
    assert machine.slept == 0


def test_no_attempt_is_no_answer() -> None:
    assert command.with_retries(lambda: 1, attempts=0) is None


def test_evidence_is_the_journal_and_the_containers(machine: FakeMachine) -> None:
    machine.on("journalctl", stdout="\n".join(str(line) for line in range(30)))
    machine.on("crictl", rc=127)
    assert command.evidence(machine, "containerd", 3) == {"journal": ["27", "28", "29"], "containers": []}
    assert machine.commands("journalctl") == ["journalctl -u containerd -n 3 --no-pager -o cat"]
