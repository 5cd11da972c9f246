# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import base64
import os
import pwd
import ssl
from typing import Any, Callable, List
from unittest import mock

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _certs_files as files
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils import self_signed

ADMIN = "/etc/kubernetes/admin.conf"
PAIR = ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/pki/apiserver.key"]
KEY = "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"


def kubeconfig(certificate: str, ca: str = "") -> str:
    return self_signed.kubeconfig(certificate, KEY, ca)


def test_the_first_certificate_of_a_file_or_a_kubeconfig(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert files.certificate(PAIR[0]) is None
    machine.write(PAIR[0], captured("x509/ca-rsa.crt") + captured("x509/ca-ecdsa.crt"))
    machine.write(ADMIN, captured("kubeadm/1.20.2/admin.conf"))
    pair, admin = files.certificate(PAIR[0]), files.certificate(ADMIN)
    assert pair and pair.algorithm == "RSA-2048" and admin and admin.common_name == "kubernetes-admin"


def test_the_kubelet_s_own_certificates_are_listed_where_there_are_any(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert files.kubelet_certificates() == []
    for name in ("kubelet-client-current.pem", "kubelet.crt"):
        machine.write("/var/lib/kubelet/pki/" + name, captured("x509/ca-rsa.crt"))
    assert [(item.name, item.kind, item.authority) for item in files.kubelet_certificates()] == [
        ("kubelet-client", "kubelet", "ca"), ("kubelet", "kubelet", "")]


def test_a_pair_whose_key_does_not_fit_is_damaged(machine: FakeMachine, tmp_path: Any, monkeypatch: Any) -> None:
    load = ssl.SSLContext.load_cert_chain
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda self, *paths: load(self, *(machine.path(path) for path in paths)))
    assert not files.damaged(PAIR)  # absent is not damaged
    for name in ("own", "other"):
        self_signed.issued(tmp_path, name)
    own, other = ((tmp_path / (name + ".pem")).read_text() for name in ("own", "other"))
    for key, expected in ((own, False), (other, True), ("", True)):
        machine.write(PAIR[0], (tmp_path / "own.crt").read_text())
        machine.write(PAIR[1], key[key.find("-----BEGIN EC"):])
        assert files.damaged(PAIR) is expected
    for text in ("", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"):
        machine.write(PAIR[0], text)
        assert files.damaged(PAIR)


def test_a_kubeconfig_that_was_cut_off_is_damaged(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    whole = kubeconfig(captured("x509/ca-rsa.crt"))
    for text, expected in ((whole, False), ("", True), (whole[:200], True), (whole[:whole.index("client-key")], True)):
        machine.write(ADMIN, text)
        assert files.damaged([ADMIN]) is expected


def test_what_is_replaced_is_kept_for_root_only_and_can_be_put_back(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    old = kubeconfig(captured("x509/ca-rsa.crt"))
    machine.write(ADMIN, old)
    machine.write("/etc/kubernetes/pki/etcd/server.crt", "old certificate")
    folder = files.keep([ADMIN, "/etc/kubernetes/pki/etcd/server.crt"])
    assert os.path.basename(folder).endswith("Z") and os.path.dirname(folder) == files.KEPT
    assert machine.text(folder + "/pki/etcd/server.crt") == "old certificate"
    for path, mode in ((files.KEPT, 0o700), (folder, 0o700), (folder + "/admin.conf", 0o600), (folder + "/pki/etcd/server.crt", 0o600)):
        assert os.stat(path).st_mode & 0o777 == mode
    machine.write(ADMIN, "")
    assert files.put_back([ADMIN]) and machine.text(ADMIN) == old and os.stat(ADMIN).st_mode & 0o777 == 0o600


def test_only_a_whole_copy_is_put_back_the_newest_first(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert not files.put_back([ADMIN])
    for certificate, run in (("rsa", "20260101T000000Z"), ("ecdsa", "20260102T000000Z"), ("", "20260103T000000Z")):
        machine.write("{0}/{1}/admin.conf".format(files.KEPT, run), kubeconfig(captured("x509/ca-{0}.crt".format(certificate))) if certificate else "")
    machine.write(files.KEPT + "/note.txt", "a person's")
    assert files.put_back([ADMIN]) and machine.text(ADMIN) == kubeconfig(captured("x509/ca-ecdsa.crt"))
    assert not files.put_back(PAIR)


def test_old_runs_are_forgotten_and_nothing_else(machine: FakeMachine) -> None:
    assert files.forget(1) == []
    for name in ("20260101T000000Z", "20260102T000000Z", "20260103T000000Z"):
        machine.write("{0}/{1}/admin.conf".format(files.KEPT, name), name)
    machine.write(files.KEPT + "/mine/admin.conf", "a person's")
    with mock.patch("shutil.rmtree", lambda path: machine.remove(path + "/admin.conf")):
        assert files.forget(2) == [files.KEPT + "/20260101T000000Z"]
    assert machine.has(files.KEPT + "/mine/admin.conf") and machine.has(files.KEPT + "/20260102T000000Z/admin.conf")
    assert not machine.has(files.KEPT + "/20260101T000000Z/admin.conf")


def test_files_reach_the_disk(machine: FakeMachine, monkeypatch: Any) -> None:
    machine.write(ADMIN, "text")
    synced = mock.Mock()
    monkeypatch.setattr(os, "fsync", synced)
    files.sync([ADMIN])
    assert synced.call_count == 1


@pytest.fixture
def homes(machine: FakeMachine, monkeypatch: Any, captured: Callable[[str], str]) -> FakeMachine:
    entries = [mock.Mock(pw_dir=path) for path in ("/var/lib/one", "/var/lib/two", "/var/lib/three", "/var/lib/one", "", "/proc/nothing")]
    monkeypatch.setattr(pwd, "getpwall", lambda: entries)
    machine.write("/etc/kubernetes/pki/ca.crt", captured("x509/ca-rsa.crt"))
    machine.write(ADMIN, kubeconfig(captured("x509/ca-rsa.crt")))
    return machine


def test_kubeconfigs_in_home_folders_are_told_with_whether_they_are_current(homes: FakeMachine, captured: Callable[[str], str]) -> None:
    rsa, ecdsa = captured("x509/ca-rsa.crt"), captured("x509/ca-ecdsa.crt")
    assert files.copies(ADMIN) == []
    homes.write("/var/lib/one/.kube/config", kubeconfig(rsa))
    homes.write("/var/lib/two/.kube/config", kubeconfig(ecdsa, ca=rsa))
    homes.write("/var/lib/three/.kube/config", kubeconfig(ecdsa))  # of another cluster
    assert [(item["path"], item["current"]) for item in files.copies(ADMIN)] == [("/var/lib/one/.kube/config", True), ("/var/lib/two/.kube/config", False)]
    for text in ("client-certificate-data: !\n", "users: []\n", "certificate-authority-data: " + base64.b64encode(rsa.encode()).decode() + "\n"):
        homes.write("/var/lib/two/.kube/config", text)
        assert len(files.copies(ADMIN)) == 1


def test_a_whole_copy_of_an_old_admin_conf_is_replaced_as_its_owner_and_a_changed_one_stays(homes: FakeMachine, monkeypatch: Any) -> None:
    path = "/var/lib/one/.kube/config"
    users: List[int] = []
    monkeypatch.setattr(os, "seteuid", users.append)
    monkeypatch.setattr(os, "setegid", users.append)
    monkeypatch.setattr(os.path, "realpath", lambda name: name)
    old = homes.text(ADMIN)
    files.keep([ADMIN])
    homes.write(ADMIN, "new")
    for text, expected in ((old + "# mine\n", False), (old, True), ("new", False)):
        homes.write(path, text)
        os.chmod(path, 0o600)
        assert files.refresh(path, ADMIN) is expected
    owner = os.stat(path)
    assert homes.text(path) == "new" and users == [owner.st_gid, owner.st_uid, 0, 0] and owner.st_mode & 0o777 == 0o600


def test_an_unreadable_ca_is_an_error_that_names_it(homes: FakeMachine) -> None:
    homes.write("/etc/kubernetes/pki/ca.crt", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    with pytest.raises(KubewrightError, match="/etc/kubernetes/pki/ca.crt"):
        files.copies(ADMIN)
