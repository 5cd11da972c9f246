# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import http.server
import json
import os
import ssl
import threading
from typing import Any, Callable, Iterator
from urllib.error import HTTPError, URLError

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils.self_signed import issued

RSA_HASH = "sha256:ea1fb8cd2aefd01952a75d44345eebdddb503ac1b69377aafc179a72366082ae"


def test_a_file_that_is_absent_is_empty(machine: FakeMachine) -> None:
    machine.write("/etc/file", "text")
    assert (node.read("/etc/file"), node.read("/etc/absent"), node.read("/etc/file/below")) == ("text", "", "")


def test_the_marker_is_read(machine: FakeMachine) -> None:
    assert node.marker() is None
    machine.write(node.MARKER, "\n")
    assert node.marker() is None
    machine.write(node.MARKER, json.dumps({"operation": "join", "started": 1.5, "finished": None, "etcd_was_empty": True}))
    assert node.marker() == ns.Marker("join", 1.5, None, True)


@pytest.mark.parametrize("text", ["{", "[]", '{"operation": "join"}', '{"other": 1}', "null", "1"])
def test_a_damaged_marker_is_no_licence_for_anything(machine: FakeMachine, text: str) -> None:
    machine.write(node.MARKER, text)
    with pytest.raises(KubewrightError, match="operation.json cannot be read.*then remove the file"):
        node.marker()


def test_the_oldest_file_of_etcd_counts(machine: FakeMachine) -> None:
    assert node.etcd_times() == []
    machine.folder("/var/lib/etcd/member/snap")
    assert node.etcd_times() == []
    machine.write("/var/lib/etcd/member/snap/db", age=10)
    machine.write("/var/lib/etcd/member/wal/0.wal", age=500)
    assert min(node.etcd_times()) == pytest.approx(machine.now() - 500, abs=5)


def test_etcd_s_data_is_looked_for_where_its_manifest_says_and_where_kubeadm_has_it(machine: FakeMachine) -> None:
    machine.write(ns.ETCD_MANIFEST, "    - --data-dir=/var/lib/elsewhere\n")
    machine.write("/var/lib/elsewhere/member/snap/db", age=500)
    assert node.etcd_dir() == "/var/lib/elsewhere" and node.look().etcd_newest == pytest.approx(machine.now() - 500, abs=5)
    machine.write("/var/lib/etcd/member/snap/db", age=900)
    assert node.look().etcd_oldest == pytest.approx(machine.now() - 900, abs=5)


def test_a_file_of_etcd_that_vanishes_meanwhile_does_not_matter(machine: FakeMachine, monkeypatch: Any) -> None:
    machine.write("/var/lib/etcd/member/wal/0.wal", age=500)
    os.symlink("nowhere", machine.root + "/var/lib/etcd/member/dangling")
    real = os.lstat

    def vanishing(path: str) -> Any:
        if path.endswith("1.tmp"):
            raise FileNotFoundError(path)
        return real(path)

    machine.write("/var/lib/etcd/member/wal/1.tmp")
    monkeypatch.setattr(os, "lstat", vanishing)
    assert min(node.etcd_times()) == pytest.approx(machine.now() - 500, abs=5)


