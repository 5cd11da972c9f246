# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import cluster_verify
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module


class Cluster:
    """What cluster_verify asks for; each answer can change while it waits."""

    def __init__(self, machine: FakeMachine, captured: Any) -> None:
        self.machine = machine
        machine.write("/etc/kubernetes/admin.conf")
        self.ready: Any = (0, captured("kubeadm/1.34.2/readyz.txt"), "")
        self.nodes = json.loads(captured("kubeadm/1.34.2/get-nodes.json"))
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        self.pods = {"items": [{"metadata": {"name": "dns", "labels": {"k8s-app": "kube-dns"}}, "spec": {"nodeName": "cp1"}, "status": status}]}
        self.patience = 0
        machine.on("kubectl", then=self._answer)

    def _answer(self, call: Call) -> Any:
        if self.machine.slept < self.patience:
            return 1, "", "The connection to the server was refused"
        if "--raw" in call.words:
            return self.ready
        return 0, json.dumps(self.nodes if "nodes" in call.words else self.pods), ""


@pytest.fixture
def cluster(machine: FakeMachine, captured: Any) -> Cluster:
    return Cluster(machine, captured)


def verify(**more: Any) -> Result:
    return run_module(cluster_verify, **more)


def test_a_cluster_that_works_is_proven_without_a_change(machine: FakeMachine, cluster: Cluster) -> None:
    result = verify(nodes=["cp1", "worker1"], version="1.34.2")
    assert not result["changed"] and [check["ok"] for check in result["checks"]] == [True] * 5
    assert all(" get " in line for line in machine.commands()) and machine.slept == 0


def test_what_is_still_starting_is_waited_for(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.patience = 6
    assert not verify(nodes=["cp1"]).failed and machine.slept >= 6


@pytest.mark.parametrize(("more", "words"), [
    ({"nodes": ["cp1", "w9"]}, "the cluster is not well: node w9: the cluster does not know it"),
    ({"nodes": ["cp1"], "version": "1.34.3"}, "node cp1: its kubelet is 1.34.2, kube_version says 1.34.3"),
])
def test_each_check_that_failed_is_named(machine: FakeMachine, cluster: Cluster, more: dict[str, Any], words: str) -> None:
    result = verify(wait_seconds=4, **more)
    assert words in result["msg"] and result["checks"][0]["ok"] and 4 <= machine.slept <= 7


def test_an_api_server_that_fails_its_own_checks_is_not_well(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.ready = (1, "", 'Error from server (InternalError): an error on the server ("[+]ping ok\\n[-]etcd failed\\nreadyz check failed") has prevented')
    assert verify(wait_seconds=2)["msg"] == "the cluster is not well: API server: [-]etcd failed"


def test_an_api_server_that_does_not_answer_is_told(machine: FakeMachine, cluster: Cluster) -> None:
    cluster.patience = 1000
    assert "the cluster is not well: API server: `kubectl" in verify(wait_seconds=4)["msg"]


def test_garbage_is_one_error(machine: FakeMachine, cluster: Cluster) -> None:
    machine.on("kubectl", stdout="<html>")
    assert verify()["msg"].startswith("kubectl printed something that is no JSON")


def test_a_dry_run_warns_of_what_a_run_is_to_mend_and_waits_for_nothing(machine: FakeMachine, cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    result = verify(check_mode=True, nodes=["cp1", "joins-later"])
    assert not result.failed and not all(check["ok"] for check in result["checks"]) and machine.slept == 0
    assert "joins-later" in str(result.get("warnings")) + capsys.readouterr().err  # ansible-core says it there where the controller's half is loaded


def test_a_dry_run_before_the_cluster_is_made_asks_nobody(machine: FakeMachine, cluster: Cluster) -> None:
    machine.remove("/etc/kubernetes/admin.conf")
    assert verify(check_mode=True, nodes=["cp1"])["checks"] == [] and machine.calls == []
