# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports a node listens on, who listens, and who has to reach it: by version, role and pod network. Pure. Private to the collection.

Sources: src = kubeadm's source of that minor, docs = kubernetes.io (ports and protocols), flannel = its Documentation/backends.md, calico = Tigera's page of
network requirements.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import OLDEST
from ansible_collections.kubewright.cluster.plugins.plugin_utils.document_forms import arguments

EVERYBODY, NODES, ITSELF = "everybody", "nodes", "itself"
ROLES = ("control_plane", "worker")
NODE_PORT_RANGE = "30000-32767"
API_SERVER_PORT = 6443
WIREGUARD_FAMILIES = {51820: 4, 51821: 6}
# Pod networks with what they can use to carry packets; the first list is what is meant where nothing is said.
BACKENDS: dict[str, dict[str, tuple[str, ...]]] = {
    "bridge": {"default": (), "known": ()},
    "none": {"default": (), "known": ()},
    "flannel": {"default": ("vxlan",), "known": ("vxlan", "host-gw", "wireguard", "udp", "ipip", "ipsec")},
    "calico": {"default": ("bgp", "ipip"), "known": ("bgp", "ipip", "vxlan", "typha", "wireguard")},
}


class Port(NamedTuple):
    """Who listens where, for whom, why, and where that is from. A protocol that has no ports, as ipip, has the ports 0 to 0."""

    process: str  # as its program is called; kernel where no process has the socket
    protocol: str
    first: int
    last: int
    clients: str
    purpose: str
    source: str

    def as_dict(self) -> dict[str, Any]:
        ports = "" if not self.last else str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return {"process": self.process, "protocol": self.protocol, "ports": ports, "from": self.clients, "purpose": self.purpose, "source": self.source}


class Row(NamedTuple):
    """A port with what has to hold for it: whose it is (a role, or a pod network with one of its backends) and the minors that have it."""

    owner: str
    port: Port
    first_minor: int = OLDEST
    last_minor: int | None = None


def _tcp(process: str, port: int, clients: str, purpose: str, source: str, last: int = 0) -> Port:
    return Port(process, "tcp", port, last or port, clients, purpose, source)


def _udp(process: str, port: int, purpose: str, source: str) -> Port:
    return Port(process, "udp", port, port, NODES, purpose, source)


TABLE: tuple[Row, ...] = (
    Row("control_plane", _tcp("kube-apiserver", API_SERVER_PORT, EVERYBODY, "API server", "src-1.17, docs")),
    Row("control_plane", _tcp("etcd", 2379, NODES, "etcd: clients and the other members", "src-1.17, docs", 2380)),
    Row("control_plane", _tcp("etcd", 2381, ITSELF, "etcd: metrics and health", "src-1.17")),
    Row("control_plane", _tcp("kube-controller-manager", 10257, ITSELF, "controller manager", "src-1.17, docs")),
    Row("control_plane", _tcp("kube-scheduler", 10259, ITSELF, "scheduler", "src-1.17, docs")),
    Row("control_plane", _tcp("kube-controller-manager", 10252, ITSELF, "controller manager: insecure port, no option of kubeadm's closes it",
                              "src-1.17, src-1.18"), last_minor=18),
    Row("control_plane", _tcp("kube-scheduler", 10251, ITSELF, "scheduler: insecure port, no option of kubeadm's closes it", "src-1.17, src-1.18"),
        last_minor=18),
    Row("node", _tcp("kubelet", 10250, NODES, "kubelet: API servers (logs, exec), metrics", "src-1.17, docs")),
    Row("node", _tcp("kubelet", 10248, ITSELF, "kubelet: health", "src-1.17")),
    Row("node", _tcp("kube-proxy", 10249, ITSELF, "kube-proxy: metrics", "docs")),
    Row("worker", _tcp("kube-proxy", 10256, EVERYBODY, "kube-proxy: health, asked by load balancers", "docs")),
    Row("flannel", _tcp("flanneld", 8081, ITSELF, "flannel: health, from 0.28 on", "flannel")),
    Row("flannel/vxlan", _udp("kernel", 8472, "flannel: VXLAN", "flannel")),
    Row("flannel/udp", _udp("flanneld", 8285, "flannel: UDP", "flannel")),
    Row("flannel/wireguard", _udp("kernel", 51820, "flannel: WireGuard over IPv4", "flannel")),
    Row("flannel/wireguard", _udp("kernel", 51821, "flannel: WireGuard over IPv6", "flannel")),
    Row("flannel/ipip", Port("kernel", "ipip", 0, 0, NODES, "flannel: IP in IP", "flannel")),
    Row("flannel/ipsec", _udp("charon", 500, "flannel: IPsec, key exchange", "flannel")),
    Row("flannel/ipsec", _udp("charon", 4500, "flannel: IPsec behind NAT", "flannel")),
    Row("flannel/ipsec", Port("kernel", "esp", 0, 0, NODES, "flannel: IPsec", "flannel")),
    Row("calico", _tcp("calico-node", 9099, ITSELF, "Calico: health", "calico")),
    Row("calico/bgp", _tcp("bird", 179, NODES, "Calico: BGP", "calico")),
    Row("calico/ipip", Port("kernel", "ipip", 0, 0, NODES, "Calico: IP in IP", "calico")),
    Row("calico/vxlan", _udp("kernel", 4789, "Calico: VXLAN", "calico")),
    Row("calico/typha", _tcp("calico-typha", 5473, NODES, "Calico: Typha", "calico")),
    Row("calico/typha", _tcp("calico-typha", 9098, ITSELF, "Calico: Typha's health", "calico")),
    Row("calico/wireguard", _udp("kernel", 51820, "Calico: WireGuard over IPv4", "calico")),
    Row("calico/wireguard", _udp("kernel", 51821, "Calico: WireGuard over IPv6", "calico")),
)


