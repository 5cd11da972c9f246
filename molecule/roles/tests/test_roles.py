"""Each role alone: the five lines of its README, run as they stand there. Only the version, addresses and a path are this lab's."""

import hashlib
import json
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from runs import CLONE, PlaybookRun, playbook
from testinfra.host import Host

sys.path.insert(0, str(CLONE / "tests"))

import role_readmes

Nodes = dict[str, Host]
# One after the other they make a cluster, and at last change its pod network twice. What `kubectl` fetches is not in the lab's bundle.
ORDER = ["preflight", "prereqs", "containerd", "kube_packages", "control_plane", "join", "workers", "cni_bridge", "nodes", "kubeconfig", "kubectl", "verify",
         "cni_calico", "pod_network", "cni_flannel"]
ELSEWHERE = {"docker": "docker"}  # a machine has one runtime; the scenario of that name runs it
UNCHANGING = {"preflight", "nodes", "verify"}  # of nodes without labels of the inventory it only waits until they are Ready
ONCE = {"join"}  # its caller has found out that the machine is no member; and here the machine leaves again, for `workers`
VERSIONS = {"containerd": "containerd_kubernetes_version", "cni_calico": "cni_calico_kubernetes_version", "cni_flannel": "cni_flannel_kubernetes_version"}
# In place of the network that runs. Images are out of reach, and Calico's manifest is a fake of its shape, so its nodes are not waited for.
CHANGE = {"kube_cni_change": True, "kube_cni_backends": ["vxlan"], "cni_flannel_wait_seconds": 0, "cni_calico_wait_seconds": 0,
          "cni_calico_misfit_allowed": True, "cni_calico_without": ["PodDisruptionBudget/kube-system/calico-kube-controllers"]}


def on_all(nodes: Nodes, command: str) -> set[str]:
    return {str(node.check_output(command)) for node in nodes.values()}


def machine_is_ready(nodes: Nodes) -> None:
    assert on_all(nodes, "sysctl -n net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables") == {"1\n1"}
    assert on_all(nodes, "command -v conntrack socat | wc -l") == {"2"}


def runtime_answers(nodes: Nodes) -> None:
    assert on_all(nodes, "systemctl is-active containerd; systemctl is-enabled containerd; ctr version >/dev/null && echo it answers") == {
        "active\nenabled\nit answers"}


def packages_and_images_are_there(nodes: Nodes) -> None:
    assert on_all(nodes, "apt-mark showhold") == {"kubeadm\nkubectl\nkubelet"}
    assert on_all(nodes, "crictl images | grep -cE 'kube-apiserver|etcd|coredns |pause'") == {"4"}


def api_server_answers(nodes: Nodes) -> None:
    assert nodes["cp1"].check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz") == "ok"


def both_are_nodes(nodes: Nodes) -> None:
    assert nodes["cp1"].check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o name") == "node/cp1\nnode/worker1"


def bridge_is_configured(nodes: Nodes) -> None:
    assert on_all(nodes, "systemctl is-enabled kubewright-cni-bridge") == {"enabled"}


def nodes_are_ready(nodes: Nodes) -> None:
    jsonpath = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    assert nodes["cp1"].check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o jsonpath='{jsonpath}'") == "True True"


def joined_and_left(nodes: Nodes) -> None:
    both_are_nodes(nodes)
    nodes["worker1"].check_output("kubeadm reset --force && rm -rf /etc/cni/net.d/*")
    nodes["cp1"].check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf delete node worker1")


def daemon_sets(nodes: Nodes) -> set[str]:
    return set(nodes["cp1"].check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf get daemonsets --all-namespaces -o name").split("\n"))


def calico_is_there(nodes: Nodes) -> None:
    """Without its images nothing of it runs."""
    assert daemon_sets(nodes) == {"daemonset.apps/kube-proxy", "daemonset.apps/calico-node"}
    assert on_all(nodes, "systemctl is-enabled kubewright-cni-bridge || true") != {"enabled"}


def no_pod_network_is_there(nodes: Nodes) -> None:
    assert daemon_sets(nodes) == {"daemonset.apps/kube-proxy"}


def flannel_is_there(nodes: Nodes) -> None:
    assert daemon_sets(nodes) == {"daemonset.apps/kube-proxy", "daemonset.apps/kube-flannel-ds"}


EFFECTS: dict[str, Callable[[Nodes], None]] = {
    "prereqs": machine_is_ready, "containerd": runtime_answers, "kube_packages": packages_and_images_are_there, "control_plane": api_server_answers,
    "join": joined_and_left, "workers": both_are_nodes, "cni_bridge": bridge_is_configured, "nodes": nodes_are_ready,
    "cni_calico": calico_is_there, "pod_network": no_pod_network_is_there, "cni_flannel": flannel_is_there,
}


def release_of(kubectl: Path, place: Path, version: str) -> Path:
    """The lab's own kubectl, laid out as dl.k8s.io has it."""
    folder = place / f"v{version}/bin/linux/amd64"
    folder.mkdir(parents=True)
    shutil.copy(kubectl, folder / "kubectl")
    (folder / "kubectl.sha256").write_text(hashlib.sha256(kubectl.read_bytes()).hexdigest())
    return place


@pytest.fixture(scope="session")
def alone(inventory: Path, variables: Callable[[str], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], PlaybookRun]:
    """Run a role by its README's playbook."""
    place = tmp_path_factory.mktemp("playbooks")
    first = variables("cp1")
    served = release_of(inventory.parent / "bin" / "kubectl", place, first["kube_version"])
    fake = runpy.run_path(str(CLONE / "tests" / "unit" / "plugins" / "fake_calico.py"))
    (place / "calico.yaml").write_text(yaml.safe_dump_all(fake["manifest"]()))
    ours = {
        "kubectl_path": str(place / "kubectl"), "kubectl_url": f"file://{served}",
        "kube_control_plane_endpoint": f"{first['ansible_host']}:6443",
        "cni_calico_manifest": str(place / "calico.yaml"),
        "kubeconfig_path": str(place / "kubeconfig"), "kubeconfig_server": f"https://{first['ansible_host']}:6443",
    }

    def run(role: str) -> PlaybookRun:
        name = place / f"{role}.yml"
        name.write_text(role_readmes.playbook(role))
        more = {**ours, **(CHANGE if role.startswith("cni_") and role != "cni_bridge" else {}), VERSIONS.get(role, f"{role}_version"): first["kube_version"]}
        return playbook(str(name), inventory, "-e", json.dumps(more))

    return run


def test_every_role_is_run() -> None:
    assert sorted([*ORDER, *ELSEWHERE]) == role_readmes.roles()


@pytest.mark.parametrize("role", ORDER)
def test_it_does_its_work_alone_and_again_changes_nothing(role: str, alone: Callable[[str], PlaybookRun], nodes: Nodes) -> None:
    once = alone(role)
    assert once.rc == 0, once.output
    assert any(once.each("changed").values()) == (role not in UNCHANGING)
    if role in EFFECTS:
        EFFECTS[role](nodes)
    if role in ONCE:
        return
    again = alone(role)
    assert again.rc == 0, again.output
    assert not any(again.each("changed").values()), again.output
