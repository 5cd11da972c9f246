"""In this order, on a cluster that runs: who speaks to whom, streams, what a restart leaves alone, what is refused, and a node that goes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import PlaybookRun, playbook
from testinfra.host import Host

SOCKET = "unix:///run/cri-dockerd.sock"
KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
Kubectl = Callable[[str], Any]
Machines = Callable[..., PlaybookRun]


@pytest.fixture
def machines(inventory: Path) -> Machines:
    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        return playbook("site.yml", inventory, "--tags=machines", *arguments, f"--extra-vars={json.dumps(variables)}")

    return run


def containers(node: Host) -> str:
    """Each with the moment of its start."""
    return str(node.check_output("docker ps --quiet --no-trunc | sort | xargs docker inspect --format '{{.Id}} {{.State.StartedAt}}'"))


def process(node: Host) -> str:
    return str(node.check_output("systemctl show cri-docker.service --property=MainPID --value"))


def test_the_kubelet_speaks_to_cri_dockerd_though_containerds_socket_is_there(kubectl: Kubectl, node: Host) -> None:
    name = node.check_output("hostname")
    assert node.file("/run/containerd/containerd.sock").is_socket and node.file("/run/cri-dockerd.sock").is_socket
    assert kubectl(f"get node {name} -o json")["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("docker://")
    told = node.check_output("cat /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/config.yaml 2>/dev/null; true")
    assert SOCKET in told and "containerd.sock" not in told
    assert node.check_output("ctr --namespace k8s.io containers list --quiet") == "", "containerd carries Docker's containers, and none of its own"


def test_its_program_is_the_bundles_and_its_pause_image_kubeadms(node: Host) -> None:
    note = json.loads(node.file("/var/lib/kubewright/binaries.json").content_string)["cri-dockerd"]
    assert note["files"] == {"/usr/local/bin/cri-dockerd": node.file("/usr/local/bin/cri-dockerd").sha256sum}
    line = node.check_output(f"tr '\\0' ' ' < /proc/{process(node)}/cmdline")
    pause = node.check_output("kubeadm config images list --kubernetes-version $(kubeadm version -o short) 2>/dev/null | grep /pause:")
    assert f"--pod-infra-container-image={pause} " in line and "--network-plugin=cni " in line
    images = set(node.check_output("docker ps --filter label=io.kubernetes.docker.type=podsandbox --format '{{.Image}}'").split())
    assert images == {pause}


def test_both_units_are_on_and_would_start_with_the_machine(node: Host) -> None:
    for unit in ("cri-docker.service", "cri-docker.socket"):
        assert node.service(unit).is_running and node.service(unit).is_enabled


def test_exec_streams_through_it(kubectl: Kubectl, control_plane: Host, nodes: dict[str, Host]) -> None:
    try:
        for name in nodes:
            overrides = json.dumps({"spec": {"nodeName": name, "tolerations": [{"operator": "Exists"}]}})
            control_plane.check_output(f"{KUBECTL} run on-{name} --image=kubewright.local/busybox:1 --image-pull-policy=Never --restart=Never "
                                       f"--overrides='{overrides}' --command -- sleep 3600")
        for name in nodes:
            control_plane.check_output(f"{KUBECTL} wait --for=condition=Ready pod/on-{name} --timeout=120s")
            assert control_plane.check_output(f"{KUBECTL} exec on-{name} -- sh -c 'echo $((6 * 7))'") == "42"
            assert control_plane.check_output(f"echo streamed | {KUBECTL} exec -i on-{name} -- cat") == "streamed"
    finally:
        control_plane.check_output(f"{KUBECTL} delete pod {' '.join(f'on-{name}' for name in nodes)} --now")


def test_the_cgroup_driver_is_told_through_it(node: Host) -> None:
    assert node.check_output("docker info --format '{{.CgroupDriver}}'") == "systemd"


def test_other_arguments_restart_it_and_no_container(machines: Machines, nodes: dict[str, Host]) -> None:
    before = {name: (process(node), containers(node)) for name, node in nodes.items()}
    predicted = machines("--check", "--diff", docker_cri_dockerd_arguments=["--log-level=debug"])
    assert predicted.rc == 0 and "restart cri-docker.service for its arguments; containers go on" in predicted.output
    assert {name: (process(node), containers(node)) for name, node in nodes.items()} == before
    assert machines(docker_cri_dockerd_arguments=["--log-level=debug"]).rc == 0
    for name, node in nodes.items():
        assert process(node) != before[name][0] and containers(node) == before[name][1]
    assert machines().rc == 0
    assert {name: containers(node) for name, node in nodes.items()} == {name: found[1] for name, found in before.items()}


def test_a_release_that_does_not_fit_is_a_finding_of_preflight(inventory: Path) -> None:
    run = playbook("site.yml", inventory, "--extra-vars", json.dumps({"docker_cri_dockerd_version": "0.3.12", "kube_docker_version": "29.0.1"}))
    assert run.rc != 0 and "CriDockerd" in run.output and "Docker 29 begins at 1.44" in run.output


def test_a_program_that_was_altered_comes_again(machines: Machines, control_plane: Host) -> None:
    found, before = control_plane.file("/usr/local/bin/cri-dockerd").sha256sum, containers(control_plane)
    control_plane.check_output("cp /usr/local/bin/cri-dockerd /tmp/altered; echo >> /tmp/altered; mv /tmp/altered /usr/local/bin/cri-dockerd")
    assert machines().rc == 0
    assert control_plane.file("/usr/local/bin/cri-dockerd").sha256sum == found and containers(control_plane) == before


def test_a_worker_leaves_the_cluster_and_nothing_of_it_runs(nodes: dict[str, Host], groups: Callable[[str], list[str]], inventory: Path) -> None:
    worker = groups("kube_node")[0]
    assert playbook("playbooks/reset.yml", inventory, "--extra-vars", json.dumps({"kube_reset_machines": worker})).rc == 0
    assert nodes[worker].check_output("docker ps --all --quiet --filter label=io.kubernetes.pod.name") == ""
    assert playbook("site.yml", inventory).rc == 0, "and it comes back"
