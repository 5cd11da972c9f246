# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import io
import json
import socket
import ssl
from typing import Any, Dict, List, Optional
from urllib.error import URLError

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd_members as etcd
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, captured_text
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils.self_signed import pair

ANSWER = json.loads(captured_text("etcd/3.4.23-member-list.json"))
CP1, CP2, CP3 = "172.29.2.11", "172.29.2.12", "172.29.2.13"


class FakeEtcd:
    """Answers as etcd's gateway does; some members are dead."""

    def __init__(self, monkeypatch: Any, dead: List[str]) -> None:
        self.dead = dead
        self.asked: List[str] = []
        self.removed: List[str] = []
        self.answer: Dict[str, Any] = ANSWER
        self.verify_flags = int(ssl.VERIFY_X509_STRICT)
        monkeypatch.setattr(ssl, "create_default_context", lambda cafile: self)
        monkeypatch.setattr(etcd, "HTTPSHandler", lambda context: context)
        monkeypatch.setattr(etcd, "build_opener", lambda _proxies, _handler: self)
        monkeypatch.setattr(socket, "create_connection", self.connect)

    def load_cert_chain(self, certificate: str, key: str) -> None:
        assert (certificate, key) == ("/etc/kubernetes/pki/etcd/healthcheck-client.crt", "/etc/kubernetes/pki/etcd/healthcheck-client.key")

    def connect(self, address: Any, timeout: float) -> Any:
        if address[0] in self.dead:
            raise OSError("connection refused")
        return io.BytesIO()

    def open(self, request: Any, timeout: float) -> Any:
        self.asked.append(request.full_url)
        if any(address in request.full_url for address in self.dead):
            raise URLError("connection refused")
        if request.full_url.endswith("/member/remove"):
            self.removed.append(json.loads(request.data)["ID"])
        found = {"health": "true"} if request.full_url.endswith("/health") else self.answer
        return io.BytesIO(json.dumps(found).encode())


