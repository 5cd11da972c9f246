# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_containers as containers
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError
from ansible_collections.kubewright.cluster.plugins.module_utils._image_store import CriStore
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

KUBE, SANDBOX, MINE = "a" * 64, "b" * 64, "c" * 64
SHOWN = "ActiveState={}\nBindsTo={}\nRequires=system.slice docker.socket\nUnitFileState=enabled\n"


@pytest.fixture
def run(machine: FakeMachine) -> Runner:
    machine.on("systemctl", "show", stdout=SHOWN.format("active", ""))
    machine.on("docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", stdout=f"{KUBE}\n{SANDBOX}\n")
    machine.on("docker", "ps", "--no-trunc", "--format", stdout=f"{KUBE} k8s_etcd\n{SANDBOX} k8s_POD\n{MINE} registry\n")
    machine.on("docker", "container", "inspect", stdout="sha256:1\nsha256:2\nsha256:1\n")
    machine.on("docker", "image", "inspect", stdout=[{"Id": "sha256:1", "RepoTags": ["busybox:1"], "Size": 5}, {"Id": "sha256:2", "RepoTags": None}], rc=0)
    machine.on("docker", "image", "save", then=lambda call: machine.write(call.words[4]))
    for words in (("docker", "stop"), ("docker", "rm"), ("systemctl", "disable"), ("ctr",), ("crictl",)):
        machine.on(*words)
    return Runner(machine)


def test_the_containers_of_kubernetes_are_told_from_those_of_people(run: Runner) -> None:
    docker = containers.Docker(run)
    assert docker.of_kubernetes() == [KUBE, SANDBOX] and docker.of_people() == ["registry"]
    assert docker.images() == [("sha256:1", ["busybox:1"], 5), ("sha256:2", [], 0)]


def test_a_docker_that_does_not_run_has_no_containers(machine: FakeMachine, run: Runner) -> None:
    machine.on("systemctl", "show", stdout="ActiveState=inactive\n")
    docker = containers.Docker(run)
    assert (docker.of_kubernetes(), docker.of_people(), docker.images(), docker.falls_with_containerd()) == ([], [], [], False)
    assert not machine.commands("docker")


def test_only_the_containers_of_kubernetes_are_removed_and_their_addresses_are_given_back(machine: FakeMachine, run: Runner) -> None:
    machine.write("/var/lib/cni/networks/mynet/10.244.1.5", f"{SANDBOX}\r\neth0")
    machine.write("/var/lib/cni/networks/mynet/10.244.1.6", f"{MINE}\r\neth0")
    machine.write("/var/lib/cni/networks/mynet/lock")
    containers.Docker(run).remove([KUBE, SANDBOX])
    assert machine.commands("docker", "stop") == [f"docker stop -t 30 {KUBE} {SANDBOX}"]
    assert machine.commands("docker", "rm") == [f"docker rm --force --volumes {KUBE} {SANDBOX}"]
    assert not machine.has("/var/lib/cni/networks/mynet/10.244.1.5") and machine.has("/var/lib/cni/networks/mynet/10.244.1.6")


@pytest.mark.parametrize(("binds", "live_restore", "falls"), [
    ("", "false", False), ("containerd.service", "false", True), ("containerd.service", "true", False),
])
def test_a_docker_that_hangs_on_containerd_falls_with_it(machine: FakeMachine, run: Runner, binds: str, live_restore: str, falls: bool) -> None:
    machine.on("systemctl", "show", stdout=SHOWN.format("active", binds))
    machine.on("docker", "info", stdout=live_restore + "\n")
    assert containers.Docker(run).falls_with_containerd() is falls


def test_docker_is_stopped_and_stays_off(machine: FakeMachine, run: Runner) -> None:
    docker = containers.Docker(run)
    machine.on("systemctl", "show", stdout="ActiveState=inactive\n")
    machine.on("systemctl", "show", "--property=LoadState", stdout="LoadState=not-found\n\nLoadState=not-found\n\nLoadState=loaded\n\nLoadState=loaded\n")
    docker.stop()
    assert not docker.active and machine.commands("systemctl", "disable") == ["systemctl disable --now docker.service docker.socket"]


