"""For each inventory of docs/procedures.md: bare machines that say they are its system, site.yml --check, and in the plan what the note asks for.

Most of it is asked of the first control plane; a worker's share is asked of every host.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import rehearsal
from rehearsal import Rehearsal

DRIVER = 'exec-opts = ["native.cgroupdriver=systemd"]'
MIRROR = 'registry-mirrors = ["https://mirror.example.com"]'


class Wanted(NamedTuple):
    steps: dict[str, str]
    packages: tuple[str, ...]  # on every host
    runtime: tuple[str, ...]  # of what the runtime's configuration is to hold, on every host
    init: tuple[str, ...]  # of what kubeadm is asked for
    images: tuple[str, ...]  # on the first control plane
    network: str  # of the pod network's images
    repository: str
    machine: tuple[str, ...] = ()  # of what prereqs does


def steps(first: str, planes: tuple[str, ...], workers: tuple[str, ...]) -> dict[str, str]:
    return {first: "init", **dict.fromkeys((*planes, *workers), "join")}


def kubernetes(version: str) -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name in ("kubelet", "kubeadm", "kubectl"))


def mirrored(registry: str, version: str) -> tuple[str, ...]:
    return tuple(f"{registry}/{name}:v{version}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"))


ALIYUN, HANGZHOU = "registry.aliyuncs.com/google_containers", "registry.cn-hangzhou.aliyuncs.com/google_containers"
UBUNTU_18 = Wanted(
    steps("master", (), ("node1", "node2")), ("docker-ce 5:24.0.2-1~ubuntu.18.04~bionic", *kubernetes("1.23.0-00"), "hold kubelet, kubeadm, kubectl"),
    (DRIVER, MIRROR), ("nodeRegistration.name: master", "kubernetesVersion: v1.23.0", f"imageRepository: {HANGZHOU}"), mirrored(HANGZHOU, "1.23.0"),
    "docker.io/calico/node:v3.24.1", "/etc/apt/sources.list.d/kubewright-kubernetes.sources", ("write the nodes into /etc/hosts",))
MODERN = Wanted(
    steps("cp1", (), ("worker1", "worker2")), (*kubernetes("1.34.2-1.1"), "hold kubelet, kubeadm, kubectl"), (),
    ("kubernetesVersion: v1.34.2", "networking.podSubnet: 10.244.0.0/16"), mirrored("registry.k8s.io", "1.34.2"), "/flannel:v0.28.9",
    "/etc/apt/sources.list.d/kubewright-kubernetes.sources")
WANTED = {
    "ubuntu-20.04-docker-flannel": Wanted(
        steps("hadoop01", (), ("hadoop02", "hadoop03")),
        ("docker-ce 5:20.10.16~3-0~ubuntu-focal", "docker-ce-cli 5:20.10.16~3-0~ubuntu-focal", "containerd.io", *kubernetes("1.23.9-00"),
         "hold kubelet, kubeadm, kubectl"),
        (DRIVER,),
        ("nodeRegistration.name: hadoop01", "localAPIEndpoint.advertiseAddress:", "kubernetesVersion: v1.23.9", f"imageRepository: {ALIYUN}",
         "networking.podSubnet: 10.244.0.0/16"),
        mirrored(ALIYUN, "1.23.9"), "flannel/flannel:v0.25.7", "/etc/apt/sources.list.d/kubewright-kubernetes.sources",
        ("write /etc/sysctl.d/99-kubewright.conf", "write the nodes into /etc/hosts")),
    "centos-7-docker-flannel": Wanted(
        steps("k8s-master", (), ("k8s-node1", "k8s-node2")),
        ("docker-ce 18.06.1.ce-3.el7", *kubernetes("1.17.0-0"), "enable kubelet.service"), (DRIVER, MIRROR),
        ("kubernetesVersion: v1.17.0", f"imageRepository: {ALIYUN}", "networking.podSubnet: 10.244.0.0/16", "networking.serviceSubnet: 10.1.0.0/16"),
        mirrored(ALIYUN, "1.17.0"), "flannel:v0.20.2", "/etc/yum.repos.d/kubewright-kubernetes.repo",
        ("yum-utils, device-mapper-persistent-data, lvm2, wget, vim, net-tools", "write the nodes into /etc/hosts")),
    "ubuntu-18.04-docker-calico": UBUNTU_18,
    "ubuntu-18.04-docker-calico-ha": UBUNTU_18._replace(
        steps=steps("master1", ("master2", "master3"), ("node1", "node2")),
        init=("nodeRegistration.name: master1", "controlPlaneEndpoint: k8s-api.example.com:6443", f"imageRepository: {HANGZHOU}")),
    "centos-one-node-calico": Wanted(
        {"node1": "init"}, ("containerd.io", *kubernetes("1.34.2-150500.1.1"), "enable kubelet.service"), (),
        ("kubernetesVersion: v1.34.2", "networking.podSubnet: 192.168.0.0/16"), mirrored("registry.k8s.io", "1.34.2"), "calico/node:v3.31.2",
        "/etc/yum.repos.d/kubewright-kubernetes.repo"),
    "modern-containerd": MODERN._replace(packages=("install containerd", *MODERN.packages)),
    "modern-docker": MODERN._replace(
        packages=("docker-ce 5:28.3.3-1~ubuntu.24.04~noble", "containerd.io", *MODERN.packages), runtime=(DRIVER,),
        init=(*MODERN.init, "nodeRegistration.criSocket: unix:///run/cri-dockerd.sock")),
}


@pytest.fixture(scope="module", params=list(rehearsal.SYSTEMS))
def rehearsed(request: pytest.FixtureRequest) -> Iterator[tuple[Rehearsal, Wanted]]:
    lab = os.environ["KUBEWRIGHT_LAB"]
    try:
        place = rehearsal.prepare(request.param, rehearsal.SYSTEMS[request.param], lab)
        run = rehearsal.rehearse(place)
        print(run.output)
        yield run, WANTED[request.param]
    finally:
        rehearsal.lab("down", "--name", lab)


def said(run: Rehearsal, host: str, *modules: str) -> str:
    return "\n".join(str(one.get("diff", {}).get("after", "")) for module in modules for one in run.of(host, module))


def test_the_plan_is_full_and_nothing_fails(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    assert rehearsal.passed(run), run.output
    assert run.steps == wanted.steps


def test_every_host_gets_exactly_the_packages_of_the_note(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    for host in wanted.steps:
        told = said(run, host, "kube_package")
        assert [one for one in (*wanted.packages, wanted.repository) if one not in told] == [], f"{host}: {told}"


def test_every_machine_is_prepared(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    for host in wanted.steps:
        told = said(run, host, "kube_package", "node_kernel", "node_hostname")
        assert [one for one in wanted.machine if one not in told] == [], f"{host}: {told}"


def test_every_runtime_is_configured(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    for host in wanted.steps:
        docker, containerd = said(run, host, "docker_config"), run.of(host, "containerd_config")
        assert all(one in docker for one in wanted.runtime), f"{host}: {docker}"
        assert wanted.runtime or any(one.get("changed") for one in containerd), f"{host}: containerd is not configured"


def test_kubeadm_is_asked_for_what_the_note_says(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    first = next(host for host, step in wanted.steps.items() if step == "init")
    told = said(run, first, "kubeadm_init")
    assert [one for one in wanted.init if one not in told] == [], told
    assert [host for host in wanted.steps if run.of(host, "kubeadm_init")] == [first]


def test_images_come_from_the_chosen_registry(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    first = next(host for host, step in wanted.steps.items() if step == "init")
    told = said(run, first, "image_pull")
    assert [one for one in wanted.images if one not in told] == [], told


def test_the_pod_network_is_the_one_of_the_note(rehearsed: tuple[Rehearsal, Wanted]) -> None:
    run, wanted = rehearsed
    images = [image for one in run.predictions if ".cni_" in one.action for image in one.result.get("images", [])]
    assert [image for image in images if image.endswith(wanted.network)], images
