# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_rules

REGISTERED = {"nodeRegistration": {"name": "n", "criSocket": "/x"}, "localAPIEndpoint": {"advertiseAddress": "192.0.2.1"}}
COMPLETE: dict[str, dict[str, Any]] = {
    "InitConfiguration": REGISTERED, "JoinConfiguration": REGISTERED, "ClusterConfiguration": {"kubernetesVersion": "v1"},
    "KubeletConfiguration": {"cgroupDriver": "systemd"}, "KubeProxyConfiguration": {"mode": "iptables"}, "ResetConfiguration": {"criSocket": "/x"},
    "UpgradeConfiguration": {},
}


def problems(version: str, kind: str, **more: Any) -> list[str]:
    return list(document_rules.problems(releases.version(version), {"kind": kind, **COMPLETE[kind], **more}))


@pytest.mark.parametrize("kind", COMPLETE)
@pytest.mark.parametrize("version", ["1.17.0", "1.20.2", "1.30.0", "1.37.0", "1.40.0"])
def test_a_document_with_what_is_always_set_is_well(version: str, kind: str) -> None:
    assert problems(version, kind) == []


@pytest.mark.parametrize(("kind", "more", "path"), [
    ("InitConfiguration", {"nodeRegistration": {"name": "n"}}, "nodeRegistration.criSocket"),
    ("InitConfiguration", {"localAPIEndpoint": {}}, "localAPIEndpoint.advertiseAddress"),
    ("JoinConfiguration", {"nodeRegistration": {"criSocket": "/x", "name": ""}}, "nodeRegistration.name"),
    ("KubeletConfiguration", {"cgroupDriver": ""}, "cgroupDriver"), ("KubeProxyConfiguration", {"mode": None}, "mode"),
    ("ClusterConfiguration", {"kubernetesVersion": None}, "kubernetesVersion"), ("ResetConfiguration", {"criSocket": ""}, "criSocket"),
])
def test_what_kubeadm_would_guess_is_always_set(kind: str, more: dict[str, Any], path: str) -> None:
    assert f"{kind}: {path} is empty; it is always set, so that kubeadm does not guess" in problems("1.34.2", kind, **more)


@pytest.mark.parametrize(("version", "kind", "more", "words"), [
    ("1.28.0", "KubeProxyConfiguration", {"mode": "nftables"}, "mode is 'nftables', which Kubernetes 1.28.0 does not have; use one of iptables, ipvs"),
    ("1.29.0", "KubeProxyConfiguration", {"mode": "nftables"}, ""),
    ("1.25.0", "KubeProxyConfiguration", {"mode": "userspace"}, ""),
    ("1.26.0", "KubeProxyConfiguration", {"mode": "userspace"}, "mode is 'userspace'"),
    ("1.34.0", "KubeletConfiguration", {"cgroupDriver": "cgroup"}, "cgroupDriver is 'cgroup'"),
    ("1.29.0", "KubeletConfiguration", {"memorySwap": {"swapBehavior": "UnlimitedSwap"}}, ""),
    ("1.30.0", "KubeletConfiguration", {"memorySwap": {"swapBehavior": "UnlimitedSwap"}}, "memorySwap.swapBehavior is 'UnlimitedSwap'"),
    ("1.30.0", "KubeletConfiguration", {"memorySwap": {"swapBehavior": ""}}, ""),
    ("1.33.0", "ClusterConfiguration", {"encryptionAlgorithm": "ECDSA-P384"}, "encryptionAlgorithm is 'ECDSA-P384', which Kubernetes 1.33.0 does not have"),
    ("1.34.0", "ClusterConfiguration", {"encryptionAlgorithm": "ECDSA-P384"}, ""),
    ("1.30.0", "ClusterConfiguration", {"encryptionAlgorithm": "RSA-4096"}, "use one of RSA-2048, ECDSA-P256"),
    ("1.34.0", "InitConfiguration", {"nodeRegistration": {**REGISTERED["nodeRegistration"], "imagePullPolicy": "Sometimes"}}, "imagePullPolicy is 'Sometimes'"),
    ("1.34.0", "UpgradeConfiguration", {"apply": {"imagePullPolicy": "never"}}, "use one of Always, IfNotPresent, Never"),
])
def test_a_value_that_the_version_does_not_have_is_refused(version: str, kind: str, more: dict[str, Any], words: str) -> None:
    found = problems(version, kind, **more)
    assert found == [] if not words else len(found) == 1 and words in found[0]


