# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's objects of the Kubernetes API, by its release and by what a cluster wants of it. Pure. Private to the collection."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_lines as lines

Object = dict[str, Any]
NAME = "kube-flannel-ds"
SECURITY_POLICY = "psp.flannel.unprivileged"
CNI_FOLDER, CNI_BINARIES, CONFIG_FOLDER = "/etc/cni/net.d", "/opt/cni/bin", "/etc/kube-flannel/"
BACKENDS = ("vxlan", "host-gw", "wireguard", "udp", "ipip")
OVERHEAD = {"vxlan": 50, "wireguard": 80}  # what a packet grows by; those two backends let themselves be told a size
HEALTH_PORT = 8081
LABELS = {"tier": "node", "app": "flannel"}


@dataclass(frozen=True)
class Pair:
    """The images of one architecture. Without one for the plugin, it has to be in /opt/cni/bin already."""

    flannel: str
    plugin: str = ""


@dataclass(frozen=True)
class Wish:
    """What a cluster wants of flannel."""

    version: lines.Release
    kubernetes: str
    pod_subnets: tuple[str, ...]
    images: Mapping[str, Pair]  # by architecture; "" where all have the same
    backend: str = "vxlan"
    backend_options: Mapping[str, Any] = field(default_factory=dict)
    interfaces: tuple[str, ...] = ()
    interface_regexes: tuple[str, ...] = ()
    can_reach: str = ""
    mtu: int = 0
    nftables: bool = False
    network_options: Mapping[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    def has(self, what: str) -> bool:
        return lines.has(what, self.version)

    @property
    def namespace(self) -> str:
        return "kube-flannel" if self.has("own_namespace") else "kube-system"

    @property
    def guarded(self) -> bool:
        """Whether it brings a PodSecurityPolicy, and the cluster still has such a thing."""
        return self.has("pod_security_policy") and bool(releases.fact("pod_security_policy", releases.version(self.kubernetes)))


def published_images(version: lines.Release, registry: str = "") -> dict[str, Pair]:
    """The names that the project publishes them under, with another registry in front where one is given."""
    both = [network.moved(ref, registry) if ref else "" for ref in (lines.image(version), lines.plugin_image(version))]
    if lines.has("one_for_all_architectures", version):
        return {"": Pair(*both)}
    return {architecture: Pair(f"{both[0]}-{architecture}", both[1]) for architecture in lines.ARCHITECTURES}


def objects(wish: Wish) -> list[Object]:
    """In the order in which they are to be applied. All carry the label by which they are found again."""
    refuse(wish)
    config = config_map(wish)
    found = [*([namespace(wish)] if wish.has("own_namespace") else []), *([security_policy(wish)] if wish.guarded else []),
             cluster_role(wish), cluster_role_binding(wish), service_account(wish), config,
             *(daemon_set(wish, architecture, pair, config) for architecture, pair in sorted(wish.images.items()))]
    return [network.labelled(item, "flannel") for item in found]


def rollouts(wish: Wish) -> list[str]:
    return [f"{wish.namespace}/daemonset/{daemon_set_name(architecture)}" for architecture in sorted(wish.images)]


# What cannot be had.

def refuse(wish: Wish) -> None:
    """One error that names everything that this release cannot do."""
    found = [text for text in (*_backend_trouble(wish), *_network_trouble(wish)) if text]
    if found:
        raise KubewrightError(f"flannel {wish.version}: {'; '.join(found)}. Nothing was touched.")


def _backend_trouble(wish: Wish) -> Iterable[str]:
    if wish.backend not in BACKENDS:
        yield f"the backend {wish.backend!r} is not one that Kubewright sets up; write one of {', '.join(BACKENDS)} (cni_flannel_backend)"
    if wish.backend == "wireguard" and not wish.has("wireguard"):
        yield f"it has no backend wireguard; {lines.first_with('wireguard')} is the first that has (cni_flannel_version)"
    if wish.can_reach and not wish.has("iface_can_reach"):
        yield f"it knows no --iface-can-reach; {lines.first_with('iface_can_reach')} is the first that does (cni_flannel_interface_can_reach)"
    if wish.nftables and not wish.has("nftables"):
        yield f"it has no EnableNFTables; {lines.first_with('nftables')} is the first that has (cni_flannel_nftables)"
    if wish.mtu and not 576 <= wish.mtu <= 65535:
        yield f"the MTU {wish.mtu} is none; write 576 to 65535, or 0 to leave it to flannel (cni_flannel_mtu)"


def _network_trouble(wish: Wish) -> Iterable[str]:
    families = [ipaddress.ip_network(subnet).version for subnet in wish.pod_subnets]
    if sorted(families) not in ([4], [6], [4, 6]):
        yield f"the pod networks are {', '.join(wish.pod_subnets) or 'none'}; it takes one of IPv4, one of IPv6, or one of each (kube_pod_subnets)"
    if 6 in families and not wish.has("ipv6"):
        yield f"it knows IPv4 only; {lines.first_with('ipv6')} is the first with IPv6 (kube_pod_subnets)"
    if 6 in families and wish.backend in ("udp", "ipip"):
        yield f"the backend {wish.backend} carries IPv4 only (cni_flannel_backend)"
    own = sorted({"Network", "IPv6Network", "EnableIPv4", "EnableIPv6", "Backend"} & set(wish.network_options))
    if own:
        yield f"{', '.join(own)} come from other variables and are not for cni_flannel_network_options"


# The configuration.

def config_map(wish: Wish) -> Object:
    data = {"cni-conf.json": _text(cni_configuration(wish)), "net-conf.json": _text(network_configuration(wish))}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _namespaced(wish, "kube-flannel-cfg", {**LABELS, **_app(wish)}), "data": data}


