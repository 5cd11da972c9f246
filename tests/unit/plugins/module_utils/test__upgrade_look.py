# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, Dict, List, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _upgrade_look as look
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import version
from ansible_collections.kubewright.cluster.plugins.module_utils._upgrade import PARTS
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

TARGET = version("1.31.4")
CONFIG = "/var/lib/kubelet/config.yaml"


@pytest.mark.parametrize(("image", "expected"), [
    ("k8s.gcr.io/kube-apiserver:v1.20.3", "1.20.3"), ("registry:5000/etcd:3.4.13-0", "3.4.13-0"), ("a/b:v1@sha256:00", "1"), ("a/b@sha256:00", ""),
    ("registry:5000/b", ""), ("", ""), ("a:latest", "latest"),
])
def test_a_version_is_read_from_an_image(image: str, expected: str) -> None:
    assert look.image_version(image) == expected


def test_a_captured_manifest_has_its_version(captured: Callable[[str], str]) -> None:
    assert look.manifest_version("kube-scheduler", captured("kubeadm/1.20.2/kube-scheduler.yaml")) == "1.20.2"


@pytest.mark.parametrize(("text", "expected"), [
    ("  - image: x/sidecar:v9\n  - image: \"x/kube-apiserver:v1.31.4\"\n", "1.31.4"), ("image: x/other:v2\n", "2"), ("kind: Pod\n", ""),
])
def test_a_sidecar_is_not_taken_for_the_component(text: str, expected: str) -> None:
    assert look.manifest_version("kube-apiserver", text) == expected


class FakeApi:
    """kubectl that answers from a few objects; the last word but options decides."""

    def __init__(self, machine: FakeMachine) -> None:
        self.config_maps: Dict[str, Dict[str, str]] = {"kubeadm-config": {"ClusterConfiguration": "kind: C\nkubernetesVersion: v1.31.2\n"},
                                                       "kubelet-config": {"kubelet": "a: 1\n"}}
        self.pods: List[Dict[str, Any]] = []
        self.addons: Optional[Dict[str, Any]] = None
        self.kubelet = "v1.31.2"
        machine.on("kubectl", then=self._answer)

    def _answer(self, call: Any) -> Any:
        if "configmap" in call.words:
            name = call.words[call.words.index("configmap") + 1]
            return 0, json.dumps({"data": self.config_maps[name]}) if name in self.config_maps else "", ""
        if "pods" in call.words:
            return 0, json.dumps({"items": self.pods}), ""
        one = {"metadata": {"name": "n1"}, "status": {"nodeInfo": {"kubeletVersion": self.kubelet}}}
        if "nodes" in call.words:
            return 0, json.dumps({"items": [one]}), ""
        return 0, json.dumps(one) if "node" in call.words else json.dumps(self.addons) if self.addons else "", ""


@pytest.fixture
def api(machine: FakeMachine, monkeypatch: Any) -> FakeApi:
    monkeypatch.setattr(node, "node_name", lambda: "n1")
    return FakeApi(machine)


def cluster(machine: FakeMachine) -> look.Cluster:
    return look.Cluster(Kubectl(Runner(machine)), TARGET)


def pod(component: str, name: str = "n1", ready: Optional[str] = "True", container: str = "") -> Dict[str, Any]:
    conditions = [{"type": "Initialized", "status": "True"}] + ([{"type": "Ready", "status": ready}] if ready else [])
    return {"metadata": {"name": component, "labels": {"component": component}}, "status": {"conditions": conditions},
            "spec": {"nodeName": name, "containers": [{"name": "sidecar", "image": "s:v9"}, {"name": container or component, "image": "x:v1.31.2"}]}}


def test_a_worker_is_seen_with_what_its_kubelet_may_read(machine: FakeMachine, api: FakeApi) -> None:
    view = cluster(machine).view("worker", "1.31.4")
    assert view._asdict() == {
        "node": "n1", "role": "worker", "kubeadm": "1.31.4", "cluster": "1.31.2", "manifests": {}, "static_pods": {}, "running": False,
        "kubelets": {"n1": "1.31.2"}, "addons": {}, "kubelet_current": False, "interrupted": "", "sockets": {"n1": ""}}
    assert not any("pods" in line or "nodes" in line or "daemonset" in line for line in machine.commands())


def test_a_control_plane_is_seen_with_the_whole_cluster(machine: FakeMachine, api: FakeApi) -> None:
    api.pods = [pod(part) for part in PARTS] + [pod("etcd"), pod(PARTS[0], "n2", container="renamed"), {"metadata": {}, "spec": {}}]
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "image: x/etcd:3.5.15-0\n")
    api.addons = {"metadata": {"name": "coredns"}, "spec": {"template": {"spec": {"containers": [{"image": "x/coredns:v1.11.3"}]}}}}
    view = cluster(machine).view("control_plane", "1.31.4")
    assert view.static_pods == {"n1": dict.fromkeys(PARTS, "1.31.2"), "n2": {PARTS[0]: "9"}} and view.running
    assert view.manifests == {"etcd": "3.5.15-0"} and view.addons == {"coredns": "1.11.3"} and view.kubelets == {"n1": "1.31.2"}
    api.addons = None
    assert cluster(machine).view("control_plane", "1.31.4").addons == {}