def test_the_hashes_are_those_of_every_ca_of_the_file(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert node.ca_hashes() == []
    machine.write(ns.CA_CERTIFICATE, captured("x509/ca-rsa.crt") + captured("x509/ca-ecdsa.crt"))
    assert node.ca_hashes() == [RSA_HASH, "sha256:5d686124155a482a7b29a7accd016f7705056ef4b0490367d7bcfe3c23abbf64"]


def test_a_ca_that_cannot_be_read_is_named(machine: FakeMachine) -> None:
    machine.write(ns.CA_CERTIFICATE, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    for action in (node.ca_hashes, node.certificate_days):
        with pytest.raises(KubewrightError, match="/etc/kubernetes/pki/ca.crt: a certificate is not base64"):
            action()


@pytest.mark.parametrize(("line", "expected"), [
    ("    server: https://cluster.example.com:6443", "cluster.example.com:6443"),
    ("    server: 'https://192.0.2.1:6443'", "192.0.2.1:6443"), ('    server: "https://[2001:db8::1]:6443"', "[2001:db8::1]:6443"),
    ("    name: kubernetes", None), ("# server: https://other:1", None),
])
def test_the_server_of_a_kubeconfig(machine: FakeMachine, line: str, expected: Any) -> None:
    machine.write(ns.KUBELET_CONF, "apiVersion: v1\nclusters:\n- cluster:\n{0}\n  name: x\n".format(line))
    assert node.server_of(ns.KUBELET_CONF) == expected


@pytest.mark.parametrize("version", ["1.20.2", "1.34.2"])
def test_a_flag_of_a_captured_manifest(captured: Callable[[str], str], version: str) -> None:
    text = captured("kubeadm/{0}/kube-apiserver.yaml".format(version))
    assert (node.manifest_flag(text, "advertise-address") or "").startswith("172.29.")
    assert node.manifest_flag(text, "no-such-flag") is None
    assert node.manifest_flag("- '--secure-port=6444'", "secure-port") == "6444"


class Answer(http.server.BaseHTTPRequestHandler):
    code = 200

    def do_GET(self) -> None:
        self.send_response(self.code if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def port(machine: FakeMachine, tmp_path: Any, monkeypatch: Any) -> Iterator[int]:
    """A server that proves itself with this machine's CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(issued(tmp_path, "own")))
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(ns, "CA_CERTIFICATE", str(tmp_path / "own.crt"))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    machine.write(ns.APISERVER_MANIFEST, "- --advertise-address=127.0.0.1\n- --secure-port={0}\n".format(server.server_port))
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("code", "expected"), [(200, True), (401, True), (403, True), (500, False), (503, False)])
def test_any_answer_but_a_failure_counts(port: int, monkeypatch: Any, code: int, expected: bool) -> None:
    assert port
    monkeypatch.setattr(Answer, "code", code)
    assert node.api_answers() is expected


def test_an_answer_under_another_ca_is_none(port: int, tmp_path: Any, monkeypatch: Any) -> None:
    assert port
    issued(tmp_path, "other")
    monkeypatch.setattr(ns, "CA_CERTIFICATE", str(tmp_path / "other.crt"))
    assert not node.api_answers()


def test_a_ca_without_key_usage_is_trusted_by_a_python_that_is_strict(port: int, monkeypatch: Any) -> None:
    assert port
    context, made = ssl.create_default_context, []

    def strict(cafile: str) -> ssl.SSLContext:  # as Python 3.13 makes it
        made.append(context(cafile=cafile))
        made[-1].verify_flags |= ssl.VERIFY_X509_STRICT
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", strict)
    assert node.api_answers() and not made[0].verify_flags & ssl.VERIFY_X509_STRICT  # an older OpenSSL does not mind


def test_nobody_answers_without_manifest_ca_or_server(machine: FakeMachine, tmp_path: Any, monkeypatch: Any) -> None:
    assert not node.api_answers()
    machine.write(ns.APISERVER_MANIFEST, "- --advertise-address=127.0.0.1\n- --secure-port=1\n")
    assert not node.api_answers()  # no CA
    issued(tmp_path, "own")
    monkeypatch.setattr(ns, "CA_CERTIFICATE", str(tmp_path / "own.crt"))
    assert not node.api_answers()  # nobody listens
    machine.write(ns.APISERVER_MANIFEST, "- --advertise-address=::1\n- --secure-port=1\n")
    assert not node.api_answers()


def test_a_proxy_is_never_asked(port: int, monkeypatch: Any) -> None:
    assert port
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert node.api_answers()


def test_garbage_instead_of_http_is_no_answer(machine: FakeMachine, monkeypatch: Any, tmp_path: Any) -> None:
    import http.client

    class Opener:
        def open(self, *_args: Any, **_options: Any) -> None:
            raise http.client.BadStatusLine("garbage")

    machine.write(ns.APISERVER_MANIFEST, "- --advertise-address=127.0.0.1\n")
    issued(tmp_path, "own")
    monkeypatch.setattr(ns, "CA_CERTIFICATE", str(tmp_path / "own.crt"))
    monkeypatch.setattr(node, "build_opener", lambda *_handlers: Opener())
    assert not node.api_answers()


def test_a_look_is_what_was_seen(machine: FakeMachine) -> None:
    assert node.look() == ns.Look(frozenset(), None, None, False)
    machine.write(ns.KUBELET_CONF)
    machine.write("/etc/kubernetes/scheduler.conf")
    assert node.look().files == {ns.KUBELET_CONF}
    machine.write(node.MARKER, json.dumps({"operation": "init", "started": machine.now() - 70, "finished": None, "etcd_was_empty": True}))
    assert node.look().marker_age == pytest.approx(70, abs=5)


def test_days_left_are_whole_days_of_the_first_certificate_of_every_file(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert node.certificate_days() == {}
    both = captured("x509/ca-rsa.crt") + captured("x509/ca-ecdsa.crt")
    for path in ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt", "/var/lib/kubelet/pki/kubelet-client-current.pem"):
        machine.write(path, both)
    machine.write("/etc/kubernetes/pki/ca.key", "secret")
    machine.write("/etc/kubernetes/pki/empty.crt", "")
    found = node.certificate_days()
    assert sorted(found) == ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt", "/var/lib/kubelet/pki/kubelet-client-current.pem"]
    machine.slept += 86400
    assert {found[path] - days for path, days in node.certificate_days().items()} == {1}


def test_sockets_of_runtimes_are_found(machine: FakeMachine) -> None:
    machine.write("/run/crio/crio.sock")
    assert node.cri_endpoints() == ["unix:///run/crio/crio.sock"]


def test_errors_of_urllib_are_what_the_code_expects() -> None:
    assert issubclass(HTTPError, URLError) and issubclass(URLError, OSError)


def test_days_left_of_the_user_of_a_kubeconfig_are_told_too(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    machine.write(ns.ADMIN_CONF, captured("kubeadm/1.20.2/admin.conf"))
    machine.write(ns.KUBELET_CONF, captured("kubeadm/1.20.2/kubelet.conf"))  # names a file, which is listed by itself
    machine.write(node.KUBELET_CLIENT, captured("kubeadm/1.20.2/kubelet-client.crt"))
    assert set(node.certificate_days()) == {ns.ADMIN_CONF, node.KUBELET_CLIENT}
    assert node.certificates_of(ns.ADMIN_CONF)[0].common_name == "kubernetes-admin"


@pytest.mark.parametrize("value", ["!", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg", "x"])
def test_a_kubeconfig_that_is_no_base64_is_named(machine: FakeMachine, value: str) -> None:
    machine.write(ns.ADMIN_CONF, "users:\n- user:\n    client-certificate-data: {0}\n".format(value))
    with pytest.raises(KubewrightError, match="/etc/kubernetes/admin.conf: its client-certificate-data is not base64"):
        node.certificate_days()


@pytest.mark.parametrize("folder", ["/etc/kubernetes/admin.conf", "/var/lib/kubewright/operation.json"])
def test_what_cannot_be_read_is_named(machine: FakeMachine, folder: str) -> None:
    machine.folder(folder)
    with pytest.raises(KubewrightError, match=folder + " cannot be read: Is a directory"):
        node.read(folder)


def test_the_node_is_named_by_the_kubelets_certificate(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    assert node.node_name() == ""
    machine.write(node.KUBELET_CLIENT, captured("x509/ca-rsa.crt"))
    machine.write(ns.KUBELET_CONF, "client-certificate-data: !")
    assert node.node_name() == ""  # nobody is named by what cannot be read
    machine.write(node.KUBELET_CLIENT, captured("kubeadm/1.20.2/kubelet-client.crt"))
    assert node.node_name() == "worker1"


@pytest.mark.parametrize(("files", "socket_path"), [
    ({}, ""), ({node.KUBELET_FLAGS: None}, "unix:///run/containerd/containerd.sock"),
    ({node.KUBELET_FLAGS: 'KUBELET_KUBEADM_ARGS="--network-plugin=cni"\n'}, "unix:///var/run/dockershim.sock"),
    ({node.DOCKERSHIM: ""}, ""),
    ({node.KUBELET_FLAGS: 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/crio/crio.sock"\n'}, "unix:///run/crio/crio.sock"),
    ({"/var/lib/kubelet/config.yaml": 'containerRuntimeEndpoint: ""\ncpuManagerReconcilePeriod: 0s\n', node.KUBELET_FLAGS: "A=\n"}, ""),
    ({"/var/lib/kubelet/config.yaml": "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n"}, "unix:///run/containerd/containerd.sock"),
    ({node.KUBELET_INSTANCE: 'containerRuntimeEndpoint: "unix:///run/crio/crio.sock"\n', node.KUBELET_FLAGS: 'KUBELET_KUBEADM_ARGS=""\n'},
     "unix:///run/crio/crio.sock"),
])
def test_the_runtime_is_the_one_that_the_kubelet_is_told(machine: FakeMachine, captured: Callable[[str], str], files: Any, socket_path: str) -> None:
    for path, text in files.items():
        machine.write(path, captured("kubeadm/1.20.2/kubeadm-flags.env") if text is None else text)
    assert node.cri_socket() == socket_path


def test_a_reset_that_did_not_end_is_seen(machine: FakeMachine) -> None:
    machine.write(node.RESET_NOTE, "{}")
    assert node.look().reset_begun