def cni_configuration(wish: Wish) -> Object:
    delegate: Object = {"hairpinMode": True, "isDefaultGateway": True, **({"mtu": wish.mtu} if wish.mtu else {})}
    plugins = [{"type": "flannel", "delegate": delegate}, {"type": "portmap", "capabilities": {"portMappings": True}}]
    return {"name": "cbr0", **({"cniVersion": "0.3.1"} if wish.has("cni_version") else {}), "plugins": plugins}


def network_configuration(wish: Wish) -> Object:
    """Network is the cluster's pod network, always: else pods on different nodes do not find each other."""
    found: Object = {}
    for subnet in wish.pod_subnets:
        found["IPv6Network" if ":" in subnet else "Network"] = subnet
    if "IPv6Network" in found:
        found.update({"EnableIPv6": True}, **({} if "Network" in found else {"EnableIPv4": False}))
    if wish.has("nftables"):
        found["EnableNFTables"] = wish.nftables
    size = {"MTU": wish.mtu + OVERHEAD[wish.backend]} if wish.mtu and wish.has("backend_mtu") and wish.backend in OVERHEAD else {}
    return {**found, **wish.network_options, "Backend": {"Type": wish.backend, **size, **wish.backend_options}}


def _text(document: Object) -> str:
    return json.dumps(document, indent=2) + "\n"


# Who it is, and what it may.

def namespace(wish: Wish) -> Object:
    labels = {**_app(wish), "pod-security.kubernetes.io/enforce": "privileged"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": wish.namespace, "labels": labels}}


def cluster_role(wish: Wish) -> Object:
    rules = [
        *([_rule("extensions", "podsecuritypolicies", "use", resourceNames=[SECURITY_POLICY])] if wish.guarded else []),
        _rule("", "pods", "get"),
        _rule("", "nodes", *(["get"] if wish.has("gets_nodes") else []), "list", "watch"),
        _rule("", "nodes/status", "patch"),
        *([_rule("networking.k8s.io", "clustercidrs", "list", "watch")] if wish.has("cluster_cidrs") else []),
    ]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": _named(wish, "flannel"), "rules": rules}


def _rule(group: str, resource: str, *verbs: str, **more: Any) -> Object:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}


