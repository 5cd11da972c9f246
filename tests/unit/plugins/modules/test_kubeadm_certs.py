# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import pwd
import ssl
import time
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _certs as certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_certs
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_control_plane import FakeControlPlane
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, run_module
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils.self_signed import kubeconfig, pair

PKI = "/etc/kubernetes/pki"
NAMES = ("apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "etcd-healthcheck-client", "etcd-peer", "etcd-server", "front-proxy-client",
         "admin.conf", "controller-manager.conf", "scheduler.conf")
LONG_NAME = {"apiserver": "certificate for serving the Kubernetes API"}
KEPT = "/etc/kubernetes/kept-by-kubewright/"


class Pki:
    """A control plane's certificates as kubeadm lists and renews them; `kill` names one in the middle of whose renewal the run is killed."""

    def __init__(self, machine: FakeMachine, monkeypatch: Any, version: str = "1.20.2") -> None:
        self.machine = machine
        self.plane = FakeControlPlane(machine, monkeypatch)
        self.external: set[str] = set()
        self.kill = ""
        self.answers = True
        self.ca = pair("kubernetes", 3000)[0]
        for name in ("ca", "etcd-ca", "front-proxy-ca"):
            machine.write(certs.path_of(name, PKI), self.ca, age=900)
        for name in NAMES:
            self.make(name, 300, age=900)
        machine.on("kubeadm", "version", stdout="v" + version)
        for words in (("certs",), ("alpha", "certs")):
            machine.on("kubeadm", *words, "check-expiration", then=lambda _call: (0, self._listed(), ""))
            machine.on("kubeadm", *words, "renew", then=self._renew)
        machine.on("kubectl", then=lambda _call: (0, "{}", "") if self.answers else (1, "", "connection refused"))
        machine.on("journalctl")
        machine.on("crictl")
        monkeypatch.setattr(pods, "wait", self._wait)
        monkeypatch.setattr(pwd, "getpwall", lambda: [])
        load = ssl.SSLContext.load_cert_chain
        monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda context, *paths: load(context, *(machine.path(path) for path in paths)))
        self.waited: list[tuple[str, str]] = []

    def make(self, name: str, days: float, age: float | None = None) -> None:
        certificate, key = pair(name, days)
        files = certs.files_of(name, PKI)
        texts = [certificate, key] if len(files) == 2 else [kubeconfig(certificate, key, self.ca)]
        for path, text in zip(files, texts, strict=True):
            self.machine.write(path, text)
            moment = self.machine.now() - (age or 0)
            os.utime(self.machine.root + path, (moment, moment))

    def _listed(self) -> str:
        rows = ["CERTIFICATE  EXPIRES  RESIDUAL TIME  CERTIFICATE AUTHORITY  EXTERNALLY MANAGED"]
        for name in NAMES:
            here = self.machine.has(certs.path_of(name, PKI))
            yes = "yes" if name in self.external else "no"
            rows.append(f"{name}   Nov 21, 2027 10:00 UTC   364d   {yes}" if here else f"!MISSING! {name}")
        rows += ["", "CERTIFICATE AUTHORITY  EXPIRES  RESIDUAL TIME  EXTERNALLY MANAGED"]
        return "\n".join([*rows, *(f"{name}   Nov 18, 2036 10:00 UTC   9y   no" for name in ("ca", "etcd-ca", "front-proxy-ca"))])

    def _renew(self, call: Call) -> Any:
        name = call.words[call.words.index("renew") + 1]
        if name == self.kill:
            self.machine.write(certs.files_of(name, PKI)[-1], "")  # cut off: kubeadm writes the key first, and not at once
            raise Killed(name)
        self.make(name, 365)
        return 0, f"{LONG_NAME.get(name, 'certificate ' + name)} renewed\n", ""

    def _wait(self, component: str, other_than: Any, certificate: str, _limit: float) -> Any:
        process = pods.running(component)
        assert process != other_than
        self.waited.append((component, certificate))
        return process

    def renewals(self) -> list[str]:
        return [line.split("renew ")[1].split()[0] for line in self.machine.commands("kubeadm") if " renew " in line]


@pytest.fixture
def pki(machine: FakeMachine, monkeypatch: Any) -> Pki:
    return Pki(machine, monkeypatch)


def renew(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_certs, check_mode, diff, state="renewed", **more)


def test_expiry_only_reads_and_tells_every_certificate(machine: FakeMachine, pki: Pki) -> None:
    machine.write("/var/lib/kubelet/pki/kubelet-client-current.pem", pair("system:node:cp1", 20)[0])
    machine.remove(certs.path_of("scheduler.conf", PKI))
    before = machine.files()
    for check_mode in (True, False):
        result = run_module(kubeadm_certs, check_mode)
        assert not result.failed and not result["changed"] and result["renewed"] == [] and result["actions"] == [] and result["from_cluster"]
        found = {item["name"]: item for item in result["certificates"]}
        assert found["apiserver"]["days_left"] == 299 and found["apiserver"]["authority"] == "ca" and found["apiserver"]["kind"] == "certificate"
        assert found["etcd-peer"]["authority"] == "etcd-ca" and found["ca"]["kind"] == "authority" and found["ca"]["days_left"] == 2999
        assert found["kubelet-client"]["kind"] == "kubelet" and found["kubelet-client"]["days_left"] == 19
        assert found["scheduler.conf"]["missing"] and found["scheduler.conf"]["days_left"] is None
    assert machine.files() == before


