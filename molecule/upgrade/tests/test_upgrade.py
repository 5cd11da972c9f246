"""In this order: predicted, done while two pods have to stay, done again, the inventory follows, and no way back."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looks import mark, starts_of_services, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
OLD, NEW = "1.20.2", "1.20.3"
TO_NEW = f"--extra-vars=kube_version={NEW}"
LABELS = {"app": "survivor"}
OBJECTS: list[dict[str, Any]] = [
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "survivor"},
     "spec": {"replicas": 3, "selector": {"matchLabels": LABELS}, "template": {
         "metadata": {"labels": LABELS},
         "spec": {"terminationGracePeriodSeconds": 1, "tolerations": [{"key": "node-role.kubernetes.io/master", "operator": "Exists"}],
                  "containers": [{"name": "one", "image": "kubewright.local/busybox:1", "command": ["sleep", "100000"]}]}}}},
    {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "survivor"},
     "spec": {"minAvailable": 2, "selector": {"matchLabels": LABELS}}},
]
# Every two seconds how many are available; where nobody answers in time, nothing.
WATCH = f"while sleep 2; do {KUBECTL} --request-timeout=2s get deployment survivor -o jsonpath='{{.status.availableReplicas}}' 2> /dev/null; echo; done"
Kubectl = Callable[[str], Any]


def upgrade(inventory: Path, *options: str) -> PlaybookRun:
    return playbook("playbooks/upgrade.yml", inventory, TO_NEW, *options)


def kubelets(kubectl: Kubectl) -> dict[str, str]:
    return {item["metadata"]["name"]: item["status"]["nodeInfo"]["kubeletVersion"] for item in kubectl("get nodes -o json")["items"]}


def server(kubectl: Kubectl) -> str:
    return str(kubectl("version -o json")["serverVersion"]["gitVersion"])


@pytest.fixture(scope="module")
def first(nodes: dict[str, Host]) -> Host:
    host = nodes["cp1"]
    documents = json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS})
    host.check_output(f"printf %s {shlex.quote(documents)} | {KUBECTL} apply -f -")
    host.check_output(f"{KUBECTL} rollout status deployment/survivor --timeout 120s")
    return host


def test_a_dry_run_names_both_versions_and_touches_nothing(first: Host, nodes: dict[str, Host], inventory: Path, kubectl: Kubectl) -> None:
    for node in nodes.values():
        mark(node)
    run = upgrade(inventory, "--check", "--diff")
    assert run.rc == 0 and min(run.each("changed").values()) > 0
    assert OLD in run.output and NEW in run.output
    assert {name: written_since_mark(node) for name, node in nodes.items()} == {name: [] for name in nodes}
    assert set(kubelets(kubectl).values()) == {f"v{OLD}"} and server(kubectl) == f"v{OLD}"


@pytest.fixture(scope="module")
def upgraded(first: Host, inventory: Path) -> tuple[PlaybookRun, list[str]]:
    """The run, and how many of the three pods were available meanwhile."""
    first.check_output(f"nohup sh -c {shlex.quote(WATCH)} > /run/available 2>&1 < /dev/null & echo $! > /run/watcher")
    run = upgrade(inventory)
    first.run("pkill -P $(cat /run/watcher); kill $(cat /run/watcher)")
    return run, first.check_output("cat /run/available").splitlines()


def test_everything_runs_the_new_version(upgraded: tuple[PlaybookRun, list[str]], kubectl: Kubectl, nodes: dict[str, Host]) -> None:
    assert upgraded[0].rc == 0
    assert kubelets(kubectl) == dict.fromkeys(nodes, f"v{NEW}") and server(kubectl) == f"v{NEW}"
    images = {c["image"].rpartition(":")[2] for pod in kubectl("get pods -n kube-system -o json")["items"] for c in pod["spec"]["containers"]
              if c["name"].startswith("kube-")}
    assert images == {f"v{NEW}"}
    for node in nodes.values():
        assert node.check_output("kubelet --version") == f"Kubernetes v{NEW}"
        assert node.check_output("apt-mark showhold").split() == ["kubeadm", "kubectl", "kubelet"]


def test_nodes_take_pods_again_and_no_note_is_left(upgraded: tuple[PlaybookRun, list[str]], kubectl: Kubectl) -> None:
    for item in kubectl("get nodes -o json")["items"]:
        assert not item["spec"].get("unschedulable") and "kubewright.cluster/upgrade" not in item["metadata"]["labels"]


def test_two_pods_were_there_all_the_time(upgraded: tuple[PlaybookRun, list[str]]) -> None:
    answers = [int(line) for line in upgraded[1] if line.isdigit()]
    print(f"{len(answers)} of {len(upgraded[1])} questions answered")
    assert len(answers) > 10 and min(answers) >= 2


def test_again_it_changes_nothing(upgraded: tuple[PlaybookRun, list[str]], inventory: Path, nodes: dict[str, Host]) -> None:
    before = {name: starts_of_services(node) for name, node in nodes.items()}
    again = upgrade(inventory)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}
    assert before == {name: starts_of_services(node) for name, node in nodes.items()}


def test_site_yml_with_the_new_version_proves_the_cluster_and_then_changes_nothing(
    upgraded: tuple[PlaybookRun, list[str]], site: Callable[..., PlaybookRun]
) -> None:
    assert site(TO_NEW, "--extra-vars=verify_workload=true").rc == 0
    again = site(TO_NEW)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_the_report_and_the_proof_know_the_new_version(upgraded: tuple[PlaybookRun, list[str]], inventory: Path, tmp_path: Path) -> None:
    assert playbook("playbooks/verify.yml", inventory, TO_NEW).rc == 0
    assert playbook("playbooks/report.yml", inventory, TO_NEW, f"--extra-vars=kube_report_path={tmp_path}").rc == 0
    told = (tmp_path / "report.json").read_text()
    assert NEW in told and OLD not in told


def test_there_is_no_way_back(upgraded: tuple[PlaybookRun, list[str]], inventory: Path, kubectl: Kubectl) -> None:
    refused = playbook("playbooks/upgrade.yml", inventory, f"--extra-vars=kube_version={OLD}")
    assert refused.rc != 0 and set(kubelets(kubectl).values()) == {f"v{NEW}"} and server(kubectl) == f"v{NEW}"
