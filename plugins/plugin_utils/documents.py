# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's configuration documents from one version-neutral description. Pure; runs on the controller. Private to the collection.

A description of the cluster or of a node is a dictionary with the keys below. Its free-form parts are merged into the documents; they may be written as
the newest version of a document spells them or as the wanted one does. What a version cannot express is an error, never left out in silence, and so
is every field that the kind of document does not have at that version.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields, document_forms, document_options, document_rules, swap

Document = dict[str, Any]

# Where a key of a description goes in a document. The others have functions of their own.
CLUSTER_PATHS = {
    "control_plane_endpoint": "controlPlaneEndpoint",
    "pod_subnets": "networking.podSubnet",
    "service_subnets": "networking.serviceSubnet",
    "dns_domain": "networking.dnsDomain",
    "cert_sans": "apiServer.certSANs",
    "image_registry": "imageRepository",
    "cluster_name": "clusterName",
    "certificates_dir": "certificatesDir",
    "feature_gates": "featureGates",
    "etcd": "etcd",
    "dns": "dns",
    "encryption_algorithm": "encryptionAlgorithm",
    "certificate_validity_period": "certificateValidityPeriod",
    "ca_certificate_validity_period": "caCertificateValidityPeriod",
}
NODE_PATHS = {
    "skip_phases": "skipPhases",
    "patches_directory": "patches.directory",
    "image_pull_policy": "nodeRegistration.imagePullPolicy",
    "image_pull_serial": "nodeRegistration.imagePullSerial",
    "ignore_preflight_errors": "nodeRegistration.ignorePreflightErrors",
}
RESET_PATHS = {
    "cri_socket": "criSocket",
    "certificates_dir": "certificatesDir",
    "ignore_preflight_errors": "ignorePreflightErrors",
    "skip_phases": "skipPhases",
    "timeouts": "timeouts",
}
UPGRADE_PATHS = {
    "ignore_preflight_errors": "ignorePreflightErrors",
    "image_pull_policy": "imagePullPolicy",
    "image_pull_serial": "imagePullSerial",
    "patches_directory": "patches.directory",
}
CLUSTER_NEEDS = ("version", "control_plane_endpoint", "pod_subnets", "service_subnets")
CLUSTER_KEYS = {*CLUSTER_PATHS, *document_options.KEYS, "version", "proxy_mode", "swap", "swap_behavior", "cluster_configuration", "kubelet_configuration",
                "proxy_configuration", "unchecked"}
CLUSTER_DEFAULTS = {"dns_domain": "cluster.local", "proxy_mode": "iptables"}
NODE_NEEDS = ("name", "address", "cri_socket")
NODE_KEYS = {*NODE_PATHS, *NODE_NEEDS, "addresses", "swap", "taints", "kubelet_extra_args", "bind_port", "timeouts", "configuration", "unchecked"}
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
# What of a ClusterConfiguration says which images a cluster needs.
NAMING = ("imageRepository", "etcd.local.imageRepository", "etcd.local.imageTag", "etcd.external", "dns.imageRepository", "dns.imageTag")
NOT_INSTALLED = ("dns.disabled", "proxy.disabled")


def init_documents(cluster: Document, node: Document) -> list[Document]:
    """InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration."""
    _check_description("the cluster", cluster, CLUSTER_KEYS, CLUSTER_NEEDS)
    _check_description("the node", node, NODE_KEYS, NODE_NEEDS)
    release = releases.version(cluster["version"])
    init, of_cluster = _init(release, node), _cluster(release, cluster)
    document_forms.fit_init(release, init, of_cluster)
    document_forms.fit_cluster(release, of_cluster)
    components = [_kubelet(release, cluster), _proxy(cluster)]
    document_forms.fit_runtime(release, init, of_cluster, components[0])
    if document_forms.is_dual(of_cluster):
        for component in components:
            document_forms.fit_dual_stack(release, component)
    return judged(release, [init, of_cluster, *components], _unchecked(cluster, node))


def join_document(version: Any, node: Document, control_plane: bool) -> Document:
    """JoinConfiguration without discovery and certificate key: secrets are added on the node, by kubeadm_join."""
    release = releases.version(version)
    _check_description("the node", node, NODE_KEYS, NODE_NEEDS)
    document = _node_document(release, "JoinConfiguration", node)
    if control_plane:
        document["controlPlane"] = {"localAPIEndpoint": _local_endpoint(node)}
    _add_timeouts(release, document, node, not_for="controlPlaneComponentHealthCheck")
    document = _extended(document, _free_form(node))
    document_forms.fit_join(release, document)
    return judged(release, [document], _unchecked(node))[0]


