# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import stats

CLUSTER = {"exists": True, "endpoint": "x:6443", "primary": "cp1", "ca_hashes": ["sha256:a"], "uid": "u"}
# cluster_preflight asks no machine, so that a real ansible-playbook can run it here.
PLAYBOOK = """
- hosts: cp1,w1
  gather_facts: false
  tasks:
    - kubewright.cluster.cluster_preflight:
        hosts: [cp1, w1]
        control_planes: [cp1]
      run_once: true
"""
INVENTORY = """
all:
  hosts:
    cp1: {ansible_host: 192.0.2.10}
    w1: {ansible_host: 192.0.2.11}
  vars:
    kube_version: 1.31.2
    ansible_python_interpreter: /usr/bin/python3
    __preflight_look: {node: {healthy: true, ours: false, reset_allowed: false, reason: bare, state: clean, host: {}}}
"""


def node(name: str, ready: bool = True, roles: tuple[str, ...] = (), version: str = "1.31.2") -> dict[str, Any]:
    return {"name": name, "ready": ready, "roles": list(roles), "version": version, "runtime": "containerd://1.7.24", "address": "192.0.2.1",
            "machine_id": "0123", "labels": {"a": "b"}}


def test_a_summary_has_the_numbers_and_the_nodes_that_are_not_ready_first() -> None:
    plan = {"cluster": CLUSTER, "steps": [{"host": "w1", "action": "join"}, {"host": "w2", "action": "join"}]}
    found = stats.summary([node("w1"), node("w2", ready=False, version="1.30.8"), node("cp1", roles=("control-plane",))], plan, {"w1": [{"phase": "x"}]}, False)
    assert [row["name"] for row in found.pop("nodes")] == ["w2", "cp1", "w1"]
    assert found == {"schema": "kubewright.summary/1", "predicted": False, "cluster": {"exists": True, "endpoint": "x:6443"},
                     "versions": {"1.30.8": 1, "1.31.2": 2}, "nodes_total": 3, "nodes_ready": 2, "steps": {"join": 1}, "not_done": ["w2"]}


@pytest.mark.parametrize("plan", [{}, {"steps": []}])
def test_a_run_without_a_plan_or_a_cluster_has_a_summary_too(plan: dict[str, Any]) -> None:
    found = stats.summary([], plan, {}, True)
    assert found["predicted"] and found["cluster"] == {"exists": False, "endpoint": ""} and found["nodes"] == found["not_done"] == [] == list(found["steps"])


def test_a_thousand_nodes_stay_small() -> None:
    plan = {"cluster": CLUSTER, "steps": [{"host": f"worker{number:04}.example.com", "action": "join"} for number in range(1000)]}
    found = stats.summary([node(f"worker{number:04}.example.com", ready=number != 777) for number in range(1000)], plan, {}, False)
    assert found["nodes_total"] == 1000 and found["nodes"][0]["name"] == "worker0777.example.com"
    assert len(json.dumps(found)) < 10_000 and len(json.dumps(stats.forecast([], [], plan))) < 10_000


def test_a_forecast_tells_what_to_approve() -> None:
    rows = [{"level": "warning", "id": "Clock"}, {"level": "warning", "id": "Clock"}, {"level": "warning", "id": "Disk"}]
    plan = {"cluster": CLUSTER, "steps": [{"host": "w2", "action": "join"}, {"host": "w1", "action": "repair"}]}
    assert stats.forecast(rows, ["one"], plan) == {
        "schema": "kubewright.forecast/1", "cluster": {"exists": True, "endpoint": "x:6443"}, "findings": {"error": 0, "warning": 3, "waived": 1},
        "finding_ids": ["Clock", "Disk"], "steps": {"join": 1, "repair": 1}, "hosts": ["w1", "w2"]}


def test_ansible_takes_them_from_an_action_as_from_set_stats(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    collections = Path(__file__).resolve().parents[4] / "collections"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_SHOW_CUSTOM_STATS": "true",
                   "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    _before, _title, told = done.stdout.partition("CUSTOM STATS: ")
    written = json.loads(told[told.index("{"):told.rindex("}") + 1])
    assert written["kubewright_preflight"]["steps"] == {"init": 1, "join": 1}
