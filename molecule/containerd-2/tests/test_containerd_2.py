"""What converge left: containerd 2 as Kubernetes needs it; and the cluster on it, where BINARIES were given."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import playbook
from testinfra.host import Host

cluster = pytest.mark.skipif(not os.environ.get("BINARIES"), reason="a cluster on containerd 2 needs BINARIES=<folder of Kubernetes 1.26 or newer>")


def pids(node: Host) -> dict[str, str]:
    rows = node.check_output("ctr -n k8s.io tasks ls").splitlines()[1:]
    return {row.split()[0]: row.split()[1] for row in rows}


def test_the_daemon_is_containerd_2_with_its_cri_plugins(node: Host) -> None:
    assert re.search(r" 2\.\d+\.\d+", node.check_output("containerd --version"))
    rows = [row.split() for row in node.check_output("ctr plugins ls").splitlines() if re.search(r"\.cri\.| cri ", row)]
    assert len(rows) == 3 and {row[-1] for row in rows} == {"ok"}


@cluster
def test_all_nodes_are_ready_on_it(kubectl: Callable[[str], Any], nodes: dict[str, Host]) -> None:
    items = kubectl("get nodes -o json")["items"]
    assert {item["metadata"]["name"] for item in items} == set(nodes)
    assert all(item["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://2.") for item in items)
    assert {row["status"] for item in items for row in item["status"]["conditions"] if row["type"] == "Ready"} == {"True"}


@cluster
def test_everything_in_kube_system_runs(kubectl: Callable[[str], Any]) -> None:
    pods = kubectl("get pods --namespace kube-system -o json")["items"]
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


@cluster
def test_pods_have_systemds_cgroups(node: Host) -> None:
    found = pids(node)
    assert found
    for pid in found.values():
        assert "/kubepods.slice/" in node.check_output(f"cat /proc/{pid}/cgroup")


@cluster
def test_a_change_restarts_containerd_and_pods_go_on(inventory: Path, nodes: dict[str, Host]) -> None:
    before = {name: pids(node) for name, node in nodes.items()}
    variables = '{"containerd_settings": {"debug": {"level": "warn"}}}'
    run = playbook("site.yml", inventory, "--tags=machines", f"--extra-vars={variables}")
    assert run.rc == 0 and run.output.count("containerd is restarted; running containers go on") == len(nodes), run.output
    assert {name: pids(node) for name, node in nodes.items()} == before
