# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether kubeadm's documents can be made from a host's variables, before anything is touched. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_options, documents, runtimes

Variables = Mapping[str, Any]
# Roles take these of their own name first, then the cluster-wide ones.
CLUSTER_SETTINGS = ("cluster_configuration", "kubelet_configuration", "proxy_configuration", "proxy_mode", "image_registry", "cert_sans", "dns_domain", "swap",
                    "swap_behavior", *document_options.KEYS)
# Judged elsewhere in preflight, or only known on the machine; the documents need something in their place.
CLUSTER = {"control_plane_endpoint": "endpoint:6443", "pod_subnets": ["10.244.0.0/16"], "service_subnets": ["10.96.0.0/12"]}
NODE = {"name": "node", "address": "192.0.2.1", "cri_socket": "unix:///run/runtime.sock"}


def problems(variables: Variables, control_plane: bool) -> list[str]:
    """A sentence for everything that the documents of this host cannot be made with."""
    role = "control_plane" if control_plane else "workers"
    version = variables.get(f"{role}_version") or variables.get("kube_version")
    own = _set(variables, role, ("kubelet_extra_args", "ignore_preflight_errors", "swap"))
    node = {**NODE, "cri_socket": socket(variables, role, version), **own, **_unchecked(variables, role)}
    joining = {**node, **_configuration(variables, f"{role}_join_configuration")}
    makers: list[Callable[[], Any]] = []
    if control_plane:
        cluster = {"version": version, **CLUSTER, **cluster_settings(variables)}
        first = {**node, **_configuration(variables, "control_plane_init_configuration")}
        makers.append(lambda: documents.init_documents(cluster, first))
    if not control_plane or joining != node:
        makers.append(lambda: documents.join_document(version, joining, control_plane))
    return [problem for make in makers for problem in _told(make)]


def socket(variables: Variables, role: str, version: Any) -> str:
    """Of the runtime, since that of cri-dockerd makes a difference for the documents."""
    given = variables.get(f"{role}_cri_socket") or variables.get("kube_cri_socket")
    if given and not _for_later(given):
        return str(given)
    try:
        return runtimes.cri_socket(str(variables.get("kube_runtime") or "containerd"), version)
    except KubewrightError:  # told as Runtime or KubeVersion
        return NODE["cri_socket"]


def cluster_settings(variables: Variables) -> dict[str, Any]:
    """What a control plane's variables say of the documents of the whole cluster."""
    return {**_set(variables, "control_plane", CLUSTER_SETTINGS), **_unchecked(variables, "control_plane")}


def _told(make: Callable[[], Any]) -> list[str]:
    try:
        make()
    except KubewrightError as error:
        return list(error.evidence.get("problems", [str(error)]))
    except (AttributeError, TypeError, ValueError) as error:  # a list or map where there is none, deep inside
        return [f"a setting has another form than kubeadm's documents need: {error}"]
    return []


def _set(variables: Variables, role: str, names: tuple[str, ...]) -> dict[str, Any]:
    wanted = {name: variables.get(f"{role}_{name}", variables.get(f"kube_{name}")) for name in names}
    return {name: value for name, value in wanted.items() if value and not _for_later(value)}


def _configuration(variables: Variables, name: str) -> dict[str, Any]:
    value = variables.get(name)
    return {"configuration": value} if value and not _for_later(value) else {}


def _unchecked(variables: Variables, role: str) -> dict[str, Any]:
    return {"unchecked": variables.get(f"{role}_unchecked_documents", variables.get("kube_unchecked_documents", False))}


def _for_later(value: Any) -> bool:
    """Made of what is only known when the role runs, which checks it then."""
    return "{{" in str(value)