def cluster_role_binding(wish: Wish) -> Object:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": _named(wish, "flannel"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "flannel"},
        "subjects": [{"kind": "ServiceAccount", "name": "flannel", "namespace": wish.namespace}],
    }


def service_account(wish: Wish) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _namespaced(wish, "flannel", _app(wish))}


def security_policy(wish: Wish) -> Object:
    """Only who may use it is ruled by it, so it does nothing in a cluster that does not check policies."""
    profiles = {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "docker/default",
                "seccomp.security.alpha.kubernetes.io/defaultProfileName": "docker/default",
                "apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default",
                "apparmor.security.beta.kubernetes.io/defaultProfileName": "runtime/default"}
    anybody: Object = {name: {"rule": "RunAsAny"} for name in ("runAsUser", "supplementalGroups", "fsGroup", "seLinux")}
    no: Object = dict.fromkeys(("privileged", "readOnlyRootFilesystem", "allowPrivilegeEscalation", "defaultAllowPrivilegeEscalation", "hostPID", "hostIPC"),
                               False)
    spec = {
        **no, **anybody, "hostNetwork": True, "hostPorts": [{"min": 0, "max": 65535}],
        "volumes": ["configMap", "secret", "emptyDir", "hostPath"],
        "allowedHostPaths": [{"pathPrefix": path} for path in (CNI_FOLDER, CONFIG_FOLDER.rstrip("/"), "/run/flannel")],
        "allowedCapabilities": _capabilities(wish), "defaultAddCapabilities": [], "requiredDropCapabilities": [],
    }
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": SECURITY_POLICY, "annotations": profiles}, "spec": spec}


def _app(wish: Wish) -> dict[str, str]:
    return {"k8s-app": "flannel"} if wish.has("k8s_app_label") else {}


def _named(wish: Wish, name: str) -> Object:
    return {"name": name, **({"labels": _app(wish)} if _app(wish) else {})}


def _namespaced(wish: Wish, name: str, labels: Mapping[str, str]) -> Object:
    return {"name": name, "namespace": wish.namespace, **({"labels": dict(labels)} if labels else {})}


# The daemon.

def daemon_set_name(architecture: str) -> str:
    return f"{NAME}-{architecture}" if architecture else NAME


def daemon_set(wish: Wish, architecture: str, pair: Pair, config: Object) -> Object:
    # A changed configuration has to reach the daemons, which read it once: their template changes with it.
    digest = hashlib.sha256(json.dumps(config["data"], sort_keys=True).encode()).hexdigest()
    # Several DaemonSets with one selector would take each other's pods, so each has its architecture in it.
    own = {**LABELS, **({"arch": architecture} if architecture else {})}
    template = {"metadata": {"labels": own, "annotations": {network.CONFIGURATION: digest[:16]}}, "spec": pod(wish, architecture, pair)}
    selector = {key: value for key, value in own.items() if key != "tier"}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": _namespaced(wish, daemon_set_name(architecture), {**LABELS, **_app(wish)}),
            "spec": {"selector": {"matchLabels": selector}, "template": template}}


def pod(wish: Wish, architecture: str, pair: Pair) -> Object:
    expressions = [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]
    if architecture:
        expressions.append({"key": "kubernetes.io/arch", "operator": "In", "values": [architecture]})
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}}
    return {
        "affinity": affinity, "hostNetwork": True, "priorityClassName": "system-node-critical", "serviceAccountName": "flannel",
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
        "initContainers": [*([plugin_installer(pair.plugin)] if pair.plugin else []), configuration_installer(wish, pair.flannel)],
        "containers": [daemon(wish, pair.flannel)],
        "volumes": volumes(wish, bool(pair.plugin)),
    }


def plugin_installer(image: str) -> Object:
    return {"name": "install-cni-plugin", "image": image, "command": ["cp"], "args": ["-f", "/flannel", f"{CNI_BINARIES}/flannel"],
            "volumeMounts": [{"name": "cni-plugin", "mountPath": CNI_BINARIES}]}


