# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _phases as phases
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import NO_CERTIFICATES
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_join
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_kubeadm import FakeKubeadm, documents, no_secret_in_argv
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Killed, Result, captured_text, run_module

DOCUMENT: dict[str, Any] = {
    "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "JoinConfiguration", "nodeRegistration": {"name": "w1", "criSocket": fake.SOCKET}}
ARGUMENTS: dict[str, Any] = {"document": DOCUMENT, "endpoint": "cluster.example.com:6443", "token": fake.TOKEN, "ca_cert_hashes": [fake.CA_HASH]}
CONTROL: dict[str, Any] = {"control_plane": True, "certificate_key": fake.CERTIFICATE_KEY}
WORKER_RESET = f"kubeadm reset --force --cri-socket {fake.SOCKET} --skip-phases remove-etcd-member"
CONTROL_RESET = f"kubeadm reset --force --cri-socket {fake.SOCKET}"
WORKER_JOIN = ["kubeadm join phase preflight --config /dev/stdin", "kubeadm join --config /dev/stdin --skip-phases preflight"]
CONTROL_REST = "kubeadm join --config /dev/stdin --skip-phases preflight,control-plane-prepare"
CONTROL_JOIN = [WORKER_JOIN[0], "kubeadm join phase control-plane-prepare all --config /dev/stdin", CONTROL_REST]
REFUSED = "dial tcp 192.0.2.10:6443: connect: connection refused"
STILL_READY = 'a Node with name "w1" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name'


@pytest.fixture
def kubeadm(machine: FakeMachine, monkeypatch: Any) -> FakeKubeadm:
    machine.on("kubectl", stdout="")
    return FakeKubeadm(machine, monkeypatch)


def join(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_join, check_mode, diff, **{**ARGUMENTS, **more})


def marker(machine: FakeMachine, operation: str = "join", empty: bool = True, age: float = 100) -> None:
    machine.write(fake.MARKER, json.dumps({"operation": operation, "started": machine.now() - age, "finished": None, "etcd_was_empty": empty}))


def finished(machine: FakeMachine) -> bool:
    return json.loads(machine.text(fake.MARKER))["finished"] is not None


def test_a_bare_machine_becomes_a_worker(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    result = join()
    assert result["changed"] and result["node"]["state"] == "worker" and finished(machine)
    assert machine.commands() == WORKER_JOIN and [row["phase"] for row in result["phases"]] == list(phases.PHASES["join"])
    assert documents(machine.calls[0]) == documents(machine.calls[1]) == [{**DOCUMENT, "discovery": {"bootstrapToken": {
        "token": fake.TOKEN, "apiServerEndpoint": "cluster.example.com:6443", "caCertHashes": [fake.CA_HASH]}}}]
    assert json.loads(machine.text(fake.MARKER))["operation"] == "join" and {len(call.pass_fds) for call in machine.calls} == {1}


def test_a_bare_machine_becomes_one_more_control_plane(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    document = {**DOCUMENT, "controlPlane": {"localAPIEndpoint": {"advertiseAddress": "192.0.2.12"}}, "discovery": {"timeout": "9m"}}
    result = join(document=document, **CONTROL)
    assert result["changed"] and result["node"]["state"] == "control_plane" and finished(machine)
    assert machine.commands() == CONTROL_JOIN and [row["phase"] for row in result["phases"]] == list(phases.PHASES["join-control-plane"])
    given = documents(machine.calls[2])[0]
    assert given["controlPlane"] == {"localAPIEndpoint": {"advertiseAddress": "192.0.2.12"}, "certificateKey": fake.CERTIFICATE_KEY}
    assert given["discovery"]["timeout"] == "9m" and given["discovery"]["bootstrapToken"]["token"] == fake.TOKEN
    assert json.loads(machine.text(fake.MARKER))["operation"] == "join-control-plane"


@pytest.mark.parametrize("more", [{}, CONTROL])
def test_no_secret_is_in_an_argument_a_file_or_the_answer(machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any]) -> None:
    result = join(diff=True, **more)
    assert no_secret_in_argv(machine)
    told = json.dumps(result) + json.dumps(machine.files())
    assert not [secret for secret in fake.SECRETS if secret in told]


def test_no_secret_is_in_a_failure(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    kubeadm.failures["join"] = [f"error: token {fake.TOKEN} is invalid, key {fake.CERTIFICATE_KEY}"]
    result = join(**CONTROL)
    assert result.failed and not [secret for secret in fake.SECRETS if secret in json.dumps(result)]


def test_a_second_run_changes_nothing(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    join()
    before, calls = machine.files(), len(machine.calls)
    assert not join()["changed"] and not join(check_mode=True)["changed"]
    assert machine.files() == before and len(machine.calls) == calls


@pytest.mark.parametrize(("more", "role"), [({}, "worker"), (CONTROL, "control plane")])
def test_check_mode_predicts_and_touches_nothing(machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], role: str) -> None:
    result = join(True, True, **more)
    assert result["changed"] and result["diff"] == {"before": "no member\n", "after": f"{role} of the cluster at cluster.example.com:6443\n"}
    assert machine.files() == {} and machine.calls == []


def test_a_control_plane_need_not_become_a_worker(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    join(**CONTROL)
    assert not join()["changed"]


def test_a_worker_does_not_silently_stay_one_where_a_control_plane_is_wanted(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    join()
    for check_mode in (True, False):
        result = join(check_mode, **CONTROL)
        assert result.failed and "is a worker of the cluster, and it is to be a control plane. Nothing was touched." in result["msg"]


@pytest.mark.parametrize("more", [{}, CONTROL])
def test_a_member_of_another_cluster_is_refused(machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any]) -> None:
    join(**more)
    before = machine.files()
    for check_mode in (True, False):
        result = join(check_mode, ca_cert_hashes=[fake.OTHER_CA_HASH], endpoint="other:6443", **more)
        assert result.failed and result["msg"] == (
            f"this machine belongs to the cluster with CA {fake.CA_HASH} at cluster.example.com:6443, not to the cluster with CA {fake.OTHER_CA_HASH} at "
            "other:6443. Nothing was touched. Reset it first if it is to change clusters.")
    assert {**machine.files(), "/run/kubewright.lock": 0} == {**before, "/run/kubewright.lock": 0}


def test_one_common_ca_is_enough_while_it_is_exchanged(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    join()
    assert not join(ca_cert_hashes=[fake.OTHER_CA_HASH, fake.CA_HASH])["changed"]


def test_what_kubewright_did_not_begin_is_never_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    machine.write(fake.BOOTSTRAP_CONF)
    for check_mode in (True, False):
        result = join(check_mode)
        assert result.failed and "parts of a cluster that Kubewright did not begin" in result["msg"] and "run again" in result["msg"]
    assert machine.calls == []


@pytest.mark.parametrize(("more", "step"), [*(({}, step) for step in fake.JOIN_STEPS), *((CONTROL, step) for step in fake.CONTROL_PLANE_STEPS)])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(
        machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], step: str, after: bool) -> None:
    kubeadm.kill, kubeadm.killed_after = step, after
    with pytest.raises(Killed):
        join(**more)
    assert not finished(machine) and json.loads(machine.text(fake.MARKER))["phase"] in phases.PHASES["join-control-plane" if more else "join"]
    kubeadm.kill = ""
    machine.calls.clear()
    result = join(**more)
    assert result["changed"] and finished(machine)
    announced = more and step == "join" and after
    anew = [CONTROL_RESET, *CONTROL_JOIN] if more else [WORKER_RESET, *WORKER_JOIN]
    if step == "join preflight":
        anew = anew[1:]  # it looks only
    assert machine.commands("kubeadm") == ([CONTROL_REST] if announced else anew)
    assert not join(**more)["changed"]


def test_a_control_plane_whose_etcd_was_announced_is_never_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    """Not even over old data: the others may have no majority without it."""
    marker(machine, "join-control-plane", empty=False)
    for path in (fake.ETCD, fake.APISERVER, fake.ETCD_DATA):
        machine.write(path, age=7200)
    assert join(**CONTROL)["changed"]
    assert machine.commands("kubeadm") == [CONTROL_REST]


def test_the_kubelet_of_a_resumed_control_plane_is_left_alone_where_its_node_is_there(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "join-control-plane")
    machine.write(fake.ETCD)
    machine.write(fake.KUBELET_CONF, fake.KUBECONFIG)
    machine.on("kubectl", stdout={"kind": "Node"})
    assert join(**CONTROL)["changed"]
    assert machine.commands("kubeadm") == [CONTROL_REST + ",kubelet-start"] and machine.commands("kubectl")[1].endswith(fake.SOCKET)


def test_a_control_plane_whose_etcd_was_announced_does_not_become_a_worker(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "join-control-plane")
    machine.write(fake.ETCD)
    for check_mode in (True, False):
        result = join(check_mode)
        assert result.failed and "now it is to be a worker. Nothing was touched: without it the others may have no majority" in result["msg"]
    assert not machine.commands("kubeadm")


def test_a_control_plane_whose_etcd_was_announced_to_another_cluster_is_refused(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "join-control-plane")
    machine.write(fake.ETCD)
    machine.write(fake.ADMIN_CONF, fake.KUBECONFIG)
    machine.write(fake.CA, captured_text("x509/ca-rsa.crt"))
    result = join(ca_cert_hashes=[fake.OTHER_CA_HASH], **CONTROL)
    assert result.failed and f"belongs to the cluster with CA {fake.CA_HASH} at cluster.example.com:6443, not to" in result["msg"]
    assert not machine.commands("kubeadm")


@pytest.mark.parametrize("more", [{}, CONTROL])
@pytest.mark.parametrize("knows", [True, False])
def test_an_interrupted_worker_of_another_cluster_is_neither_finished_nor_reset(
        machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], knows: bool) -> None:
    marker(machine)
    for path, text in ((fake.KUBELET_CONF, fake.KUBECONFIG), (fake.CA, captured_text("x509/ca-rsa.crt"))):
        machine.write(path, text)
    machine.on("kubectl", stdout={"kind": "Node"} if knows else "")
    for check_mode in (True, False):
        result = join(check_mode, ca_cert_hashes=[fake.OTHER_CA_HASH], endpoint="other:6443", **more)
        assert result.failed and f"this machine belongs to the cluster with CA {fake.CA_HASH} at cluster.example.com:6443, not to" in result["msg"]
    assert machine.calls == [] and not finished(machine)


def test_an_interrupted_init_with_its_own_ca_is_reset_and_joins(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "init")
    for path, text in ((fake.KUBELET_CONF, fake.KUBECONFIG), (fake.CA, captured_text("x509/ca-rsa.crt"))):
        machine.write(path, text)
    assert join(ca_cert_hashes=[fake.OTHER_CA_HASH], **CONTROL)["changed"] and machine.commands("kubeadm", "reset") == [CONTROL_RESET]


def test_a_worker_whose_kubelet_has_joined_is_finished_without_a_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine)
    for path in (fake.KUBELET_CONF, fake.KUBELET_CONFIG, fake.BOOTSTRAP_CONF):
        machine.write(path, fake.KUBECONFIG)
    machine.on("kubectl", stdout={"kind": "Node"})
    assert join()["changed"] and finished(machine) and not machine.has(fake.BOOTSTRAP_CONF)
    assert machine.commands() == [
        f"kubectl --kubeconfig {fake.KUBELET_CONF} --request-timeout=30s get --ignore-not-found -o json node w1",
        f"kubectl --kubeconfig {fake.KUBELET_CONF} --request-timeout=30s annotate --overwrite node w1 kubeadm.alpha.kubernetes.io/cri-socket={fake.SOCKET}"]
    marker(machine)
    assert join()["changed"]  # killed again, after the bootstrap kubeconfig was removed


@pytest.mark.parametrize(("kubeconfig", "rc", "stderr"), [
    (fake.KUBECONFIG, 1, "error: You must be logged in to the server (Unauthorized)"), (fake.KUBECONFIG, 0, ""), ("", 1, "was refused"),
    (fake.KUBECONFIG, 1, "Unable to connect to the server: x509: certificate signed by unknown authority"),
    (fake.KUBECONFIG, 1, "error: unable to read client-cert /var/lib/kubelet/pki/kubelet-client-current.pem: no such file or directory"),
])
def test_a_worker_whose_node_nobody_knows_joins_anew(machine: FakeMachine, kubeadm: FakeKubeadm, kubeconfig: str, rc: int, stderr: str) -> None:
    marker(machine)
    machine.write(fake.KUBELET_CONF, kubeconfig)
    machine.on("kubectl", rc=rc, stderr=stderr)
    assert join()["changed"] and machine.commands("kubeadm")[0] == WORKER_RESET


@pytest.mark.parametrize(("stderr", "attempts"), [
    (REFUSED, 5), ("Get https://x: net/http: TLS handshake timeout", 5), ('Error from server (Forbidden): nodes "w1" is forbidden', 1),
    ("The connection to the server cluster.example.com:6443 was refused - did you specify the right host or port?", 5),
    ("Unable to connect to the server: x509: certificate has expired or is not yet valid", 1), ("it was stopped after 120 seconds", 1),
])
def test_a_worker_is_not_reset_because_the_api_server_gave_no_answer(machine: FakeMachine, kubeadm: FakeKubeadm, stderr: str, attempts: int) -> None:
    marker(machine)
    machine.write(fake.KUBELET_CONF, fake.KUBECONFIG)
    machine.on("kubectl", rc=1, stderr=stderr)
    result = join()
    assert result.failed and "cannot tell whether this machine has joined the cluster at cluster.example.com:6443" in result["msg"]
    assert "Nothing was touched" in result["msg"] and stderr in result["msg"]
    assert not machine.commands("kubeadm") and len(machine.commands("kubectl")) == attempts and machine.has(fake.KUBELET_CONF)


def test_an_api_server_that_answers_again_finishes_the_worker(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine)
    machine.write(fake.KUBELET_CONF, fake.KUBECONFIG)
    machine.on("kubectl", stdout={"kind": "Node"})
    machine.on("kubectl", rc=1, stderr=REFUSED, once=True)
    assert join()["changed"] and finished(machine) and not machine.commands("kubeadm")


@pytest.mark.parametrize(("empty", "age"), [(True, 500), (False, 500), (False, 50)])
@pytest.mark.parametrize("more", [{}, CONTROL])
def test_a_machine_with_older_etcd_data_is_never_reset(
        machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], empty: bool, age: float) -> None:
    marker(machine, empty=empty)
    machine.write(fake.ETCD_DATA, "precious", age=age)
    result = join(**more)
    assert result.failed and "the join was interrupted and cannot be begun anew" in result["msg"] and "keep a copy" in result["msg"]
    assert not machine.commands("kubeadm") and machine.text(fake.ETCD_DATA) == "precious"


@pytest.mark.parametrize("more", [{}, CONTROL])
def test_a_join_that_only_failed_its_preflight_is_not_reset(machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any]) -> None:
    own = {"/etc/kubernetes/pki/own.crt": "a person's", "/etc/kubernetes/manifests/kube-vip.yaml": "static pod"}
    for path, text in own.items():
        machine.write(path, text)
    kubeadm.failures["join preflight"] = ["[ERROR Swap]: swap is on"]
    assert join(**more).failed and join(**more)["changed"]
    assert not machine.commands("kubeadm", "reset") and {path: machine.text(path) for path in own} == own


