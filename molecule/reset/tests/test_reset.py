"""In this order: what is refused, a worker goes and comes back, the cluster ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looks import mark, starts_of_services, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
# What somebody else has on the machine, and what is Kubernetes'.
THEIRS = "iptables -N THEIRS && iptables -A INPUT -p tcp --dport 22 -j ACCEPT && echo '{}' > /etc/cni/net.d/99-theirs.conflist.off"
CHAINS = "iptables-save | grep -cE '^:(KUBE|CNI)-' || true"
Kubectl = Callable[[str], Any]


def reset(inventory: Path, machines: str, *options: str) -> PlaybookRun:
    return playbook("playbooks/reset.yml", inventory, f"--extra-vars=kube_reset_machines={machines}", *options)


def names(kubectl: Kubectl) -> set[str]:
    return {item["metadata"]["name"] for item in kubectl("get nodes -o json")["items"]}


def nothing_of_a_cluster(node: Host) -> None:
    assert node.check_output(CHAINS) == "0"
    assert node.run("test -e /etc/kubernetes/kubelet.conf -o -e /etc/kubernetes/admin.conf -o -e /var/lib/kubelet/config.yaml").rc == 1
    assert node.check_output("crictl pods --quiet") == ""
    assert node.check_output("grep -c /var/lib/kubelet/pods /proc/mounts || true") == "0"
    assert not node.interface("cni0").exists and not node.service("kubelet").is_running


@pytest.mark.parametrize(("machines", "told"), [
    ("worker9", "kube_reset_machines names worker9"),
    ("cp1", "destroy_cluster"),
])
def test_what_would_be_a_mistake_is_refused(machines: str, told: str, inventory: Path, nodes: dict[str, Host], kubectl: Kubectl) -> None:
    before = {name: starts_of_services(node) for name, node in nodes.items()}
    for node in nodes.values():
        mark(node)
    refused = reset(inventory, machines)
    assert refused.rc != 0 and told in refused.output
    assert before == {name: starts_of_services(node) for name, node in nodes.items()}
    assert {name: written_since_mark(node) for name, node in nodes.items()} == {name: [] for name in nodes}
    assert names(kubectl) == {"cp1", "worker1"}


def test_a_dry_run_touches_nothing(inventory: Path, nodes: dict[str, Host], kubectl: Kubectl) -> None:
    nodes["worker1"].check_output(THEIRS)
    mark(nodes["worker1"])
    dry = reset(inventory, "worker1", "--check", "--diff")
    assert dry.rc == 0 and dry.each("changed")["worker1"] > 0
    assert written_since_mark(nodes["worker1"]) == [] and not kubectl("get node worker1 -o json")["spec"].get("unschedulable")


def test_a_worker_leaves_and_nobody_else_is_touched(inventory: Path, nodes: dict[str, Host], kubectl: Kubectl) -> None:
    before = starts_of_services(nodes["cp1"])
    done = reset(inventory, "worker1")
    assert done.rc == 0 and done.each("changed").get("cp1", 0) == 0
    nothing_of_a_cluster(nodes["worker1"])
    assert names(kubectl) == {"cp1"} and starts_of_services(nodes["cp1"]) == before


def test_what_somebody_else_has_on_it_stays(nodes: dict[str, Host]) -> None:
    rules = nodes["worker1"].check_output("iptables-save")
    assert ":THEIRS" in rules and "--dport 22 -j ACCEPT" in rules
    assert nodes["worker1"].file("/etc/cni/net.d/99-theirs.conflist.off").exists
    assert nodes["worker1"].service("containerd").is_running


def test_again_it_changes_nothing(inventory: Path) -> None:
    again = reset(inventory, "worker1")
    assert again.rc == 0 and set(again.each("changed").values()) <= {0}


def test_site_yml_makes_it_a_member_again(site: Callable[..., PlaybookRun], kubectl: Kubectl) -> None:
    assert site("--extra-vars=verify_workload=true").rc == 0
    assert names(kubectl) == {"cp1", "worker1"}
    again = site()
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_the_cluster_ends_where_that_is_asked_for_and_its_data_is_kept(inventory: Path, nodes: dict[str, Host]) -> None:
    done = reset(inventory, "cp1,worker1", "--extra-vars=kube_reset_destroy_cluster=true")
    assert done.rc == 0
    for node in nodes.values():
        nothing_of_a_cluster(node)
    beside = nodes["cp1"].check_output("ls -d /var/lib/etcd.kubewright-*").splitlines()
    assert len(beside) == 1 and nodes["cp1"].file(f"{beside[0]}/pki/ca.key").exists and nodes["cp1"].file(f"{beside[0]}/member/snap/db").exists


def test_the_machines_are_ready_for_another_cluster(inventory: Path) -> None:
    found = playbook("playbooks/preflight.yml", inventory)
    assert found.rc == 0 and set(found.each("changed").values()) == {0}
