"""In this order: one machine that does everything; a control plane only, and back; a worker comes later."""

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runs import CLONE, PlaybookRun, playbook
from testinfra.host import Host

Kubectl = Callable[[str], Any]
PODS = ipaddress.ip_network("192.168.0.0/16")
TAINT = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}


def pods(kubectl: Kubectl, words: str) -> list[dict[str, Any]]:
    return list(kubectl(f"get pods {words} -o json")["items"])


def test_the_node_has_no_taint(kubectl: Kubectl) -> None:
    assert "taints" not in kubectl("get node node1 -o json")["spec"]


def test_pods_have_addresses_of_the_chosen_network(kubectl: Kubectl) -> None:
    own = [pod for pod in pods(kubectl, "--all-namespaces") if not pod["spec"].get("hostNetwork")]
    assert own and all(ipaddress.ip_address(pod["status"]["podIP"]) in PODS for pod in own)


def test_the_cluster_s_dns_runs_on_it(kubectl: Kubectl) -> None:
    found = pods(kubectl, "--namespace kube-system --selector k8s-app=kube-dns")
    assert {(pod["spec"]["nodeName"], pod["status"]["phase"]) for pod in found} == {("node1", "Running")}


def test_a_workload_runs_on_it(kubectl: Kubectl, nodes: dict[str, Host]) -> None:
    node = nodes["node1"]
    command = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
    node.check_output(f"{command} create deployment web --image kubewright.local/busybox:1 -- sleep 3600")
    node.check_output(f"{command} rollout status deployment/web --timeout 120s")
    assert [pod["spec"]["nodeName"] for pod in pods(kubectl, "--selector app=web")] == ["node1"]


def test_taken_out_of_kube_node_it_takes_no_more_workloads_and_keeps_those_it_has(inventory: Path, tmp_path: Path, kubectl: Kubectl) -> None:
    tree = {"all": {"children": {"kube_control_plane": {"hosts": {"node1": {}}}}, "vars": {"kube_pod_subnets": [str(PODS)]}}}
    (tmp_path / "10-hosts.yml").write_text(json.dumps(tree))
    (tmp_path / "20-lab.yml").symlink_to(inventory / "20-lab.yml")
    assert playbook("site.yml", tmp_path).each("changed") == {"node1": 1}
    assert kubectl("get node node1 -o json")["spec"]["taints"] == [TAINT]
    assert len(pods(kubectl, "--selector app=web --field-selector status.phase=Running")) == 1
    again = playbook("site.yml", tmp_path)
    assert again.rc == 0 and again.each("changed") == {"node1": 0}


def test_listed_there_again_it_takes_workloads_again(site: Callable[..., PlaybookRun], kubectl: Kubectl) -> None:
    run = site()
    assert run.rc == 0 and run.each("changed") == {"node1": 1}
    assert "taints" not in kubectl("get node node1 -o json")["spec"]


def test_a_worker_joins_later_by_the_endpoint_that_was_there_from_the_beginning(
    site: Callable[..., PlaybookRun], kubectl: Kubectl, reconnect: Callable[[str], Host]
) -> None:
    words = ["up", "--supplier", "debian", "--inventory", "molecule/single-node/grown/hosts.yml", "--name", os.environ["KUBEWRIGHT_LAB"]]
    subprocess.run([sys.executable, "-m", "lab", *words], cwd=CLONE, check=True)
    assert site("-e", "verify_workload=true").rc == 0
    assert {item["metadata"]["name"] for item in kubectl("get nodes -o json")["items"]} == {"node1", "worker1"}
    assert "server: https://cluster-endpoint:6443" in reconnect("worker1").file("/etc/kubernetes/kubelet.conf").content_string


def test_after_that_a_run_changes_nothing(site: Callable[..., PlaybookRun]) -> None:
    run = site()
    assert run.rc == 0 and run.each("changed") == {"node1": 0, "worker1": 0}