def test_check_real_check_real(machine: FakeMachine, pki: Pki) -> None:
    pki.make("apiserver", 80, age=900)
    pki.make("scheduler.conf", -3, age=900)
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = renew(check_mode, diff=True)
        assert not result.failed, result
        assert (result["changed"], result["renewed"]) == (changed, ["apiserver", "scheduler.conf"] if changed else [])
        assert result["restarted"] == (["kube-apiserver", "kube-scheduler"] if changed else [])
        assert bool(result.get("diff")) is changed and bool(result["kept"]) is (changed and not check_mode)
        if changed:
            assert "renew apiserver: " in result["diff"]["after"] and "start kube-scheduler again\n" in result["diff"]["after"]
    assert pki.renewals() == ["apiserver", "scheduler.conf"] and pki.plane.signals == ["SIGTERM kube-apiserver", "SIGTERM kube-scheduler"]
    assert {item["name"]: item["days_left"] for item in result["certificates"]}["apiserver"] == 364


def test_who_is_started_again_is_waited_for_with_the_new_certificate(pki: Pki) -> None:
    assert renew(certificates=["apiserver", "etcd-server", "controller-manager.conf", "admin.conf"], force=True)["restarted"] == [
        "etcd", "kube-apiserver", "kube-controller-manager"]
    assert [name for name, _certificate in pki.waited] == ["etcd", "kube-apiserver", "kube-controller-manager"]
    assert [bool(certificate) for _name, certificate in pki.waited] == [True, True, False]


def test_certificates_that_nothing_reads_at_its_start_restart_nobody(pki: Pki) -> None:
    result = renew(certificates=["admin.conf", "etcd-healthcheck-client"], force=True)
    assert result["changed"] and result["restarted"] == [] and pki.plane.signals == []


def test_what_is_replaced_is_kept_as_often_as_is_said(machine: FakeMachine, pki: Pki) -> None:
    old = machine.text(PKI + "/apiserver.key")
    result = renew(certificates=["apiserver"], force=True)
    assert result["kept"].startswith(KEPT) and machine.text(result["kept"] + "/pki/apiserver.key") == old


def test_a_component_that_has_read_an_older_certificate_is_started_again_though_nothing_is_due(pki: Pki) -> None:
    pki.make("controller-manager.conf", 300, age=-5)
    assert run_module(kubeadm_certs)["restarted"] == ["kube-controller-manager"]
    assert renew(check_mode=True)["restarted"] == ["kube-controller-manager"]
    pki.machine.sleep(10)
    result = renew()
    assert result["changed"] and result["renewed"] == [] and result["actions"] == ["start kube-controller-manager again"] and result["kept"] == ""
    assert not renew()["changed"]


@pytest.mark.parametrize("name", ["apiserver", "etcd-peer", "admin.conf", "scheduler.conf"])
def test_a_run_that_is_killed_while_kubeadm_writes_is_finished_by_the_next(machine: FakeMachine, pki: Pki, name: str) -> None:
    for due in ("apiserver", "etcd-peer", "admin.conf", "scheduler.conf"):
        pki.make(due, 10, age=900)
    pki.kill = name
    with pytest.raises(Killed):
        renew()
    pki.kill = ""
    machine.sleep(2)
    result = renew()
    assert not result.failed and f"put back {name}, which an interrupted renewal had damaged" in result["actions"]
    assert result["restarted"] == ["etcd", "kube-apiserver", "kube-scheduler"] and not renew()["changed"]


def test_a_run_that_is_killed_before_all_are_started_again_is_finished_by_the_next(pki: Pki, monkeypatch: Any) -> None:
    wait = pods.wait

    def killed(component: str, *rest: Any) -> Any:
        if component == "kube-apiserver":
            raise Killed(component)
        return wait(component, *rest)

    monkeypatch.setattr(pods, "wait", killed)
    with pytest.raises(Killed):
        renew(force=True)
    monkeypatch.setattr(pods, "wait", wait)
    result = renew()
    assert result["renewed"] == [] and result["restarted"] == ["kube-controller-manager", "kube-scheduler"] and not renew()["changed"]


def test_without_the_api_server_kubeadm_is_told_what_the_machine_s_files_say(machine: FakeMachine, pki: Pki) -> None:
    pki.answers = False
    pki.make("apiserver-etcd-client", -1, age=900)
    result = renew()
    assert result["renewed"] == ["apiserver-etcd-client"] and not result["from_cluster"]
    call = next(call for call in machine.calls if "renew" in call.words)
    assert call.words[-2:] == ["--config", "/dev/stdin"]
    told = str(call.stdin)
    assert all(text in told for text in ('"certificatesDir": "/etc/kubernetes/pki"', '"PublicKeysECDSA": true', '"192.0.2.11"'))