@pytest.mark.parametrize("pods", [
    [], [pod(part) for part in PARTS[:2]], [*(pod(part) for part in PARTS[:2]), pod(PARTS[2], ready="False")],
    [*(pod(part) for part in PARTS[:2]), pod(PARTS[2], ready=None)], [*(pod(part) for part in PARTS[:2]), pod(PARTS[2], "n2")],
])
def test_static_pods_run_when_all_of_this_machine_s_are_ready(machine: FakeMachine, api: FakeApi, pods: List[Any]) -> None:
    api.pods = pods
    assert not cluster(machine).view("control_plane", "1.31.4").running


@pytest.mark.parametrize("text", ["", "kind: ClusterConfiguration\n"])
def test_a_cluster_without_a_version_is_an_error_with_the_way_out(machine: FakeMachine, api: FakeApi, text: str) -> None:
    api.config_maps["kubeadm-config"] = {"ClusterConfiguration": text}
    with pytest.raises(KubewrightError, match="names no kubernetesVersion"):
        cluster(machine).view("worker", "1.31.4")


@pytest.mark.parametrize(("kubelet", "file", "current"), [
    ("v1.31.4", "a: 1\n", True), ("v1.31.4", "resolvConf: /x\na: 1\n\n", True), ("v1.31.4", "a: 2\n", False), ("v1.31.4", "", False),
    ("v1.31.2", "a: 1\n", False),
])
def test_without_a_note_the_kubelet_s_version_and_text_decide(machine: FakeMachine, api: FakeApi, kubelet: str, file: str, current: bool) -> None:
    api.kubelet = kubelet
    machine.write(CONFIG, file)
    assert cluster(machine).view("worker", "1.31.4").kubelet_current is current


def test_a_finished_note_holds_until_either_side_changes(machine: FakeMachine, api: FakeApi) -> None:
    machine.write(CONFIG, "patched: 1\n")
    look.begin("node", TARGET)
    assert look.interrupted() == "node"
    look.end("a: 1\n")
    assert look.interrupted() == "" and cluster(machine).view("worker", "1.31.4").kubelet_current
    api.config_maps["kubelet-config"]["kubelet"] = "a: 2\n"
    assert not cluster(machine).view("worker", "1.31.4").kubelet_current
    api.config_maps["kubelet-config"]["kubelet"] = "a: 1\n"
    machine.write(CONFIG, "patched: 2\n")
    assert not cluster(machine).view("worker", "1.31.4").kubelet_current
    look.forget()
    assert look.read_note() is None


def test_a_note_of_another_version_says_nothing(machine: FakeMachine, api: FakeApi) -> None:
    look.begin("node", version("1.31.3"))
    look.end("a: 1\n")
    assert not cluster(machine).view("worker", "1.31.4").kubelet_current


@pytest.mark.parametrize(("age", "expected"), [(-60, ""), (60, "apply")])
def test_a_note_of_before_the_machine_joined_says_nothing(machine: FakeMachine, age: int, expected: str) -> None:
    look.begin("apply", TARGET)
    started = machine.now() - age
    machine.write(node.MARKER, json.dumps({"operation": "join", "started": started, "finished": started, "etcd_was_empty": True}))
    assert look.interrupted() == expected


def test_ending_what_never_began_writes_nothing(machine: FakeMachine) -> None:
    look.end("")
    assert not machine.has(look.NOTE)


@pytest.mark.parametrize("text", [
    "{", "[]", "{}", '{"action": "apply"}', "null", '{"action": "apply", "version": "1", "started": "x", "finished": null, "kubelet": {}}'])
def test_a_note_that_cannot_be_read_is_an_error_with_the_way_out(machine: FakeMachine, text: str) -> None:
    machine.write(look.NOTE, text)
    with pytest.raises(KubewrightError, match="own note about an upgrade"):
        look.read_note()


def test_the_state_shows_every_change_that_an_upgrade_can_make(machine: FakeMachine, api: FakeApi) -> None:
    machine.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "image: x/kube-apiserver:v1.31.2\n")
    view = cluster(machine).view("control_plane", "1.31.4")
    before = look.state(view, "a: 1\n")
    assert before == look.state(view, "a: 1\n") and before["manifests"] == {"kube-apiserver": "image: x/kube-apiserver:v1.31.2\n"}
    machine.write("/var/lib/kubelet/kubeadm-flags.env", "x")
    assert before != look.state(view, "a: 1\n") and look.state(view, "a: 2\n") != look.state(view, "a: 1\n")
