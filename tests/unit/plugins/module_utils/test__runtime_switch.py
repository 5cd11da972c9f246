# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_switch as switch

CONTAINERD, DOCKERSHIM, CRI_DOCKERD, CRIO = ("unix:///run/containerd/containerd.sock", "unix:///var/run/dockershim.sock", "unix:///run/cri-dockerd.sock",
                                             "unix:///run/crio/crio.sock")
DONE = switch.View(20, "worker", "told", CONTAINERD, CONTAINERD, "/run/containerd/containerd.sock", [], False, 0, CONTAINERD, "containerd://1.6.20", False)
BEFORE = DONE._replace(told=DOCKERSHIM, running=DOCKERSHIM, differing=["/flags"], containers=9, annotation="/var/run/dockershim.sock",
                       reported="docker://20.10.24")
MACHINE = switch.Machine({}, [], ("cni", "", ""), ("/opt/cni/bin", "/etc/cni/net.d"), "1.6.20", [], False, "containerd", "containerd", 100 << 20, 1 << 30, 0)
ALL = [switch.STOP, switch.REMOVE, switch.TELL, switch.START, switch.ANNOTATE]


@pytest.mark.parametrize(("socket", "scheme"), [(CONTAINERD, "containerd"), (DOCKERSHIM, "docker"), (CRI_DOCKERD, "docker"), (CRIO, "cri-o")])
def test_the_scheme_is_what_the_kubelet_reports(socket: str, scheme: str) -> None:
    assert switch.scheme(socket) == scheme


@pytest.mark.parametrize(("view", "left"), [
    (DONE, []), (BEFORE, ALL),
    # Killed after each step of BEFORE.
    (BEFORE._replace(interrupted=True, running="", reported=""), ALL),
    (BEFORE._replace(interrupted=True, running="", reported="", containers=0), [switch.STOP, switch.TELL, switch.START, switch.ANNOTATE]),
    (BEFORE._replace(interrupted=True, running="", containers=0, told=CONTAINERD, differing=[]), [switch.STOP, switch.START, switch.ANNOTATE]),
    (DONE._replace(interrupted=True, annotation="/var/run/dockershim.sock"), [switch.STOP, switch.START, switch.ANNOTATE]),
    (DONE._replace(annotation="/var/run/dockershim.sock"), [switch.ANNOTATE]),
    # Switched by hand, and not to its end.
    (DONE._replace(containers=2), [switch.REMOVE]), (DONE._replace(running=DOCKERSHIM), [switch.STOP, switch.START]),
    (DONE._replace(reported="docker://20.10.24"), [switch.STOP, switch.START]), (DONE._replace(reported="", running=""), []),
    (DONE._replace(annotation=""), []), (BEFORE._replace(annotation="", minor=34), ALL[:-1]), (BEFORE._replace(annotation="", minor=33), ALL),
    (DONE._replace(stop_docker=True), [switch.END_DOCKER]), (BEFORE._replace(stop_docker=True), [*ALL, switch.END_DOCKER]),
    # From dockershim to what came after it, both of which report Docker.
    (BEFORE._replace(wanted=CRI_DOCKERD, containers=0), [switch.STOP, switch.TELL, switch.START, switch.ANNOTATE]),
])
def test_what_is_left_is_read_off_the_machine(view: switch.View, left: list[str]) -> None:
    assert switch.left(view) == left
    assert switch.is_whole(view) == (switch.START in left)


@pytest.mark.parametrize(("socket", "written"), [(CONTAINERD, CONTAINERD), ("/var/run/containerd/containerd.sock", CONTAINERD),
                                                 (DOCKERSHIM, "/var/run/dockershim.sock")])
def test_the_annotation_has_the_form_that_kubeadm_takes(socket: str, written: str) -> None:
    assert switch.annotation(socket) == written


def ids(view: switch.View, machine: switch.Machine) -> list[str]:
    found = switch.obstacles(view, machine)
    assert all(item.level == "error" and item.message and item.remedy for item in found)
    return [item.id for item in found]


