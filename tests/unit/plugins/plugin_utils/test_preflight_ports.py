# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_ports
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen


def listener(port: int, process: str = "nginx", pid: int = 812, protocol: str = "tcp", address: str = "0.0.0.0") -> dict[str, Any]:
    return {"protocol": protocol, "address": address, "port": port, "pid": pid, "process": process}


def taken(*listeners: dict[str, Any], host: str = "w1", variables: dict[str, Any] | None = None, **more: Any) -> list[tuple[str, str, str, str]]:
    return judged(preflight_ports.ports, everywhere(**variables or {}), [seen(host, machine={"listeners": list(listeners)}, **more)])


@pytest.mark.parametrize(("host", "row", "level", "message"), [
    ("w1", listener(10250), "error", "nginx (pid 812) has port 10250/tcp, which is for kubelet: API servers (logs, exec), metrics"),
    ("w1", listener(10248, address="127.0.0.1"), "error", "nginx (pid 812) has port 10248/tcp, which is for kubelet: health"),
    ("w1", listener(10256), "warning", "nginx (pid 812) has port 10256/tcp, which is for kube-proxy: health, asked by load balancers"),
    ("w1", listener(30080), "warning", "nginx (pid 812) has port 30080/tcp, which is for Services of type NodePort"),
    ("w1", listener(30080, "", 0, "udp"), "warning",
     "somebody without a process on this machine has port 30080/udp, which is for Services of type NodePort"),
    ("cp1", listener(6443, "haproxy"), "error", "haproxy (pid 812) has port 6443/tcp, which is for API server"),
    ("cp1", listener(2380, "etcd"), "error", "etcd (pid 812) has port 2380/tcp, which is for etcd: clients and the other members"),
])
def test_a_port_that_somebody_has_is_told_with_who_it_is(host: str, row: dict[str, Any], level: str, message: str) -> None:
    assert taken(row, host=host) == [(host, level, "Port", message)]


@pytest.mark.parametrize("row", [listener(22, "sshd"), listener(6443), listener(10250, protocol="udp"), listener(30080 + 10000)])
def test_a_port_that_a_worker_does_not_need_is_nobody_s_business(row: dict[str, Any]) -> None:
    assert taken(row) == []


def test_the_same_port_on_two_addresses_is_said_once_and_two_processes_twice() -> None:
    assert len(taken(listener(10250), listener(10250, address="::"))) == 1
    assert len(taken(listener(10250, address="127.0.0.1"), listener(10250, "kubelet", 900, address="192.0.2.1"))) == 2


def test_a_port_of_the_pod_network_counts_where_it_is_chosen() -> None:
    row = listener(8472, "", 0, "udp")
    assert [entry[1] for entry in taken(row, variables={"kube_cni": "flannel"})] == ["error"] and taken(row) == []


def test_another_port_of_the_api_server_is_looked_at() -> None:
    moved = {"control_plane_bind_port": 7443}
    assert taken(listener(6443), host="cp1", variables=moved) == [] and len(taken(listener(7443), host="cp1", variables=moved)) == 1


@pytest.mark.parametrize("more", [{"state": "worker"}, {"state": "control_plane"}, {"state": "partial", "ours": True}])
def test_what_is_begun_or_a_member_has_its_ports_itself(more: dict[str, Any]) -> None:
    assert taken(listener(10250, "kubelet"), **more) == []


@pytest.mark.parametrize("variables", [
    {"kube_version": None}, {"kube_version": "1.31"}, {"kube_cni": "weave"}, {"control_plane_bind_port": "x"},
    {"kube_cluster_configuration": "text"}, {"kube_pod_subnets": 7},
])
def test_a_wrong_setting_is_told_elsewhere(variables: dict[str, Any]) -> None:
    assert taken(listener(10250), host="cp1", variables=variables) in ([], [
        ("cp1", "error", "Port", "nginx (pid 812) has port 10250/tcp, which is for kubelet: API servers (logs, exec), metrics")])


def test_where_nobody_looked_nothing_is_said() -> None:
    assert judged(preflight_ports.ports, looks=[seen("w1"), seen("w9", machine={"listeners": [listener(10250)]})]) == []
