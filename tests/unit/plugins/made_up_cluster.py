# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up cluster of any size, as the machines and its API server would tell of it, and the report that comes of it. Nothing of it was ever there."""

from __future__ import annotations

import hashlib
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_document import Run, report

NOW = 1795313038  # 2026-11-22T02:03:58Z
DAY = 86400
VERSION, OLDER = "1.36.2", "1.35.4"
AUTHORITIES = ("pki/ca.crt", "pki/etcd/ca.crt", "pki/front-proxy-ca.crt")
SIGNED = {
    "pki/apiserver.crt": "kube-apiserver", "pki/apiserver-etcd-client.crt": "kube-apiserver-etcd-client", "pki/etcd/server.crt": "etcd",
    "pki/apiserver-kubelet-client.crt": "kube-apiserver-kubelet-client", "pki/etcd/peer.crt": "etcd", "pki/front-proxy-client.crt": "front-proxy-client",
    "pki/etcd/healthcheck-client.crt": "kube-etcd-healthcheck-client", "admin.conf": "kubernetes-admin",
    "controller-manager.conf": "system:kube-controller-manager", "scheduler.conf": "system:kube-scheduler",
}
CLUSTER = {"uid": "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "lock": None, "reason": "", "settings": {
    "kubeadm-config": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: cluster.example.com:6443\nnetworking:\n"
                      "  dnsDomain: cluster.local\n  podSubnet: 10.244.0.0/16\n"
                      "  serviceSubnet: 10.96.0.0/12\n"}}


def names(nodes: int) -> tuple[list[str], list[str]]:
    """Control planes and workers."""
    planes = 3 if nodes >= 5 else 1
    return [f"cp{index}" for index in range(1, planes + 1)], [f"worker{index:0{len(str(nodes))}}" for index in range(1, nodes - planes + 1)]


def address(index: int) -> str:
    return f"192.0.2.{index}" if index < 255 else f"198.51.{100 + index // 250}.{index % 250}"


def certificate(path: str, kind: str, subject: str, days: int, node: str) -> dict[str, Any]:
    return {"path": path, "kind": kind, "subject": subject, "organizations": ["system:nodes"] if kind == "kubelet" else [], "algorithm": "RSA-2048",
            "not_before": NOW - 30 * DAY, "not_after": NOW + days * DAY + 3600,
            "fingerprint": "sha256:" + hashlib.sha256(f"{node} {path}".encode()).hexdigest()}


def pki(name: str, plane: bool, days: int = 335) -> list[dict[str, Any]]:
    own = [certificate("/var/lib/kubelet/pki/kubelet-client-current.pem", "kubelet", f"system:node:{name}", 335, name),
           certificate("/etc/kubernetes/pki/ca.crt", "authority", "kubernetes", 3620, "")]
    if not plane:
        return own
    authorities = [certificate(f"/etc/kubernetes/{path}", "authority", "kubernetes", 3620, "") for path in AUTHORITIES[1:]]
    signed = [certificate(f"/etc/kubernetes/{path}", "kubeconfig" if path.endswith(".conf") else "certificate", subject, days, name)
              for path, subject in SIGNED.items()]
    return [*own, *authorities, *signed]


def look(host: str, plane: bool, index: int, /, **more: Any) -> Seen:
    """What kubeadm_info would answer."""
    state = "control_plane" if plane else "worker"
    return Seen(host, plane, True, {
        "schema": "kubewright.node/1", "state": state, "healthy": True, "ours": False, "reason": "its API server answers" if plane else "the kubelet has its "
        "kubeconfig and configuration", "ca_hashes": ["sha256:" + "a" * 64], "endpoint": "cluster.example.com:6443", "name": host,
        "cri_socket": "unix:///run/containerd/containerd.sock", "versions": {"kubeadm": VERSION, "kubelet": VERSION, "kubectl": VERSION, "containerd": "2.3.1"},
        "kubelet": {"active": True, "healthy": True}, "pki": pki(host, plane), "cluster": CLUSTER if plane else {},
        "host": {"hostname": host, "machine_id": f"{index:032x}", "cpus": 4, "memory_mb": 8192, "kernel": "6.12.41-amd64", "address": address(index)}, **more})


