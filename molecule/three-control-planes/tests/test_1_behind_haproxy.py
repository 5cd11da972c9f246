"""Three control planes and a worker, all of whom call haproxy."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from control_planes import ENDPOINT, PLANES, Site, members, server, up
from testinfra.host import Host


def test_etcd_has_three_started_members(control_plane: Host) -> None:
    assert set(members(control_plane)) == set(PLANES)


def test_everybody_calls_the_endpoint(node: Host) -> None:
    if node.check_output("hostname") == "lb1":
        assert node.service("haproxy").is_running
        return
    assert server(node.file("/etc/kubernetes/kubelet.conf").content_string) == ENDPOINT
    admin = node.file("/etc/kubernetes/admin.conf")
    assert not admin.exists or server(admin.content_string) == ENDPOINT


def test_the_workstation_calls_the_load_balancer(variables: Callable[[str], dict[str, Any]], inventory: Path) -> None:
    path = Path(variables("cp1")["kube_kubeconfig_path"])
    assert server(path.read_text()) == f"https://{variables('lb1')['ansible_host']}:6443"
    program = inventory.parent / "bin" / "kubectl"
    asked = subprocess.run([str(program), "--kubeconfig", str(path), "get", "nodes", "-o", "name"], capture_output=True, text=True, check=True)
    assert set(asked.stdout.split()) == {f"node/{name}" for name in (*PLANES, "worker1")}


def test_haproxy_counts_three_ready_api_servers(nodes: dict[str, Host]) -> None:
    assert up(nodes["lb1"]) == set(PLANES)


def test_the_load_balancer_was_left_alone(nodes: dict[str, Host]) -> None:
    assert not nodes["lb1"].file("/etc/kubernetes").exists and not nodes["lb1"].exists("kubeadm")


def test_a_second_run_with_limit_changes_nothing(site: Site) -> None:
    run = site("--limit", "cp2")
    assert run.rc == 0 and run.each("changed") == {"cp2": 0}
