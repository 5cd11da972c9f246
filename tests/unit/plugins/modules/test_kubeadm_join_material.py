# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_join_material
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, captured_text, run_module

LINE = f"kubeadm join cluster.example.com:6443 --token {fake.TOKEN} --discovery-token-ca-cert-hash {fake.CA_HASH} \n"
CONFIGURATION = "apiServer: {}\napiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n"
OLD_MACHINE, NEW_MACHINE = "0" * 32, "1" * 32
CREATE = f"kubeadm token create --ttl 900s --description kubewright: join w1 --print-join-command --kubeconfig {fake.ADMIN_CONF}"
REFUSED = "The connection to the server was refused: connection refused"


def token(token_id: str, description: str | None = None, life: int | None = 900) -> str:
    """As `kubeadm token list` prints it, with so many seconds to live."""
    expires = {} if life is None else {"expires": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + life))}
    described = {"description": description} if description else {}
    return json.dumps({"kind": "BootstrapToken", "token": f"{token_id}.0123456789abcdef", **expires, **described})


TOKENS = "\n".join([token("aaaaaa", "kubewright: join w1"), token("bbbbbb", "kubewright: join w2"), token("cccccc"), token("dddddd", "somebody's own"),
                    token("eeeeee", "kubewright: join w11"), token("ffffff", "kubewright: init")])


@pytest.fixture(autouse=True)
def control_plane(machine: FakeMachine, captured: Any) -> FakeMachine:
    machine.write(fake.CA, captured("x509/ca-rsa.crt"))
    machine.write(fake.ADMIN_CONF, fake.KUBECONFIG)
    machine.on("kubeadm", "token", "list", stdout=TOKENS)
    machine.on("kubeadm", "token", "delete")
    machine.on("kubeadm", "token", "create", stdout=LINE)
    machine.on("kubeadm", "init", "phase", "upload-certs", stdout=f"[upload-certs] Using certificate key:\n{fake.CERTIFICATE_KEY}\n")
    machine.on("kubectl", then=lambda call: answer(call, machine))
    return machine


def answer(call: Call, machine: FakeMachine) -> tuple[int, str, str]:
    """kubectl on a cluster that has no Node of the name; tests put objects in."""
    objects: dict[str, Any] = getattr(machine, "objects", {})
    if "configmap" in call.words:
        return 0, json.dumps({"data": {"ClusterConfiguration": CONFIGURATION}}), ""
    for kind in ("node", "lease"):
        if kind in call.words and "delete" not in call.words:
            found = objects.get(kind)
            found = found(machine) if callable(found) else found
            return 0, json.dumps(found) if found else "", ""
    return 0, "", ""


def ask(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_join_material, check_mode, diff, **{"description": "w1", **more})


def deleted(machine: FakeMachine) -> list[str]:
    return [line.split()[3] for line in machine.commands("kubeadm", "token", "delete")]


def test_a_worker_gets_a_token_of_its_own_and_its_old_ones_are_removed(machine: FakeMachine) -> None:
    result = ask()
    assert result["changed"] and result["token_id"] == "abcdef" and result["removed_tokens"] == ["aaaaaa"] and not result["removed_node"]
    assert (result["endpoint"], result["token"], result["ca_cert_hashes"]) == ("cluster.example.com:6443", fake.TOKEN, [fake.CA_HASH])
    assert deleted(machine) == ["aaaaaa"] and machine.commands("kubeadm", "token", "create") == [CREATE]
    assert not machine.commands("kubeadm", "init")


def test_the_life_of_a_token_is_given(machine: FakeMachine) -> None:
    ask(seconds=60)
    assert "--ttl 60s" in machine.commands("kubeadm", "token", "create")[0]


def uploaded(call: Call) -> tuple[int, str, str]:
    """kubeadm prints the key that it was given."""
    return 0, f"[upload-certs] Using certificate key:\n{json.loads((call.stdin or '').split('---')[0])['certificateKey']}\n", ""


