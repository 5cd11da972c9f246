# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import cluster_reach
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

KUBECTL = ("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s")


def pod(name: str, node: str, address: str | None) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"nodeName": node}, "status": {"podIP": address} if address else {}}


def pods(machine: FakeMachine, *items: dict[str, Any]) -> None:
    machine.on(*KUBECTL, "get", stdout={"items": list(items)})


def reach(**more: Any) -> Result:
    return run_module(cluster_reach, **{"namespace": "example", "selector": "app=web", "service": "web.example.svc.cluster.local", **more})


def test_every_pod_reaches_every_other_and_the_service(machine: FakeMachine) -> None:
    pods(machine, pod("a", "n1", "10.244.1.2"), pod("b", "n2", "fd00::2"))
    machine.on(*KUBECTL, "exec", stdout="answer\n")
    result = reach(port=81, path="/x")
    assert not result["changed"] and len(result["reached"]) == 4 and all(row["ok"] for row in result["reached"])
    assert [line.split(" -- ")[0].split()[-1] + " " + line.split()[-1] for line in machine.commands(*KUBECTL, "exec")] == [
        "a http://[fd00::2]:81/x", "a http://web.example.svc.cluster.local:80/x", "b http://10.244.1.2:81/x", "b http://web.example.svc.cluster.local:80/x"]


def test_only_what_failed_is_tried_again_until_it_works(machine: FakeMachine) -> None:
    pods(machine, pod("a", "n1", "10.244.1.2"))
    machine.on(*KUBECTL, "exec", stdout="answer")
    machine.on(*KUBECTL, "exec", rc=1, stderr="wget: bad address", once=True)
    machine.on(*KUBECTL, "exec", stdout=" \n", once=True)
    assert not reach().failed and machine.slept == 4


def test_what_is_never_reached_is_told_with_both_nodes(machine: FakeMachine) -> None:
    pods(machine, pod("a", "n1", "10.244.1.2"), pod("b", "n2", "10.244.2.2"))

    def broken(call: Call) -> Any:
        return (1, "", "wget: timed out") if "10.244.2.2" in call.words[-1] else (0, "ok", "")

    machine.on(*KUBECTL, "exec", then=broken)
    result = reach(wait_seconds=10)
    assert result["msg"] == "not reached: a on n1 to b n2. Look at the routes and at kube-proxy on these nodes."
    assert "wget: timed out" in result["reached"][0]["told"] and 10 <= machine.slept <= 13


@pytest.mark.parametrize(("items", "words"), [([], "no pod carries the label app=web in example"), ([pod("a", "n1", None)], "pods without an address: a.")])
def test_pods_that_are_not_there_are_told(machine: FakeMachine, items: list[Any], words: str) -> None:
    pods(machine, *items)
    assert words in reach()["msg"]


def test_a_cluster_that_does_not_answer_is_told(machine: FakeMachine) -> None:
    machine.on("kubectl", rc=1, stderr="Unable to connect")
    assert reach()["msg"].startswith("reach: `kubectl")