def test_without_the_api_server_an_external_etcd_is_told_too(machine: FakeMachine, pki: Pki) -> None:
    pki.answers = False
    machine.remove("/etc/kubernetes/manifests/etcd.yaml")
    run_module(kubeadm_certs)
    call = next(call for call in machine.calls if "check-expiration" in call.words)
    assert '"external": {"caFile": "", "certFile": "", "endpoints": ["https://127.0.0.1:2379"], "keyFile": ""}' in str(call.stdin)


@pytest.mark.parametrize(("version", "words"), [
    ("1.19.16", ["alpha", "certs", "check-expiration"]), ("1.20.2", ["certs", "check-expiration"]), ("1.34.2", ["certs", "check-expiration", "-o", "json"]),
])
def test_the_form_of_the_command_is_the_version_s(machine: FakeMachine, monkeypatch: Any, version: str, words: list[str]) -> None:
    Pki(machine, monkeypatch, version)
    run_module(kubeadm_certs)
    assert next(call for call in machine.calls if "check-expiration" in call.words).words[1:] == words


def test_with_all_what_is_signed_elsewhere_is_left_out(pki: Pki, monkeypatch: Any) -> None:
    warned: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warned.append(text))
    pki.external = {"apiserver"}
    pki.make("apiserver", 10, age=900)
    result = renew()
    assert not result["changed"] and "apiserver is managed externally" in warned[0]
    assert "apiserver is managed externally" in renew(certificates=["apiserver"])["msg"]


def test_a_ca_is_refused_before_anything_is_touched(machine: FakeMachine, pki: Pki) -> None:
    before = machine.files()
    result = renew(certificates=["apiserver", "etcd-ca"], force=True)
    assert result.failed and "etcd-ca is a certificate authority" in result["msg"]
    assert {path: text for path, text in machine.files().items() if path != "/run/kubewright.lock"} == before


def test_a_machine_that_is_no_control_plane_is_told_so(machine: FakeMachine, pki: Pki) -> None:
    machine.remove("/etc/kubernetes/manifests/kube-apiserver.yaml")
    assert "this machine is no control plane that kubeadm made" in run_module(kubeadm_certs)["msg"]


def test_a_kubeadm_that_renews_nothing_is_an_error(machine: FakeMachine, pki: Pki) -> None:
    machine.on("kubeadm", "certs", "renew", stdout="MISSING! certificate for serving the Kubernetes API\n")
    assert "kubeadm did not renew apiserver" in renew(certificates=["apiserver"], force=True)["msg"]
    machine.on("kubeadm", "certs", "renew", rc=1, stderr="failed to load CA\n")
    result = renew(certificates=["apiserver"], force=True)
    assert result["msg"].startswith("certificates: `kubeadm certs renew apiserver` ended with code 1") and result["journal"] == []


def test_a_component_that_does_not_come_back_is_an_error_with_evidence(machine: FakeMachine, pki: Pki, monkeypatch: Any) -> None:
    def never(component: str, *_rest: Any) -> Any:
        raise KubewrightError(f"{component} does not come back")

    machine.on("journalctl", stdout="kubelet: no\n")
    monkeypatch.setattr(pods, "wait", never)
    result = renew(certificates=["apiserver"], force=True)
    assert result["msg"] == "kube-apiserver does not come back" and result["journal"] == ["kubelet: no"] and "renew apiserver" in result["renewed"][0]


def test_copies_of_admin_conf_are_told_and_replaced_only_on_demand(machine: FakeMachine, pki: Pki, monkeypatch: Any) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: [type("Entry", (), {"pw_dir": "/var/lib/alice"})()])
    for name in ("seteuid", "setegid"):
        monkeypatch.setattr(os, name, lambda _number: None)
    monkeypatch.setattr(os.path, "realpath", lambda name: name)
    path = "/var/lib/alice/.kube/config"
    machine.write(path, machine.text("/etc/kubernetes/admin.conf"))
    result = renew(certificates=["admin.conf"], force=True)
    assert [(item["path"], item["current"]) for item in result["kubeconfig_copies"]] == [(path, False)]
    result = renew(refresh_copies=True)
    assert result["actions"] == [f"replace {path} by the new admin.conf"] and result["kubeconfig_copies"][0]["current"]
    assert not renew(refresh_copies=True)["changed"]


def test_two_runs_do_not_meet(pki: Pki, monkeypatch: Any) -> None:
    held = operation.NodeLock()
    monkeypatch.setattr(operation.NodeLock, "__init__", _no_lock)
    assert "another kubeadm" in renew()["msg"]
    held.release()


def _no_lock(_lock: Any) -> None:
    raise KubewrightError("another kubeadm has been at work on this node")


def test_a_moment_has_a_name_of_its_own(pki: Pki) -> None:
    first = renew(certificates=["admin.conf"], force=True)["kept"]
    pki.machine.sleep(5)
    second = renew(certificates=["admin.conf"], force=True)["kept"]
    assert first != second and time.strptime(second[len(KEPT):], "%Y%m%dT%H%M%SZ")
