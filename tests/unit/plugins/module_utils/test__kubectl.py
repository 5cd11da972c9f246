# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl, as_list
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


@pytest.fixture
def kubectl(machine: FakeMachine) -> Kubectl:
    return Kubectl(Runner(machine))


def test_kubectl_acts_as_the_administrator(machine: FakeMachine, kubectl: Kubectl) -> None:
    machine.on("kubectl", stdout={"items": []})
    assert kubectl.json("get", "nodes") == {"items": []}
    assert machine.commands() == ["kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s get nodes -o json"]


@pytest.mark.parametrize(("printed", "expected"), [("", None), ("\n", None), ('{"kind": "Node"}', {"kind": "Node"})])
def test_an_object_is_found_or_not(machine: FakeMachine, kubectl: Kubectl, printed: str, expected: Any) -> None:
    machine.on("kubectl", stdout=printed)
    assert kubectl.find("node", "n1") == expected


def test_what_kubectl_prints_must_be_json(machine: FakeMachine, kubectl: Kubectl) -> None:
    machine.on("kubectl", stdout="<html>")
    with pytest.raises(KubewrightError, match="kubectl printed something that is no JSON"):
        kubectl.json("get", "nodes")
    with pytest.raises(KubewrightError, match="kubectl printed something that is no JSON"):
        kubectl.find("node", "n1")


def test_an_answer_that_is_no_object_is_empty(machine: FakeMachine, kubectl: Kubectl) -> None:
    machine.on("kubectl", stdout="[]")
    assert kubectl.json("version") == {}


def test_objects_for_kubectl_are_one_document() -> None:
    assert json.loads(as_list([{"kind": "A"}, {"kind": "B"}])) == {"apiVersion": "v1", "kind": "List", "items": [{"kind": "A"}, {"kind": "B"}]}
