# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_options, preflight_drift
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, judged, seen

# As kubeadm writes them down, defaults and all.
CLUSTER = {
    "apiServer": {"extraArgs": {"authorization-mode": "Node,RBAC"}, "timeoutForControlPlane": "4m0s"}, "apiVersion": "kubeadm.k8s.io/v1beta4",
    "certificatesDir": "/etc/kubernetes/pki", "clusterName": "kubernetes", "controlPlaneEndpoint": "cluster-endpoint:6443", "controllerManager": {}, "dns": {},
    "etcd": {"local": {"dataDir": "/var/lib/etcd"}}, "imageRepository": "registry.k8s.io", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.31.2",
    "networking": {"dnsDomain": "cluster.local", "podSubnet": "10.244.0.0/16", "serviceSubnet": "10.96.0.0/12"}, "scheduler": {},
}
PROXY = {"mode": "iptables", "conntrack": {"maxPerCore": None}, "clusterCIDR": "10.244.0.0/16"}
KUBELET = {"cgroupDriver": "systemd", "staticPodPath": "/etc/kubernetes/manifests", "syncFrequency": "1m0s", "maxPods": 110}
FLAGS = 'KUBELET_KUBEADM_ARGS="--node-ip=192.0.2.10 --v=4"\n'


def member(name: str = "cp1", flags: str = FLAGS, policy: str = "", **more: Any) -> Seen:
    cluster, proxy, kubelet = more.pop("cluster", CLUSTER), more.pop("proxy", PROXY), more.pop("kubelet", KUBELET)
    settings = {"kubeadm-config": yaml.safe_dump(cluster), "kube-proxy": yaml.safe_dump(proxy)}
    return seen(name, "control_plane" if name.startswith("cp") else "worker", **{
        "versions": {"kubelet": "1.31.2"}, "cluster": {"settings": settings},
        "machine": {"settings": {"kubelet": yaml.safe_dump(kubelet), "kubelet_flags": flags, "audit_policy": policy}}, **more})


def found(variables: dict[str, Any] | None = None, *looks: Seen) -> list[tuple[str, str]]:
    rows = judged(preflight_drift._drift, variables, list(looks or [member()]))
    assert all(row[1:3] == ("warning", "Drift") for row in rows)
    return [(row[0], row[3]) for row in rows]


def test_a_cluster_as_the_inventory_wants_it_has_no_drift() -> None:
    assert found() == [] == found(None, member("cp1"), member("w1"))


SYNC = {"syncFrequency": "60s", "cgroupDriver": "systemd"}


@pytest.mark.parametrize("variables", [
    {"kube_kubelet_configuration": SYNC}, {"kube_kubelet_extra_args": {"v": 4}}, {"kube_cluster_configuration": {"apiServer": {"certSANs": []}}},
    {"kube_control_plane_endpoint": "cluster-endpoint:6443"}, {"kube_pod_subnets": ["10.244.0.0/16"]},
    {"kube_version": "1.30.2"}, {"kube_version": "nonsense"}, {"kube_kubelet_configuration": {"maxPodz": 1}}, {"kube_audit_policy": "/nowhere"},
])
def test_other_spellings_are_no_drift_and_what_is_a_finding_of_its_own_is_not_told_again(variables: dict[str, Any]) -> None:
    assert found(everywhere(**variables)) == []


@pytest.mark.parametrize(("variables", "told"), [
    ({"kube_apiserver_extra_args": {"v": 4}}, ("inventory", "ClusterConfiguration: apiServer.extraArgs.v is not set in the cluster, the inventory says 4")),
    ({"kube_apiserver_extra_args": {"profiling": "false"}},
     ("inventory", "ClusterConfiguration: apiServer.extraArgs.profiling is not set in the cluster, the inventory says false")),
    ({"kube_apiserver_extra_args": {"authorization-mode": "RBAC"}},
     ("inventory", "ClusterConfiguration: apiServer.extraArgs.authorization-mode is Node,RBAC in the cluster, the inventory says RBAC")),
    ({"kube_service_subnets": ["10.1.0.0/16"]},
     ("inventory", "ClusterConfiguration: networking.serviceSubnet is 10.96.0.0/12 in the cluster, the inventory says 10.1.0.0/16")),
    ({"kube_image_registry": "mirror.example.com"},
     ("inventory", "ClusterConfiguration: imageRepository is registry.k8s.io in the cluster, the inventory says mirror.example.com")),
    ({"kube_cert_sans": ["api.example.com"]},
     ("inventory", "ClusterConfiguration: apiServer.certSANs.api.example.com is not set in the cluster, the inventory says present")),
    ({"kube_proxy_mode": "ipvs"}, ("inventory", "KubeProxyConfiguration: mode is iptables in the cluster, the inventory says ipvs")),
    ({"kube_encryption_at_rest": {"provider": "secretbox"}},
     ("inventory", "ClusterConfiguration: apiServer.extraArgs.encryption-provider-config is not set in the cluster, the inventory says "
      "/etc/kubernetes/pki/encryption-at-rest.yaml")),
    ({"kube_kubelet_configuration": {"maxPods": 200}}, ("cp1", "KubeletConfiguration: maxPods is 110 on this machine, the inventory says 200")),
    ({"kube_kubelet_configuration": {"failSwapOn": False}}, ("cp1", "KubeletConfiguration: failSwapOn is not set on this machine, the inventory says false")),
    ({"kube_kubelet_extra_args": {"v": 6}}, ("cp1", "the kubelet's flag v is 4 on this machine, the inventory says 6")),
    ({"kube_kubelet_extra_args": {"max-pods": 6}}, ("cp1", "the kubelet's flag max-pods is not set on this machine, the inventory says 6")),
])
def test_what_differs_is_told_with_both_values(variables: dict[str, Any], told: tuple[str, str]) -> None:
    assert found(everywhere(**variables)) == [told]