def reset_document(version: Any, node: Document) -> Document:
    """ResetConfiguration; its configuration is free-form."""
    release = _release_with(version, "ResetConfiguration", "pass flags to kubeadm reset")
    _check_description("the reset", node, {*RESET_PATHS, "configuration", "unchecked"}, ("cri_socket",))
    document = merged(_header(release, "ResetConfiguration"), _placed(node, RESET_PATHS))
    document["criSocket"] = _cri_socket(release, node["cri_socket"])
    return judged(release, [_extended(document, node.get("configuration"))], _unchecked(node))[0]


def upgrade_document(version: Any, node: Document) -> Document:
    """UpgradeConfiguration for apply, node and plan; its configuration is free-form."""
    release = _release_with(version, "UpgradeConfiguration", "pass flags to kubeadm upgrade")
    _check_description("the upgrade", node, {*UPGRADE_PATHS, "timeouts", "configuration", "unchecked"}, ())
    both, target = _placed(node, UPGRADE_PATHS), {"kubernetesVersion": f"v{release}"}
    ignored = {name: both[name] for name in ("ignorePreflightErrors",) if name in both}
    document = {**_header(release, "UpgradeConfiguration"), "apply": {**target, **both}, "node": both, "plan": {**target, **ignored}}
    if node.get("timeouts"):
        document["timeouts"] = node["timeouts"]
    return judged(release, [_extended(document, node.get("configuration"))], _unchecked(node))[0]


def image_documents(version: Any, registry: str, cluster_configuration: Document) -> list[Document]:
    """The least that `kubeadm config images list` needs to name the images of a cluster."""
    release = releases.version(version)
    document = {**_header(release, "ClusterConfiguration"), "kubernetesVersion": f"v{release}"}
    if registry:
        document["imageRepository"] = registry
    for path in (*NAMING, *(NOT_INSTALLED if release.minor >= document_forms.LISTS_FROM else ())):
        value = _found(cluster_configuration, path)
        if value is not None:
            document = merged(document, _nested(path, value))
    return judged(release, [document])


def judged(release: releases.Version, documents: Sequence[Document], unchecked: bool = False) -> list[Document]:
    """The documents as they are written; an error names everything that does not fit this version."""
    found, problems, patched = [], [], any(document.get("patches") for document in documents)
    for document in documents:
        fit, misfits = document_fields.fitted(document, release.minor)
        found.append(fit)
        problems += [] if unchecked else misfits
        problems += document_rules.problems(release, fit, patched)
    if problems:
        raise KubewrightError("; ".join(problems), problems=problems)
    return found


def merged(base: Any, extra: Any) -> Any:
    """Dictionaries are merged key by key, everything else is replaced; neither side is changed."""
    if not isinstance(base, dict) or not isinstance(extra, dict):
        return copy.deepcopy(extra)
    result = {key: copy.deepcopy(value) for key, value in base.items()}
    for key, value in extra.items():
        result[key] = merged(result[key], value) if key in result else copy.deepcopy(value)
    return result


def _extended(document: Document, extra: Any) -> Document:
    """With what the user adds, free-form; a whole document that was pasted says what it is, which must not change what this one is."""
    for name in document_fields.HEADER:
        if name in (extra or {}) and extra[name] != document[name]:
            raise KubewrightError(f"{document['kind']}: {name} is {extra[name]!r} in its free-form part, here it is {document[name]!r}; leave it out")
    result: Document = merged(document, extra or {})
    return result


def _init(release: releases.Version, node: Document) -> Document:
    document = _node_document(release, "InitConfiguration", node)
    document["localAPIEndpoint"] = _local_endpoint(node)
    _add_timeouts(release, document, node, not_for="discovery")
    return _extended(document, _free_form(node))


def _cluster(release: releases.Version, cluster: Document) -> Document:
    placed = _placed({**CLUSTER_DEFAULTS, **cluster}, CLUSTER_PATHS)
    for name in ("podSubnet", "serviceSubnet"):
        placed["networking"][name] = _joined(placed["networking"].get(name), name)
    document = {**_header(release, "ClusterConfiguration"), "kubernetesVersion": f"v{release}", "apiServer": {"certSANs": []}}
    found = _extended(merged(document, placed), cluster.get("cluster_configuration"))
    document_options.add(found, cluster)
    return found


def _kubelet(release: releases.Version, cluster: Document) -> Document:
    document: Document = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"}
    document.update(swap.kubelet_settings(release, cluster.get("swap") or "off", cluster.get("swap_behavior")))
    return _extended(document, cluster.get("kubelet_configuration"))


