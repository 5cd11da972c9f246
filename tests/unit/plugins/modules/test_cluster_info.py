# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

from ansible_collections.kubewright.cluster.plugins.modules import cluster_info
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, run_module

KUBECTL = ("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s")


def cluster(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/admin.conf")
    answers: dict[tuple[str, ...], Any] = {
        ("version",): {"serverVersion": {"gitVersion": "v1.31.4+k3s1"}},
        ("get", "daemonsets"): {"items": [{"metadata": {"namespace": "kube-flannel", "name": "kube-flannel-ds"}}]},
        ("get", "nodes"): {"items": [{"metadata": {"name": "w1", "labels": {}}}]},
        ("get", "pods"): {"items": [{"metadata": {"labels": {"component": "etcd"}}, "spec": {"nodeName": "cp1", "containers": [{"image": "etcd:3.5.16-0"}]}}]},
        ("get", "secrets"): {"items": [{"metadata": {"name": "bootstrap-token-abcdef"}, "data": {"token-secret": "c2VjcmV0"}}]},
        ("get", "--ignore-not-found"): {"metadata": {"ownerReferences": [{"name": "bootstrap-token-abcdef"}]}, "data": {"ca.key": "c2VjcmV0"}},
    }
    for words, answer in answers.items():
        machine.on(*KUBECTL, *words, stdout=answer)


def test_a_cluster_is_told_without_anything_secret(machine: FakeMachine) -> None:
    cluster(machine)
    for check_mode in (True, False):
        result = run_module(cluster_info, check_mode)
        assert not result.failed and not result["changed"] and result["exists"] and result["problems"] == []
        assert (result["kubernetes"], [row["name"] for row in result["nodes"]], result["networks"][0]["name"]) == ("1.31.4", ["w1"], "flannel")
        assert (result["tokens"][0]["id"], result["certificate_key"]["token_id"], result["components"][0]["version"]) == ("abcdef", "abcdef", "3.5.16-0")
        assert "c2VjcmV0" not in json.dumps(dict(result)) and "secret" not in json.dumps(dict(result))


def test_a_machine_without_a_cluster_is_no_error(machine: FakeMachine) -> None:
    result = run_module(cluster_info)
    assert not result.failed and not result["exists"] and result["nodes"] == [] and machine.calls == []


def test_a_control_plane_that_does_not_answer_is_asked_once(machine: FakeMachine) -> None:
    machine.write("/etc/kubernetes/admin.conf")
    machine.on(*KUBECTL, rc=1, stderr="The connection to the server was refused")
    result = run_module(cluster_info)
    assert not result.failed and result["exists"] and result["nodes"] == [] and len(machine.calls) == 1
    assert len(result["problems"]) == 1 and result["problems"][0].startswith("version: `kubectl")


def test_what_may_not_be_asked_hides_nothing_else(machine: FakeMachine) -> None:
    cluster(machine)
    machine.on(*KUBECTL, "get", "secrets", rc=1, stderr="Error from server (Forbidden): secrets is forbidden")
    result = run_module(cluster_info)
    assert result["tokens"] == [] and len(result["nodes"]) == 1 and result["problems"][0].startswith("bootstrap tokens: ")
