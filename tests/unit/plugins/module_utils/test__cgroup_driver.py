# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _cgroup_driver as drivers
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

CONTAINERD, DOCKER = "unix:///run/containerd/containerd.sock", "unix:///var/run/dockershim.sock"


@pytest.mark.parametrize(("configuration", "flags", "driver"), [
    ("kind: X\ncgroupDriver: cgroupfs\n", [], "cgroupfs"), ('cgroupDriver: "systemd"\n', [], "systemd"), ("kind: X\n", [], ""), ("", [], ""),
    ("cgroupDriver: cgroupfs\n", ['KUBELET_EXTRA_ARGS="--cgroup-driver=systemd"\n'], "systemd"),
    ("cgroupDriver: cgroupfs\n", ["#KUBELET_EXTRA_ARGS=--cgroup-driver=systemd\n"], "cgroupfs"),
    ("", ["", "--cgroup-driver=systemd --cgroup-driver cgroupfs", "--cgroup-driver=systemd"], "cgroupfs"),
    ("# cgroupDriver: systemd\n  cgroupDriver: systemd\n", [], ""),
])
def test_the_driver_of_a_kubelet_is_that_of_its_last_flag_or_of_its_configuration(configuration: str, flags: list[str], driver: str) -> None:
    assert drivers.of_kubelet(configuration, flags) == driver


@pytest.mark.parametrize(("text", "driver"), [
    ("", "cgroupfs"), ("SystemdCgroup = false\n", "cgroupfs"), ("  SystemdCgroup=true\n", "systemd"), ("# SystemdCgroup = true\n", "cgroupfs"),
    ("[plugins.cri]\n  systemd_cgroup = true\n", "systemd"), ("systemd_cgroup = false\nSystemdCgroup = true\n", "systemd"),
])
def test_containerd_says_nothing_where_it_means_cgroupfs(text: str, driver: str) -> None:
    assert drivers.of_containerd(text) == driver


@pytest.mark.parametrize(("text", "driver"), [
    ("", ""), ("{}", ""), ('{"exec-opts": ["native.cgroupdriver=systemd"]}', "systemd"), ('{"exec-opts": ["native.cgroupdriver=cgroupfs"]}', "cgroupfs"),
])
def test_what_docker_is_not_told_nobody_knows_from_its_file(text: str, driver: str) -> None:
    assert drivers.of_docker(text) == driver


def test_both_sides_of_real_machines_are_read(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    for version, flags in (("1.20.2", "kubeadm-flags-docker.env"), ("1.34.2", "kubeadm-flags.env")):
        machine.write("/var/lib/kubelet/config.yaml", captured(f"kubeadm/{version}/kubelet-config.yaml"))
        machine.write("/var/lib/kubelet/kubeadm-flags.env", captured(f"kubeadm/{version}/{flags}"))
        machine.write("/etc/containerd/config.toml", captured("containerd/1.6.20-debian.toml"))
        machine.remove("/etc/docker/daemon.json")
        assert drivers.here(CONTAINERD) == ("systemd", "systemd")
        assert drivers.here(DOCKER) == drivers.here("unix:///run/crio/crio.sock") == ("systemd", "")
        machine.write("/etc/docker/daemon.json", captured("docker/daemon-20.10.24.json"))
        assert drivers.here(DOCKER).as_dict() == {"kubelet": "systemd", "runtime": "systemd"}


@pytest.mark.parametrize(("files", "pods", "why"), [
    ({}, [], ""), ({}, ["a/b"], "runs pods (a/b)"), ({"/var/lib/kubelet/pods/uid/etc-hosts": ""}, [], "has pods (/var/lib/kubelet/pods is not empty)"),
    ({"/etc/kubernetes/kubelet.conf": ""}, [], "is a node of a cluster (/etc/kubernetes/kubelet.conf is there)"),
])
def test_the_driver_stays_where_pods_hang_on_it(machine: FakeMachine, files: dict[str, str], pods: list[str], why: str) -> None:
    for path, text in files.items():
        machine.write(path, text)
    assert drivers.why_kept(pods) == why
    told = drivers.refusal("Docker", "cgroupfs", "systemd", pods)
    assert bool(told) == bool(why)
    if why:
        assert told == (f"Docker uses the cgroup driver cgroupfs on this machine, which {why}; systemd is asked for. Nothing was changed. "
                        f"{drivers.WHY}. {drivers.REMEDY.format('cgroupfs')}.")
    assert not drivers.refusal("Docker", "systemd", "systemd", pods) and not drivers.refusal("Docker", "", "systemd", pods)


@pytest.mark.parametrize(("kubelet", "containerd", "socket", "systemd", "refused"), [
    ("systemd", "true", CONTAINERD, True, ""), ("cgroupfs", "false", CONTAINERD, False, ""),
    ("cgroupfs", "false", CONTAINERD, True, "The kubelet"), ("systemd", "false", CONTAINERD, True, "containerd"),
    ("systemd", "false", DOCKER, True, ""), ("cgroupfs", "false", DOCKER, True, "The kubelet"),
])
def test_containerd_of_a_node_keeps_its_driver_and_that_of_the_kubelet(machine: FakeMachine, kubelet: str, containerd: str, socket: str, systemd: bool,
                                                                       refused: str) -> None:
    machine.write("/var/lib/kubelet/config.yaml", f"cgroupDriver: {kubelet}\n")
    machine.write("/etc/containerd/config.toml", f"SystemdCgroup = {containerd}\n")
    drivers.refuse_containerd(socket, systemd)
    machine.write("/etc/kubernetes/kubelet.conf")
    if not refused:
        drivers.refuse_containerd(socket, systemd)
        return
    with pytest.raises(KubewrightError, match=f"^{refused} uses the cgroup driver cgroupfs on this machine, which is a node") as caught:
        drivers.refuse_containerd(socket, systemd)
    assert "Replace the node" in str(caught.value)