@pytest.mark.parametrize("given", [None, "", "/etc/kubernetes/pki"])
def test_certificates_are_where_kubeadm_has_them_by_itself(given: Any) -> None:
    assert problems("1.20.2", "ClusterConfiguration", certificatesDir=given) == []


@pytest.mark.parametrize("version", ["1.20.2", "1.34.2"])
def test_another_folder_of_certificates_is_refused(version: str) -> None:
    assert problems(version, "ClusterConfiguration", certificatesDir="/srv/pki") == [
        "ClusterConfiguration: certificatesDir is '/srv/pki'; every part of this collection looks for certificates in /etc/kubernetes/pki, leave it out"]


@pytest.mark.parametrize(("version", "gate", "words"), [
    ("1.23.0", "IPv6DualStack", ""),
    ("1.24.0", "IPv6DualStack", "featureGates.IPv6DualStack is known to kubeadm 1.17 to 1.23, this is 1.24.0; leave it out"),
    ("1.36.0", "PublicKeysECDSA", ""), ("1.37.0", "PublicKeysECDSA", "is known to kubeadm 1.18 to 1.36"), ("1.38.0", "PublicKeysECDSA", "1.36"),
    ("1.31.0", "NodeLocalCRISocket", "is known to kubeadm 1.32 to 1.36, this is 1.31.0"),
    ("1.34.0", "RootlessControlPlan", "kubeadm 1.34.0 has no feature gate RootlessControlPlan; did you mean RootlessControlPlane?"),
    ("1.34.0", "NodeSwap", "Gates of Kubernetes go into extraArgs and into the KubeletConfiguration"),
])
def test_a_feature_gate_that_kubeadm_does_not_know_is_refused(version: str, gate: str, words: str) -> None:
    found = problems(version, "ClusterConfiguration", featureGates={gate: True})
    assert found == [] if not words else len(found) == 1 and words in found[0]


@pytest.mark.parametrize(("version", "flag", "removed"), [
    ("1.23.17", "network-plugin", ""), ("1.24.0", "network-plugin", "1.24; leave it out"),
    ("1.40.0", "container-runtime", "1.27; leave it out; the socket of the runtime is kube_cri_socket"),
    ("1.34.0", "pod-infra-container-image", ""), ("1.35.0", "pod-infra-container-image", "1.35; set the sandbox image in the runtime's configuration"),
    ("1.34.0", "node-ip", ""),
])
@pytest.mark.parametrize("kind", ["InitConfiguration", "JoinConfiguration"])
def test_a_flag_that_the_kubelet_would_not_start_with_is_refused(version: str, flag: str, removed: str, kind: str) -> None:
    for given in ({flag: "x"}, [{"name": flag, "value": "x"}]):
        found = problems(version, kind, nodeRegistration={**REGISTERED["nodeRegistration"], "kubeletExtraArgs": given})
        assert found == ([f"{kind}: the kubelet of Kubernetes {version} would not start with kubeletExtraArgs.{flag}, which was removed in {removed}"]
                         if removed else [])


@pytest.mark.parametrize(("version", "more", "words"), [
    ("1.23.0", {"apiServer": {"extraArgs": {"insecure-port": "0"}}}, ""),
    ("1.24.0", {"apiServer": {"extraArgs": {"insecure-port": "0"}}},
     "kube-apiserver of Kubernetes 1.24.0 would not start with apiServer.extraArgs.insecure-port, which was removed in 1.24; use the secure port"),
    ("1.18.0", {"apiServer": {"extraArgs": {"basic-auth-file": "/etc/kubernetes/pki/x"}}}, ""),
    ("1.19.0", {"apiServer": {"extraArgs": {"basic-auth-file": "/etc/kubernetes/pki/x"}}}, "removed in 1.19; use client certificates or OpenID Connect"),
    ("1.28.0", {"controllerManager": {"extraArgs": {"pod-eviction-timeout": "1m"}}}, "removed in 1.28; use default-not-ready-toleration-seconds of the"),
    ("1.23.0", {"scheduler": {"extraArgs": {"policy-configmap": "x"}}}, "removed in 1.23; use a KubeSchedulerConfiguration, which config names"),
    ("1.34.0", {"apiServer": {"extraArgs": [{"name": "cloud-provider", "value": "x"}]}}, "apiServer.extraArgs.cloud-provider, which was removed in 1.33"),
    ("1.34.0", {"scheduler": {"extraArgs": [{"name": "port", "value": "0"}]}}, "kube-scheduler of Kubernetes 1.34.0 would not start"),
    ("1.36.0", {"etcd": {"local": {"extraArgs": [{"name": "experimental-x", "value": "1"}]}}}, ""),
    ("1.37.0", {"etcd": {"local": {"extraArgs": [{"name": "experimental-x", "value": "1"}]}}}, "etcd.local.extraArgs.experimental-x"),
])
def test_a_flag_that_a_component_would_not_start_with_is_refused(version: str, more: dict[str, Any], words: str) -> None:
    found = problems(version, "ClusterConfiguration", **more)
    assert found == [] if not words else len(found) == 1 and words in found[0]