def _proxy(cluster: Document) -> Document:
    mode = cluster.get("proxy_mode") or CLUSTER_DEFAULTS["proxy_mode"]
    document = {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": mode}
    return _extended(document, cluster.get("proxy_configuration"))


def _node_document(release: releases.Version, kind: str, node: Document) -> Document:
    """Without the free-form part."""
    where = f"{kind}: nodeRegistration.kubeletExtraArgs"
    own, extra = node.get("kubelet_extra_args") or {}, _found(node.get("configuration"), "nodeRegistration.kubeletExtraArgs") or {}
    arguments = {"node-ip": [_node_ip(release, node)], **document_forms.arguments(own, where), **document_forms.arguments(extra, where)}
    registration: Document = {
        "name": node["name"],
        "criSocket": _cri_socket(release, node["cri_socket"]),
        "kubeletExtraArgs": document_forms.spelled(release, arguments, where),
    }
    if node.get("taints") is not None:
        registration["taints"] = [_taint(text) for text in node["taints"]]
    ignored = list(dict.fromkeys([*(node.get("ignore_preflight_errors") or []), *swap.ignored_checks(release, node.get("swap") or "off")]))
    result: Document = merged({**_header(release, kind), "nodeRegistration": registration}, _placed({**node, "ignore_preflight_errors": ignored}, NODE_PATHS))
    return result


def _free_form(node: Document) -> Document:
    """Without the kubelet's arguments: the registration has them already, in this version's form."""
    extra: Document = copy.deepcopy(node.get("configuration") or {})
    if isinstance(extra.get("nodeRegistration"), dict):
        extra["nodeRegistration"].pop("kubeletExtraArgs", None)
    return extra


def _add_timeouts(release: releases.Version, document: Document, node: Document, not_for: str) -> None:
    """One description serves init and join: up to v1beta3 each takes what it has a place for, and the other document holds the other."""
    old = release.minor < document_forms.LISTS_FROM
    wanted = {name: value for name, value in (node.get("timeouts") or {}).items() if not old or name != not_for}
    if wanted:
        document["timeouts"] = wanted


def _header(release: releases.Version, kind: str) -> Document:
    return {"apiVersion": releases.fact("config_api", release), "kind": kind}


def _release_with(version: Any, kind: str, instead: str) -> releases.Version:
    release = releases.version(version)
    if kind not in releases.fact("config_kinds", release):
        raise KubewrightError(f"Kubernetes {release} has no {kind}, it came with 1.{document_forms.LISTS_FROM}; {instead}")
    return release


def _check_description(what: str, given: Document, known: set[str], needed: Iterable[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise KubewrightError(f"the description of {what} has unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    missing = [name for name in needed if given.get(name) in (None, "", [])]
    if missing:
        raise KubewrightError(f"the description of {what} lacks {', '.join(missing)}; it needs {', '.join(needed)}")
    for name, value in given.items():
        if name.endswith(("configuration", "timeouts")) and not isinstance(value or {}, Mapping):
            raise KubewrightError(f"{name} in the description of {what} is {value!r}; a mapping is expected")


def _unchecked(*descriptions: Document) -> bool:
    """Fields that are newer than this collection pass when the user says so."""
    return any(str(item.get("unchecked", False)).lower() == "true" for item in descriptions)


def _placed(description: Document, paths: Mapping[str, str]) -> Document:
    """The keys that are set, where they go in a document."""
    document: Document = {}
    for key, path in paths.items():
        if description.get(key) not in (None, "", [], {}):
            document = merged(document, _nested(path, description[key]))
    return document


def _nested(path: str, value: Any) -> Any:
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def _found(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _joined(subnets: Any, name: str) -> str:
    if not isinstance(subnets, (list, tuple)) or not all(isinstance(item, str) for item in subnets):
        raise KubewrightError(f"networks for {name} are {subnets!r}; write a list, such as ['10.244.0.0/16']")
    return ",".join(subnets)


def _node_ip(release: releases.Version, node: Document) -> str:
    """One address of each family for dual stack."""
    addresses = node.get("addresses") or [node["address"]]
    if len(addresses) > releases.fact("kubelet_node_ips", release):
        raise KubewrightError(f"addresses of {node['name']} are {', '.join(addresses)}, but the kubelet of Kubernetes {release} takes "
                              f"{releases.fact('kubelet_node_ips', release)}; leave addresses out, or name one of each family with 1.20 or newer")
    return ",".join(addresses)


def _cri_socket(release: releases.Version, socket: str) -> str:
    """A plain path or a URL, as the version expects it."""
    path = socket.removeprefix("unix://")
    return path if releases.fact("cri_socket_form", release) == "path" else f"unix://{path}"


def _taint(text: str) -> Document:
    key_value, _colon, effect = text.rpartition(":")
    key, _equals, value = key_value.partition("=")
    if not key or effect not in TAINT_EFFECTS:
        raise KubewrightError(f"{text!r} is no taint; write key:Effect or key=value:Effect with one of {', '.join(TAINT_EFFECTS)}")
    taint = {"key": key, "effect": effect}
    return {**taint, "value": value} if value else taint


def _local_endpoint(node: Document) -> Document:
    return {"advertiseAddress": node["address"], "bindPort": node.get("bind_port") or 6443}
