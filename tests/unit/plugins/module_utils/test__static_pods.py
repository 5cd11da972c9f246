# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Iterator
from unittest import mock

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import certificates
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_control_plane import FakeControlPlane
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils.self_signed import issued


@pytest.fixture
def plane(machine: FakeMachine, monkeypatch: Any) -> FakeControlPlane:
    return FakeControlPlane(machine, monkeypatch)


def test_a_component_is_found_with_the_time_that_it_was_started_at(machine: FakeMachine, plane: FakeControlPlane) -> None:
    plane.remove("etcd")
    assert pods.running("etcd") is None
    pid = plane.start("etcd", age=300, program="/usr/local/bin/etcd")
    process = pods.running("etcd")
    assert process is not None and process.pid == pid
    assert pods.started(process) == pytest.approx(machine.now() - 300, abs=1)


def test_the_newer_of_two_counts_while_one_is_ending(plane: FakeControlPlane) -> None:
    old = pods.running("kube-scheduler")
    pid = plane.start("kube-scheduler", age=-5)
    assert old is not None and getattr(pods.running("kube-scheduler"), "pid", 0) == pid != old.pid


def test_a_control_plane_in_a_pod_with_a_network_of_its_own_is_not_this_node_s(machine: FakeMachine, plane: FakeControlPlane) -> None:
    mine = pods.running("kube-apiserver")
    machine.write("/proc/own-network")
    plane.start("kube-apiserver", age=-50, network="/proc/own-network")
    assert pods.running("kube-apiserver") == mine


def test_a_process_that_ends_while_it_is_looked_at_is_none(machine: FakeMachine, plane: FakeControlPlane) -> None:
    plane.remove("etcd")
    machine.write("/proc/200/cmdline", "etcd\0")
    assert pods.running("etcd") is None
    os.link(machine.root + "/proc/1/ns/net", machine.root + "/proc/net")
    machine.folder("/proc/200/ns")
    os.link(machine.root + "/proc/1/ns/net", machine.root + "/proc/200/ns/net")
    assert pods.running("etcd") == pods.Process(200, 0)


def test_the_boot_s_clock_runs() -> None:
    assert pods.clock() > 0


def test_it_is_asked_to_end_and_ended_where_it_does_not(machine: FakeMachine, plane: FakeControlPlane) -> None:
    plane.stubborn.append("etcd")
    for component, signals in (("kube-scheduler", ["SIGTERM kube-scheduler"]), ("etcd", ["SIGTERM etcd", "SIGKILL etcd"])):
        process = pods.running(component)
        assert process is not None
        pods.end(process, component, seconds=10)
        assert plane.signals == signals and pods.running(component) != process
        plane.signals.clear()


def test_what_cannot_be_ended_is_an_error(plane: FakeControlPlane) -> None:
    plane.immortal.append("etcd")
    process = pods.running("etcd")
    assert process is not None
    with pytest.raises(KubewrightError, match="does not end, not even when it is killed"):
        pods.end(process, "etcd", seconds=5)


def test_what_has_ended_already_is_fine(plane: FakeControlPlane, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "kill", mock.Mock(side_effect=ProcessLookupError))
    process = pods.running("etcd")
    assert process is not None
    pods.end(process, "etcd")


def test_a_component_is_waited_for_until_it_is_new_and_well(machine: FakeMachine, plane: FakeControlPlane, monkeypatch: Any) -> None:
    ills = ["it does not answer", "", ""]
    monkeypatch.setattr(pods, "ailment", lambda _component, _certificate: ills.pop(0))
    process = pods.wait("etcd", None, "sha256:x", machine.now() + 60)
    assert process == pods.running("etcd") and machine.slept == 1 and ills == [""]


@pytest.mark.parametrize(("component", "words"), [
    ("etcd", "etcd was started again, but it is still the old process"), ("kube-scheduler", "but it is not running"),
    ("kube-apiserver", "but it is sick.*journalctl -u kubelet"),
])
def test_a_component_that_does_not_come_back_is_an_error_that_says_why(
        machine: FakeMachine, plane: FakeControlPlane, monkeypatch: Any, component: str, words: str) -> None:
    monkeypatch.setattr(pods, "ailment", lambda component, _certificate: "it is sick" if component == "kube-apiserver" else "")
    plane.remove("kube-scheduler")
    old = pods.running("etcd")
    with pytest.raises(KubewrightError, match=words):
        pods.wait(component, old, "", machine.now() + 10)
    assert 10 <= machine.slept <= 13


