# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._cgroup_driver import WHY
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_runtime as runtime
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, inputs, seen, told

CONTAINERD, DOCKERSHIM, CRI_DOCKERD = "unix:///run/containerd/containerd.sock", "unix:///var/run/dockershim.sock", "unix:///run/cri-dockerd.sock"


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None) -> list[tuple[str, str, str]]:
    return told(runtime.JUDGES, everywhere(**(variables or {})), looks)


def member(socket: str, kubelet: str = "systemd", own: str = "systemd", state: str = "worker") -> Seen:
    return seen("w1", state, cri_socket=socket, machine={"cgroup_drivers": {"kubelet": kubelet, "runtime": own}})


@pytest.mark.parametrize(("socket", "name"), [
    (CONTAINERD, "containerd"), (DOCKERSHIM, "docker"), (CRI_DOCKERD, "docker"), ("unix:///var/run/crio/crio.sock", "crio"), ("", ""),
    ("unix:///run/other.sock", ""),
])
def test_a_socket_tells_the_runtime(socket: str, name: str) -> None:
    assert runtime.runtime_of(socket) == name


@pytest.mark.parametrize(("variables", "look", "message"), [
    ({}, member(CONTAINERD), ""), ({}, member(""), ""), ({}, seen("w1", cri_socket=DOCKERSHIM), ""), ({}, seen("w1", "worker"), ""),
    ({}, member(DOCKERSHIM), "its kubelet uses Docker (unix:///var/run/dockershim.sock), and containerd is asked for"),
    ({"kube_runtime": "docker"}, member(DOCKERSHIM), ""), ({"kube_runtime": "docker"}, member(CRI_DOCKERD), ""),
    ({"kube_runtime": "docker"}, member(CONTAINERD), "its kubelet uses containerd (unix:///run/containerd/containerd.sock), and Docker is asked for"),
    ({"kube_cri_socket": "unix:///run/crio/crio.sock"}, member(CONTAINERD),
     "its kubelet uses containerd (unix:///run/containerd/containerd.sock), and CRI-O is asked for"),
    ({"kube_cri_socket": "unix:///run/crio/crio.sock"}, member("unix:///run/crio/crio.sock"), ""),
    ({"kube_runtime": ["what"]}, member(CONTAINERD), ""), ({"kube_runtime": None, "kube_cri_socket": None}, member(CONTAINERD), ""),
])
def test_another_runtime_than_that_of_a_member_is_refused(variables: dict[str, Any], look: Seen, message: str) -> None:
    assert found(variables, [look]) == ([("w1", "RuntimeChange", message)] if message else [])


def test_the_refusal_names_the_playbook_and_the_way_back() -> None:
    remedy = runtime.JUDGES[0](inputs(everywhere(kube_runtime="containerd"), [member(DOCKERSHIM)]))[0].finding.remedy
    assert remedy and "Set kube_runtime back to docker" in remedy and "kubewright.cluster.switch_runtime" in remedy


def test_a_machine_that_this_inventory_does_not_list_is_nobodys_here() -> None:
    look = seen("other", "worker", cri_socket=DOCKERSHIM, machine={"cgroup_drivers": {"kubelet": "cgroupfs", "runtime": ""}})
    assert found({}, [look]) == []


@pytest.mark.parametrize(("variables", "message"), [
    ({}, ""), ({"kube_runtime": "docker"}, ""), ({"kube_runtime": "docker", "docker_cgroup_driver": ""}, ""), ({"containerd_systemd_cgroup": "{{ x }}"}, ""),
    ({"kube_kubelet_configuration": {"cgroupDriver": "cgroupfs"}, "containerd_systemd_cgroup": False}, ""),
    ({"kube_kubelet_configuration": "{{ x }}"}, ""), ({"kube_kubelet_configuration": {"cgroupDriver": ""}}, ""),
    ({"kube_kubelet_configuration": {"cgroupDriver": "cgroupfs"}, "kube_cri_socket": "unix:///run/crio/crio.sock"}, ""),
    ({"kube_kubelet_configuration": {"cgroupDriver": "cgroupfs"}},
     "its kubelet would have the cgroup driver cgroupfs (kube_kubelet_configuration.cgroupDriver), and containerd systemd (containerd_systemd_cgroup)"),
    ({"containerd_systemd_cgroup": "no"},
     "its kubelet would have the cgroup driver systemd (kube_kubelet_configuration.cgroupDriver), and containerd cgroupfs (containerd_systemd_cgroup)"),
    ({"kube_runtime": "docker", "docker_cgroup_driver": "cgroupfs"},
     "its kubelet would have the cgroup driver systemd (kube_kubelet_configuration.cgroupDriver), and Docker cgroupfs (docker_cgroup_driver)"),
])
@pytest.mark.parametrize("state", ["clean", "worker"])
def test_kubelet_and_runtime_are_asked_to_have_the_same_driver(variables: dict[str, Any], message: str, state: str) -> None:
    assert found(variables, [seen("w1", state)]) == ([("w1", "CgroupDriver", message)] if message else [])