@pytest.mark.parametrize("kind", ["InitConfiguration", "JoinConfiguration"])
def test_all_checks_cannot_be_ignored_in_an_old_document(kind: str) -> None:
    registration = {**REGISTERED["nodeRegistration"], "ignorePreflightErrors": ["All"]}
    assert problems("1.28.0", kind, nodeRegistration=registration) == []
    assert problems("1.27.0", kind, nodeRegistration=registration) == [
        f"{kind}: nodeRegistration.ignorePreflightErrors has 'all', which kubeadm 1.27.0 refuses in a document; name the checks"]


def test_etcd_is_either_local_or_external_and_has_members() -> None:
    assert problems("1.34.0", "ClusterConfiguration", etcd={"local": {}}) == []
    assert problems("1.34.0", "ClusterConfiguration", etcd={"external": {"endpoints": ["https://192.0.2.1:2379"]}}) == []
    assert problems("1.34.0", "ClusterConfiguration", etcd={"local": {}, "external": {"endpoints": ["x"]}}) == [
        "ClusterConfiguration: etcd has both local and external; leave one out"]
    assert problems("1.34.0", "ClusterConfiguration", etcd={"external": {"endpoints": []}}) == [
        "ClusterConfiguration: etcd.external.endpoints is empty; list the URLs of its members"]


@pytest.mark.parametrize(("version", "more", "refused"), [
    ("1.20.2", {"imageRepository": "registry.example.com"}, False), ("1.21.1", {"imageRepository": "registry.example.com"}, True),
    ("1.21.0", {"imageRepository": "registry.example.com", "dns": {"imageRepository": "registry.example.com"}}, False),
    ("1.21.0", {"imageRepository": "k8s.gcr.io"}, False), ("1.21.0", {}, False), ("1.21.2", {"imageRepository": "registry.example.com"}, False),
])
def test_two_patches_ask_a_mirror_for_an_image_that_mirrors_do_not_have(version: str, more: dict[str, Any], refused: bool) -> None:
    found = problems(version, "ClusterConfiguration", **more)
    assert found == [] if not refused else len(found) == 1 and "asks registry.example.com for coredns/coredns" in found[0]


@pytest.mark.parametrize(("component", "told"), [
    ({"extraArgs": {"audit-policy-file": "/srv/policy.yaml"}}, True), ({"extraArgs": [{"name": "oidc-ca-file", "value": "/srv/ca.crt"}]}, True),
    ({"extraArgs": {"audit-policy-file": "/srv/policy.yaml"}, "extraVolumes": [{"name": "x", "hostPath": "/a", "mountPath": "/srvother"}]}, True),
    ({"extraArgs": {"audit-policy-file": "/srv/policy.yaml"}, "extraVolumes": [{"name": "x", "hostPath": "/a", "mountPath": "/srv/"}]}, False),
    ({"extraArgs": {"audit-policy-file": "/srv/policy.yaml"}, "extraVolumes": [{"name": "x", "hostPath": "/a", "mountPath": "/srv/policy.yaml"}]}, False),
    ({"extraArgs": {"oidc-ca-file": "/etc/kubernetes/pki/oidc.crt"}}, False), ({"extraArgs": {"audit-log-path": "/srv/log"}}, False),
    ({"extraArgs": {"encryption-provider-config": "relative"}}, False), ({"extraArgs": "text"}, False), ({"extraVolumes": "text", "extraArgs": {}}, False),
])
def test_a_file_that_no_volume_brings_into_the_container_is_told(component: dict[str, Any], told: bool) -> None:
    found = problems("1.30.0", "ClusterConfiguration", apiServer=component)
    assert len(found) == told and all("which no volume brings into the container; add an entry to apiServer.extraVolumes" in text for text in found)
