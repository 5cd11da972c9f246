# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.module_utils._cluster_look import cluster
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

SPACE = {"kind": "Namespace", "metadata": {"uid": "u1"}}


def look(machine: FakeMachine) -> Any:
    return cluster(Kubectl(Runner(machine)))


@pytest.mark.parametrize("items", [[SPACE], []])
def test_a_cluster_whose_lock_nobody_holds(machine: FakeMachine, items: List[Any]) -> None:
    machine.on("kubectl", stdout={"kind": "List", "items": items})
    assert look(machine) == {"uid": "u1" if items else "", "lock": None, "reason": "", "settings": {}}
    assert machine.commands()[0].endswith("get --ignore-not-found -o json namespace/kube-system lease/kubewright configmap/kubeadm-config "
                                          "configmap/kube-proxy --namespace kube-system")


def test_one_object_alone_is_printed_without_a_list(machine: FakeMachine) -> None:
    machine.on("kubectl", stdout=SPACE)
    assert look(machine)["uid"] == "u1"


def test_the_holder_of_the_lock_is_told_with_the_seconds_left(machine: FakeMachine) -> None:
    held = run_lock.lease("root@ci1/x", "site.yml", machine.now(), 60, None)
    machine.on("kubectl", stdout={"kind": "List", "items": [SPACE, held]})
    lock = look(machine)["lock"]
    assert (lock["identity"], lock["purpose"]) == ("root@ci1/x", "site.yml") and 58 <= lock["seconds_left"] <= 60


def test_how_the_cluster_is_configured_is_told_as_kubeadm_wrote_it(machine: FakeMachine) -> None:
    maps = [{"kind": "ConfigMap", "metadata": {"name": "kubeadm-config"}, "data": {"ClusterConfiguration": "a: 1\n"}},
            {"kind": "ConfigMap", "metadata": {"name": "kube-proxy"}}]
    machine.on("kubectl", stdout={"kind": "List", "items": [SPACE, *maps]})
    assert look(machine)["settings"] == {"kubeadm-config": "a: 1\n", "kube-proxy": ""}


def test_a_control_plane_that_does_not_answer_has_a_reason(machine: FakeMachine) -> None:
    machine.on("kubectl", rc=1, stderr="connection refused")
    assert "connection refused" in look(machine)["reason"]
    machine.on("kubectl", stdout=json.dumps([]))
    assert look(machine)["reason"] == ""
