# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import re
import socket
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import NO_CERTIFICATES
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_reset
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_kubeadm import FakeKubeadm
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, captured_text, run_module

CNI = "/etc/cni/net.d/10-flannel.conflist"
PREDICTED_TIME = re.compile(r"kubewright-\d{8}T\d{6}Z")
WORKER, SKIPPING = "worker1", f"kubeadm reset --force --cri-socket {fake.SOCKET} --skip-phases remove-etcd-member"


@pytest.fixture
def kubeadm(machine: FakeMachine, monkeypatch: Any) -> FakeKubeadm:
    machine.absent += ["nft", *(name + kind + "-save" for name in ("iptables", "ip6tables") for kind in ("", "-nft", "-legacy"))]
    machine.on("ip", "-4", "route", "show")
    machine.on("ip", "-6", "route", "show")
    machine.on("kubectl", stdout={"items": pods("cp1")})
    found = FakeKubeadm(machine, monkeypatch)
    real = found._reset

    def with_the_kubelets(call: Call) -> None:
        real(call)
        machine.remove(node.KUBELET_CLIENT, node.KUBELET_FLAGS)

    monkeypatch.setattr(found, "_reset", with_the_kubelets)
    return found


def pods(*names: str) -> list[dict[str, Any]]:
    """Control planes that are ready."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    return [{"metadata": {"labels": {"component": component}}, "spec": {"nodeName": name}, "status": ready}
            for name in names for component in ("kube-apiserver", "etcd")]


def reset(confirm: str = WORKER, check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_reset, check_mode, diff, **{"confirm": confirm, "kubeconfigs": [], **more})


def worker(machine: FakeMachine) -> None:
    for path in (fake.KUBELET_CONF, fake.KUBELET_CONFIG):
        machine.write(path, fake.KUBECONFIG)
    machine.write(fake.CA, captured_text("x509/ca-rsa.crt"))
    machine.write(node.KUBELET_CLIENT, captured_text("kubeadm/1.20.2/kubelet-client.crt"))
    machine.write(node.KUBELET_FLAGS, captured_text("kubeadm/1.20.2/kubeadm-flags.env"))
    machine.write(CNI)
    operation(machine, "join", 1.0)


def control_plane(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    """Named worker1, since that is what the captured certificate says."""
    worker(machine)
    for path in (fake.ADMIN_CONF, fake.APISERVER):
        machine.write(path, fake.KUBECONFIG)
    machine.write(fake.ETCD, "- --data-dir=/var/lib/etcd\n")
    machine.write(fake.ETCD_DATA, "data")
    kubeadm.answers = True


def operation(machine: FakeMachine, name: str, finished: float | None = None, pki: list[str] | None = None, age: float = 100) -> None:
    text = {"operation": name, "started": machine.now() - age, "finished": finished, "etcd_was_empty": True, "pki_before": pki or []}
    machine.write(fake.MARKER, json.dumps(text))


def whys(result: Result) -> dict[str, str]:
    return {item["what"]: item["why"] for item in result["left"]}


def test_a_worker_is_reset_and_a_second_reset_changes_nothing(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    predicted = reset(check_mode=True)
    assert machine.has(fake.KUBELET_CONF) and not machine.commands("kubeadm")
    result = reset(diff=True)
    assert result["changed"] and result["node"]["state"] == "clean" and result["backup"] == ""
    assert result["removed"] == predicted["removed"] == [kubeadm_reset.BY_KUBEADM, CNI, kubeadm_reset.NOTES]
    assert result["left"] == predicted["left"] == [{"what": "the Node worker1 in the cluster", "why": "kube_node removes it, on a control plane"}]
    assert result["diff"] == {"before": "".join(line + "\n" for line in result["removed"]), "after": ""}
    assert machine.commands("kubeadm") == [SKIPPING] and len(machine.calls[-1].pass_fds) == 1
    assert not machine.has("/var/lib/kubewright")
    before = machine.files()
    for check_mode in (True, False):
        again = reset(check_mode=check_mode)
        assert not again["changed"] and again["removed"] == [] and again["left"] == []
    assert machine.files() == before


def test_data_of_etcd_that_is_no_members_is_never_touched(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    """Since 1.26 kubeadm would empty the folder."""
    worker(machine)
    machine.write(fake.ETCD_DATA, "precious")
    result = reset(etcd_data="remove")
    assert machine.text(fake.ETCD_DATA) == "precious" and machine.commands("kubeadm") == [SKIPPING]
    assert "nothing on this machine says" in whys(result)["/var/lib/etcd"]
    assert not reset()["changed"]


@pytest.mark.parametrize("confirm", ["worker2", "", "true", "WORKER1"])
def test_a_wrong_name_touches_nothing(machine: FakeMachine, kubeadm: FakeKubeadm, confirm: str) -> None:
    worker(machine)
    for check_mode in (True, False):
        result = reset(confirm, check_mode)
        assert result.failed and "this machine is the Node worker1, and confirm is" in result["msg"]
    assert machine.has(fake.KUBELET_CONF) and not machine.commands("kubeadm")


def test_without_confirm_there_is_no_reset(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    assert "missing required arguments: confirm" in run_module(kubeadm_reset)["msg"]


def test_a_machine_without_a_node_is_confirmed_by_its_host_name(machine: FakeMachine, kubeadm: FakeKubeadm, monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Host1")
    machine.write(CNI)
    assert "this machine is no Node; its host name is host1, and confirm is worker1" in reset()["msg"]
    result = reset("host1")
    assert result["removed"] == [CNI] and not machine.commands("kubeadm") and not machine.has("/var/lib/kubewright")


@pytest.fixture
def last(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    control_plane(machine, kubeadm)
    machine.on("kubectl", stdout={"items": pods("worker1")})


def test_the_end_of_a_cluster_keeps_its_data_and_its_ca(machine: FakeMachine, last: None) -> None:
    machine.write("/etc/kubernetes/pki/ca.key", "key")
    for check_mode in (True, False):
        result = reset(check_mode=check_mode)
        assert result.failed and "it is the last control plane whose API server is ready. Nothing was touched" in result["msg"]
    assert machine.text(fake.ETCD_DATA) == "data" and not machine.commands("kubeadm")
    predicted = reset(check_mode=True, destroy_cluster=True)
    result = reset(destroy_cluster=True)
    assert result["removed"] == predicted["removed"] and "etcd's data in /var/lib/etcd, moved beside it" in result["removed"]
    assert re.fullmatch(r"/var/lib/etcd\.kubewright-\d{8}T\d{6}Z", result["backup"])
    assert machine.text(result["backup"] + "/member/snap/db") == "data" and machine.text(result["backup"] + "/pki/ca.key") == "key"
    assert not machine.has("/var/lib/etcd/member") and machine.commands("kubeadm") == [SKIPPING]
    assert whys(result) == {result["backup"]: kubeadm_reset.COPY}
    assert whys(reset()) == {result["backup"]: kubeadm_reset.COPY}


def test_the_end_of_a_cluster_keeps_nothing_where_that_is_asked(machine: FakeMachine, last: None) -> None:
    result = reset(destroy_cluster=True, etcd_data="remove")
    assert result["backup"] == "" and not machine.has("/var/lib/etcd/member") and not [path for path in machine.files() if "kubewright-" in path]
    assert "etcd's data in /var/lib/etcd" in result["removed"]


@pytest.fixture
def one_of_two(machine: FakeMachine, kubeadm: FakeKubeadm) -> FakeKubeadm:
    control_plane(machine, kubeadm)
    machine.on("kubectl", stdout={"items": pods("worker1", "cp2")})
    return kubeadm


def test_one_of_several_control_planes_leaves_the_others(machine: FakeMachine, one_of_two: FakeKubeadm) -> None:
    result = reset()
    assert result["changed"] and not result.failed
    assert machine.commands("kubeadm") == [f"kubeadm reset --force --cri-socket {fake.SOCKET}"]  # kubeadm removes the member
    assert machine.text(result["backup"] + "/member/snap/db") == "data" and not machine.has(result["backup"] + "/pki")
    assert not machine.has(fake.ETCD_DATA) and "the Node worker1 in the cluster" in whys(result)


def test_no_copy_is_made_across_filesystems_of_what_others_hold(machine: FakeMachine, one_of_two: FakeKubeadm, monkeypatch: Any) -> None:
    real = os.stat

    class Mounted:
        st_dev = -1

    monkeypatch.setattr(os, "stat", lambda path, **options: Mounted() if path == "/var/lib/etcd" else real(path, **options))
    reset_module = kubeadm_reset.Reset.__new__(kubeadm_reset.Reset)
    reset_module.params, reset_module.kept = {"etcd_data": "backup"}, []
    assert reset_module._backup_folder("leave", "/var/lib/etcd") == ""
    assert [item.what for item in reset_module.kept] == ["no copy of /var/lib/etcd"]
    assert PREDICTED_TIME.search(reset_module._backup_folder("alone", "/var/lib/etcd"))


def test_what_kubeadm_could_not_do_is_told(machine: FakeMachine, one_of_two: FakeKubeadm) -> None:
    machine.on("kubeadm", "reset", stderr="W1121 removeetcdmember.go:97] [reset] Failed to remove etcd member: timeout, please manually remove\n")
    assert "etcdctl member remove" in whys(reset())["this machine's etcd member in the cluster"]


def test_a_control_plane_whose_cluster_does_not_answer_needs_more_consent(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    control_plane(machine, kubeadm)
    machine.on("kubectl", rc=1, stderr="The connection to the server was refused")
    assert "nobody can tell whether the cluster lives on without it, since no API server answers here" in reset()["msg"]
    assert machine.text(reset(destroy_cluster=True)["backup"] + "/member/snap/db") == "data"


@pytest.mark.parametrize("certificate", ["", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"])
def test_a_control_plane_that_cannot_be_told_from_the_others_needs_more_consent(
        machine: FakeMachine, one_of_two: FakeKubeadm, monkeypatch: Any, certificate: str) -> None:
    """Its own pods would count as another's."""
    monkeypatch.setattr(socket, "gethostname", lambda: "worker1")
    machine.write(node.KUBELET_CLIENT, certificate)
    assert "nobody can tell which of the cluster's control planes it is" in reset()["msg"] and not machine.commands("kubeadm")
    assert reset(destroy_cluster=True)["changed"]