@pytest.mark.parametrize(("more", "reset"), [({}, WORKER_RESET), (CONTROL, CONTROL_RESET)])
def test_the_reset_keeps_the_certificates_that_somebody_had_put_there(
        machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], reset: str) -> None:
    """And nothing else of the interrupted join."""
    machine.write("/etc/kubernetes/pki/own.crt", "a person's")
    kubeadm.kill = "join control-plane-prepare all" if more else "join"
    with pytest.raises(Killed):
        join(**more)
    machine.write(fake.CA, "half writ")
    kubeadm.kill = ""
    seen: list[bool] = []
    machine.on("kubeadm", "join", "phase", "preflight", then=lambda _call: seen.append(machine.has(fake.CA)))
    assert join(**more)["changed"] and seen == [False] and machine.text("/etc/kubernetes/pki/own.crt") == "a person's"
    assert machine.commands("kubeadm", "reset") == [reset.replace(fake.SOCKET, f"{fake.SOCKET} --cert-dir {NO_CERTIFICATES}")]


def test_an_interrupted_init_whose_api_server_answers_is_not_reset_for_a_join(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "init")
    for path in (fake.ADMIN_CONF, fake.APISERVER, fake.ETCD_DATA):
        machine.write(path)
    kubeadm.answers = True
    result = join(**CONTROL)
    assert result.failed and "an init was interrupted on this machine after its API server had come up" in result["msg"]
    assert not machine.commands("kubeadm")


