# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the values of configuration documents must be, beyond their form. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.plugin_utils.document_fields import nearest

Document = Mapping[str, Any]
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
# Left to kubeadm these would be guessed, differently from version to version.
EXPLICIT = {
    "InitConfiguration": ("nodeRegistration.name", "nodeRegistration.criSocket", "localAPIEndpoint.advertiseAddress"),
    "JoinConfiguration": ("nodeRegistration.name", "nodeRegistration.criSocket"),
    "ClusterConfiguration": ("kubernetesVersion",),
    "KubeletConfiguration": ("cgroupDriver",),
    "KubeProxyConfiguration": ("mode",),
    "ResetConfiguration": ("criSocket",),
}
CERTIFICATES = "/etc/kubernetes/pki"
# What does now what a flag did that was removed.
INSTEAD = {
    "kube-apiserver --basic-auth-file": "use client certificates or OpenID Connect",
    "kube-apiserver --experimental-encryption-provider-config": "use encryption-provider-config",
    "kube-apiserver --insecure-port": "use the secure port",
    "kube-apiserver --service-account-api-audiences": "use api-audiences",
    "kube-controller-manager --experimental-cluster-signing-duration": "use cluster-signing-duration",
    "kube-controller-manager --pod-eviction-timeout": "use default-not-ready-toleration-seconds of the API server",
    "kube-controller-manager --port": "use secure-port",
    "kube-scheduler --algorithm-provider": "use a KubeSchedulerConfiguration, which config names",
    "kube-scheduler --policy-config-file": "use a KubeSchedulerConfiguration, which config names",
    "kube-scheduler --policy-configmap": "use a KubeSchedulerConfiguration, which config names",
    "kube-scheduler --port": "use secure-port",
    "etcd --experimental-*": "use its name without experimental-, or feature-gates",
    "kubelet --container-runtime": "leave it out; the socket of the runtime is kube_cri_socket",
    "kubelet --docker-endpoint": "leave it out; the socket of the runtime is kube_cri_socket",
    "kubelet --cni-bin-dir": "set it in the runtime's configuration",
    "kubelet --cni-conf-dir": "set it in the runtime's configuration",
    "kubelet --pod-infra-container-image": "set the sandbox image in the runtime's configuration",
}
# Flags that name a file which has to be there inside the container, too.
READ = ("admission-control-config-file", "audit-policy-file", "audit-webhook-config-file", "authentication-config", "authentication-token-webhook-config-file",
        "authorization-config", "authorization-webhook-config-file", "config", "egress-selector-config-file", "encryption-provider-config", "oidc-ca-file",
        "policy-config-file", "tracing-config-file")
# What kubeadm mounts into every component, or one of them.
MOUNTED = ("/etc/kubernetes/pki", "/etc/ssl/certs", "/etc/ca-certificates", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
           "/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/scheduler.conf")
PROGRAMS = {"kube-apiserver": "apiServer", "kube-controller-manager": "controllerManager", "kube-scheduler": "scheduler", "etcd": "etcd.local"}


def problems(release: releases.Version, document: Document, patched: bool = False) -> Iterator[str]:
    """A sentence for every value that this version would refuse or misunderstand. patched: kubeadm gets patches, which may bring volumes, too."""
    kind = document["kind"]
    for path in EXPLICIT.get(kind, ()):
        if _at(document, path) in (None, ""):
            yield f"{kind}: {path} is empty; it is always set, so that kubeadm does not guess"
    for path, known in _choices(release).get(kind, {}).items():
        value = _at(document, path)
        if value is not None and value not in list(known):
            yield f"{kind}: {path} is {value!r}, which Kubernetes {release} does not have; use one of {', '.join(known) or 'a newer version'}"
    if kind == "ClusterConfiguration":
        yield from _elsewhere(document)
        yield from _gates(release, document)
        yield from _etcd(document)
        yield from _nested_coredns(release, document)
        yield from _removed_component_flags(release, document)
        yield from [] if patched else _out_of_sight(document)
    if kind in ("InitConfiguration", "JoinConfiguration"):
        yield from _removed_flags(release, document)
        yield from _ignored_checks(release, document)


def _choices(release: releases.Version) -> dict[str, dict[str, Any]]:
    pull = {"nodeRegistration.imagePullPolicy": PULL_POLICIES}
    return {
        "InitConfiguration": pull,
        "JoinConfiguration": pull,
        "ClusterConfiguration": {"encryptionAlgorithm": releases.fact("encryption_algorithms", release)},
        "KubeletConfiguration": {
            "cgroupDriver": ("systemd", "cgroupfs"),
            "memorySwap.swapBehavior": ["", *releases.fact("kubelet_swap_behaviors", release)],
        },
        "KubeProxyConfiguration": {"mode": releases.fact("proxy_modes", release)},
        "UpgradeConfiguration": {"apply.imagePullPolicy": PULL_POLICIES, "node.imagePullPolicy": PULL_POLICIES},
    }


