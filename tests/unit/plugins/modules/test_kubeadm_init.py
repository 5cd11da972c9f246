# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_findings as findings
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils import _phases as phases
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import NO_CERTIFICATES
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_init
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_kubeadm import FakeKubeadm, documents
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Killed, Result, captured_text, run_module

INIT: dict[str, Any] = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "InitConfiguration", "nodeRegistration": {"name": "cp1", "criSocket": fake.SOCKET}}
CLUSTER: dict[str, Any] = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.34.2"}
DOCUMENTS = [INIT, CLUSTER]
PHASES = [f"kubeadm init phase {phase} --config /dev/stdin" for phase in phases.INIT_PHASES]
REST = "kubeadm init --config /dev/stdin --skip-token-print --skip-phases preflight,certs,kubeconfig,etcd,control-plane,kubelet-start"


@pytest.fixture
def kubeadm(machine: FakeMachine, monkeypatch: Any) -> FakeKubeadm:
    return FakeKubeadm(machine, monkeypatch)


def init(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_init, check_mode, diff, **{"documents": DOCUMENTS, **more})


def marker(machine: FakeMachine, operation: str = "init", finished: float | None = None, empty: bool = True, age: float = 100) -> None:
    text = json.dumps({"operation": operation, "started": machine.now() - age, "finished": finished, "etcd_was_empty": empty})
    machine.write(fake.MARKER, text)


def marked(machine: FakeMachine) -> dict[str, Any]:
    return dict(json.loads(machine.text(fake.MARKER)))


