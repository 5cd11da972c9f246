# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_ports as ports

EVERY_NODE = {"kubelet 10250/tcp nodes", "kubelet 10248/tcp itself", "kube-proxy 10249/tcp itself"}
CONTROL_PLANE = EVERY_NODE | {
    "kube-apiserver 6443/tcp everybody", "etcd 2379-2380/tcp nodes", "etcd 2381/tcp itself", "kube-controller-manager 10257/tcp itself",
    "kube-scheduler 10259/tcp itself"}
WORKER = EVERY_NODE | {"kube-proxy 10256/tcp everybody", "kube-proxy 30000-32767/tcp everybody", "kube-proxy 30000-32767/udp everybody"}
INSECURE = {"kube-controller-manager 10252/tcp itself", "kube-scheduler 10251/tcp itself"}
CALICO = {"calico-node 9099/tcp itself"}


def told(*arguments: Any, **options: Any) -> set[str]:
    return {"{process} {ports}/{protocol} {from}".format(**entry) for entry in ports.node_ports(*arguments, **options)}


@pytest.mark.parametrize(("version", "roles", "expected"), [
    ("1.31.2", ["control_plane"], CONTROL_PLANE), ("1.31.2", ["worker"], WORKER), ("1.31.2", ["control_plane", "worker"], CONTROL_PLANE | WORKER),
    ("1.18.20", ["control_plane"], CONTROL_PLANE | INSECURE), ("1.19.0", ["control_plane"], CONTROL_PLANE), ("1.17.0", ["worker"], WORKER),
    ("1.38.0", "worker", WORKER),
])
def test_the_ports_of_each_role(version: str, roles: Any, expected: set[str]) -> None:
    assert told(version, roles) == expected


@pytest.mark.parametrize(("cni", "backends", "expected"), [
    ("bridge", [], set()), ("none", [], set()),
    ("flannel", [], {"flanneld 8081/tcp itself", "kernel 8472/udp nodes"}), ("flannel", ["host-gw"], {"flanneld 8081/tcp itself"}),
    ("flannel", ["udp"], {"flanneld 8081/tcp itself", "flanneld 8285/udp nodes"}),
    ("flannel", ["wireguard"], {"flanneld 8081/tcp itself", "kernel 51820/udp nodes"}),
    ("flannel", ["ipip"], {"flanneld 8081/tcp itself", "kernel /ipip nodes"}),
    ("flannel", ["ipsec"], {"flanneld 8081/tcp itself", "charon 500/udp nodes", "charon 4500/udp nodes", "kernel /esp nodes"}),
    ("calico", [], CALICO | {"bird 179/tcp nodes", "kernel /ipip nodes"}), ("calico", ["vxlan"], CALICO | {"kernel 4789/udp nodes"}),
    ("calico", ["vxlan", "typha", "wireguard"], CALICO | {
        "kernel 4789/udp nodes", "calico-typha 5473/tcp nodes", "calico-typha 9098/tcp itself", "kernel 51820/udp nodes"}),
])
def test_the_ports_of_each_pod_network(cni: str, backends: list[str], expected: set[str]) -> None:
    assert told("1.31.2", ["worker"], cni, backends, pod_subnets=["10.244.0.0/16"]) == WORKER | expected


@pytest.mark.parametrize(("subnets", "expected"), [
    ([], {"51820", "51821"}), (["10.0.0.0/8"], {"51820"}), (["fd00::/48"], {"51821"}), (["10.0.0.0/8", "fd00::/48"], {"51820", "51821"})])
def test_wireguard_has_a_port_for_each_family(subnets: list[str], expected: set[str]) -> None:
    found = ports.node_ports("1.31.2", ["worker"], "calico", ["wireguard"], pod_subnets=subnets)
    assert {entry["ports"] for entry in found if "WireGuard" in entry["purpose"]} == expected


