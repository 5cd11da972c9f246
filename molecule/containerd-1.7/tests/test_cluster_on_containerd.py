"""The cluster's pods on containerd 1.7."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runs import playbook
from testinfra.host import Host


def pids(node: Host) -> dict[str, str]:
    rows = node.check_output("ctr -n k8s.io tasks ls").splitlines()[1:]
    return {row.split()[0]: row.split()[1] for row in rows}


def is_taken_apart(node: Host) -> bool:
    """On cgroup v1 systemd 257 takes a pod's first process out of its cgroup of devices; containerd 1.7 then takes its shim for a leaked one."""
    rows = [row.split(":", 2) for pid in pids(node).values() for row in node.check_output(f"cat /proc/{pid}/cgroup").splitlines()]
    return any(controllers == "devices" and not path.endswith(".scope") for _number, controllers, path in rows)


def test_nodes_run_containerd_1_7(kubectl: Callable[[str], Any]) -> None:
    versions = [item["status"]["nodeInfo"]["containerRuntimeVersion"] for item in kubectl("get nodes -o json")["items"]]
    assert versions and all(re.match(r"containerd://1\.7\.", version) for version in versions)


def test_pods_have_systemds_cgroups(node: Host) -> None:
    found = pids(node)
    assert found
    for pid in found.values():
        assert "/kubepods.slice/" in node.check_output(f"cat /proc/{pid}/cgroup")


def test_a_change_restarts_containerd_and_pods_go_on(inventory: Path, nodes: dict[str, Host], kubectl: Callable[[str], Any]) -> None:
    before = {name: pids(node) for name, node in nodes.items() if not is_taken_apart(node)}
    variables = '{"containerd_settings": {"debug": {"level": "warn"}}}'
    run = playbook("site.yml", inventory, "--tags=machines", f"--extra-vars={variables}")
    assert run.rc == 0 and run.output.count("containerd is restarted; running containers go on") == len(nodes), run.output
    assert {name: pids(nodes[name]) for name in before} == before
    again = playbook("site.yml", inventory, "--tags=machines", f"--extra-vars={variables}")
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output
    rows = [row for item in kubectl("get nodes -o json")["items"] for row in item["status"]["conditions"] if row["type"] == "Ready"]
    assert {row["status"] for row in rows} == {"True"}
