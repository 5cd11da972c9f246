# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _verify as verify


def node(name: str, ready: bool = True, version: str = "v1.31.2") -> Dict[str, Any]:
    return {"metadata": {"name": name}, "status": {
        "conditions": [{"type": "Ready", "status": str(ready)}], "nodeInfo": {"kubeletVersion": version, "containerRuntimeVersion": "containerd://1.7"}}}


def pod(name: str, ready: bool = True, dns: bool = False, **status: Any) -> Dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": {"name": name, "labels": {"k8s-app": "kube-dns"} if dns else {}}, "spec": {"nodeName": "n1"},
            "status": dict({"phase": "Running", "conditions": conditions}, **status)}


WAITING = [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]
READY_TEXT = "[+]ping ok\n[+]etcd ok\nreadyz check passed\n"
# kubectl's standard error for a 500; the answer's lines are quoted in it.
FAILED_TEXT = ('Error from server (InternalError): an error on the server ("[+]ping ok\\n[-]etcd failed: reason withheld\\n[+]log ok\\n'
               '[-]informer-sync failed: reason withheld\\nreadyz check failed") has prevented the request from succeeding\n')


@pytest.mark.parametrize(("text", "ok", "told"), [
    (READY_TEXT, True, "every part of /readyz is well"),
    ("[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n", False, "[-]etcd failed: reason withheld"),
    (FAILED_TEXT, False, "[-]etcd failed: reason withheld; [-]informer-sync failed: reason withheld"),
    ("", False, "it said nothing about itself"),
    ("Error from server (Forbidden): forbidden\n", False, "Error from server (Forbidden): forbidden"),
])
def test_the_api_server_is_well_only_where_it_says_so(text: str, ok: bool, told: str) -> None:
    assert verify.api_check(text) == verify.Check("API server", ok, told)


@pytest.mark.parametrize("version", ["1.20.2", "1.34.2"])
def test_a_captured_readyz_is_well(captured: Any, version: str) -> None:
    assert verify.api_check(captured("kubeadm/{0}/readyz.txt".format(version))).ok


@pytest.mark.parametrize(("items", "version", "ok", "told"), [
    ([node("n1")], "1.31.2", True, "Ready, 1.31.2, containerd://1.7"),
    ([node("n1")], None, True, "Ready, 1.31.2, containerd://1.7"),
    ([node("n1", False)], "1.31.2", False, "not Ready"),
    ([node("n1")], "1.31.3", False, "its kubelet is 1.31.2, kube_version says 1.31.3"),
    ([node("n2")], None, False, "the cluster does not know it"),
])
def test_every_expected_node_is_there_ready_and_of_the_version(items: List[Any], version: Any, ok: bool, told: str) -> None:
    assert verify.node_checks(items, ["n1"], version) == [verify.Check("node n1", ok, told)]


@pytest.mark.parametrize(("pods", "ok", "told"), [
    ([pod("a"), pod("b")], True, "2 ready"),
    ([pod("a"), pod("job", False, phase="Succeeded")], True, "2 ready"),
    ([], False, "0 ready"),
    ([pod("a", False)], False, "a on n1: Running, not ready"),
    ([pod("a", False, containerStatuses=WAITING)], False, "a on n1: ImagePullBackOff no such image"),
    ([{"metadata": {"name": "a"}, "spec": {}}], False, "a on no node: unknown, not ready"),
])
def test_every_pod_of_the_system_is_ready(pods: List[Any], ok: bool, told: str) -> None:
    assert verify.pod_check(pods) == verify.Check("pods of kube-system", ok, told)


@pytest.mark.parametrize(("expected", "lost", "told"), [
    (["n1"], False, "a on n2: Running, not ready"), (["n1", "n2"], True, "a on n2: Running, not ready"), ([], True, "a on n2: Running, not ready"),
    (["n1"], True, "1 ready, without those on n2, not Ready and not asked for"),
])
def test_pods_on_a_node_that_is_switched_off_and_not_asked_for_are_not_waited_for(expected: List[str], lost: bool, told: str) -> None:
    pods = [pod("b"), dict(pod("a", False), spec={"nodeName": "n2"})]
    found = {check.name: check.told for check in verify.checks([node("n1"), node("n2", not lost)], pods, expected, None, READY_TEXT)}
    assert found["pods of kube-system"] == told


@pytest.mark.parametrize(("pods", "ok"), [([pod("a", dns=True), pod("b", False, dns=True)], True), ([pod("b", False, dns=True)], False), ([pod("a")], False)])
def test_one_ready_pod_of_the_dns_is_enough(pods: List[Any], ok: bool) -> None:
    assert verify.dns_check(pods).ok is ok


def test_the_failures_are_one_sentence() -> None:
    found = verify.checks([node("n1", False)], [pod("a", dns=True)], ["n1"], None, READY_TEXT)
    assert [check.name for check in found] == ["API server", "node n1", "pods of kube-system", "cluster DNS"]
    assert verify.failures(found) == "node n1: not Ready"
    assert found[1].as_dict() == {"name": "node n1", "ok": False, "told": "not Ready"}