def _at(document: Document, path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _names(given: Any) -> list[Any]:
    """Those of a map, or of a list of entries with names; what has another form is judged with the fields."""
    if isinstance(given, Mapping):
        return list(given)
    return [item["name"] for item in given if isinstance(item, Mapping) and "name" in item] if isinstance(given, list) else []


def _gates(release: releases.Version, cluster: Document) -> Iterator[str]:
    """kubeadm's own gates; an unknown one stops it."""
    known = releases.fact("feature_gates", release)
    for name in map(str, _names(_at(cluster, "featureGates"))):
        if name in known:
            continue
        if name in releases.history("feature_gates"):
            first, last = releases.span("feature_gates", name)
            yield (f"ClusterConfiguration: featureGates.{name} is known to kubeadm 1.{first} to 1.{last}, this is {release}; leave it out")
        else:
            near = nearest(name, known)
            yield (f"ClusterConfiguration: kubeadm {release} has no feature gate {name}" + (f"; did you mean {near}?" if near else
                   f", it has {', '.join(sorted(known)) or 'none'}. Gates of Kubernetes go into extraArgs and into the KubeletConfiguration"))


def _elsewhere(cluster: Document) -> Iterator[str]:
    given = cluster.get("certificatesDir")
    if given not in (None, "", CERTIFICATES):
        yield f"ClusterConfiguration: certificatesDir is {given!r}; every part of this collection looks for certificates in {CERTIFICATES}, leave it out"


def _etcd(cluster: Document) -> Iterator[str]:
    external = _at(cluster, "etcd.external")
    if external is not None and _at(cluster, "etcd.local") is not None:
        yield "ClusterConfiguration: etcd has both local and external; leave one out"
    if external is not None and not _at(cluster, "etcd.external.endpoints"):
        yield "ClusterConfiguration: etcd.external.endpoints is empty; list the URLs of its members"


def _removed_flags(release: releases.Version, document: Document) -> Iterator[str]:
    names = _names(_at(document, "nodeRegistration.kubeletExtraArgs"))
    for name in releases.fact("removed_kubelet_flags", release):
        if name in names:
            yield (f"{document['kind']}: the kubelet of Kubernetes {release} would not start with kubeletExtraArgs.{name}, which was removed "
                   f"in 1.{releases.span('removed_kubelet_flags', name)[0]}; {INSTEAD.get(f'kubelet --{name}', 'leave it out')}")


def _removed_component_flags(release: releases.Version, cluster: Document) -> Iterator[str]:
    given = {program: _names(_at(cluster, f"{path}.extraArgs")) for program, path in PROGRAMS.items()}
    for entry in releases.fact("removed_component_flags", release):
        program, _dashes, flag = entry.partition(" --")
        for name in fnmatch.filter(map(str, given[program]), flag):
            yield (f"ClusterConfiguration: {program} of Kubernetes {release} would not start with {PROGRAMS[program]}.extraArgs.{name}, which was removed "
                   f"in 1.{releases.span('removed_component_flags', entry)[0]}; {INSTEAD.get(entry, 'leave it out')}")


def _out_of_sight(cluster: Document) -> Iterator[str]:
    """A component runs in a container: a file of the machine that no volume brings there is not there."""
    for component in ("apiServer", "controllerManager", "scheduler"):
        volumes = _at(cluster, f"{component}.extraVolumes")
        paths = [str(item.get("mountPath")) for item in volumes if isinstance(item, Mapping)] if isinstance(volumes, list) else []
        for name, value in _pairs(_at(cluster, f"{component}.extraArgs")):
            if name in READ and str(value).startswith("/") and not any(_below(str(value), path) for path in (*MOUNTED, *paths)):
                yield (f"ClusterConfiguration: {component}.extraArgs.{name} names {value}, which no volume brings into the container; add an entry to "
                       f"{component}.extraVolumes")


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _pairs(given: Any) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping):
        return [(str(name), value) for name, value in given.items()]
    return [(str(item["name"]), item.get("value")) for item in given if isinstance(item, Mapping) and "name" in item] if isinstance(given, list) else []


def _ignored_checks(release: releases.Version, document: Document) -> Iterator[str]:
    ignored = _at(document, "nodeRegistration.ignorePreflightErrors")
    if isinstance(ignored, list) and "all" in [str(name).lower() for name in ignored] and not releases.fact("ignore_all_in_file", release):
        yield f"{document['kind']}: nodeRegistration.ignorePreflightErrors has 'all', which kubeadm {release} refuses in a document; name the checks"


def _nested_coredns(release: releases.Version, cluster: Document) -> Iterator[str]:
    registry = cluster.get("imageRepository")
    if not releases.fact("coredns_nested_everywhere", release) or registry in (None, "", releases.fact("image_registry", release)):
        return
    if not _at(cluster, "dns.imageRepository"):
        yield (f"ClusterConfiguration: kubeadm {release} asks {registry} for coredns/coredns, which mirrors do not have (kubernetes/kubeadm#2501); use 1.21.2 "
               f"or later, or set dns.imageRepository to a registry that has it")