def test_flags_of_manifests_and_where_they_serve(machine: FakeMachine, plane: FakeControlPlane) -> None:
    assert pods.flag("etcd", "name") == "cp1" and pods.flag("etcd", "absent") == "" and pods.manifest("other") == ""
    assert pods.endpoint("kube-apiserver") == ("192.0.2.11", 6443) and pods.endpoint("etcd") == ("127.0.0.1", 2379)
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "- --listen-client-urls=https://[2001:db8::1]:2379\n")
    assert pods.endpoint("etcd") == ("2001:db8::1", 2379) and node.bracketed("2001:db8::1") == "[2001:db8::1]"
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "")
    assert pods.endpoint("etcd") == ("127.0.0.1", 2379)


class Answer(BaseHTTPRequestHandler):
    code, text = 200, b'{"health":"true"}'

    def do_GET(self) -> None:
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(self.text)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Any) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("code", "text", "well"), [
    (200, b'{"health":"true"}', True), (200, b'{"health":"true","reason":""}', True), (200, b'{"health":"false"}', False), (503, b'"true"', False),
    (404, b"", False),
])
def test_etcd_is_asked_for_its_health(machine: FakeMachine, server: HTTPServer, monkeypatch: Any, code: int, text: bytes, well: bool) -> None:
    monkeypatch.setattr(Answer, "code", code)
    monkeypatch.setattr(Answer, "text", text)
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "- --listen-metrics-urls=http://127.0.0.1:{0}\n".format(server.server_port))
    assert (pods.ailment("etcd") == "") is well


def test_an_etcd_without_a_port_for_its_health_is_taken_as_well(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "- --name=cp1\n")
    assert pods.ailment("etcd") == ""


@pytest.fixture
def secure(server: HTTPServer, tmp_path: Any) -> HTTPServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(issued(tmp_path, "own")))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


@pytest.mark.parametrize(("code", "well"), [(200, True), (401, True), (403, True), (500, False)])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_any_answer_but_a_failure_shows_that_a_controller_is_up(
        machine: FakeMachine, secure: HTTPServer, monkeypatch: Any, code: int, well: bool, address: str) -> None:
    monkeypatch.setattr(Answer, "code", code)
    machine.write("/etc/kubernetes/manifests/kube-scheduler.yaml", "- --bind-address={0}\n- --secure-port={1}\n".format(address, secure.server_port))
    assert (pods.ailment("kube-scheduler") == "") is well


def test_nobody_answers_where_nobody_listens(machine: FakeMachine, monkeypatch: Any) -> None:
    machine.write("/etc/kubernetes/manifests/kube-scheduler.yaml", "- --secure-port=1\n")
    monkeypatch.setattr(node, "api_answers", lambda: False)
    assert pods.ailment("kube-scheduler") == "it does not answer on its port"
    assert pods.ailment("kube-apiserver") == "it does not answer that it is ready"
    machine.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "- --advertise-address=127.0.0.1\n- --secure-port=1\n")
    assert pods.served("kube-apiserver") == ""


def test_the_certificate_that_is_shown_is_compared(machine: FakeMachine, secure: HTTPServer, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(node, "api_answers", lambda: True)
    machine.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "- --advertise-address=127.0.0.1\n- --secure-port={0}\n".format(secure.server_port))
    own = certificates((tmp_path / "own.crt").read_text())[0].public_key_hash
    assert pods.served("kube-apiserver") == own
    assert pods.ailment("kube-apiserver", own) == "" and pods.ailment("kube-apiserver") == ""
    assert pods.ailment("kube-apiserver", "sha256:other") == "it shows another certificate than the file holds"


def test_etcd_is_shown_a_certificate_to_see_its_own(machine: FakeMachine, secure: HTTPServer, tmp_path: Any) -> None:
    pem = str(tmp_path / "own.pem")
    text = "- --listen-client-urls=https://127.0.0.1:{0}\n- --cert-file={1}\n- --key-file={1}\n"
    machine.write("/etc/kubernetes/manifests/etcd.yaml", text.format(secure.server_port, pem))
    assert pods.served("etcd") == certificates((tmp_path / "own.crt").read_text())[0].public_key_hash
    machine.write("/etc/kubernetes/manifests/etcd.yaml", text.format(secure.server_port, "/nowhere"))
    assert pods.served("etcd") == ""