@pytest.mark.parametrize(("options", "expected"), [
    ({"node_port_range": "20000-22767"}, "20000-22767"), ({"node_port_range": "20000+10"}, "20000-20010"), ({"node_port_range": "20000"}, "20000"),
    ({"cluster_configuration": {"apiServer": {"extraArgs": {"service-node-port-range": "80-32767"}}}}, "80-32767"),
    ({"cluster_configuration": {"apiServer": {"extraArgs": [{"name": "service-node-port-range", "value": "80-90"}]}}}, "80-90"),
    ({"cluster_configuration": {"apiServer": None}}, "30000-32767"),
    ({"cluster_configuration": {"apiServer": {"extraArgs": {"service-node-port-range": "80-90"}}}, "node_port_range": "100-200"}, "100-200"),
])
def test_the_range_of_node_ports(options: dict[str, Any], expected: str) -> None:
    assert {f"kube-proxy {expected}/tcp everybody", f"kube-proxy {expected}/udp everybody"} <= told("1.31.2", ["worker"], **options)


def test_the_api_server_may_listen_elsewhere() -> None:
    assert "kube-apiserver 8443/tcp everybody" in told("1.31.2", ["control_plane"], api_server_port=8443)


@pytest.mark.parametrize(("options", "message"), [
    ({"roles": []}, "roles of a node"), ({"roles": ["etcd"]}, "write one or both of control_plane, worker"),
    ({"cni": "weave"}, "Kubewright knows bridge, calico"),
    ({"cni": "flannel", "cni_backends": ["bgp"]}, "flannel has no backend bgp; it has vxlan"),
    ({"cni_backends": ["vxlan"]}, "bridge has no backend vxlan; it has none"),
    ({"node_port_range": "9-1"}, "range of node ports"), ({"node_port_range": "high"}, "first-last"), ({"node_port_range": "1-99999"}, "1-99999"),
    ({"pod_subnets": ["10.0.0.0/99"]}, "kube_pod_subnets"), ({"version": "1.31"}, "whole version"),
    ({"cluster_configuration": {"apiServer": {"extraArgs": "service-node-port-range=1-2"}}}, "write a map"),
])
def test_what_is_not_known_is_refused(options: dict[str, Any], message: str) -> None:
    arguments = {"version": "1.31.2", "roles": ["worker"], "cni": "bridge", **options}
    if arguments.get("pod_subnets"):
        arguments.update(cni="calico", cni_backends=["wireguard"])
    with pytest.raises(KubewrightError, match=message):
        ports.node_ports(**arguments)


def test_every_row_says_where_it_is_from() -> None:
    assert all(row.port.source and row.port.purpose and row.port.first <= row.port.last for row in ports.TABLE)
    backends = {f"{cni}/{name}" for cni, entry in ports.BACKENDS.items() for name in entry["known"]}
    assert {row.owner for row in ports.TABLE if "/" in row.owner} == backends - {"flannel/host-gw"}


def test_the_table_for_people_is_this_table() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "firewall.md").read_text(encoding="utf-8")
    told = page.split("|---|---|---|---|---|---|\n")[1].split("\n<!-- end of ports -->")[0]
    assert told == "".join(line(row) for row in (*ports.TABLE, *node_port_rows()))


def node_port_rows() -> list[ports.Row]:
    return [ports.Row("worker", ports.Port("kube-proxy", protocol, 30000, 32767, "everybody", "Services of type NodePort", "docs"))
            for protocol in ("tcp", "udp")]


def line(row: ports.Row) -> str:
    entry = row.port.as_dict()
    until = f" (to 1.{row.last_minor})" if row.last_minor else ""
    owner = "every node" if row.owner == "node" else row.owner.replace("_", " ").replace("/", ": ")
    cells = (owner, entry["protocol"], entry["ports"], f"`{entry['process']}`", entry["from"], entry["purpose"] + until)
    return f"| {' | '.join(cells)} |\n"
