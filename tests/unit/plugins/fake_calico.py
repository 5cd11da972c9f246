# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fakes: a manifest with the shape of Calico's calico.yaml, as small as its editing needs; nothing that Calico publishes is in it."""

from __future__ import annotations

from typing import Any

CONFIG = """{
  "name": "k8s-pod-network",
  "plugins": [
    {
      "type": "calico",
      "mtu": __CNI_MTU__,
      "ipam": {
          "type": "calico-ipam"
      }
    }
  ]
}"""


def _env(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def manifest(version: str = "3.28.2", registry: str = "docker.io") -> list[dict[str, Any]]:
    def ref(name: str) -> str:
        return f"{registry}/calico/{name}:v{version}"

    probe = {"exec": {"command": ["/bin/calico-node", "-felix-live", "-bird-live"]}}
    ready = {"exec": {"command": ["/bin/calico-node", "-felix-ready", "-bird-ready"]}}
    node = {"name": "calico-node", "image": ref("node"), "livenessProbe": probe, "readinessProbe": ready,
            "env": _env(IP="autodetect", CALICO_IPV4POOL_IPIP="Always", CALICO_IPV4POOL_VXLAN="Never", CALICO_IPV6POOL_VXLAN="Never",
                        FELIX_IPV6SUPPORT="false")}
    budget = {"selector": {"matchLabels": {"k8s-app": "calico-kube-controllers"}}, "maxUnavailable": 1}
    pods = {"initContainers": [{"name": "install-cni", "image": ref("cni")}], "containers": [node]}
    controllers = {"containers": [{"name": "calico-kube-controllers", "image": ref("kube-controllers")}]}
    return [
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "calico-kube-controllers", "namespace": "kube-system"}, "spec": budget},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "calico-config", "namespace": "kube-system"},
         "data": {"calico_backend": "bird", "veth_mtu": "0", "cni_network_config": CONFIG}},
        definition("IPPool"),
        workload("DaemonSet", "calico-node", {**pods, "hostNetwork": True, "tolerations": [{"operator": "Exists"}]}),
        workload("Deployment", "calico-kube-controllers", controllers),
    ]


def definition(kind: str) -> dict[str, Any]:
    name, group = kind.lower() + "s", "crd.projectcalico.org"
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{name}.{group}"},
            "spec": {"group": group, "scope": "Cluster", "names": {"kind": kind, "listKind": f"{kind}List", "plural": name, "singular": kind.lower()},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}]}}


def workload(kind: str, name: str, pods: dict[str, Any]) -> dict[str, Any]:
    labels = {"k8s-app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "kube-system"},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pods}}}
