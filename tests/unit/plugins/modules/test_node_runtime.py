# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_flags as flags
from ansible_collections.kubewright.cluster.plugins.modules import node_runtime
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, captured_text, run_module

CONTAINERD, DOCKERSHIM = "unix:///run/containerd/containerd.sock", "/var/run/dockershim.sock"
FLAGS = 'KUBELET_KUBEADM_ARGS="--network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2 --v=4"\n'
KUBE, MINE = ["a" * 64, "b" * 64], "c" * 64
REMOTE = "--container-runtime=remote --container-runtime-endpoint=/run/containerd/containerd.sock"


class FakeNode:
    """A fake worker with Docker: its kubelet reports what its flags say when it is started."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine, self.active, self.docker, self.answers, self.comes_up = machine, True, True, True, True
        self.containers, self.people, self.annotation, self.runtime = list(KUBE), ["registry"], DOCKERSHIM, "docker://20.10.24"
        self.heard = 0.0
        self.pods: list[dict[str, Any]] = [{"metadata": {"namespace": "kube-system", "name": "kube-proxy-x"}, "status": {}}]
        for path in ("/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/config.yaml", "/run/containerd/containerd.sock", flags.DOCKERSHIM):
            machine.write(path)
        machine.write("/var/lib/kubelet/pki/kubelet-client-current.pem", captured_text("kubeadm/1.20.2/kubelet-client.crt"))
        machine.write(flags.FLAGS, FLAGS)
        machine.write("/proc/77/cmdline", "/usr/bin/kubelet\0--network-plugin=cni\0")
        machine.absent = []
        machine.on("kubelet", "--version", stdout="Kubernetes v1.20.2\n")
        machine.on("containerd", "--version", stdout="containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1\n")
        machine.on("dpkg-query", stdout="containerd: /usr/bin/containerd\n")
        machine.on("systemctl", "show", then=self.show)
        machine.on("systemctl", "show", "--property=LoadState", stdout="LoadState=loaded\n\n" * 4)
        machine.on("systemctl", "stop", "kubelet", then=lambda _call: setattr(self, "active", False))
        machine.on("systemctl", "restart", "kubelet", then=self.start)
        machine.on("systemctl", "disable", "--now", then=lambda _call: setattr(self, "docker", False))
        machine.on("docker", "ps", "--all", then=lambda _call: (0, "\n".join(self.containers), ""))
        machine.on("docker", "ps", "--no-trunc", "--format", then=lambda _call: (0, "\n".join(f"{MINE} {name}" for name in self.people), ""))
        machine.on("docker", "stop")
        machine.on("docker", "rm", then=lambda _call: self.containers.clear())
        machine.on("docker", "container", "inspect", stdout="sha256:1\n")
        machine.on("docker", "image", "inspect", stdout=[{"Id": "sha256:1", "RepoTags": ["k8s.gcr.io/kube-proxy:v1.20.2"], "Size": 5}])
        machine.on("docker", "image", "save", then=lambda call: machine.write(call.words[4]))
        machine.on("ctr")
        machine.on("crictl", stdout='{"images": []}')
        machine.on("kubectl", then=self.kubectl)
        machine.on("journalctl", stdout="kubelet: failed to run\n")

    def show(self, call: Call) -> Any:
        if call.words[-1] == "docker.service":
            return 0, f"ActiveState={'active' if self.docker else 'inactive'}\nBindsTo=\nRequires=\n", ""
        return 0, f"MainPID={77 if self.active else 0}\n", ""

    def start(self, _call: Call) -> None:
        text = self.machine.text(flags.FLAGS)
        self.active, self.heard = True, self.machine.now()
        self.machine.write("/proc/77/cmdline", "kubelet\0" + "\0".join(text.split('"')[1].split()))
        if self.comes_up:
            self.runtime = "containerd://1.6.20" if "containerd.sock" in text else "docker://20.10.24"

    def kubectl(self, call: Call) -> Any:
        if not self.answers:
            return 1, "", "The connection to the server was refused - did you specify the right host or port?"
        words = " ".join(call.words)
        if " annotate " in words:
            self.annotation = call.words[-1].partition("=")[2]
            return 0, "", ""
        heard = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.heard))
        node = {"metadata": {"annotations": {"kubeadm.alpha.kubernetes.io/cri-socket": self.annotation}},
                "status": {"nodeInfo": {"containerRuntimeVersion": self.runtime}, "conditions": [
                    {"type": "Ready", "status": "True" if self.active else "False", "lastHeartbeatTime": heard}]}}
        return 0, json.dumps({"items": self.pods} if " pods " in words else node), ""


@pytest.fixture
def node(machine: FakeMachine) -> FakeNode:
    return FakeNode(machine)


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: told.append(text))
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((4096, 4096, 9 << 20, 9 << 20, 9 << 20, 0, 0, 0, 0, 255)))
    return told


def run(action: str, check_mode: bool = False, socket: str = CONTAINERD, **more: Any) -> Result:
    return run_module(node_runtime, check_mode, True, action=action, socket=socket, **more)


ACTIONS = ["stop the kubelet", "stop and remove 2 of Kubernetes' containers in Docker",
           f"tell the kubelet of {CONTAINERD} in {flags.FLAGS}", "start the kubelet and wait until the node is Ready with containerd",
           f"annotate the Node with {CONTAINERD}"]


def test_a_plan_says_all_and_touches_nothing(machine: FakeMachine, node: FakeNode, warnings: list[str]) -> None:
    before = machine.files()
    result = run("plan", kubernetes_version="1.20.2")
    assert not result["changed"] and result["actions"] == ACTIONS and result["drain"] and not result["resumed"]
    assert result["images"] == ["k8s.gcr.io/kube-proxy:v1.20.2"] and result["kept_containers"] == ["registry"]
    assert warnings == ["Docker goes on running for containers that are not Kubernetes': registry."]
    assert machine.files() == before and not machine.commands("systemctl", "stop") and result["node"]


def test_a_node_is_switched_and_a_second_run_changes_nothing(machine: FakeMachine, node: FakeNode) -> None:
    assert run("switch", check_mode=True)["actions"] == ACTIONS and node.active and machine.text(flags.FLAGS) == FLAGS
    result = run("switch")
    assert result["changed"] and result["actions"] == ACTIONS and "diff" in result
    assert machine.text(flags.FLAGS) == FLAGS.replace("--network-plugin=cni", REMOTE)
    assert (node.containers, node.people, node.annotation, node.runtime) == ([], ["registry"], CONTAINERD, "containerd://1.6.20")
    assert not machine.has(node_runtime.NOTE) and not machine.has(flags.DOCKERSHIM) and node.docker
    again = run("switch")
    assert not again["changed"] and not again["drain"] and run("plan")["actions"] == [] and not run("resume")["changed"]


def test_back_to_docker_the_same_way(machine: FakeMachine, node: FakeNode) -> None:
    run("switch")
    machine.on("crictl", "--runtime-endpoint", CONTAINERD, "pods", stdout="")
    assert run("switch", socket=DOCKERSHIM)["changed"]
    assert "--network-plugin=cni" in machine.text(flags.FLAGS) and (node.annotation, node.runtime) == (DOCKERSHIM, "docker://20.10.24")


@pytest.mark.parametrize("words", [("systemctl", "stop", "kubelet"), ("docker", "stop"), ("docker", "rm"), ("systemctl", "restart", "kubelet"),
                                   ("kubectl", "--kubeconfig", "/etc/kubernetes/kubelet.conf", "--request-timeout=30s", "annotate")])
@pytest.mark.parametrize("answers", [True, False])
def test_killed_at_any_command_the_next_run_finishes(machine: FakeMachine, node: FakeNode, words: tuple[str, ...], answers: bool) -> None:
    def killed(_call: Call) -> None:
        raise Killed

    machine.on(*words, then=killed, once=True)
    with pytest.raises(Killed):
        run("switch")
    node.answers = answers or "annotate" in words

    def comes_back(call: Call) -> None:
        node.answers = True  # a control plane's own API server, which its kubelet starts
        node.start(call)

    machine.on("systemctl", "restart", "kubelet", then=comes_back)
    machine.write("/var/lib/kubewright/image.tar")
    noted = machine.has(node_runtime.NOTE)
    assert noted != ("annotate" in words)
    resumed = run("resume")
    assert machine.has("/var/lib/kubewright/image.tar") != noted
    assert resumed["changed"] == noted == resumed["resumed"]
    run("switch")
    assert (node.containers, node.annotation, node.runtime, node.active) == ([], CONTAINERD, "containerd://1.6.20", True)
    assert not machine.has(node_runtime.NOTE) and not run("switch")["changed"] and not run("resume")["changed"]


def test_a_kubelet_that_does_not_come_up_is_told_and_the_next_run_goes_on(machine: FakeMachine, node: FakeNode) -> None:
    node.comes_up = False
    result = run("switch", seconds=20)
    assert result.failed and "after 20 seconds its kubelet still reports docker://20.10.24. The next run goes on from here" in result["msg"]
    assert result["journal"] and machine.has(node_runtime.NOTE)
    node.comes_up = True
    assert run("resume")["changed"] and not run("switch")["changed"]


def test_a_control_planes_static_pods_have_to_be_ready_in_it(machine: FakeMachine, node: FakeNode) -> None:
    node.pods = [{"metadata": {"namespace": "kube-system", "name": "etcd-cp1", "annotations": {"kubernetes.io/config.mirror": "x"}}, "status": {
        "containerStatuses": [{"ready": True, "containerID": "docker://1"}]}}]
    result = run("switch", seconds=20)
    assert result["pods"] == ["kube-system/etcd-cp1"] and "pods are not ready in it: kube-system/etcd-cp1" in result["msg"]


def test_all_that_is_in_the_way_is_one_error(machine: FakeMachine, node: FakeNode) -> None:
    machine.write("/etc/default/kubelet", 'KUBELET_EXTRA_ARGS="--container-runtime=docker"\n')
    machine.write("/etc/systemd/system/kubelet.service.d/20-mine.conf", "[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=/x\n")
    machine.write(flags.FLAGS, FLAGS.replace("cni ", "cni --cni-bin-dir=/usr/lib/cni "))
    before = machine.files()
    result = run("plan", kubernetes_version="1.20.3", stop_docker=True)
    assert [item["id"] for item in result["findings"]] == ["KubeletFlags", "KubeletFlags", "CniFolder", "DockerInUse", "VersionChange"]
    assert "nothing was touched" in result["msg"] and machine.files() == before
    assert not run("plan", cni_bin_dir="/usr/lib/cni").get("findings", [])[2:]


def test_flags_of_an_administrator_win_and_those_of_dockershim_are_told(machine: FakeMachine, node: FakeNode, warnings: list[str]) -> None:
    machine.write("/etc/default/kubelet", 'KUBELET_EXTRA_ARGS="--network-plugin=cni --cni-bin-dir=/usr/lib/cni"\n')
    assert [item["id"] for item in run("plan")["findings"]] == ["CniFolder"]
    assert not run("plan", cni_bin_dir="/usr/lib/cni").failed and warnings[1].startswith("/etc/default/kubelet gives the kubelet flags of dockershim")


def test_docker_is_stopped_only_on_request(machine: FakeMachine, node: FakeNode) -> None:
    node.people = []
    assert run("switch", stop_docker=True)["actions"] == [*ACTIONS, "stop and disable Docker"] and not node.docker
    assert not run("switch", stop_docker=True)["changed"] and run("plan", stop_docker=True)["actions"] == []


def test_without_a_plan_containers_of_people_and_a_machine_that_is_no_node_are_safe_too(machine: FakeMachine, node: FakeNode) -> None:
    for check_mode in (True, False):
        assert [item["id"] for item in run("switch", check_mode, stop_docker=True)["findings"]] == ["DockerInUse"]
    assert node.docker and node.active and node.containers and machine.text(flags.FLAGS) == FLAGS and not machine.has(node_runtime.NOTE)
    machine.remove("/etc/kubernetes/kubelet.conf")
    assert "this machine is no node that could be switched: it has not joined a cluster" in run("switch")["msg"] and node.active and node.containers


def test_images_are_carried_over_without_a_registry(machine: FakeMachine, node: FakeNode) -> None:
    machine.absent = []
    names = ["k8s.gcr.io/kube-proxy:v1.20.2"]
    assert run("images", check_mode=True, images=names)["changed"] and not machine.commands("docker", "image", "save")
    assert run("images", images=names)["actions"] == ["carry k8s.gcr.io/kube-proxy:v1.20.2 over from Docker"] and machine.commands("ctr")
    machine.on("crictl", stdout=json.dumps({"images": [{"repoTags": names}]}))
    assert not run("images", images=names)["changed"] and not run("images")["changed"]


def test_a_release_without_dockershim_does_not_go_back_to_it(machine: FakeMachine, node: FakeNode) -> None:
    machine.on("kubelet", "--version", stdout="Kubernetes v1.24.17+k3s1\n")
    assert "Kubernetes 1.24.17 has no dockershim any more" in run("plan", socket=DOCKERSHIM)["msg"]


def test_without_containerd_and_while_no_kubelet_runs_a_plan_is_made(machine: FakeMachine, node: FakeNode) -> None:
    machine.absent, node.active, node.answers = ["containerd"], False, False
    assert run("plan")["actions"] == ACTIONS
    machine.absent = []
    machine.on("containerd", "--version", stdout="containerd\n")
    assert run("plan")["actions"] == ACTIONS


@pytest.mark.parametrize(("absent", "printed", "refused"), [
    ([], "containerd.io: /usr/bin/containerd\n", True), (["dpkg-query"], "containerd.io", True), (["dpkg-query"], "file is not owned by any package", False),
    (["dpkg-query", "rpm"], "", False), (["containerd"], "", False),
])
def test_a_containerd_that_docker_hangs_on_is_not_replaced(machine: FakeMachine, node: FakeNode, absent: list[str], printed: str, refused: bool) -> None:
    machine.absent = absent
    machine.on("dpkg-query", stdout=printed)
    machine.on("rpm", stdout=printed)
    result = run("plan", package="containerd")
    assert result.failed == refused
    if refused:
        assert "would take its place and remove Docker" in result["msg"] and "kube_containerd_source: upstream" in result["msg"]
