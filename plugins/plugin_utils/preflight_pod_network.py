# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod network that is asked for: whether it can be had, and whether the nodes have another one. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_choice, calico_objects, flannel_lines, flannel_objects, node_ports
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING, Inputs, Located, error, is_member, machine_of, release_of

SUBNETS = ("10.244.0.0/16",)


def another_one(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        variables = inputs.variables.get(look.host, {})
        wanted, names = str(variables.get("kube_cni", "bridge")), machine_of(look).get("cni_configs") or []
        others = [name for name in network.on_machine(names) if name != wanted]
        if is_member(look) and wanted in network.NETWORKS and others and not _is_true(variables.get("kube_cni_change")):
            told, _dot, remedy = network.refusal(wanted, others, "this machine").partition(". Nothing was touched. ")
            found.append(error(look.host, "PodNetwork", told, remedy))
    return found


def settings(inputs: Inputs) -> list[Located]:
    """What the role would refuse after the machines have been prepared."""
    if not inputs.hosts or release_of(inputs, inputs.hosts[0]) is None:
        return []
    variables = inputs.variables[inputs.hosts[0]]
    judge = {"flannel": _flannel, "calico": _calico}.get(str(variables.get("kube_cni")))
    try:
        if judge:
            judge(variables)
    except (KubewrightError, ValueError) as problem:  # a pod network that is none is told elsewhere, too
        told = str(problem).replace(" Nothing was touched.", "")
        return [error(EVERYTHING, "PodNetwork", told, "See docs/pod-networks.md.")]
    return []


def _flannel(variables: Mapping[str, Any]) -> None:
    version, held = variables.get("cni_flannel_version"), variables.get("kube_package_source") == "bundle"
    if held and not version:
        return  # the bundle decides, and nobody has looked into it yet
    release = flannel_lines.release(version) if version else flannel_lines.default_for(releases.version(variables["kube_version"]).minor)
    backends = list(variables.get("kube_cni_backends") or ["vxlan"])
    flannel_objects.refuse(flannel_objects.Wish(
        version=release, kubernetes=str(variables["kube_version"]), pod_subnets=_subnets(variables), images={},
        backend=str(variables.get("cni_flannel_backend") or backends[0]), can_reach=str(variables.get("cni_flannel_interface_can_reach") or ""),
        nftables=_is_true(variables.get("cni_flannel_nftables")), mtu=int(variables.get("kube_cni_mtu") or 0),
    ))


def _calico(variables: Mapping[str, Any]) -> None:
    backends = node_ports.backends("calico", variables.get("cni_calico_backends") or variables.get("kube_cni_backends"))
    calico_objects.refuse(calico_objects.Wish(
        pod_subnets=_subnets(variables), backends=backends, autodetection=str(variables.get("cni_calico_autodetection") or ""),
        mtu=int(variables.get("kube_cni_mtu") or 0),
    ))
    version = str(variables.get("cni_calico_version") or "")
    given = variables.get("cni_calico_manifest") or variables.get("kube_package_source") == "bundle"
    if version or not given:
        calico_choice.choose(version, releases.version(variables["kube_version"]).minor, [], _is_true(variables.get("cni_calico_misfit_allowed")))


def _subnets(variables: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(subnet) for subnet in variables.get("kube_pod_subnets") or SUBNETS)


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1", "y", "t")


JUDGES = (another_one, settings)