def test_a_control_plane_gets_a_certificate_key_by_standard_input(machine: FakeMachine) -> None:
    machine.on("kubeadm", "init", "phase", "upload-certs", then=uploaded)
    result = ask(control_plane=True)
    call = next(call for call in machine.calls if "upload-certs" in call.words)
    init, cluster = (call.stdin or "").split("---\n")
    given = json.loads(init)
    assert (given["apiVersion"], given["kind"], len(given["certificateKey"])) == ("kubeadm.k8s.io/v1beta2", "InitConfiguration", 64)
    assert "nodeRegistration" not in given
    assert cluster == CONFIGURATION and result["certificate_key"] == given["certificateKey"]
    assert not [word for call in machine.calls for word in call.words if given["certificateKey"] in word or fake.CERTIFICATE_KEY in word]


def test_beside_cri_dockerd_the_upload_names_its_socket(machine: FakeMachine) -> None:
    machine.write("/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/cri-dockerd.sock"\n')
    machine.on("kubeadm", "init", "phase", "upload-certs", then=uploaded)
    ask(control_plane=True)
    call = next(call for call in machine.calls if "upload-certs" in call.words)
    assert json.loads((call.stdin or "").split("---\n")[0])["nodeRegistration"] == {"criSocket": "unix:///run/cri-dockerd.sock"}


def test_a_failed_upload_does_not_tell_the_key(machine: FakeMachine) -> None:
    machine.on("kubeadm", "init", "phase", "upload-certs", then=lambda call: (1, "", f"error: {uploaded(call)[1]} again"))
    result = ask(control_plane=True)
    call = next(call for call in machine.calls if "upload-certs" in call.words)
    key = json.loads((call.stdin or "").split("---")[0])["certificateKey"]
    assert result.failed and key not in json.dumps(result)


def test_every_upload_has_a_key_of_its_own(machine: FakeMachine) -> None:
    for _run in range(3):
        ask(control_plane=True)
    assert len({call.stdin for call in machine.calls if "upload-certs" in call.words}) == 3


def test_no_secret_is_in_an_argument_but_kubeadm_s_own_answer(machine: FakeMachine) -> None:
    ask(control_plane=True)
    assert fake.no_secret_in_argv(machine)
    assert set(machine.files()) == {fake.CA, fake.ADMIN_CONF}


def test_check_mode_predicts_with_placeholders_and_touches_nothing(machine: FakeMachine) -> None:
    before = machine.files()
    result = ask(True, True, control_plane=True)
    assert result["changed"] and result["token"] == kubeadm_join_material.PLACEHOLDER["token"] and result["certificate_key"] == "0" * 64
    assert (result["endpoint"], result["ca_cert_hashes"], result["removed_tokens"]) == ("cluster.example.com:6443", [fake.CA_HASH], ["aaaaaa"])
    assert result["diff"] == {"before": "token aaaaaa\n", "after": "a token for w1\n"}
    assert machine.files() == before and machine.commands("kubeadm") == [f"kubeadm token list -o json --kubeconfig {fake.ADMIN_CONF}"]


def test_a_ca_that_somebody_exchanged_is_refused(machine: FakeMachine, captured: Any) -> None:
    machine.write(fake.CA, captured("x509/ca-ecdsa.crt"))
    result = ask()
    assert result.failed and "Somebody exchanged the CA on this control plane; joining would trust the wrong one." in result["msg"]
    assert fake.TOKEN not in json.dumps(result) and deleted(machine) == ["aaaaaa", "abcdef"]


def test_every_hash_that_kubeadm_prints_must_be_of_a_ca_in_the_file(machine: FakeMachine) -> None:
    machine.on("kubeadm", "token", "create", stdout=LINE.rstrip() + f" --discovery-token-ca-cert-hash {fake.OTHER_CA_HASH}\n")
    result = ask()
    assert result.failed and fake.OTHER_CA_HASH in result["msg"] and "Somebody exchanged the CA" in result["msg"]


def test_an_elliptic_ca_is_as_good_as_another(machine: FakeMachine, captured: Any) -> None:
    machine.write(fake.CA, captured("x509/ca-ecdsa.crt"))
    machine.on("kubeadm", "token", "create", stdout=LINE.replace(fake.CA_HASH, fake.OTHER_CA_HASH))
    assert ask()["ca_cert_hashes"] == [fake.OTHER_CA_HASH]


def test_both_cas_of_a_file_may_be_printed(machine: FakeMachine, captured: Any) -> None:
    machine.write(fake.CA, captured("x509/ca-rsa.crt") + captured("x509/ca-ecdsa.crt"))
    machine.on("kubeadm", "token", "create", stdout=LINE.rstrip() + f" --discovery-token-ca-cert-hash {fake.OTHER_CA_HASH}\n")
    assert ask()["ca_cert_hashes"] == [fake.CA_HASH, fake.OTHER_CA_HASH]


def test_all_cas_are_returned_while_one_is_exchanged(machine: FakeMachine, captured: Any) -> None:
    machine.write(fake.CA, captured("x509/ca-ecdsa.crt") + captured("x509/ca-rsa.crt"))
    assert ask()["ca_cert_hashes"] == [fake.OTHER_CA_HASH, fake.CA_HASH]


def test_what_passes_by_itself_is_tried_again(machine: FakeMachine) -> None:
    for words in (("token", "list"), ("token", "delete"), ("token", "create")):
        machine.on("kubeadm", *words, rc=1, stderr=REFUSED, once=True)
    assert ask()["changed"] and machine.slept == 9


def test_a_failure_tells_no_output_that_could_hold_a_token(machine: FakeMachine) -> None:
    machine.on("kubeadm", "token", "create", rc=1, stdout=LINE, stderr="error: forbidden")
    result = ask()
    assert result.failed and result["msg"].startswith("join material: `kubeadm token create") and "stdout" not in result
    assert fake.TOKEN not in json.dumps(result)


def test_what_has_expired_is_swept_with_the_machine_s_own(machine: FakeMachine) -> None:
    """But nobody else's, nothing that lives or never ends, and nothing that another control plane's clock may hold for alive."""
    machine.on("kubeadm", "token", "list", stdout="\n".join([
        token("aaaaaa", "kubewright: join w1"), token("bbbbbb", "kubewright: join w2", 60), token("cccccc", "kubewright: join w3", -3600),
        token("dddddd", "somebody's own", -3600), token("eeeeee", "kubewright: init", -3600), token("ffffff", "kubewright: join w4", None),
        token("gggggg", "kubewright: join w5", -60)]))
    assert ask()["removed_tokens"] == ["aaaaaa", "cccccc", "eeeeee"]
    assert deleted(machine) == ["aaaaaa", "cccccc", "eeeeee"]


@pytest.mark.parametrize("seconds", [0, -1, 59, 86401])
def test_a_token_that_never_expires_is_refused(machine: FakeMachine, seconds: int) -> None:
    """kubeadm takes 0 for that."""
    result = ask(seconds=seconds)
    assert result.failed and f"a token's life of {seconds} seconds was asked; expected are 60 to 86400" in result["msg"]
    assert not machine.calls


def test_a_token_whose_material_cannot_be_completed_is_taken_back(machine: FakeMachine) -> None:
    machine.on("kubeadm", "init", "phase", "upload-certs", rc=1, stderr="error: no")
    assert ask(control_plane=True).failed and deleted(machine) == ["aaaaaa", "abcdef"]


@pytest.mark.parametrize("missing", ["etcd's client certificate", "a join command"])
def test_a_token_is_taken_back_whatever_is_missing(machine: FakeMachine, missing: str) -> None:
    machine.write("/etc/kubernetes/manifests/etcd.yaml", captured_text("etcd/3.4.23-manifest.yaml"))
    machine.on("kubeadm", "version", stdout="v1.20.2\n")
    machine.on("kubeadm", "token", "list", stdout="", once=True)
    if missing == "a join command":
        machine.on("kubeadm", "token", "create", stdout="something else")
        machine.on("kubeadm", "token", "list", stdout=token("abcdef", "kubewright: join w1"))
    result = ask(node_name="w1", machine_id=NEW_MACHINE, control_plane=True, address="192.0.2.12")
    assert result.failed and ("no join command" in result["msg"] or "etcd cannot be asked" in result["msg"]) and deleted(machine) == ["abcdef"]


def test_a_token_that_cannot_be_taken_back_does_not_hide_the_failure(machine: FakeMachine) -> None:
    machine.on("kubeadm", "token", "list", stdout="")
    machine.on("kubeadm", "init", "phase", "upload-certs", rc=1, stderr="error: no upload")
    machine.on("kubeadm", "token", "delete", rc=1, stderr="error: no deletion")
    result = ask(control_plane=True)
    assert result.failed and "no upload" in result["msg"] and deleted(machine) == ["abcdef"]


@pytest.mark.parametrize(("token_id", "expected"), [("cccccc", ["cccccc"]), ("zzzzzz", [])])
def test_one_token_is_removed_by_its_id(machine: FakeMachine, token_id: str, expected: list[str]) -> None:
    for check_mode in (True, False):
        result = run_module(kubeadm_join_material, check_mode, True, state="absent", token_id=token_id)
        assert (result["changed"], result["removed_tokens"]) == (bool(expected), expected)
        assert result.get("diff") == ({"before": "token cccccc\n", "after": ""} if expected else None)
    assert deleted(machine) == expected


@pytest.mark.parametrize(("more", "expected"), [({}, ["aaaaaa", "bbbbbb", "eeeeee", "ffffff"]), ({"description": "w2"}, ["bbbbbb"])])
def test_all_that_kubewright_left_is_swept_and_nothing_else(machine: FakeMachine, more: dict[str, Any], expected: list[str]) -> None:
    assert run_module(kubeadm_join_material, state="swept", **more)["removed_tokens"] == expected
    assert deleted(machine) == expected


@pytest.mark.parametrize(("arguments", "words"), [
    ({}, "description"), ({"state": "absent"}, "token_id"), ({"description": "w1", "state": "gone"}, "value of state must be one of"),
])
def test_arguments_that_are_missing_are_named(arguments: dict[str, Any], words: str) -> None:
    result = run_module(kubeadm_join_material, **arguments)
    assert result.failed and words in result["msg"]


def stale(ready: str = "False") -> dict[str, Any]:
    return {"status": {"nodeInfo": {"machineID": OLD_MACHINE}, "addresses": [{"type": "InternalIP", "address": "192.0.2.99"}],
                       "conditions": [{"type": "Ready", "status": ready}]}}


def lease(renewed: str) -> dict[str, Any]:
    return {"spec": {"renewTime": renewed}}


def ask_for_node(machine: FakeMachine, check_mode: bool = False, machine_id: str = NEW_MACHINE, control_plane: bool = False, **objects: Any) -> Result:
    machine.objects = objects  # type: ignore[attr-defined]
    return ask(check_mode, node_name="w1", machine_id=machine_id, control_plane=control_plane)


def deletions(machine: FakeMachine) -> list[str]:
    return [line for line in machine.commands("kubectl") if " delete " in line]


def test_a_node_whose_machine_is_gone_is_removed_after_its_lease_was_silent(machine: FakeMachine) -> None:
    assert ask_for_node(machine, node=stale(), lease=lease("then"))["removed_node"]
    assert len(deletions(machine)) == 1 and deletions(machine)[0].endswith("delete node w1 --ignore-not-found --wait=true")
    assert machine.slept >= kubeadm_join_material.LEASE_SILENCE


def test_a_node_that_the_cluster_has_given_up_is_removed_at_once(machine: FakeMachine) -> None:
    assert ask_for_node(machine, node=stale("Unknown"), lease=lease("then"))["removed_node"]
    assert machine.slept == 0


def test_a_node_without_a_lease_is_waited_for_all_the_same(machine: FakeMachine) -> None:
    assert ask_for_node(machine, node=stale())["removed_node"] and machine.slept >= kubeadm_join_material.LEASE_SILENCE


def test_a_node_of_a_living_machine_is_refused(machine: FakeMachine) -> None:
    result = ask_for_node(machine, node=stale("True"), lease=lambda fake_machine: lease(str(fake_machine.slept // 10)))
    assert result.failed and result["msg"] == (
        f"another living machine is the Node w1 (machine id {OLD_MACHINE}, addresses 192.0.2.99). Nothing was removed. Give this machine another name, or "
        "take the other one out of the cluster.")
    assert not deletions(machine) and not machine.commands("kubeadm", "token", "create")


@pytest.mark.parametrize("machine_id", [OLD_MACHINE, f"{OLD_MACHINE[:8]}-{OLD_MACHINE[8:]}", ""])
def test_without_proof_of_another_machine_no_node_is_removed(machine: FakeMachine, machine_id: str) -> None:
    result = ask_for_node(machine, machine_id=machine_id, node=stale("Unknown"))
    assert result["removed_node"] is False and not deletions(machine) and machine.slept == 0


def test_a_name_that_the_cluster_does_not_know_is_fine(machine: FakeMachine) -> None:
    assert ask_for_node(machine)["removed_node"] is False


def test_check_mode_removes_no_node(machine: FakeMachine) -> None:
    assert ask_for_node(machine, True, node=stale("Unknown"))["removed_node"] and not deletions(machine)


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_etcd_member_of_a_control_plane_that_is_gone_is_removed_before_its_node(machine: FakeMachine, monkeypatch: Any, check_mode: bool) -> None:
    asked: list[Any] = []

    def removed(name: str, addresses: list[str], predicting: bool) -> bool:
        asked.append((name, addresses, predicting, len(deletions(machine))))
        return True

    monkeypatch.setattr(kubeadm_join_material, "remove_replaced", removed)
    result = ask_for_node(machine, check_mode, node=stale("Unknown"), control_plane=True)
    assert result["removed_member"] and result["removed_node"] and asked == [("w1", ["192.0.2.99"], check_mode, 0)]


def test_a_worker_has_no_etcd_member(machine: FakeMachine) -> None:
    assert ask_for_node(machine, node=stale("Unknown"))["removed_member"] is False


def test_a_cluster_without_a_leader_for_a_moment_is_asked_again(machine: FakeMachine) -> None:
    """As it is while one more control plane joins."""
    for words in (["get", "--ignore-not-found", "-o", "json", "node"], ["get", "configmap"], ["delete"]):
        machine.on("kubectl", "--kubeconfig", fake.ADMIN_CONF, "--request-timeout=30s", *words, rc=1,
                   stderr="Error from server: etcdserver: request timed out", once=True)
    assert ask_for_node(machine, node=stale("Unknown"))["removed_node"] and machine.slept == 6


def test_a_control_plane_gets_the_manifest_of_an_etcd_that_waits(machine: FakeMachine, monkeypatch: Any) -> None:
    machine.on("kubeadm", "version", stdout="v1.20.2\n")
    monkeypatch.setattr(kubeadm_join_material, "manifest_for", lambda *given: " ".join(given))
    assert ask(node_name="w1", machine_id=NEW_MACHINE, control_plane=True, address="192.0.2.12")["etcd_manifest"] == "w1 192.0.2.12 1.20.2"
    assert ask(node_name="w1", machine_id=NEW_MACHINE, address="192.0.2.12")["etcd_manifest"] == ""


APISERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"
KEYS = "/etc/kubernetes/pki/encryption-at-rest.yaml"


def test_a_control_plane_gets_the_keys_of_encryption_and_a_worker_does_not(machine: FakeMachine) -> None:
    machine.write(APISERVER, f"    - --encryption-provider-config={KEYS}\n")
    machine.write(KEYS, "keys")
    assert ask(control_plane=True)["files"] == {KEYS: "keys"}
    assert ask()["files"] == {} and ask(True, control_plane=True)["files"] == {}


def test_a_control_plane_that_lost_the_keys_makes_no_token_for_another(machine: FakeMachine) -> None:
    machine.write(APISERVER, f"    - --encryption-provider-config={KEYS}\n")
    result = ask(control_plane=True)
    assert result["failed"] and "Without its key nobody reads what the cluster has encrypted" in result["msg"]
    assert not machine.commands("kubeadm", "token", "create")
