# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_pod_network as judges
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs


def inputs(configs: list[str] | None = None, state: str = "worker", **variables: Any) -> Inputs:
    looks = seen([{"item": "w1", "node": {"state": state, "machine": {"cni_configs": configs or []}}, "cluster": {}}], [])
    return Inputs(["w1"], [], [], {"w1": {"kube_version": "1.28.0", **variables}}, looks, {})


@pytest.mark.parametrize(("configs", "variables", "told"), [
    ([], {}, False), (["10-kubewright-bridge.conflist"], {}, False), (["10-flannel.conflist"], {"kube_cni": "flannel"}, False),
    (["10-flannel.conflist"], {}, True), (["10-kubewright-bridge.conflist"], {"kube_cni": "calico"}, True),
    (["05-cilium.conflist"], {"kube_cni": "none"}, False),
    (["10-kubewright-bridge.conflist"], {"kube_cni": "calico", "kube_cni_change": True}, False), (["10-flannel.conflist"], {"kube_cni": "weaver"}, False),
    (["10-kubewright-bridge.conflist"], {"kube_cni": "calico", "kube_cni_change": "yes"}, False),
])
def test_a_node_with_another_pod_network_is_told(configs: list[str], variables: dict[str, Any], told: bool) -> None:
    found = judges.another_one(inputs(configs, **variables))
    assert [(item.host, item.finding.id) for item in found] == ([("w1", "PodNetwork")] if told else [])
    assert all("kube_cni_change" in str(item.finding.remedy) for item in found)


def test_what_an_earlier_cluster_left_is_told_elsewhere() -> None:
    assert judges.another_one(inputs(["10-flannel.conflist"], "clean")) == []


@pytest.mark.parametrize("variables", [
    {}, {"kube_cni": "flannel"}, {"kube_cni": "calico"}, {"kube_cni": "calico", "kube_version": "1.20.2", "kube_package_source": "bundle"},
    {"kube_cni": "flannel", "kube_package_source": "bundle", "cni_flannel_nftables": True}, {"kube_cni": "calico", "kube_version": "x"},
    {"kube_cni": "calico", "kube_version": "1.20.2", "cni_calico_manifest": "calico.yaml"}, {"kube_cni": "none"},
    {"kube_cni": "calico", "cni_calico_version": "3.24.1", "kube_version": "1.20.2", "cni_calico_misfit_allowed": True},
])
def test_what_can_be_or_cannot_be_known_yet_is_no_finding(variables: dict[str, Any]) -> None:
    assert judges.settings(inputs(**variables)) == []


@pytest.mark.parametrize(("variables", "told"), [
    ({"kube_cni": "flannel", "kube_cni_backends": ["ipsec"]}, "flannel 0.25.7: the backend 'ipsec' is not one"),
    ({"kube_cni": "flannel", "cni_flannel_version": "0.9.1"}, "is older than 0.11.0"),
    ({"kube_cni": "flannel", "kube_version": "1.20.2", "cni_flannel_nftables": True}, "flannel 0.20.2: it has no EnableNFTables"),
    ({"kube_cni": "flannel", "kube_pod_subnets": ["10.0.0.0/33"]}, "does not appear to be an IPv4 or IPv6 network"),
    ({"kube_cni": "calico", "cni_calico_version": "3.24.1", "kube_version": "1.20.2"}, "Calico 3.24 was tested with Kubernetes 1.22 to 1.25"),
    ({"kube_cni": "calico", "kube_version": "1.20.2"}, "knows no manifest of a Calico that was tested with Kubernetes 1.20"),
    ({"kube_cni": "calico", "kube_cni_backends": ["ipip", "vxlan", "bgp"]}, "by ipip or by vxlan, not by both"),
    ({"kube_cni": "calico", "kube_cni_backends": ["warp"]}, "has no backend warp"),
])
def test_what_the_role_would_refuse_later_is_told_first(variables: dict[str, Any], told: str) -> None:
    (item,) = judges.settings(inputs(**variables))
    assert (item.host, item.finding.id, item.finding.level) == ("inventory", "PodNetwork", "error") and told in item.finding.message
    assert "Nothing was touched" not in item.finding.message
