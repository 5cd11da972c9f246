# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.modules import pod_network_change
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

LABELS = {network.LABEL: "flannel"}


class Api:
    """Objects by kind, namespace and name."""

    def __init__(self, machine: FakeMachine) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.unknown: set[str] = set()
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def add(self, kind: str, namespace: str, name: str, **labels: str) -> None:
        self.objects[kind, namespace, name] = {"metadata": {"name": name, "namespace": namespace, "labels": labels}}

    def _answer(self, call: Call) -> Any:
        words = call.words[4:]
        verb, kind = words[0], {"daemonsets": "daemonsets.apps"}.get(words[1], words[1])
        if kind in self.unknown:
            return 1, "", f"error: the server doesn't have a resource type {kind!r}"
        namespace = words[words.index("-n") + 1] if "-n" in words else ""
        name = words[2] if len(words) > 2 and not words[2].startswith("-") else ""
        if verb == "delete":
            del self.objects[kind, namespace, name]
            return 0, "", ""
        if name:
            return 0, f"{kind}/{name}\n" if (kind, namespace, name) in self.objects else "", ""
        key, _equals, value = words[words.index("-l") + 1].partition("=") if "-l" in words else ("", "", "")
        items = [item for (of, _namespace, _name), item in self.objects.items() if of == kind and (not key or item["metadata"]["labels"].get(key) == value)]
        return 0, json.dumps({"items": items}), ""


@pytest.fixture
def api(machine: FakeMachine) -> Api:
    return Api(machine)


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(pod_network_change, check_mode, **{"network": "calico", **more})


def flannel(api: Api) -> None:
    api.add("daemonsets.apps", "kube-flannel", "kube-flannel-ds", **LABELS)
    api.add("configmaps", "kube-flannel", "kube-flannel-cfg", **LABELS)
    api.add("clusterroles.rbac.authorization.k8s.io", "", "flannel")
    api.add("clusterroles.rbac.authorization.k8s.io", "", "admin")
    api.add("namespaces", "", "kube-flannel", **LABELS)
    api.add("configmaps", "other", "ours", **LABELS)


def test_check_real_check_real(api: Api) -> None:
    flannel(api)
    sentences = ["delete daemonsets.apps kube-flannel/kube-flannel-ds", "delete configmaps kube-flannel/kube-flannel-cfg",
                 "delete clusterroles.rbac.authorization.k8s.io flannel", "delete namespaces kube-flannel", "delete configmaps other/ours"]
    for check_mode, told in ((True, sentences), (False, sentences), (True, []), (False, [])):
        result = run(check_mode)
        assert (result["changed"], result["actions"], result["others"]) == (bool(told), told, ["flannel"] if told else [])
    assert list(api.objects) == [("clusterroles.rbac.authorization.k8s.io", "", "admin")]


def test_what_a_run_left_that_was_stopped_goes_with_the_next(api: Api) -> None:
    api.add("configmaps", "kube-flannel", "kube-flannel-cfg", **LABELS)
    assert run()["actions"] == ["delete configmaps kube-flannel/kube-flannel-cfg"] and run()["others"] == []


def test_calico_takes_its_definitions_along_and_kinds_that_are_not_there_are_passed_over(api: Api) -> None:
    api.unknown = {"poddisruptionbudgets.policy"}
    api.add("daemonsets.apps", "kube-system", "calico-node")
    api.add("deployments.apps", "kube-system", "calico-kube-controllers")
    api.add(pod_network_change.DEFINITIONS, "", "ippools.crd.projectcalico.org")
    api.add(pod_network_change.DEFINITIONS, "", "certificates.cert-manager.io")
    assert run(network="flannel")["others"] == ["calico"]
    assert list(api.objects) == [(pod_network_change.DEFINITIONS, "", "certificates.cert-manager.io")]


def test_the_network_that_stays_is_not_touched(api: Api) -> None:
    flannel(api)
    assert run(network="flannel")["actions"] == [] and len(api.objects) == 6


def test_a_network_that_nobody_knows_enough_of_is_refused(api: Api) -> None:
    flannel(api)
    api.add("daemonsets.apps", "kube-system", "cilium")
    assert "Take it away the way it came" in run()["msg"] and len(api.objects) == 7


def test_other_errors_are_told(machine: FakeMachine, api: Api) -> None:
    api.add("daemonsets.apps", "kube-system", "calico-node")
    for words in (("get", "daemonsets.apps"), ("get", pod_network_change.DEFINITIONS)):
        machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", *words, rc=1, stderr="error: forbidden", once=True)
        assert run(network="flannel")["failed"]


def test_a_dry_run_before_the_cluster_is_made(machine: FakeMachine) -> None:
    assert run(check_mode=True)["actions"] == [] and machine.calls == []