@pytest.mark.parametrize(("view", "machine", "found"), [
    (BEFORE, MACHINE, []), (DONE, MACHINE, []),
    (BEFORE._replace(member=""), MACHINE, ["NotAMember"]), (BEFORE._replace(member="", interrupted=True), MACHINE, []),
    (BEFORE, MACHINE._replace(elsewhere={"/etc/default/kubelet": ["container-runtime"], "/etc/sysconfig/kubelet": []}), ["KubeletFlags"]),
    (DONE, MACHINE._replace(elsewhere={"/etc/default/kubelet": ["container-runtime"]}), []),
    (BEFORE, MACHINE._replace(plugin=("kubenet", "", "")), ["NetworkPlugin"]), (BEFORE, MACHINE._replace(plugin=("", "", "")), ["NetworkPlugin"]),
    (BEFORE, MACHINE._replace(plugin=("cni", "/opt/cni/bin/", "/etc/cni/net.d")), []),
    (BEFORE, MACHINE._replace(plugin=("cni", "/usr/lib/cni", "/etc/kubernetes/cni")), ["CniFolder", "CniFolder"]),
    (BEFORE._replace(told=CRIO), MACHINE._replace(plugin=("kubenet", "/x", "/y")), []),
    (BEFORE, MACHINE._replace(containerd="2.1.4"), ["CriApi"]), (BEFORE, MACHINE._replace(containerd=""), []), (BEFORE, MACHINE._replace(containerd="x"), []),
    (BEFORE._replace(minor=23), MACHINE._replace(containerd="2.1.4"), []),
    (BEFORE._replace(minor=26, told=CRI_DOCKERD), MACHINE._replace(containerd="1.5.9"), ["CriApi"]),
    (BEFORE._replace(wanted=CRIO), MACHINE._replace(containerd="2.1.4"), []),
    (BEFORE, MACHINE._replace(package="containerd.io"), ["ContainerdPackage"]),
    (BEFORE, MACHINE._replace(wanted_package="containerd.io"), ["ContainerdPackage"]),
    (BEFORE, MACHINE._replace(package=""), []), (BEFORE, MACHINE._replace(wanted_package=""), []),
    (BEFORE, MACHINE._replace(free_bytes=299 << 20), ["DiskSpace"]), (BEFORE, MACHINE._replace(free_bytes=300 << 20), []),
    (BEFORE._replace(stop_docker=True), MACHINE._replace(people=["registry"]), ["DockerInUse"]), (BEFORE, MACHINE._replace(people=["registry"]), []),
    (DONE._replace(stop_docker=True), MACHINE._replace(people=["registry"]), ["DockerInUse"]),
])
def test_all_that_is_in_the_way_is_told_at_once(view: switch.View, machine: switch.Machine, found: list[str]) -> None:
    assert ids(view, machine) == found


@pytest.mark.parametrize(("inventory", "found"), [("", []), ("1.20.2", []), ("1.20.3", ["VersionChange"])])
def test_a_switch_is_no_upgrade(inventory: str, found: list[str]) -> None:
    assert [item.id for item in switch.other_version("1.20.2", inventory)] == found


def test_containers_of_people_and_images_without_a_name_are_told() -> None:
    assert switch.told(BEFORE, MACHINE) == [] == switch.told(DONE, MACHINE._replace(people=["registry"], unnamed_images=1))
    told = switch.told(BEFORE, MACHINE._replace(people=["registry", "db"], unnamed_images=2))
    assert told[0] == "Docker goes on running for containers that are not Kubernetes': registry, db." and told[1].startswith("2 images were pulled by")
    left = switch.told(DONE, MACHINE._replace(of_dockershim=["/etc/default/kubelet"]))
    assert left[0].startswith("/etc/default/kubelet gives the kubelet flags of dockershim")
    assert "restarts this Docker and them" in switch.told(BEFORE, MACHINE._replace(people=["db"], falls_with_containerd=True))[0]


def item(runtime: str = "containerd://1.6.20", ready: str = "True", heard: str = "2026-11-21T10:00:00Z") -> dict[str, Any]:
    return {"status": {"nodeInfo": {"containerRuntimeVersion": runtime}, "conditions": [
        {"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready, "lastHeartbeatTime": heard, "message": "no network"}]}}


BEGAN = 1795255200  # 2026-11-21T10:00:00Z


@pytest.mark.parametrize(("found", "wanting"), [
    (item(), ""), ({}, "the API server does not know the Node"), (item("docker://20.10.24"), "its kubelet still reports docker://20.10.24"),
    ({"status": {}}, "its kubelet still reports no runtime"), (item(heard="2026-11-21T09:59:59Z"), "its kubelet has not reported since"),
    (item(ready="False"), "it is not Ready: no network"), (item(heard=""), "its kubelet has not reported since"),
])
def test_a_node_is_ready_by_what_its_kubelet_said_after_it_was_started(found: dict[str, Any], wanting: str) -> None:
    assert switch.not_ready(found, CONTAINERD, BEGAN) == wanting


def pod(name: str, *ids: str, ready: bool = True, phase: str = "Running", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "ns", "name": name, **metadata},
            "status": {"phase": phase, "containerStatuses": [{"ready": ready, "containerID": identity} for identity in ids]}}


def test_pods_are_there_when_all_their_containers_are_ready_in_the_new_runtime() -> None:
    pods = [pod("a", "containerd://1", "containerd://2"), pod("b", "containerd://1", "docker://2"), pod("c", "containerd://1", ready=False), pod("d"),
            pod("e", "docker://1", phase="Succeeded"), pod("f", "docker://1", deletionTimestamp="2026-11-21T10:00:00Z")]
    assert switch.not_yet(pods, CONTAINERD) == ["ns/b", "ns/c", "ns/d"]
    static = pod("s", annotations={"kubernetes.io/config.mirror": "x"})
    assert switch.static([*pods, static]) == [static]
