# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's system has to have: packages, kernel modules and sysctls, by version, mode of kube-proxy and pod network. Pure. Private to the collection.

Which programs each release asks for is the fact host_packages of _release_facts; what is here depends on how the cluster is set up.
Sources: docs = kubernetes.io (container runtimes, virtual IPs), kube-proxy = its README of IPVS, flannel and calico = their pages of requirements.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.node_ports import backends, families

# Debian's names; kube_package knows those of others. The kubelet and kube-proxy call these on every version.
EVERYWHERE = ("iproute2", "iptables", "kmod", "mount", "procps", "util-linux")
MODE_PACKAGES = {"iptables": (), "ipvs": ("ipset", "ipvsadm"), "nftables": ("nftables",), "userspace": ()}
# What the release itself no longer asks for, and this runtime still needs: port-forward through Docker runs socat (cri-dockerd).
RUNTIME_PACKAGES = {"docker": ("socat",)}
MODULES = ("overlay", "br_netfilter", "nf_conntrack")  # docs
MODE_MODULES = {"ipvs": ("ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"), "nftables": ("nf_tables",)}  # kube-proxy, docs
BACKEND_MODULES = {"vxlan": ("vxlan",), "ipip": ("ipip",), "wireguard": ("wireguard",)}  # flannel, calico
SYSCTLS = {"net.ipv4.ip_forward": 1, "net.bridge.bridge-nf-call-iptables": 1, "net.bridge.bridge-nf-call-ip6tables": 1}  # docs
# The kernel sets the second with the first; kubeadm asks for the second.
IPV6_SYSCTLS = {"net.ipv6.conf.all.forwarding": 1, "net.ipv6.conf.default.forwarding": 1}  # docs, src-1.20


def node_needs(
    version: Any, proxy_mode: str = "iptables", cni: str = "bridge", pod_subnets: Iterable[str] | None = None, cni_backends: Iterable[str] | None = None,
    runtime: str = "containerd",
) -> dict[str, Any]:
    release, carriers = releases.version(version), backends(cni, cni_backends)
    if proxy_mode not in releases.fact("proxy_modes", release):
        modes = ", ".join(sorted(releases.fact("proxy_modes", release)))
        raise KubewrightError(f"Kubernetes {release} has no kube-proxy mode {proxy_mode!r}; its modes are {modes} (kube_proxy_mode)")
    packages = _once([*EVERYWHERE, *releases.fact("host_packages", release), *MODE_PACKAGES[proxy_mode], *RUNTIME_PACKAGES.get(runtime, ())])
    return {
        "packages": packages,
        "modules": [*MODULES, *MODE_MODULES.get(proxy_mode, ()), *(name for backend in carriers for name in BACKEND_MODULES.get(backend, ()))],
        "sysctls": {**SYSCTLS, **(IPV6_SYSCTLS if 6 in families(pod_subnets or ()) else {})},
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
