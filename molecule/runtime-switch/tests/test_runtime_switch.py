"""In this order, on a cluster that has run with Docker since it was made. What must stay is looked at before, and once more when all is done."""

import json
import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import PlaybookRun, playbook
from testinfra.host import Host

IMAGE = "kubewright.local/busybox:1"
SOCKET = "/run/containerd/containerd.sock"
FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
NOTE = "/var/lib/kubewright/runtime.json"
TO_CONTAINERD = "--extra-vars=kube_runtime=containerd"
OURS = "docker ps --all --quiet --filter label=io.kubernetes.docker.type"
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "survivor", "namespace": "default"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "survivor"}}, "template": {
        "metadata": {"labels": {"app": "survivor"}},
        "spec": {"terminationGracePeriodSeconds": 1, "tolerations": [{"key": "node-role.kubernetes.io/master", "operator": "Exists"}],
                 "containers": [{"name": "one", "image": IMAGE, "command": ["sleep", "100000"]}]}}},
}
# Ends whoever holds the machine's lock as soon as the kubelet has ended: the module, and what it has just started.
KILLER = """
while systemctl is-active --quiet kubelet; do sleep 0.02; done
for lock in $(find /proc/[0-9]*/fd -lname /run/kubewright.lock 2> /dev/null); do kill -9 $(echo $lock | cut -d/ -f3) 2> /dev/null; done
echo done > /run/killed
"""
Kubectl = Callable[[str], Any]


def switch(inventory: Path, *options: str) -> PlaybookRun:
    return playbook("playbooks/switch_runtime.yml", inventory, TO_CONTAINERD, *options)


def runtimes(kubectl: Kubectl) -> dict[str, str]:
    items = kubectl("get nodes -o json")["items"]
    return {item["metadata"]["name"]: item["status"]["nodeInfo"]["containerRuntimeVersion"].partition("://")[0] for item in items}


def kubelet_words(node: Host) -> list[str]:
    """Of its process, not of a file."""
    return str(node.check_output("tr '\\0' ' ' < /proc/$(systemctl show -p MainPID --value kubelet)/cmdline")).split()


def identity(node: Host) -> dict[str, str]:
    """What makes the machine the node that it is."""
    return {name: str(node.check_output(command)) for name, command in {
        "kubelet": "sha256sum < /etc/kubernetes/kubelet.conf", "certificate": "readlink -f /var/lib/kubelet/pki/kubelet-client-current.pem",
        "configuration": "sha256sum < /var/lib/kubelet/config.yaml", "certificates": "cat /etc/kubernetes/pki/*.crt | sha256sum",
        "mine": "docker inspect --format '{{.Id}} {{.State.StartedAt}}' mine", "etcd": "ls /var/lib/etcd/member/wal 2> /dev/null | head -1 || true"}.items()}


@pytest.fixture(scope="module")
def kept(kubectl: Kubectl, nodes: dict[str, Host]) -> dict[str, Any]:
    """Made before the switch."""
    first = nodes["cp1"]
    first.check_output(f"printf %s {shlex.quote(json.dumps(DEPLOYMENT))} | kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f -")
    for words in ("create configmap written-before --from-literal=by=hand", "label node worker1 example.com/rack=r1",
                  "taint node worker1 example.com/mine=yes:PreferNoSchedule", "rollout status deployment survivor --timeout=120s"):
        first.check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}")
    for node in nodes.values():
        node.check_output(f"docker run --detach --name mine {IMAGE} sleep 100000")
        node.check_output(f"sed -i 's/--network-plugin=cni/--network-plugin=cni --v=1/' {FLAGS} && echo '# mine' >> {FLAGS}")
    return {"uids": uids(kubectl), **{name: identity(node) for name, node in nodes.items()}}


def uids(kubectl: Kubectl) -> list[str]:
    asked = ("namespace kube-system", "configmap written-before", "node cp1", "node worker1", "deployment survivor")
    return [kubectl(f"get {words} -o json")["metadata"]["uid"] for words in asked]


def test_the_cluster_runs_with_docker(kubectl: Kubectl, kept: dict[str, Any], node: Host) -> None:
    assert runtimes(kubectl) == {"cp1": "docker", "worker1": "docker"}
    assert node.check_output(OURS) and "--network-plugin=cni" in kubelet_words(node)


def test_site_yml_refuses_another_runtime_and_names_the_playbook(site: Callable[..., PlaybookRun], nodes: dict[str, Host], kept: dict[str, Any]) -> None:
    pids = [node.check_output("systemctl show -p MainPID --value kubelet docker containerd") for node in nodes.values()]
    refused = site(TO_CONTAINERD)
    assert refused.rc != 0 and "RuntimeChange" in refused.output and "kubewright.cluster.switch_runtime" in refused.output
    assert set(refused.each("changed").values()) == {0}
    assert pids == [node.check_output("systemctl show -p MainPID --value kubelet docker containerd") for node in nodes.values()]