def node_ports(
    version: Any, roles: Iterable[str], cni: str = "bridge", cni_backends: Iterable[str] | None = None, cluster_configuration: Mapping[str, Any] | None = None,
    node_port_range: str = "", pod_subnets: Iterable[str] | None = None, api_server_port: int = API_SERVER_PORT,
) -> list[dict[str, Any]]:
    """The ports of a node with these roles. kube-proxy serves node ports where workloads are taken, as Kubernetes' own table has it."""
    minor, own = releases.version(version).minor, _roles(roles)
    owners = {"node", *own, cni, *(f"{cni}/{backend}" for backend in backends(cni, cni_backends))}
    found = [row.port for row in TABLE if row.owner in owners and row.first_minor <= minor <= (row.last_minor or minor)]
    found = [_moved(port, api_server_port) for port in found if _has_family(port, list(pod_subnets or ()))]
    if "worker" in own:
        first, last = port_range(node_port_range or _configured_range(cluster_configuration or {}))
        found += [Port("kube-proxy", protocol, first, last, EVERYBODY, "Services of type NodePort", "docs") for protocol in ("tcp", "udp")]
    return [port.as_dict() for port in found]


def _roles(roles: Iterable[str]) -> list[str]:
    given = [roles] if isinstance(roles, str) else list(roles)
    unknown = [role for role in given if role not in ROLES]
    if unknown or not given:
        raise KubewrightError(f"the roles of a node are {given!r}; write one or both of {', '.join(ROLES)}")
    return given


def backends(cni: str, given: Iterable[str] | None = None) -> tuple[str, ...]:
    """What a pod network carries packets with: what is given, or else its default."""
    if cni not in BACKENDS:
        raise KubewrightError(f"the pod network is {cni!r}; Kubewright knows {', '.join(sorted(BACKENDS))}")
    wanted, known = tuple(given or ()) or BACKENDS[cni]["default"], BACKENDS[cni]["known"]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise KubewrightError(f"the pod network {cni} has no backend {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
    return wanted


def _moved(port: Port, api_server_port: int) -> Port:
    is_api_server = port.process == "kube-apiserver"
    return port._replace(first=int(api_server_port), last=int(api_server_port)) if is_api_server else port


def _has_family(port: Port, pod_subnets: list[str]) -> bool:
    """WireGuard has a port for each family of addresses; without networks of pods, both may be."""
    family = WIREGUARD_FAMILIES.get(port.first)
    return family is None or not pod_subnets or family in families(pod_subnets)


def families(subnets: Iterable[str]) -> set[int]:
    try:
        return {ipaddress.ip_network(subnet, strict=False).version for subnet in subnets}
    except ValueError as error:
        raise KubewrightError(f"kube_pod_subnets: {error}; write a list of networks, for example ['10.244.0.0/16']") from error


def _configured_range(cluster_configuration: Mapping[str, Any]) -> str:
    """What the API server will be told, in either spelling of its arguments."""
    given = (cluster_configuration.get("apiServer") or {}).get("extraArgs") or {}
    return arguments(given, "ClusterConfiguration: apiServer.extraArgs").get("service-node-port-range", [NODE_PORT_RANGE])[-1]


def port_range(text: str) -> tuple[int, int]:
    """first-last or first+more, as the API server reads service-node-port-range."""
    match = re.match(r"(\d+)(?:([-+])(\d+))?\Z", str(text).strip())
    if match:
        first, more = int(match.group(1)), int(match.group(3) or 0)
        last = more if match.group(2) == "-" else first + more
        if 0 < first <= last < 65536:
            return first, last
    raise KubewrightError(f"the range of node ports is {text!r}; write first-last, for example {NODE_PORT_RANGE}")
