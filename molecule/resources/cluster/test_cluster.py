"""The cluster and its machines as they say themselves that they are; nothing is read back from our own files alone."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

Kubectl = Callable[[str], Any]
Variables = Callable[[str], dict[str, Any]]


def hostname(node: Host) -> str:
    return str(node.check_output("hostname"))


def conditions(item: dict[str, Any]) -> dict[str, str]:
    return {condition["type"]: condition["status"] for condition in item["status"]["conditions"]}


def test_the_cluster_has_these_nodes_and_no_other(kubectl: Kubectl, nodes: dict[str, Host]) -> None:
    assert {item["metadata"]["name"] for item in kubectl("get nodes -o json")["items"]} == set(nodes)


def test_node_is_ready(kubectl: Kubectl, node: Host) -> None:
    assert conditions(kubectl(f"get node {hostname(node)} -o json"))["Ready"] == "True"


def test_node_runs_the_wanted_version(kubectl: Kubectl, variables: Variables, node: Host) -> None:
    wanted = variables(hostname(node))["kube_version"]
    assert kubectl(f"get node {hostname(node)} -o json")["status"]["nodeInfo"]["kubeletVersion"] == f"v{wanted}"
    assert node.check_output("kubelet --version") == f"Kubernetes v{wanted}"
    assert node.check_output("kubeadm version -o short") == f"v{wanted}"


def test_node_has_a_pod_network_of_its_own(kubectl: Kubectl, nodes: dict[str, Host]) -> None:
    ranges = [item["spec"]["podCIDR"] for item in kubectl("get nodes -o json")["items"]]
    assert len(set(ranges)) == len(nodes)


def test_api_server_runs_the_wanted_version(kubectl: Kubectl, variables: Variables, control_plane: Host) -> None:
    wanted = variables(hostname(control_plane))["kube_version"]
    assert kubectl("version -o json")["serverVersion"]["gitVersion"] == f"v{wanted}"


def test_everything_in_kube_system_is_ready(kubectl: Kubectl) -> None:
    pods = kubectl("get pods --namespace kube-system -o json")["items"]
    assert {pod["metadata"]["name"]: conditions(pod)["Ready"] for pod in pods} == {pod["metadata"]["name"]: "True" for pod in pods}
    assert pods


def test_cluster_knows_its_endpoint_by_name(kubectl: Kubectl, node: Host) -> None:
    """controlPlaneEndpoint is always set, or a second control plane would mean new certificates for all."""
    written = kubectl("get configmap kubeadm-config --namespace kube-system -o json")["data"]["ClusterConfiguration"]
    endpoint = next(line.split(": ", 1)[1] for line in written.splitlines() if line.startswith("controlPlaneEndpoint: "))
    assert node.check_output(f"getent hosts {endpoint.rsplit(':', 1)[0]}")


def test_no_bootstrap_token_and_no_uploaded_certificates_are_left(kubectl: Kubectl) -> None:
    secrets = kubectl("get secrets --namespace kube-system -o json")["items"]
    assert [one["metadata"]["name"] for one in secrets if one["type"] == "bootstrap.kubernetes.io/token"] == []
    assert [one["metadata"]["name"] for one in secrets if one["metadata"]["name"] == "kubeadm-certs"] == []


def test_the_proof_of_work_cleaned_up(kubectl: Kubectl) -> None:
    names = [item["metadata"]["name"] for item in kubectl("get namespaces -o json")["items"]]
    assert [name for name in names if not name.startswith(("kube-", "default"))] == []


@pytest.mark.parametrize("service", ["kubelet", "containerd", "docker"])
def test_service_runs_and_starts_at_boot(variables: Variables, node: Host, service: str) -> None:
    if service == "docker" != variables(hostname(node)).get("kube_runtime"):
        pytest.skip("containerd alone")
    assert node.service(service).is_running
    assert node.service(service).is_enabled


def test_kubelet_uses_the_systemd_cgroup_driver(kubectl: Kubectl, node: Host) -> None:
    live = kubectl(f"get --raw /api/v1/nodes/{hostname(node)}/proxy/configz")["kubeletconfig"]
    assert live["cgroupDriver"] == "systemd"


def test_the_runtime_uses_the_systemd_cgroup_driver(variables: Variables, node: Host) -> None:
    if variables(hostname(node)).get("kube_runtime") == "docker":
        assert node.check_output("docker info --format '{{.CgroupDriver}}'") == "systemd"
        return
    dumped = node.check_output("containerd config dump")
    assert "SystemdCgroup = true" in dumped
    assert "SystemdCgroup = false" not in dumped


def test_containers_really_are_in_systemd_slices(node: Host) -> None:
    """What both drivers say counts only when a container of a pod lies where systemd put it."""
    cgroups = node.check_output("cat /proc/$(pgrep -o -x kube-proxy)/cgroup").splitlines()
    placed = [line for line in cgroups if ".slice/" in line and line.endswith(".scope")]
    assert placed, cgroups


@pytest.mark.parametrize("package", ["kubelet", "kubeadm", "kubectl"])
def test_package_is_pinned_and_held(variables: Variables, node: Host, package: str) -> None:
    assert node.package(package).version.startswith(variables(hostname(node))["kube_version"])
    assert package in node.check_output("apt-mark showhold").split()


def test_swap_is_off_now_and_after_a_reboot(node: Host) -> None:
    assert node.check_output("cat /proc/swaps").splitlines()[1:] == []
    assert [line for line in node.file("/etc/fstab").content_string.splitlines() if "swap" in line and not line.startswith("#")] == []


@pytest.mark.parametrize("key", ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"])
def test_sysctl_is_live_and_lasts(node: Host, key: str) -> None:
    assert node.check_output(f"cat /proc/sys/{key.replace('.', '/', 2) if key.startswith('net.bridge') else key.replace('.', '/')}") == "1"
    assert node.run(f"grep -rqE '^{key} *= *1' /etc/sysctl.d").rc == 0


def test_nothing_secret_is_left_in_ansibles_folders(node: Host) -> None:
    assert node.run("find /root/.ansible/tmp /home/admin/.ansible/tmp -type f 2>/dev/null").stdout == ""


def test_kubeconfig_on_the_workstation_is_private_and_works(
    variables: Variables, inventory: Path, nodes: dict[str, Host], tmp_path: Path
) -> None:
    path = Path(variables(next(iter(nodes)))["kube_kubeconfig_path"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    program = inventory.parent / "bin" / "kubectl"
    asked = subprocess.run(
        [str(program), "--kubeconfig", str(path), "get", "nodes", "-o", "name"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, check=True,
    )  # fmt: skip
    assert set(asked.stdout.split()) == {f"node/{name}" for name in nodes}