def configuration_installer(wish: Wish, image: str) -> Object:
    places = [f"{CONFIG_FOLDER}cni-conf.json", f"{CNI_FOLDER}/10-flannel.conflist"]
    how = {"command": ["/opt/bin/install-conf"], "args": places} if wish.has("install_conf") else {"command": ["cp"], "args": ["-f", *places]}
    mounts = [{"name": "cni", "mountPath": CNI_FOLDER}, {"name": "flannel-cfg", "mountPath": CONFIG_FOLDER}]
    return {"name": "install-cni", "image": image, **how, "volumeMounts": mounts}


def daemon(wish: Wish, image: str) -> Object:
    resources: Object = {"requests": {"cpu": "100m", "memory": "50Mi"}}
    if not wish.has("no_limits"):
        resources["limits"] = dict(resources["requests"])
    security = {"privileged": False, "capabilities": {"add": _capabilities(wish)}} if wish.has("unprivileged") else {"privileged": True}
    return {
        "name": "kube-flannel", "image": image, "command": ["/opt/bin/flanneld"], "args": arguments(wish), **(health() if wish.has("health_port") else {}),
        "resources": resources, "securityContext": security, "env": environment(wish),
        "volumeMounts": [
            {"name": "run", "mountPath": _run_folder(wish)}, {"name": "flannel-cfg", "mountPath": CONFIG_FOLDER},
            *([{"name": "xtables-lock", "mountPath": "/run/xtables.lock"}] if wish.has("xtables_lock") else []),
            *([{"name": "tun", "mountPath": "/dev/net"}] if wish.backend == "udp" else []),
        ],
    }


def arguments(wish: Wish) -> list[str]:
    return [
        "--ip-masq", "--kube-subnet-mgr", *([f"--healthz-port={HEALTH_PORT}"] if wish.has("health_port") else []),
        *(f"--iface={name}" for name in wish.interfaces), *(f"--iface-regex={regex}" for regex in wish.interface_regexes),
        *([f"--iface-can-reach={wish.can_reach}"] if wish.can_reach else []), *wish.arguments,
    ]


def health() -> Object:
    def probe(path: str, first: int, period: int) -> Object:
        return {"httpGet": {"path": path, "port": "healthz"}, "initialDelaySeconds": first, "periodSeconds": period}

    return {"ports": [{"name": "healthz", "containerPort": HEALTH_PORT, "protocol": "TCP"}], "livenessProbe": probe("/healthz", 10, 30),
            "readinessProbe": probe("/readyz", 5, 10)}


def environment(wish: Wish) -> list[Object]:
    fields = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
              for name, path in (("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"))]
    return [*fields, *([{"name": "EVENT_QUEUE_DEPTH", "value": "5000"}] if wish.has("event_queue_depth") else []),
            *([{"name": "CONT_WHEN_CACHE_NOT_READY", "value": "false"}] if wish.has("cache_not_ready") else [])]


def volumes(wish: Wish, plugin: bool) -> list[Object]:
    def host(name: str, path: str, **more: str) -> Object:
        return {"name": name, "hostPath": {"path": path, **more}}

    return [host("run", _run_folder(wish)), *([host("cni-plugin", CNI_BINARIES)] if plugin else []), host("cni", CNI_FOLDER),
            {"name": "flannel-cfg", "configMap": {"name": "kube-flannel-cfg"}},
            *([host("xtables-lock", "/run/xtables.lock", type="FileOrCreate")] if wish.has("xtables_lock") else []),
            *([host("tun", "/dev/net")] if wish.backend == "udp" else [])]


def _run_folder(wish: Wish) -> str:
    return "/run/flannel" if wish.has("unprivileged") else "/run"


def _capabilities(wish: Wish) -> list[str]:
    return ["NET_ADMIN", *(["NET_RAW"] if wish.has("raw_sockets") else [])]
