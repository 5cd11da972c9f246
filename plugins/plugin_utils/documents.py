# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's configuration documents from one version-neutral description. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Document = dict[str, Any]

# What roles may say; a misspelt key is our error, before kubeadm would warn and go on.
CLUSTER_KEYS = {
    "version", "control_plane_endpoint", "pod_subnets", "service_subnets", "dns_domain", "image_registry", "cert_sans", "proxy_mode",
    "cluster_configuration", "kubelet_configuration", "proxy_configuration",
}
NODE_KEYS = {"name", "address", "cri_socket", "taints", "ignore_preflight_errors", "kubelet_extra_args", "bind_port", "configuration"}
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CONTROL_PLANE_COMPONENTS = ("apiServer", "controllerManager", "scheduler")


def init_documents(cluster: Document, node: Document) -> list[Document]:
    """InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration."""
    _check_keys("the cluster", cluster, CLUSTER_KEYS)
    release = releases.version(cluster["version"])
    return [
        _init(release, node),
        _cluster(release, cluster),
        _kubelet(cluster),
        _proxy(cluster),
    ]


def join_document(version: str, node: Document, control_plane: bool) -> Document:
    """JoinConfiguration without discovery and certificate key: secrets are added on the node, by kubeadm_join."""
    release = releases.version(version)
    document = {"apiVersion": _api(release), "kind": "JoinConfiguration", "nodeRegistration": _registration(release, node)}
    if control_plane:
        document["controlPlane"] = {"localAPIEndpoint": _local_endpoint(node)}
    return _extended(document, _free_form(node))


def image_documents(version: str, registry: str, cluster_configuration: Document) -> list[Document]:
    """The least that `kubeadm config images list` needs to name the images of a cluster."""
    release = releases.version(version)
    document: Document = {"apiVersion": _api(release), "kind": "ClusterConfiguration", "kubernetesVersion": f"v{release}"}
    if registry:
        document["imageRepository"] = registry
    named = {key: value for key, value in cluster_configuration.items() if key in ("imageRepository", "etcd", "dns")}
    return [merged(document, named)]


def merged(base: Any, extra: Any) -> Any:
    """Dictionaries are merged key by key, everything else is replaced; neither side is changed."""
    if not isinstance(base, dict) or not isinstance(extra, dict):
        return copy.deepcopy(extra)
    result = {key: copy.deepcopy(value) for key, value in base.items()}
    for key, value in extra.items():
        result[key] = merged(result[key], value) if key in result else copy.deepcopy(value)
    return result


def _extended(document: Document, extra: Any) -> Document:
    """With what the user adds, free-form."""
    result: Document = merged(document, extra)
    return result


def _api(release: releases.Version) -> str:
    return str(releases.fact("config_api", release))


def _check_keys(what: str, given: Document, known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise KubewrightError(f"the description of {what} has unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _registration(release: releases.Version, node: Document) -> Document:
    _check_keys("the node", node, NODE_KEYS)
    arguments = {"node-ip": node["address"], **node.get("kubelet_extra_args", {}), **_mapped_arguments(node)}
    registration: Document = {
        "name": node["name"],
        "criSocket": _cri_socket(release, node["cri_socket"]),
        "kubeletExtraArgs": _arguments(release, arguments),
    }
    if node.get("taints") is not None:
        registration["taints"] = [_taint(text) for text in node["taints"]]
    if node.get("ignore_preflight_errors"):
        registration["ignorePreflightErrors"] = node["ignore_preflight_errors"]
    return registration


def _mapped_arguments(node: Document) -> Document:
    """The kubelet's arguments in the free-form part, where they are written as a map, as every version may have them."""
    arguments = node.get("configuration", {}).get("nodeRegistration", {}).get("kubeletExtraArgs")
    return arguments if isinstance(arguments, dict) else {}


def _free_form(node: Document) -> Document:
    extra: Document = copy.deepcopy(node.get("configuration", {}))
    if _mapped_arguments(node):  # the registration has them already, in this version's form
        del extra["nodeRegistration"]["kubeletExtraArgs"]
    return extra


def _cri_socket(release: releases.Version, socket: str) -> str:
    """Up to 1.23 a plain path is what kubeadm expects, from 1.24 on a URL."""
    path = socket.removeprefix("unix://")
    return path if release.minor < 24 else f"unix://{path}"


def _taint(text: str) -> Document:
    key_value, _colon, effect = text.rpartition(":")
    key, _equals, value = key_value.partition("=")
    if not key or effect not in TAINT_EFFECTS:
        raise KubewrightError(f"{text!r} is no taint; write key:Effect or key=value:Effect with one of {', '.join(TAINT_EFFECTS)}")
    taint = {"key": key, "effect": effect}
    return {**taint, "value": value} if value else taint


def _arguments(release: releases.Version, arguments: Document) -> Any:
    """A map up to v1beta3, a list of name and value from v1beta4 on."""
    as_text = {name: _text(value) for name, value in arguments.items()}
    if _api(release) == "kubeadm.k8s.io/v1beta4":
        return [{"name": name, "value": value} for name, value in as_text.items()]
    return as_text


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _local_endpoint(node: Document) -> Document:
    return {"advertiseAddress": node["address"], "bindPort": int(node.get("bind_port", 6443))}


def _init(release: releases.Version, node: Document) -> Document:
    document = {
        "apiVersion": _api(release),
        "kind": "InitConfiguration",
        "localAPIEndpoint": _local_endpoint(node),
        "nodeRegistration": _registration(release, node),
    }
    return _extended(document, _free_form(node))


def _cluster(release: releases.Version, cluster: Document) -> Document:
    document: Document = {
        "apiVersion": _api(release),
        "kind": "ClusterConfiguration",
        "kubernetesVersion": f"v{release}",
        "controlPlaneEndpoint": cluster["control_plane_endpoint"],
        "networking": {
            "podSubnet": ",".join(cluster["pod_subnets"]),
            "serviceSubnet": ",".join(cluster["service_subnets"]),
            "dnsDomain": cluster["dns_domain"],
        },
        "apiServer": {"certSANs": cluster["cert_sans"]},
    }
    if cluster.get("image_registry"):
        document["imageRepository"] = cluster["image_registry"]
    document = merged(document, cluster.get("cluster_configuration", {}))
    for component in CONTROL_PLANE_COMPONENTS:
        _fit_arguments(release, document.get(component, {}))
    _fit_arguments(release, document.get("etcd", {}).get("local", {}))
    return document


def _fit_arguments(release: releases.Version, component: Document) -> None:
    """People write extraArgs as a map for every version."""
    if isinstance(component.get("extraArgs"), dict):
        component["extraArgs"] = _arguments(release, component["extraArgs"])


def _kubelet(cluster: Document) -> Document:
    document = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"}
    return _extended(document, cluster.get("kubelet_configuration", {}))


def _proxy(cluster: Document) -> Document:
    document = {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": cluster["proxy_mode"]}
    return _extended(document, cluster.get("proxy_configuration", {}))