def test_every_control_plane_tells_the_same_of_the_cluster_and_each_machine_of_itself() -> None:
    variables = {**everywhere(kube_proxy_mode="ipvs", kube_kubelet_configuration={"maxPods": 200}), "cp2": GOOD["cp1"]}
    rows = found(variables, member("cp1"), member("cp2"), member("w1"))
    assert [host for host, _sentence in rows] == ["inventory", "cp1", "cp2", "w1"]


def changed(path: str, value: Any) -> dict[str, Any]:
    component, name = path.split(".")
    return {**CLUSTER, component: {**CLUSTER[component], name: value}}  # type: ignore[dict-item]


@pytest.mark.parametrize(("cluster", "told"), [
    (changed("scheduler.extraArgs", {"v": "5"}), "scheduler.extraArgs.v is 5 in the cluster, the inventory does not have it"),
    (changed("scheduler.extraArgs", [{"name": "v", "value": "5"}, {"name": "v", "value": "6"}]),
     "scheduler.extraArgs.v is 5,6 in the cluster, the inventory does not have it"),
    (changed("scheduler.extraVolumes", [{"name": "x", "hostPath": "/srv"}]), "scheduler.extraVolumes.x.hostPath is /srv in the cluster, the inventory does"),
])
def test_what_people_put_there_and_the_inventory_does_not_have_is_told(cluster: dict[str, Any], told: str) -> None:
    ((host, sentence),) = found(None, member(cluster=cluster))
    assert host == "inventory" and sentence.startswith(f"ClusterConfiguration: {told}")


def test_a_changed_audit_policy_is_told_and_the_same_one_is_not() -> None:
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
    variables = everywhere(kube_audit_policy=policy)
    text = document_options.files({"audit_policy": policy})["/etc/kubernetes/audit/policy.yaml"]
    sentence = "the audit policy in /etc/kubernetes/audit/policy.yaml is another than the inventory's"
    assert ("cp1", sentence) in found(variables, member(policy="0" * 64))
    assert ("cp1", sentence) not in found(variables, member(policy=hashlib.sha256(text.encode()).hexdigest()))


@pytest.mark.parametrize("look", [
    seen("cp1"), member(cluster=None, proxy=[], kubelet="text", flags=""), member(flags='X="'), member(versions={}), member(cluster={"a": 1}, machine={}),
])
def test_what_cannot_be_read_is_not_compared(look: Seen) -> None:
    assert [row for row in found(everywhere(kube_kubelet_extra_args={"v": 4}), look) if "ClusterConfiguration" not in row[1]] == []


def test_without_a_control_plane_in_the_inventory_nothing_is_compared() -> None:
    assert judged(preflight_drift._drift, None, [member()], control_planes=[]) == []


def test_a_switch_that_is_off_and_kubeadm_does_not_write_down_is_no_drift() -> None:
    volume = {"name": "log", "hostPath": "/srv", "mountPath": "/srv"}
    written, wanted = changed("scheduler.extraVolumes", [volume]), {"scheduler": {"extraVolumes": [{**volume, "readOnly": False}]}}
    assert found(everywhere(kube_cluster_configuration=wanted), member(cluster=written)) == []
    on = {"scheduler": {"extraVolumes": [{**volume, "readOnly": True}]}}
    assert len(found(everywhere(kube_cluster_configuration=on), member(cluster=written))) == 1


def test_a_long_value_is_told_short() -> None:
    ((_host, sentence),) = found(everywhere(kube_apiserver_extra_args={"tls-cipher-suites": "X" * 200}))
    assert sentence.endswith("X…") and len(sentence) < 200


def test_what_is_off_for_cri_dockerd_is_no_drift_and_is_told_where_it_is_not() -> None:
    """A cluster that was made before 1.36 and upgraded has not got it."""
    docker = everywhere(kube_runtime="docker", kube_version="1.36.2")
    gates = {"extraArgs": [{"name": "feature-gates", "value": "ExtendWebSocketsToKubelet=false"}]}
    new: dict[str, Any] = {"versions": {"kubelet": "1.36.2"}, "kubelet": {**KUBELET, "featureGates": {"ExtendWebSocketsToKubelet": False}}}
    assert found(docker, member(cluster={**CLUSTER, "apiServer": gates}, **new)) == []
    assert [row[1].split(" is ")[0] for row in found(docker, member(versions={"kubelet": "1.36.2"}))] == [
        "ClusterConfiguration: apiServer.extraArgs.feature-gates", "KubeletConfiguration: featureGates.ExtendWebSocketsToKubelet"]
    assert found(everywhere(kube_version="1.36.2", kube_runtime="{{ x }}"), member(versions={"kubelet": "1.36.2"})) == []
    own = everywhere(kube_version="1.36.2", kube_cri_socket="unix:///run/cri-dockerd.sock")
    assert len(found(own, member(versions={"kubelet": "1.36.2"}))) == 2


@pytest.mark.parametrize("flags", [{"--v": "4"}, {"v": None}, "v=4", [{"v": "4"}]])
def test_what_nobody_can_read_in_the_cluster_s_document_is_not_compared(flags: Any) -> None:
    assert found(None, member(cluster={**CLUSTER, "apiServer": {"extraArgs": flags}})) == []