def test_an_interrupted_init_of_ours_needs_no_more_consent(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    control_plane(machine, kubeadm)
    kubeadm.answers = False
    operation(machine, "init")
    machine.on("kubectl", rc=1)
    result = reset()
    assert result["changed"] and machine.text(result["backup"] + "/member/snap/db") == "data"


def test_a_ca_that_somebody_had_put_there_stays(machine: FakeMachine, last: None, kubeadm: FakeKubeadm) -> None:
    own = machine.text(fake.CA)
    machine.write("/etc/kubernetes/pki/apiserver.crt", "of the cluster")
    operation(machine, "init", 1.0, [fake.CA])
    result = reset(destroy_cluster=True)
    assert machine.text(fake.CA) == own and not machine.has("/etc/kubernetes/pki/apiserver.crt")
    assert f"--cert-dir {NO_CERTIFICATES}" in machine.commands("kubeadm")[0]
    assert whys(result)[fake.CA] == "it was there before the cluster"
    assert not reset()["changed"] and machine.text(fake.CA) == own


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_reset_that_is_killed_is_finished_by_the_next(machine: FakeMachine, last: None, kubeadm: FakeKubeadm, moment: str) -> None:
    """Although what told the Node's name, its CA and its runtime is gone."""
    def killed(call: Any) -> None:
        if moment == "after":
            kubeadm._reset(call)
        raise Killed

    machine.on("kubeadm", "reset", then=killed)
    machine.write("/run/crio/crio.sock")
    machine.write("/run/containerd/containerd.sock")
    with pytest.raises(Killed):
        reset(destroy_cluster=True)
    looked = node.look()
    assert looked.reset_begun
    machine.on("kubeadm", "reset", then=kubeadm._step("reset"))
    assert "this machine is the Node worker1" in reset("other")["msg"]
    result = reset()  # the consent was given
    assert result["changed"] and result["node"]["state"] == "clean" and not machine.has("/var/lib/kubewright")
    assert machine.text(result["backup"] + "/member/snap/db") == "data" and machine.has(result["backup"] + "/pki/ca.crt")
    assert machine.commands("kubeadm")[-1] == SKIPPING


def test_a_leftover_that_cannot_be_removed_is_told(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    machine.write("/sys/class/net/cni0/flags")
    machine.on("ip", "link", rc=2, stderr="RTNETLINK answers: Operation not permitted")
    result = reset()
    assert result["changed"] and "the interface cni0" not in result["removed"]
    assert "Operation not permitted" in whys(result)["the interface cni0"]


def test_several_runtimes_are_not_guessed_between(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    machine.remove(node.KUBELET_FLAGS)
    for name in ("/run/containerd/containerd.sock", "/run/crio/crio.sock"):
        machine.write(name)
    assert "there are several container runtimes" in reset()["msg"] and not machine.commands("kubeadm")
    assert reset(cri_socket="unix:///run/crio/crio.sock")["changed"]
    assert "--cri-socket unix:///run/crio/crio.sock" in machine.commands("kubeadm")[0]


def test_a_failure_of_kubeadm_carries_the_evidence_and_is_finished_by_the_next(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    machine.on("kubeadm", "reset", rc=1, stderr="error: unmounting failed\n", once=True)
    result = reset()
    assert result.failed and result["msg"].startswith("reset failed: `kubeadm reset") and result["journal"]
    assert reset()["changed"]


def test_files_that_are_not_kubeadms_stay_and_are_named(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    worker(machine)
    machine.write("/etc/kubernetes/audit/policy.yaml")
    assert whys(reset())["/etc/kubernetes/audit"] == "kubeadm did not make it"
    assert machine.has("/etc/kubernetes/audit/policy.yaml")


def test_a_worker_without_ca_is_known_by_its_kubeconfig(machine: FakeMachine, kubeadm: FakeKubeadm) -> None:
    machine.write(fake.KUBELET_CONF, captured_text("kubeadm/1.20.2/kubelet.conf"))
    assert [name[:7] for name in kubeadm_reset.cluster_hashes()] == ["sha256:"]