CGROUPFS: dict[str, Any] = {"kube_kubelet_configuration": {"cgroupDriver": "cgroupfs"}, "containerd_systemd_cgroup": False}


@pytest.mark.parametrize(("variables", "look", "sides"), [
    ({}, member(CONTAINERD), ""), (CGROUPFS, member(CONTAINERD, "cgroupfs", "cgroupfs"), ""), ({}, member(CONTAINERD, "", ""), ""),
    ({}, member(CONTAINERD, "cgroupfs", "cgroupfs"), "its kubelet uses the cgroup driver cgroupfs and containerd uses the cgroup driver cgroupfs"),
    ({}, member(CONTAINERD, "systemd", "cgroupfs"), "containerd uses the cgroup driver cgroupfs"),
    ({"kube_runtime": "docker"}, member(DOCKERSHIM, "cgroupfs", ""), "its kubelet uses the cgroup driver cgroupfs"),
    ({"kube_runtime": "docker", "docker_cgroup_driver": ""}, member(DOCKERSHIM, "systemd", "cgroupfs"), ""),
    ({}, seen("w1", cri_socket=CONTAINERD, machine={"cgroup_drivers": {"kubelet": "cgroupfs", "runtime": ""}}), ""),
])
def test_the_driver_of_a_member_is_not_changed(variables: dict[str, Any], look: Seen, sides: str) -> None:
    rows = runtime.JUDGES[2](inputs(everywhere(**variables), [look]))
    assert [(row.host, row.finding.id) for row in rows] == ([("w1", "CgroupDriverChange")] if sides else [])
    if sides:
        assert rows[0].finding.message == f"{sides}, and systemd is asked for. {WHY}"
        setting = "docker_cgroup_driver: cgroupfs" if variables.get("kube_runtime") == "docker" else "containerd_systemd_cgroup: false"
        assert str(rows[0].finding.remedy).startswith("Replace the node: drain it, reset it (playbooks/reset.yml)") and setting in str(rows[0].finding.remedy)


@pytest.mark.parametrize(("variables", "message"), [
    ({}, ""), ({"kube_docker_version": "5:29.0.1-1~debian.12~bookworm"}, ""), ({"docker_cri_dockerd_version": "0.3.12"}, ""),
    ({"kube_version": "1.23.9", "docker_cri_dockerd_version": "0.3"}, ""), ({"kube_version": "what", "docker_cri_dockerd_version": "0.3"}, ""),
    ({"docker_cri_dockerd_version": "0.3", "docker_cri_dockerd": False}, ""), ({"docker_cri_dockerd_version": "0.3", "kube_runtime": "containerd"}, ""),
    ({"docker_cri_dockerd_version": "0.3", "kube_cri_socket": "unix:///run/cri-dockerd.sock"}, ""), ({"docker_cri_dockerd_version": "{{ x }}"}, ""),
    ({"docker_cri_dockerd_version": "0.3"}, "the version of cri-dockerd is '0.3'"),
    ({"docker_cri_dockerd_version": "0.3.12", "docker_version": "29.0.1", "kube_docker_version": "28"}, "(cri-dockerd 0.3.10 to 0.3.15) speaks version"),
    ({"docker_cri_dockerd_version": "0.3.12", "docker_version": "", "kube_docker_version": "29"}, "with Docker 29: it (cri-dockerd 0.3.10 to 0.3.15)"),
    ({"docker_cri_dockerd_version": "0.4.4"}, "Kubewright knows no SHA-256 of cri-dockerd 0.4.4"),
    ({"docker_cri_dockerd_version": "0.4.4", "docker_cri_dockerd_sha256": {"amd64": "ab"}}, ""),
    ({"docker_cri_dockerd_version": "0.4.4", "kube_bundle_url": "http://192.0.2.1"}, ""),
])
def test_what_does_not_fit_between_docker_and_kubernetes_is_found(variables: dict[str, Any], message: str) -> None:
    rows = found({"kube_runtime": "docker", "kube_version": "1.34.2", **variables}, [])
    assert {row[1] for row in rows} == ({"CriDockerd"} if message else set())
    assert all(message in row[2] for row in rows)


@pytest.mark.parametrize("begun", [True, False])
def test_a_switch_that_did_not_end_is_told(begun: bool) -> None:
    rows = found({}, [seen("w1", "worker", cri_socket=CONTAINERD, machine={"runtime_switch": begun})])
    assert rows == ([("w1", "RuntimeSwitch", "a switch of its runtime was begun and has not ended")] if begun else [])