@pytest.fixture
def stacked(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/manifests/etcd.yaml")


def test_members_are_read(stacked: None) -> None:
    found = etcd.members(ANSWER)
    assert [(member.name, member.peer_urls) for member in found] == [
        ("cp3", ["https://172.29.2.13:2380"]), ("cp1", ["https://172.29.2.11:2380"]), ("cp2", ["https://172.29.2.12:2380"])]
    assert found[0].id == "4870852222507503538" and not found[0].learner


@pytest.mark.parametrize("answer", [{"members": [{}]}, {"members": ["x"]}, {"members": 3}, {"members": [{"ID": 1, "peerURLs": 3}]}])
def test_an_answer_that_is_none_is_an_error(answer: Dict[str, Any]) -> None:
    with pytest.raises(KubewrightError, match="members that cannot be read"):
        etcd.members(answer)


@pytest.mark.parametrize(("name", "addresses", "expected"), [
    ("cp3", [], "cp3"), ("cp3", ["192.0.2.1"], "cp3"), ("other", [CP2], "cp2"), ("worker1", ["192.0.2.1", "worker1"], None)])
def test_a_member_is_found_by_its_name_or_where_it_is(name: str, addresses: List[str], expected: Optional[str]) -> None:
    found = etcd.of_machine(etcd.members(ANSWER), name, addresses)
    assert (found.name if found else None) == expected


def test_a_member_that_was_announced_and_never_started_is_found_by_its_address() -> None:
    announced = etcd.members({"members": [{"ID": "7", "peerURLs": ["https://[2001:db8::7]:2380"], "isLearner": True}]})
    assert etcd.of_machine(announced, "cp7", ["2001:db8::7"]) == announced[0] and announced[0].learner and announced[0].client_urls == []


def test_the_member_of_a_replaced_machine_is_removed(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [CP3])
    assert etcd.remove_replaced("cp3", [CP3, "cp3"])
    assert fake.removed == ["4870852222507503538"]


def test_in_check_mode_nothing_is_removed(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [CP3])
    assert etcd.remove_replaced("cp3", [CP3], check_mode=True) and fake.removed == []


def test_a_machine_that_was_no_member_changes_nothing(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [])
    assert not etcd.remove_replaced("worker1", ["192.0.2.1"]) and fake.removed == []


def test_an_etcd_that_is_elsewhere_is_not_asked(monkeypatch: Any, machine: FakeMachine) -> None:
    fake = FakeEtcd(monkeypatch, [])
    assert not etcd.remove_replaced("cp3", [CP3]) and fake.asked == []


def test_a_member_that_still_answers_is_never_removed(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [])
    with pytest.raises(KubewrightError, match="the old one's etcd still answers at https://172.29.2.13:2380, https://172.29.2.13:2379. Nothing was removed"):
        etcd.remove_replaced("cp3", [CP3])
    assert fake.removed == []


def test_without_a_majority_nothing_is_removed(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [CP2, CP3])
    with pytest.raises(KubewrightError, match=r"of the 3 members only 1 are healthy \(cp1\), and removing it takes 2. Nothing was removed"):
        etcd.remove_replaced("cp3", [CP3])
    assert fake.removed == []


def test_a_learner_does_not_count_for_the_majority() -> None:
    one = etcd.Member("1", "cp1", ["https://192.0.2.1:2380"], ["https://192.0.2.1:2379"], False)
    learner = etcd.Member("2", "cp2", ["https://192.0.2.2:2380"], [], True)
    etcd.refuse_without_majority([one, learner], [one], learner)
    with pytest.raises(KubewrightError, match=r"of the 1 members only 0 are healthy \(none\)"):
        etcd.refuse_without_majority([one, learner], [learner], one)


def test_an_etcd_that_does_not_answer_is_an_error_with_its_address(monkeypatch: Any, stacked: None) -> None:
    FakeEtcd(monkeypatch, ["127.0.0.1"])
    with pytest.raises(KubewrightError, match=r"etcd does not answer at https://127.0.0.1:2379/v3/cluster/member/list.*crictl ps -a --name etcd"):
        etcd.remove_replaced("cp3", [CP3])


def test_an_etcd_ca_of_a_person_s_own_is_not_held_to_rules_that_go_does_not_have(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [])
    assert etcd.Etcd().members() and not fake.verify_flags & ssl.VERIFY_X509_STRICT


@pytest.mark.parametrize(("missing", "broken"), [("ca.crt", ""), ("healthcheck-client.crt", ""), ("healthcheck-client.key", ""), ("", "ca.crt"),
                                                 ("", "healthcheck-client.crt"), ("", "healthcheck-client.key")])
def test_a_certificate_that_is_missing_or_broken_is_told_with_its_remedy(monkeypatch: Any, tmp_path: Any, missing: str, broken: str) -> None:
    certificate, key = pair("etcd")
    for name, text in (("ca.crt", certificate), ("healthcheck-client.crt", certificate), ("healthcheck-client.key", key)):
        if name != missing:
            (tmp_path / name).write_text("broken" if name == broken else text)
    monkeypatch.setattr(etcd, "PKI", str(tmp_path) + "/")
    with pytest.raises(KubewrightError, match=r"/healthcheck-client.key cannot be used: .*`kubeadm init phase certs etcd-healthcheck-client`"):
        etcd.Etcd()


def test_what_an_etcd_says_of_itself_counts(monkeypatch: Any, stacked: None) -> None:
    fake = FakeEtcd(monkeypatch, [])
    member = etcd.members(ANSWER)[0]
    assert etcd.Etcd().healthy(member) and not etcd.Etcd().healthy(member._replace(client_urls=[]))
    monkeypatch.setattr(fake, "open", lambda _request, timeout: io.BytesIO(b'{"health": "false"}'))
    assert not etcd.Etcd().healthy(member)
    monkeypatch.setattr(fake, "open", lambda _request, timeout: io.BytesIO(b"<html>"))
    assert not etcd.Etcd().healthy(member)


MANIFEST = captured_text("etcd/3.4.23-manifest.yaml")


def test_the_manifest_that_waits_is_the_one_of_the_asked_control_plane_with_the_joining_one_s_name_and_address() -> None:
    found = etcd.joining_manifest(MANIFEST, "cp4", "192.0.2.14", etcd.members(ANSWER))
    given = MANIFEST.replace("        ephemeral-storage: 100Mi\n", "")
    changed = [(before, after) for before, after in zip(given.splitlines(), found.replace("    - --initial-cluster-state=existing\n", "").splitlines())
               if before != after]
    assert [after.strip() for _before, after in changed] == [
        "kubeadm.kubernetes.io/etcd.advertise-client-urls: https://192.0.2.14:2379", "- --advertise-client-urls=https://192.0.2.14:2379",
        "- --initial-advertise-peer-urls=https://192.0.2.14:2380",
        "- --initial-cluster=cp3=https://172.29.2.13:2380,cp1=https://172.29.2.11:2380,cp2=https://172.29.2.12:2380,cp4=https://192.0.2.14:2380",
        "- --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.14:2379", "- --listen-peer-urls=https://192.0.2.14:2380", "- --name=cp4"]
    assert found.count("    - --initial-cluster-state=existing\n") == 1 and len(found.splitlines()) == len(given.splitlines()) + 1


def test_it_can_be_made_from_a_control_plane_that_joined_itself() -> None:
    joined = etcd.joining_manifest(MANIFEST, "cp2", "192.0.2.12", etcd.members(ANSWER))
    found = etcd.joining_manifest(joined, "cp3", "2001:db8::13", etcd.members(ANSWER))
    assert found.count("--initial-cluster-state=existing") == 1 and "192.0.2.12" not in found
    assert "--listen-peer-urls=https://[2001:db8::13]:2380" in found and ",cp3=https://[2001:db8::13]:2380\n" in found
    assert "[2001:db8::14]:2379" in etcd.joining_manifest(found, "cp4", "2001:db8::14", [])


def test_members_that_never_started_are_left_out() -> None:
    announced = etcd.Member("9", "", ["https://192.0.2.9:2380"], [], False)
    assert "192.0.2.9" not in etcd.joining_manifest(MANIFEST, "cp4", "192.0.2.14", [announced])


def test_a_manifest_that_is_none_is_an_error() -> None:
    with pytest.raises(KubewrightError, match="has no --initial-advertise-peer-urls; look at /etc/kubernetes/manifests/etcd.yaml"):
        etcd.joining_manifest("kind: Pod\n", "cp4", "192.0.2.14", [])


@pytest.mark.parametrize(("version", "made"), [("1.17.0", True), ("1.28.15", True), ("1.29.0", False), ("1.37.1", False)])
def test_only_a_member_that_votes_at_once_needs_a_manifest_beforehand(monkeypatch: Any, machine: FakeMachine, version: str, made: bool) -> None:
    machine.write("/etc/kubernetes/manifests/etcd.yaml", MANIFEST)
    FakeEtcd(monkeypatch, [])
    assert bool(etcd.manifest_for("cp2", CP2, version)) is made


def test_where_etcd_is_elsewhere_there_is_no_manifest(machine: FakeMachine) -> None:
    assert etcd.manifest_for("cp2", CP2, "1.20.2") == ""