def test_a_bare_machine_becomes_a_control_plane(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    result = init(seconds=77)
    assert result["changed"] and result["node"]["state"] == "control_plane" and result["node"]["healthy"]
    assert [row["phase"] for row in result["phases"]] == list(phases.PHASES["init"])
    assert machine.commands()[:-1] == [*PHASES, REST]
    assert machine.calls[-2].seconds == 77
    assert marked(machine)["operation"] == "init" and marked(machine)["finished"]


def test_the_phases_get_the_documents_as_they_were_given(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    init()
    assert [documents(call) for call in machine.calls[:6]] == [DOCUMENTS] * 6


def test_the_token_of_init_lives_for_minutes_is_deleted_and_never_seen(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    result = init()
    wait, delete = machine.calls[-2:]
    token = documents(wait)[0]["bootstrapTokens"][0]
    assert parse.TOKEN.match(token["token"]) and token["ttl"] == "600s" and token["description"] == "kubewright: init"
    assert documents(wait)[1] == CLUSTER
    assert delete.words[:4] == ["kubeadm", "token", "delete", token["token"][:6]]
    secret = token["token"].split(".")[1]
    assert not [word for call in machine.calls for word in call.words if secret in word] and secret not in json.dumps(result)


def test_every_init_has_a_token_of_its_own() -> None:
    assert len({kubeadm_init.new_token() for _run in range(50)}) == 50


def test_every_kubeadm_holds_the_lock_so_that_a_killed_run_keeps_the_next_one_waiting(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    init()
    assert {len(call.pass_fds) for call in machine.calls} == {1}


def test_phases_that_the_user_skips_are_skipped_at_the_end(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    init(documents=[{**INIT, "skipPhases": ["addon/kube-proxy"]}, CLUSTER])
    assert machine.commands("kubeadm", "init", "--config") == [REST + ",addon/kube-proxy"]


def test_a_second_run_changes_nothing(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    init()
    before, calls = machine.files(), len(machine.calls)
    assert not init()["changed"] and not init(check_mode=True)["changed"]
    assert machine.files() == before and len(machine.calls) == calls


def test_check_mode_predicts_and_touches_nothing(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    machine.absent.append("kubeadm")
    result = init(check_mode=True, diff=True)
    assert result["changed"] and result["node"]["state"] == "clean"
    assert result["diff"]["before"] == "no cluster\n"
    assert result["diff"]["after"].splitlines()[0] == "a cluster, with this machine as its first control plane"
    assert machine.files() == {} and machine.calls == []


def test_a_broken_control_plane_is_left_alone(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    init()
    kubeadm.answers = False
    before = machine.files()
    result = init()
    assert not result["changed"] and not result["node"]["healthy"]
    assert machine.files() == before and not machine.commands("kubeadm", "reset")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", fake.INIT_STEPS)
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(machine: FakeMachine, kubeadm: FakeKubeadm, step: str, after: bool) -> None:
    kubeadm.kill, kubeadm.killed_after = step, after
    with pytest.raises(Killed):
        init()
    assert marked(machine)["finished"] is None
    kubeadm.kill = ""
    machine.calls.clear()
    result = init()
    assert result["changed"] and result["node"]["state"] == "control_plane" and marked(machine)["finished"]
    resumed = step == "token delete" or (step == "wait and finish" and after)
    reset = [] if step == "preflight" else ["reset"]  # it looks only
    assert [row["phase"] for row in result["phases"]] == (["wait and finish"] if resumed else [*reset, *phases.PHASES["init"]])
    assert bool(machine.commands("kubeadm", "reset")) is (bool(reset) and not resumed)
    assert not init()["changed"]


def test_the_reset_of_an_interrupted_init_takes_its_own_etcd_data_along(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine)
    machine.write(fake.ETCD_DATA, "of the interrupted init", age=50)  # the manifest was not there any more, so kubeadm leaves it
    seen: list[bool] = []
    machine.on("kubeadm", "init", "phase", "preflight", then=lambda _call: seen.append(machine.has(fake.ETCD_DATA)))
    assert init()["changed"] and seen == [False]
    assert machine.commands("kubeadm", "reset") == [f"kubeadm reset --force --cri-socket {fake.SOCKET}"]


def test_the_reset_keeps_the_ca_that_somebody_had_put_there(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    """And nothing else of the interrupted init."""
    own = captured_text("x509/ca-rsa.crt")
    machine.write(fake.CA, own)
    kubeadm.kill = "etcd local"
    with pytest.raises(Killed):
        init()
    machine.write("/etc/kubernetes/pki/apiserver.crt", "half writ")
    kubeadm.kill = ""
    seen: list[bool] = []
    machine.on("kubeadm", "init", "phase", "preflight", then=lambda _call: seen.append(machine.has("/etc/kubernetes/pki/apiserver.crt")))
    assert init()["changed"] and seen == [False]
    assert machine.commands("kubeadm", "reset") == [f"kubeadm reset --force --cri-socket {fake.SOCKET} --cert-dir {NO_CERTIFICATES}"]
    assert machine.files()[fake.CA][0] == own


@pytest.mark.parametrize(("empty", "age", "words"), [
    (True, 500, "there is etcd data older than its start"), (False, 500, "there was etcd data before it began"),
    (False, 50, "there was etcd data before it began"),
])
def test_etcd_data_older_than_the_interrupted_init_is_never_removed(machine: FakeMachine, kubeadm: FakeKubeadm, empty: bool, age: float, words: str) -> None:
    marker(machine, empty=empty)
    machine.write(fake.ETCD_DATA, "precious", age=age)
    before = machine.files()
    result = init()
    assert result.failed and "init was interrupted and cannot be begun anew" in result["msg"] and words in result["msg"]
    assert "Keep a copy of /var/lib/etcd" in result["msg"]
    assert {**machine.files(), "/run/kubewright.lock": ("", 0)} == {**before, "/run/kubewright.lock": ("", 0)}
    assert not machine.commands("kubeadm")


@pytest.mark.parametrize("data", ["", "/var/lib/elsewhere/member/snap/db"])
def test_a_cluster_that_lived_without_our_finish_marker_is_never_reset(machine: FakeMachine, kubeadm: FakeKubeadm, data: str) -> None:
    """Its etcd is external, or has a data directory of its own, and its API server is down today."""
    marker(machine, age=14 * 86400)
    files = {fake.ADMIN_CONF: fake.KUBECONFIG, fake.APISERVER: "apiserver"}
    if data:
        files.update({fake.ETCD: "- --data-dir=/var/lib/elsewhere\n", data: "precious"})
    for path, text in files.items():
        machine.write(path, text)
    result = init()
    assert result.failed and "a cluster may have lived in it" in result["msg"] and not machine.commands("kubeadm")


def test_what_a_person_put_there_outlives_a_preflight_that_failed_and_then_a_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    """The CA came after the first run and before the second, which was killed."""
    kubeadm.failures["preflight"] = ["swap is on"]
    assert init().failed
    machine.write("/etc/kubernetes/manifests/kube-vip.yaml", "static pod")
    machine.write(fake.CA, captured_text("x509/ca-rsa.crt"))
    kubeadm.kill = "kubeconfig all"
    with pytest.raises(Killed):
        init()
    assert not machine.commands("kubeadm", "reset") and marked(machine)["pki_before"] == [fake.CA]
    kubeadm.kill = ""
    assert init()["changed"] and machine.commands("kubeadm", "reset")[0].endswith(NO_CERTIFICATES)


def test_what_kubewright_did_not_begin_is_never_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    machine.write(fake.KUBELET_CONF, fake.KUBECONFIG)
    for check_mode in (True, False):
        result = init(check_mode)
        assert result.failed and result["msg"] == (
            "this machine holds parts of a cluster that Kubewright did not begin (left by something else than Kubewright: /etc/kubernetes/kubelet.conf). "
            "Nothing was touched. Reset it (playbooks/reset.yml) if nothing there is needed, then run again.")
    assert not machine.commands("kubeadm")


@pytest.mark.parametrize("operation", ["join", "join-control-plane"])
@pytest.mark.parametrize("answers", [False, True])
def test_an_interrupted_join_is_not_made_a_cluster_of_its_own(machine: FakeMachine, kubeadm: FakeKubeadm, operation: str, answers: bool) -> None:
    marker(machine, operation)
    for path in (fake.CA, fake.ADMIN_CONF, fake.APISERVER, fake.ETCD, fake.ETCD_DATA):
        machine.write(path)
    kubeadm.answers = answers
    result = init()
    assert result.failed and f"a {operation} was interrupted on this machine" in result["msg"] and "Nothing was touched" in result["msg"]
    assert not machine.commands("kubeadm") and machine.has(fake.ETCD_DATA)


def test_a_worker_is_not_made_a_control_plane(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    for path in (fake.KUBELET_CONF, fake.KUBELET_CONFIG):
        machine.write(path, fake.KUBECONFIG)
    for check_mode in (True, False):
        result = init(check_mode)
        assert result.failed and "this machine is a worker of the cluster with CA unknown at cluster.example.com:6443" in result["msg"]


def test_a_finished_init_that_somebody_reset_by_hand_is_begun_anew(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    marker(machine, finished=1.0)
    assert init()["changed"] and not machine.commands("kubeadm", "reset")


def test_a_failure_carries_findings_journal_and_containers(machine: FakeMachine, kubeadm: FakeKubeadm, captured: Any) -> None:
    kubeadm.failures["preflight"] = [captured("kubeadm/1.34.2/init-again.stderr.txt")]
    result = init()
    assert result.failed and result["msg"].startswith("init failed: `kubeadm init phase preflight --config /dev/stdin` ended with code 1: ")
    assert result["findings"][1]["id"] == "Port-6443" and result["findings"][1]["remedy"]
    assert result["journal"][-1] == "last line of the journal" and result["containers"][-1] == "1 etcd"
    assert marked(machine)["finished"] is None


REFUSED = "error execution phase upload-config/kubeadm: dial tcp 192.0.2.11:6443: connect: connection refused\n"


@pytest.mark.parametrize(("errors", "answers", "runs"), [
    ([REFUSED], True, 2), ([REFUSED] * 9, True, 4), ([REFUSED], False, 1), (["error: unknown field"], True, 1), ([REFUSED, "error: unknown field"], True, 2)])
def test_the_rest_is_tried_again_where_the_api_server_is_there_and_the_failure_passes(
        machine: FakeMachine, kubeadm: FakeKubeadm, errors: list[str], answers: bool, runs: int) -> None:
    kubeadm.failures["wait and finish"], kubeadm.answers = list(errors), answers
    result = init()
    assert len(machine.commands("kubeadm", "init", "--config")) == runs and machine.slept == 15 * (runs - 1)
    assert bool(result.get("failed")) is (len(errors) >= runs) and marked(machine)["operation"] == "init"


def test_warnings_of_kubeadm_are_returned_with_what_to_do(machine: FakeMachine, kubeadm: FakeKubeadm, captured: Any) -> None:
    text = captured("kubeadm/1.34.2/join-control-plane.stderr.txt")
    machine.on("kubeadm", "init", "phase", "preflight", stderr=text)
    assert init()["warnings_of_kubeadm"] == [{
        "id": "SystemVerification", "level": "warning", "message": "cgroups v1 support is in maintenance mode, please migrate to cgroups v2",
        "remedy": findings.remedy("SystemVerification")}]


@pytest.mark.parametrize(("given", "words"), [
    ([CLUSTER], "documents must hold one InitConfiguration, found kinds ['ClusterConfiguration']"), ([INIT], "documents must hold one ClusterConfiguration"),
    ([INIT, INIT, CLUSTER], "documents must hold one InitConfiguration"), ([{}, CLUSTER], "found kinds [None, 'ClusterConfiguration']"),
    ([{**INIT, "bootstrapTokens": []}, CLUSTER], "bootstrapTokens is set; leave it out"),
    ([{**INIT, "nodeRegistration": {}}, CLUSTER], "nodeRegistration.criSocket is not set"), ([{"kind": "InitConfiguration"}, CLUSTER], "criSocket is not set"),
])
def test_documents_that_do_not_fit_are_refused(machine: FakeMachine, kubeadm: FakeKubeadm, given: list[Any], words: str) -> None:
    for check_mode in (True, False):
        result = init(check_mode, documents=given)
        assert result.failed and words in result["msg"]
    assert machine.files() == {} and machine.calls == []


def test_an_error_of_ours_in_the_middle_is_one_message(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    machine.absent.append("kubeadm")
    assert "the program kubeadm is not on this node" in init()["msg"]


def test_files_of_the_api_server_are_there_before_the_kubelet_starts_and_a_reset_takes_the_key_away(
    machine: FakeMachine, kubeadm: FakeKubeadm, monkeypatch: Any
) -> None:
    seen = []
    kubelet_start = kubeadm._kubelet_start

    def look(call: Any) -> None:
        seen.append((machine.has("/etc/kubernetes/audit/policy.yaml"), machine.has("/etc/kubernetes/pki/encryption-at-rest.yaml"), machine.has(fake.APISERVER)))
        kubelet_start(call)

    monkeypatch.setattr(kubeadm, "_kubelet_start", look)
    result = init(files={"/etc/kubernetes/audit/policy.yaml": "kind: Policy\n"}, encryption_at_rest={"provider": "aescbc"})
    assert result["changed"] and seen == [(True, True, True)]
    text = machine.text("/etc/kubernetes/pki/encryption-at-rest.yaml")
    secret = json.loads(text)["resources"][0]["providers"][0]["aescbc"]["keys"][0]["secret"]
    assert secret not in json.dumps(result) and not [word for call in machine.calls for word in call.words if secret in word]
    assert "/etc/kubernetes/pki/encryption-at-rest.yaml" not in marked(machine)["pki_before"]


def test_a_dry_run_makes_no_key(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    assert init(check_mode=True, encryption_at_rest={"provider": "secretbox"})["changed"]
    assert not machine.has("/etc/kubernetes/pki")


def test_a_manifest_that_reads_keys_which_nobody_made_stops_before_the_kubelet(
    machine: FakeMachine, kubeadm: FakeKubeadm, monkeypatch: Any
) -> None:
    def manifest(_call: Any) -> None:
        machine.write(fake.APISERVER, "--encryption-provider-config=/etc/kubernetes/pki/encryption-at-rest.yaml")

    monkeypatch.setattr(kubeadm, "_control_plane_all", manifest)
    result = init()
    assert result["failed"] and "encryption-at-rest.yaml, and on this machine it is not there" in result["msg"]
    assert not machine.has(fake.KUBELET_CONFIG)


def test_the_diff_tells_what_kubeadm_is_asked_for_and_nothing_else() -> None:
    told = kubeadm_init.made([
        {"kind": "ClusterConfiguration", "kubernetesVersion": "v1.23.9", "networking": {"podSubnet": "10.244.0.0/16"}, "imageRepository": "r.example.com/k8s",
         "apiServer": {"extraArgs": {"audit-log-path": "/a"}}},
        {"kind": "InitConfiguration", "nodeRegistration": {"name": "hadoop01"}, "localAPIEndpoint": "misspelt"}])
    assert told["after"].splitlines()[1:] == ["nodeRegistration.name: hadoop01", "kubernetesVersion: v1.23.9", "imageRepository: r.example.com/k8s",
                                              "networking.podSubnet: 10.244.0.0/16"]