def test_images_that_are_gone_are_left_out(machine: FakeMachine, run: Runner) -> None:
    docker = containers.Docker(run)
    assert docker.named([]) == []
    machine.on("docker", "image", "inspect", rc=1, stdout="", stderr="No such image")
    assert docker.named(["a"]) == []
    machine.on("docker", "ps", "--all", stdout="")
    assert docker.images() == []


@pytest.mark.parametrize(("name", "full"), [
    ("busybox:1", "docker.io/library/busybox:1"), ("flannel/flannel:v1", "docker.io/flannel/flannel:v1"), ("k8s.gcr.io/pause:3.2", "k8s.gcr.io/pause:3.2"),
    ("localhost/a:1", "localhost/a:1"), ("host:5000/a:1", "host:5000/a:1"),
])
def test_docker_leaves_out_what_cri_names(name: str, full: str) -> None:
    assert containers.full_name(name) == full


def test_an_image_is_carried_where_one_of_its_names_is_wanting() -> None:
    images = [containers.Image("1", ["a/b:1", "a/b:2"], 1), containers.Image("2", ["k8s.gcr.io/pause:3.2"], 1), containers.Image("3", [], 1)]
    assert containers.wanting(images, ["docker.io/a/b:1", "k8s.gcr.io/pause:3.2"]) == images[:1]


@pytest.mark.parametrize("rc", [0, 1])
def test_an_image_is_carried_by_an_archive_that_does_not_stay(machine: FakeMachine, run: Runner, rc: int) -> None:
    machine.on("ctr", rc=rc)
    image, store = containers.Image("1", ["a:1", "b:1"], 1), CriStore(run, "unix:///run/containerd/containerd.sock")
    if rc:
        with pytest.raises(CommandError):
            containers.carry(run, store, image)
    else:
        containers.carry(run, store, image)
    assert machine.commands("docker", "image", "save") == [f"docker image save --output {containers.ARCHIVE} a:1 b:1"]
    assert machine.commands("ctr") and not machine.has(containers.ARCHIVE)


def test_an_archive_that_was_not_made_is_not_removed(machine: FakeMachine, run: Runner) -> None:
    machine.on("docker", "image", "save", rc=1)
    with pytest.raises(CommandError):
        containers.carry(run, CriStore(run, "containerd"), containers.Image("1", ["a:1"], 1))


def test_pods_of_a_runtime_that_speaks_cri_are_ended_by_it(machine: FakeMachine, run: Runner) -> None:
    cri = containers.Cri(run, "/run/containerd/containerd.sock")
    assert cri.of_kubernetes() == [] == cri.of_people() and not machine.commands("crictl")
    machine.write("/run/containerd/containerd.sock")
    machine.on("crictl", "--runtime-endpoint", "unix:///run/containerd/containerd.sock", "pods", stdout="p1\np2\n")
    assert cri.of_kubernetes() == ["p1", "p2"]
    cri.remove(["p1", "p2"])
    assert [line.rsplit("sock ", 1)[1] for line in machine.commands("crictl")][1:] == ["stopp p1 p2", "rmp --force p1 p2"]


@pytest.mark.parametrize(("stderr", "raises"), [("rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService", False), ("broken", True)])
def test_a_containerd_without_its_cri_has_no_pods(machine: FakeMachine, run: Runner, stderr: str, raises: bool) -> None:
    machine.write("/run/containerd/containerd.sock")
    machine.on("crictl", rc=1, stderr=stderr)
    ask: Callable[[], Any] = containers.Cri(run, "unix:///run/containerd/containerd.sock").of_kubernetes
    if raises:
        with pytest.raises(CommandError):
            ask()
    else:
        assert ask() == []


@pytest.mark.parametrize(("wanted", "found"), [
    ("unix:///run/containerd/containerd.sock", ["containers in Docker", "pods in CRI-O"]),
    ("/var/run/dockershim.sock", ["pods in containerd", "pods in CRI-O"]),
    ("unix:///run/crio/crio.sock", ["containers in Docker", "pods in containerd"]),
])
def test_every_runtime_but_the_wanted_one_is_looked_at(run: Runner, wanted: str, found: list[str]) -> None:
    assert [other.what for other in containers.others(run, wanted)] == found