def test_an_interrupted_init_without_an_api_server_is_reset_and_joins(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "init")
    machine.write(fake.ADMIN_CONF)
    assert join(**CONTROL)["changed"]
    assert machine.commands("kubeadm") == [CONTROL_RESET, *CONTROL_JOIN]


@pytest.mark.parametrize("stderr", [REFUSED, STILL_READY, "Get https://x: context deadline exceeded"])
def test_a_phase_that_failed_by_what_passes_is_tried_again(machine: FakeMachine, kubeadm: FakeKubeadm, stderr: str) -> None:
    kubeadm.failures["join"] = [stderr, stderr]
    assert join()["changed"] and finished(machine)
    assert machine.commands("kubeadm") == [WORKER_JOIN[0], *[WORKER_JOIN[1]] * 3]
    assert machine.slept == 30


def test_there_is_a_limit_of_attempts(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    kubeadm.failures["join"] = [REFUSED] * 9
    result = join()
    assert result.failed and result["msg"].startswith("join failed: `kubeadm join --config /dev/stdin --skip-phases preflight` ended with code 1")
    assert len(machine.commands("kubeadm", "join", "--config")) == operation.ATTEMPTS and not finished(machine)
    assert result["journal"][-1] == "last line of the journal" and result["containers"]


def test_there_is_a_limit_of_time(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    kubeadm.failures["join"] = [REFUSED] * 9
    assert join(seconds=20).failed
    assert len(machine.commands("kubeadm", "join", "--config")) == 3
    assert [call.seconds for call in machine.calls if call.words[1] == "join"] == [60, 60, 60, 60]


def test_what_does_not_pass_is_an_error_at_once_with_kubeadm_s_findings(machine: FakeMachine, kubeadm: FakeKubeadm, captured: Any) -> None:
    kubeadm.failures["join"] = [captured("kubeadm/1.34.2/join-again.stderr.txt")]
    result = join()
    assert result.failed and machine.slept == 0 and len(machine.commands("kubeadm", "join", "--config")) == 1
    assert [row["id"] for row in result["findings"]] == [
        "SystemVerification", "FileAvailable--etc-kubernetes-kubelet.conf", "Port-10250", "FileAvailable--etc-kubernetes-pki-ca.crt"]


def test_a_wrong_ca_hash_is_an_error_at_once(machine: FakeMachine, kubeadm: FakeKubeadm, captured: Any) -> None:
    kubeadm.failures["join"] = [captured("kubeadm/1.34.2/join-wrong-hash.stderr.txt")]
    assert join().failed and len(machine.commands("kubeadm", "join", "--config")) == 1


def test_warnings_are_returned(machine: FakeMachine, kubeadm: FakeKubeadm, captured: Any) -> None:
    machine.on("kubeadm", "join", stderr=captured("kubeadm/1.34.2/join-control-plane.stderr.txt"), then=kubeadm._join)
    assert [row["id"] for row in join()["warnings_of_kubeadm"]] == ["SystemVerification"]


@pytest.mark.parametrize(("more", "names"), [
    ({"token": "abcdef"}, "token"), ({"token": ""}, "token"), ({"ca_cert_hashes": []}, "ca_cert_hashes"), ({"ca_cert_hashes": ["sha256:1"]}, "ca_cert_hashes"),
    ({"ca_cert_hashes": [fake.CA_HASH, "sha256:1"]}, "ca_cert_hashes"), ({"control_plane": True}, "certificate_key"),
    ({"control_plane": True, "certificate_key": "short"}, "certificate_key"),
    ({"document": {}}, "document.nodeRegistration.name, document.nodeRegistration.criSocket"),
    ({"token": "x", "document": {"nodeRegistration": {"name": "w1"}}}, "token, document.nodeRegistration.criSocket"),
])
def test_material_that_is_not_well_formed_is_refused_by_name(machine: FakeMachine, kubeadm: FakeKubeadm, more: dict[str, Any], names: str) -> None:
    for check_mode in (True, False):
        result = join(check_mode, **more)
        assert result.failed and result["msg"].startswith(f"not well-formed or missing: {names}. The role takes them from kubeadm_join_material")
    assert machine.files() == {} and machine.calls == []


def test_etcd_waits_on_a_control_plane_before_its_member_is_announced(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    seen: list[tuple[str, list[str]]] = []
    folder = Path(machine.root + "/etc/kubernetes/manifests")

    def rest(call: Any) -> None:
        seen.append((machine.text(fake.ETCD), sorted(path.name for path in folder.iterdir())))
        kubeadm._join(call)

    machine.on("kubeadm", "join", "--config", then=rest)
    assert join(etcd_manifest="waits\n", **CONTROL)["changed"]
    assert seen == [("waits\n", ["etcd.yaml", "kube-apiserver.yaml"])] and not machine.has(kubeadm_join.WAITING_ETCD)


def test_a_join_that_goes_on_leaves_the_manifest_of_etcd_alone(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, "join-control-plane")
    machine.write(fake.ETCD, "kubeadm's own")
    seen: list[str] = []

    def rest(call: Any) -> None:
        seen.append(machine.text(fake.ETCD))
        kubeadm._join(call)

    machine.on("kubeadm", "join", "--config", then=rest)
    assert join(etcd_manifest="waits\n", **CONTROL)["changed"] and seen == ["kubeadm's own"]


KEYS = "/etc/kubernetes/pki/encryption-at-rest.yaml"


def test_a_control_plane_gets_the_files_of_the_others_and_nobody_sees_them(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    result = join(files={KEYS: "the secret keys", "/var/log/kubernetes/audit/": ""}, **CONTROL)
    assert result["changed"] and machine.text(KEYS) == "the secret keys" and machine.has("/var/log/kubernetes/audit")
    assert "the secret keys" not in json.dumps(result)


def test_material_without_the_keys_of_an_encrypted_cluster_stops_before_the_kubelet(
    machine: FakeMachine, kubeadm: FakeKubeadm, monkeypatch: Any
) -> None:
    prepare = kubeadm._join_control_plane_prepare_all

    def encrypted(call: Any) -> None:
        prepare(call)
        machine.write(fake.APISERVER, f"--encryption-provider-config={KEYS}")

    monkeypatch.setattr(kubeadm, "_join_control_plane_prepare_all", encrypted)
    result = join(**CONTROL)
    assert result["failed"] and f"reads {KEYS}, and on this machine it is not there. Without its key" in result["msg"]
    assert not machine.has(fake.KUBELET_CONFIG) and not machine.has(fake.ETCD)
