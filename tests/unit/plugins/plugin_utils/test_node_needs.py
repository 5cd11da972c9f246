# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_needs as needs

BASE = list(needs.EVERYWHERE)
OLD = ["conntrack", "socat", "ebtables", "ethtool"]
IPVS = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"]


@pytest.mark.parametrize(("arguments", "expected"), [
    (["1.20.2"], [*BASE, *OLD]), (["1.31.14", "ipvs"], [*BASE, *OLD, "ipset", "ipvsadm"]), (["1.32.0"], [*BASE, "ethtool"]),
    (["1.33.0", "nftables"], [*BASE, "nftables"]), (["1.37.0"], BASE), (["1.35.0", "iptables", "bridge", [], [], "docker"], [*BASE, "socat"]),
    (["1.20.2", "iptables", "bridge", [], [], "docker"], [*BASE, *OLD]), (["1.20.2", "userspace"], [*BASE, *OLD]),
])
def test_packages_by_version_mode_and_runtime(arguments: list[Any], expected: list[str]) -> None:
    assert needs.node_needs(*arguments)["packages"] == expected


@pytest.mark.parametrize(("arguments", "expected"), [
    (["iptables"], []), (["ipvs"], IPVS), (["nftables"], ["nf_tables"]), (["iptables", "flannel"], ["vxlan"]), (["iptables", "calico"], ["ipip"]),
    (["ipvs", "calico", [], ["vxlan", "typha", "wireguard"]], [*IPVS, "vxlan", "wireguard"]), (["iptables", "flannel", [], ["host-gw"]], []),
])
def test_kernel_modules_by_mode_and_pod_network(arguments: list[Any], expected: list[str]) -> None:
    assert needs.node_needs("1.31.2", *arguments)["modules"] == [*needs.MODULES, *expected]


@pytest.mark.parametrize(("subnets", "expected"), [([], {}), (["10.244.0.0/16"], {}), (["10.244.0.0/16", "fd00::/48"], needs.IPV6_SYSCTLS)])
def test_ipv6_is_forwarded_where_pods_have_it(subnets: list[str], expected: dict[str, int]) -> None:
    assert needs.node_needs("1.31.2", pod_subnets=subnets)["sysctls"] == {**needs.SYSCTLS, **expected}


@pytest.mark.parametrize(("arguments", "message"), [
    (["1.28.0", "nftables"], "1.28.0 has no kube-proxy mode 'nftables'; its modes are iptables, ipvs"), (["1.26.0", "userspace"], "no kube-proxy mode"),
    (["1.31.2", "iptables", "weave"], "pod network is 'weave'"), (["1.31.2", "iptables", "bridge", ["pods"]], "kube_pod_subnets"), (["1.31"], "whole version"),
])
def test_what_is_not_known_is_refused(arguments: list[Any], message: str) -> None:
    with pytest.raises(KubewrightError, match=message):
        needs.node_needs(*arguments)


def test_every_mode_of_every_release_has_its_packages() -> None:
    for minor in range(17, 38):
        modes = releases.fact("proxy_modes", minor)
        assert set(modes) <= set(needs.MODE_PACKAGES)