def node(name: str, plane: bool, index: int, /, **more: Any) -> dict[str, Any]:
    """What cluster_info would answer of it."""
    return {"name": name, "ready": True, "ready_since": "2026-10-23T08:00:00Z", "ready_reason": "kubelet is posting ready status",
            "roles": ["control-plane"] if plane else [], "version": VERSION, "runtime": "containerd://2.3.1", "address": address(index),
            "pod_cidrs": [f"10.244.{index % 250}.0/24"], "machine_id": f"{index:032x}", "schedulable": True, "labels": {"kubernetes.io/os": "linux"},
            "taints": ["node-role.kubernetes.io/control-plane:NoSchedule"] if plane else [], "kernel": "6.12.41-amd64", "os": "Debian GNU/Linux 13 (trixie)",
            "architecture": "amd64", "created": "2026-10-23T07:59:00Z", **more}


def answer(nodes: list[dict[str, Any]], planes: list[str]) -> dict[str, Any]:
    parts = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
    return {"exists": True, "problems": [], "kubernetes": VERSION, "proxy": VERSION, "nodes": nodes, "tokens": [], "certificate_key": None,
            "networks": [{"name": "calico", "place": "kube-system/calico-node", "ours": True}],
            "components": [{"name": part, "node": plane, "version": "3.6.8-0" if part == "etcd" else VERSION, "ready": True}
                           for plane in planes for part in parts]}


def made(nodes: int, *, faults: bool = False, **given: Any) -> dict[str, Any]:
    """The report. faults: with what can be wrong in a cluster that large."""
    planes, workers = names(nodes)
    hosts = [*planes, *workers]
    looks = {name: look(name, name in planes, index) for index, name in enumerate(hosts, 11)}
    told = answer([node(name, name in planes, index) for index, name in enumerate(hosts, 11)], planes)
    declared = {"kube_version": VERSION, "kube_cni": "calico", "kube_control_plane_endpoint": "cluster.example.com:6443"}
    variables: dict[str, dict[str, Any]] = {name: {**declared, "ansible_host": address(index)} for index, name in enumerate(hosts, 11)}
    silent: dict[str, dict[str, Any]] = {}
    if faults:
        _faults(hosts, planes, looks, told, variables, silent)
    inputs = Inputs(hosts=hosts, control_planes=planes, etcd=[], variables=variables, looks=[*looks.values()], probes={}, silent=silent)
    return report(Run(**{"now": NOW, "by": "alice@controller", "kubewright": "0.1.0", "ansible": "2.19.14", "check_mode": False, "hosts": hosts,
                         "control_planes": planes, "workers": workers, **given}), inputs, told)


def _faults(hosts: list[str], planes: list[str], looks: dict[str, Seen], told: dict[str, Any], variables: dict[str, dict[str, Any]],
            silent: dict[str, dict[str, Any]]) -> None:
    """One of each kind, on the last machines."""
    last, other, third = hosts[-1], hosts[-2], hosts[-3]
    by_name = {row["name"]: row for row in told["nodes"]}
    by_name[last].update(ready=False, ready_reason="Kubelet stopped posting node status.")
    del looks[last]
    silent[last] = {"unreachable": True, "msg": f"Failed to connect to the host via ssh: connect to host {variables[last]['ansible_host']} port 22: timed out"}
    by_name[other].update(schedulable=False, taints=["node.kubernetes.io/unschedulable:NoSchedule"])
    by_name[third].update(version=OLDER)
    looks[third].node["versions"].update(kubelet=OLDER)
    variables[other]["kube_node_labels"] = {"example.com/rack": "r7"}
    looks[planes[0]].node["pki"] = pki(planes[0], True, 41)
    told["nodes"].append(node("old-worker", False, 250))
    told["tokens"] = [{"id": "8x2k1q", "description": "left by hand", "expires": "2026-11-23T01:40:00Z", "usages": ["authentication", "signing"],
                       "created": "2026-11-22T01:40:00Z"}]