def test_a_dry_run_says_what_would_be_done_and_touches_nothing(inventory: Path, nodes: dict[str, Host], kubectl: Kubectl) -> None:
    before = [node.check_output(f"systemctl show -p MainPID --value kubelet docker containerd; cat {FLAGS}; {OURS}") for node in nodes.values()]
    dry = switch(inventory, "--check", "--diff")
    assert dry.rc == 0 and "start the kubelet and wait until the node is Ready with containerd" in dry.output
    assert "containers that are not Kubernetes': mine" in dry.output
    assert before == [node.check_output(f"systemctl show -p MainPID --value kubelet docker containerd; cat {FLAGS}; {OURS}") for node in nodes.values()]
    assert not [item for item in kubectl("get nodes -o json")["items"] if item["spec"].get("unschedulable")]


def test_a_run_that_is_killed_after_the_kubelet_stopped_leaves_the_cluster_without_an_api_server(inventory: Path, nodes: dict[str, Host]) -> None:
    first = nodes["cp1"]
    killer = threading.Thread(target=first.run, args=(KILLER,))
    killer.start()
    killed = switch(inventory, "--diff")
    killer.join(timeout=60)
    assert "carry k8s.gcr.io/etcd" in killed.output and "image.tar" not in first.check_output("ls /var/lib/kubewright")
    assert killed.rc != 0 and first.file("/run/killed").exists and first.file(NOTE).exists
    assert not first.service("kubelet").is_running and not nodes["worker1"].file(NOTE).exists
    first.check_output("docker ps -q --filter name=k8s_kube-apiserver | xargs -r docker stop -t 5")  # and now nobody answers, if somebody still did


def test_site_yml_is_refused_meanwhile(site: Callable[..., PlaybookRun]) -> None:
    assert site(TO_CONTAINERD, "--tags=preflight").rc != 0


def test_the_next_run_finishes_and_switches_the_others(inventory: Path, kubectl: Kubectl) -> None:
    finished = switch(inventory)
    assert finished.rc == 0 and finished.each("changed")["cp1"] and finished.each("changed")["worker1"]
    assert runtimes(kubectl) == {"cp1": "containerd", "worker1": "containerd"}


def test_nothing_of_dockershim_is_left(node: Host) -> None:
    assert node.check_output(OURS) == "" and not node.file("/var/run/dockershim.sock").exists and not node.file(NOTE).exists
    words = kubelet_words(node)
    assert f"--container-runtime-endpoint={SOCKET}" in words and "--container-runtime=remote" in words
    assert not [word for word in words if word.startswith("--network-plugin")]


def test_what_a_person_wrote_stays(node: Host) -> None:
    assert "--v=1" in kubelet_words(node) and node.check_output(f"tail -n 1 {FLAGS}") == "# mine"


def test_the_node_is_the_one_that_it_was(kept: dict[str, Any], node: Host) -> None:
    """A person's container has its id and has run all the time; etcd has its files; certificates and configuration are the same."""
    assert identity(node) == kept[node.check_output("hostname")]


def test_the_cluster_is_the_one_that_it_was(kept: dict[str, Any], kubectl: Kubectl) -> None:
    assert uids(kubectl) == kept["uids"] and kubectl("get configmap written-before -o json")["data"] == {"by": "hand"}
    worker = kubectl("get node worker1 -o json")
    assert worker["metadata"]["labels"]["example.com/rack"] == "r1" and "example.com/mine" in [taint["key"] for taint in worker["spec"]["taints"]]


def test_nodes_take_pods_again_and_kubeadm_knows_the_socket(kubectl: Kubectl) -> None:
    for item in kubectl("get nodes -o json")["items"]:
        assert not item["spec"].get("unschedulable") and "kubewright.cluster/runtime" not in item["metadata"]["labels"]
        assert item["metadata"]["annotations"]["kubeadm.alpha.kubernetes.io/cri-socket"] == f"unix://{SOCKET}"


def test_pods_run_in_containerd(kubectl: Kubectl, nodes: dict[str, Host]) -> None:
    nodes["cp1"].check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf rollout status deployment survivor --timeout=120s")
    pods = kubectl("get pods --all-namespaces -o json")["items"]
    ids = [status["containerID"] for pod in pods for status in pod["status"]["containerStatuses"] if not pod["metadata"].get("deletionTimestamp")]
    assert len(ids) >= 10 and {one.partition("://")[0] for one in ids} == {"containerd"}


def test_a_second_run_changes_nothing(inventory: Path) -> None:
    again = switch(inventory)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_site_yml_changes_nothing_afterwards(site: Callable[..., PlaybookRun]) -> None:
    after = site(TO_CONTAINERD)
    assert after.rc == 0 and set(after.each("changed").values()) == {0}


def test_pods_of_different_nodes_reach_each_other(site: Callable[..., PlaybookRun]) -> None:
    assert site(TO_CONTAINERD, "--extra-vars=verify_workload=true").rc == 0
