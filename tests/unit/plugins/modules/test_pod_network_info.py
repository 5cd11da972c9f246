# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import pod_network_info
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, run_module

KUBEADM = "networking:\n  dnsDomain: cluster.local\n  podSubnet: 10.244.0.0/16,fd00:10::/56\n  serviceSubnet: 10.96.0.0/12\n"


class Api:
    """What kubectl is asked for, by its second and third word."""

    def __init__(self, machine: FakeMachine) -> None:
        self.daemon_sets: list[dict[str, Any]] = []
        self.kubeadm = KUBEADM
        self.pools: list[Any] | None = [{"metadata": {"name": "default-ipv4-ippool"}, "spec": {"cidr": "10.244.0.0/16"}}]
        machine.write("/etc/kubernetes/admin.conf")
        machine.on("kubectl", then=self._answer)

    def _answer(self, call: Call) -> Any:
        words = [word for word in call.words[3:] if not word.startswith("--")]
        if words[0] == "version":
            return 0, json.dumps({"serverVersion": {"gitVersion": "v1.20.2-rc.0+abc"}}), ""
        if "configmap/kubeadm-config" in words:
            return 0, json.dumps({"data": {"ClusterConfiguration": self.kubeadm}}) if self.kubeadm else "", ""
        if words[1] == pod_network_info.POOLS and self.pools is None:
            return 1, "", 'error: the server doesn\'t have a resource type "ippools"'
        answers = {"daemonsets": self.daemon_sets, "nodes": [{"status": {"nodeInfo": {"architecture": name}}} for name in ("arm64", "amd64", "arm64")],
                   "configmaps": [{"data": {"net-conf.json": "{}"}}], pod_network_info.POOLS: self.pools}
        return 0, json.dumps({"items": answers[words[1]]}), ""


@pytest.fixture
def api(machine: FakeMachine) -> Api:
    return Api(machine)


def test_a_machine_without_a_cluster_has_no_pod_network(machine: FakeMachine) -> None:
    found = run_module(pod_network_info)
    assert (found["exists"], found["networks"], found["images"], found["files"]) == (False, [], [], [])


def test_what_a_cluster_tells(api: Api) -> None:
    found = run_module(pod_network_info)
    assert (found["exists"], found["networks"], found["kubernetes"], found["architectures"], found["configurations"]) == (
        True, [], "1.20.2", ["amd64", "arm64"], {})
    assert found["pod_subnets"] == ["10.244.0.0/16", "fd00:10::/56"] and not found["changed"]


@pytest.mark.parametrize("text", ["", "networking:\n  serviceSubnet: 10.96.0.0/12\n"])
def test_a_cluster_without_networks_for_pods(api: Api, text: str) -> None:
    api.kubeadm = text
    assert run_module(pod_network_info)["pod_subnets"] == []


def test_networks_and_what_they_are_told(api: Api) -> None:
    api.daemon_sets = [{"metadata": {"namespace": "kube-flannel", "name": "kube-flannel-ds"}},
                       {"metadata": {"namespace": "kube-system", "name": "calico-node"}}]
    found = run_module(pod_network_info)
    assert [item["name"] for item in found["networks"]] == ["flannel", "calico"]
    assert found["configurations"] == {"ConfigMap/kube-flannel-cfg": {"net-conf.json": "{}"}, "IPPool/default-ipv4-ippool": {"cidr": "10.244.0.0/16"}}
    api.pools = None
    assert "IPPool/default-ipv4-ippool" not in run_module(pod_network_info)["configurations"]


def test_an_api_server_that_fails_is_an_error(machine: FakeMachine, api: Api) -> None:
    machine.on("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=30s", "get", pod_network_info.POOLS, rc=1, stderr="error: forbidden")
    api.daemon_sets = [{"metadata": {"namespace": "kube-system", "name": "calico-node"}}]
    assert run_module(pod_network_info)["failed"]


@pytest.fixture
def bundle(tmp_path: Path, machine: FakeMachine) -> Path:
    (tmp_path / "calico.yaml").write_text("kind: X\n")
    images = [{"refs": ["flannel/flannel:v0.25.7", "example.com/other:1"], "architecture": "amd64"},
              {"refs": ["k8s.gcr.io/pause:3.2"], "architecture": "amd64"}]
    file = {"name": "calico.yaml", "for": "calico", "version": "3.28.2", "path": "calico.yaml", "sha256": hashlib.sha256(b"kind: X\n").hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": "kubewright.bundle/1", "images": images, "files": [file]}))
    return tmp_path


def test_a_bundle_s_images_and_files(bundle: Path) -> None:
    found = run_module(pod_network_info, bundle_url=bundle.as_uri(), images=["*/flannel:*"], file="calico")
    assert found["images"] == [{"refs": ["flannel/flannel:v0.25.7"], "architecture": "amd64"}]
    assert found["files"] == [{"name": "calico.yaml", "version": "3.28.2", "text": "kind: X\n"}]
    assert run_module(pod_network_info, bundle_url=bundle.as_uri(), images=["*/flannel:*"])["files"] == []


def test_a_bundle_that_was_altered_is_not_used(bundle: Path) -> None:
    (bundle / "calico.yaml").write_text("kind: Y\n")
    assert "it is not used" in run_module(pod_network_info, bundle_url=bundle.as_uri(), file="calico")["msg"]
    assert "expected was 00" in run_module(pod_network_info, bundle_url=bundle.as_uri(), bundle_sha256="00")["msg"]
