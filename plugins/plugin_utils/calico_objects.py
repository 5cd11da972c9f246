# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's published objects, with what a cluster wants put into them. Pure. Private to the collection."""

from __future__ import annotations

import copy
import hashlib
import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _apply
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Object = dict[str, Any]
BIRD_PROBES = ("-bird-live", "-bird-ready", "--bird-live", "--bird-ready")
BLOCKS = {4: 26, 6: 122}  # sizes of the blocks of addresses that a node gets, as Calico chooses them
# How the manifest's way of naming the address of a node is written for the operator.
DETECTION: dict[str, Callable[[str], Object]] = {
    "first-found": lambda _value: {"firstFound": True},
    "kubernetes-internal-ip": lambda _value: {"kubernetes": "NodeInternalIP"},
    "can-reach": lambda value: {"canReach": value},
    "interface": lambda value: {"interface": value},
    "skip-interface": lambda value: {"skipInterface": value},
    "cidr": lambda value: {"cidrs": value.split(",")},
}


@dataclass(frozen=True)
class Wish:
    """What a cluster wants of Calico."""

    pod_subnets: tuple[str, ...]
    backends: tuple[str, ...] = ("bgp", "ipip")
    cross_subnet: bool = False
    autodetection: str = ""
    autodetection_ipv6: str = ""
    mtu: int = 0
    registry: str = ""
    images: Mapping[str, str] = field(default_factory=dict)  # names that a bundle has for images, by the manifest's
    environment: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    installation: Mapping[str, Any] = field(default_factory=dict)

    def subnets(self, family: int) -> list[str]:
        return [subnet for subnet in self.pod_subnets if ipaddress.ip_network(subnet).version == family]

    def mode(self, way: str) -> str:
        """Of one encapsulation, as an address pool has it."""
        return ("CrossSubnet" if self.cross_subnet else "Always") if way in self.backends else "Never"


def refuse(wish: Wish) -> None:
    found = []
    families = sorted(ipaddress.ip_network(subnet).version for subnet in wish.pod_subnets)
    if families not in ([4], [6], [4, 6]):
        found.append(f"the pod networks are {', '.join(wish.pod_subnets) or 'none'}; it takes one of IPv4, one of IPv6, or one of each (kube_pod_subnets)")
    if {"ipip", "vxlan"} <= set(wish.backends):
        found.append("packets travel by ipip or by vxlan, not by both (kube_cni_backends)")
    if "ipip" in wish.backends and families == [6]:
        found.append("ipip carries IPv4 only (kube_cni_backends)")
    if "ipip" in wish.backends and "bgp" not in wish.backends:
        found.append("ipip needs bgp, which spreads the routes (kube_cni_backends)")
    for method in filter(None, (wish.autodetection, wish.autodetection_ipv6)):
        if method.split("=")[0] not in DETECTION:
            found.append(f"{method!r} is no way to find a node's address; there are {', '.join(sorted(DETECTION))} (cni_calico_autodetection)")
    if wish.mtu and not 576 <= wish.mtu <= 65535:
        found.append(f"the MTU {wish.mtu} is none; write 576 to 65535, or 0 to leave it to Calico (cni_calico_mtu)")
    if found:
        raise KubewrightError(f"Calico: {'; '.join(found)}. Nothing was touched.")


def named(objects: Sequence[Object]) -> list[str]:
    """Images, in their order, each once."""
    return list(dict.fromkeys(str(container["image"]) for item in objects for container in containers(item)))


def containers(item: Object) -> Iterator[Object]:
    pod = item.get("spec", {}).get("template", {}).get("spec", {}) if item["kind"] in ("DaemonSet", "Deployment") else {}
    yield from [*pod.get("initContainers", []), *pod.get("containers", [])]


def kept(objects: Sequence[Object], wish: Wish) -> list[Object]:
    """Without what is not wanted; a name that fits nothing is a mistake."""
    names = {_apply.identity(item) for item in objects}
    unknown = sorted(set(wish.without) - names)
    if unknown:
        raise KubewrightError(f"cni_calico_without names {', '.join(unknown)}, which the manifest does not have; it has {', '.join(sorted(names))}")
    return [copy.deepcopy(item) for item in objects if _apply.identity(item) not in wish.without]


def with_images(objects: Sequence[Object], wish: Wish) -> None:
    for item in objects:
        for container in containers(item):
            ref = container["image"]
            container["image"] = wish.images.get(ref) or network.moved(ref, wish.registry)


# The manifest calico.yaml.

def manifest_objects(published: Sequence[Object], wish: Wish) -> list[Object]:
    refuse(wish)
    objects = kept(published, wish)
    with_images(objects, wish)
    config = one(objects, "ConfigMap", "calico-config")
    configure(config["data"], wish)
    daemon_set = one(objects, "DaemonSet", "calico-node")
    template = daemon_set["spec"]["template"]
    node = next(container for container in template["spec"]["containers"] if container["name"] == "calico-node")
    node["env"] = environment(node["env"], wish)
    if not uses_bird(wish):
        without_bird(node)
    # The daemons read their configuration once; so it has to be seen in their template.
    digest = hashlib.sha256(json.dumps(config["data"], sort_keys=True).encode()).hexdigest()[:16]
    template["metadata"].setdefault("annotations", {})[network.CONFIGURATION] = digest
    return [network.labelled(item, "calico") for item in objects]


def one(objects: Sequence[Object], kind: str, name: str) -> Object:
    for item in objects:
        if (item["kind"], item["metadata"]["name"]) == (kind, name):
            return item
    raise KubewrightError(f"the manifest has no {kind} {name}; it is not Calico's calico.yaml, or of a release that Kubewright does not know")


def uses_bird(wish: Wish) -> bool:
    return "bgp" in wish.backends


def configure(data: dict[str, str], wish: Wish) -> None:
    data["calico_backend"] = "bird" if uses_bird(wish) else "vxlan"
    if wish.mtu:
        data["veth_mtu"] = str(wish.mtu)
    families = {"assign_ipv4": bool(wish.subnets(4)), "assign_ipv6": bool(wish.subnets(6))}
    if families["assign_ipv6"]:  # the text has placeholders without quotes, so it is no JSON before a node has filled it
        kind = '"type": "calico-ipam"'
        if kind not in data["cni_network_config"]:
            raise KubewrightError("the manifest's cni_network_config does not use calico-ipam, so it cannot be told to give IPv6 addresses")
        more = "".join(f', "{name}": "{str(wanted).lower()}"' for name, wanted in families.items())
        data["cni_network_config"] = data["cni_network_config"].replace(kind, kind + more)


def environment(given: Sequence[Object], wish: Wish) -> list[Object]:
    """In the place that a variable has, or at the end."""
    wanted = {**_ipv4(wish), **_ipv6(wish), **({"FELIX_WIREGUARDENABLED": "true"} if "wireguard" in wish.backends else {}),
              **{name: str(value) for name, value in wish.environment.items()}}
    changed = [{"name": item["name"], "value": wanted[item["name"]]} if item["name"] in wanted else item for item in given]
    there = {item["name"] for item in given}
    return [*changed, *({"name": name, "value": value} for name, value in wanted.items() if name not in there)]


def _ipv4(wish: Wish) -> dict[str, str]:
    subnets = wish.subnets(4)
    if not subnets:
        return {"IP": "none", "CALICO_IPV4POOL_IPIP": "Never", "CALICO_IPV4POOL_VXLAN": "Never", "CALICO_ROUTER_ID": "hash"}
    found = {"CALICO_IPV4POOL_CIDR": subnets[0], "CALICO_IPV4POOL_IPIP": wish.mode("ipip"), "CALICO_IPV4POOL_VXLAN": wish.mode("vxlan")}
    return {**found, **({"IP_AUTODETECTION_METHOD": wish.autodetection} if wish.autodetection else {})}


def _ipv6(wish: Wish) -> dict[str, str]:
    subnets = wish.subnets(6)
    if not subnets:
        return {}
    found = {"IP6": "autodetect", "CALICO_IPV6POOL_CIDR": subnets[0], "CALICO_IPV6POOL_VXLAN": wish.mode("vxlan"), "CALICO_IPV6POOL_NAT_OUTGOING": "true",
             "FELIX_IPV6SUPPORT": "true"}
    return {**found, **({"IP6_AUTODETECTION_METHOD": wish.autodetection_ipv6} if wish.autodetection_ipv6 else {})}


def without_bird(node: Object) -> None:
    """It does not run, so a probe that asks for it would fail for ever."""
    for probe in ("livenessProbe", "readinessProbe"):
        command = node.get(probe, {}).get("exec", {}).get("command")
        if command:
            node[probe]["exec"]["command"] = [word for word in command if word not in BIRD_PROBES]


# The operator.

def operator_objects(published: Sequence[Object], wish: Wish) -> list[Object]:
    refuse(wish)
    objects = kept(published, wish)
    with_images(objects, wish)
    return [network.labelled(item, "calico") for item in [*objects, installation(wish)]]


def installation(wish: Wish) -> Object:
    calico: Object = {"bgp": "Enabled" if uses_bird(wish) else "Disabled", "ipPools": [pool(subnet, wish) for subnet in wish.pod_subnets],
                      **({"mtu": wish.mtu} if wish.mtu else {})}
    for key, method in (("nodeAddressAutodetectionV4", wish.autodetection), ("nodeAddressAutodetectionV6", wish.autodetection_ipv6)):
        if method:
            way, _equals, value = method.partition("=")
            calico[key] = DETECTION[way](value)
    spec = {**({"registry": wish.registry.rstrip("/") + "/"} if wish.registry else {}), "calicoNetwork": calico}
    return {"apiVersion": "operator.tigera.io/v1", "kind": "Installation", "metadata": {"name": "default"}, "spec": _merged(spec, wish.installation)}


def pool(subnet: str, wish: Wish) -> Object:
    version = ipaddress.ip_network(subnet).version
    across = "CrossSubnet" if wish.cross_subnet else ""
    way = "VXLAN" + across if "vxlan" in wish.backends else "IPIP" + across if "ipip" in wish.backends and version == 4 else "None"
    return {"name": f"default-ipv{version}-ippool", "cidr": subnet, "encapsulation": way, "blockSize": BLOCKS[version], "natOutgoing": "Enabled",
            "nodeSelector": "all()"}


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: _merged(base[key], value) if key in base else value for key, value in over.items()}}
    return over


# What a live cluster has.

def pool_changes(pools: Mapping[str, Mapping[str, Any]], wish: Wish) -> dict[str, Object]:
    """Pools, by their name, whose way of carrying packets is another; where a pod network has no pool, nothing can be done about it here."""
    changed: dict[str, Object] = {}
    for subnet in wish.pod_subnets if pools else ():
        fitting = {name: spec for name, spec in pools.items() if _lies_in(spec["cidr"], subnet)}
        if not fitting:
            there = ", ".join(f"{name} ({spec['cidr']})" for name, spec in pools.items())
            raise KubewrightError(f"Calico's address pools are {there}, and none lies in the pod network {subnet}. Pods keep the addresses that they have; "
                                  "add a pool with calicoctl, or set kube_pod_subnets to what the cluster was made with. Nothing was touched.")
        for name, spec in fitting.items():
            ipip = wish.mode("ipip") if ":" not in subnet else "Never"
            wanted = {**spec, "ipipMode": ipip, "vxlanMode": wish.mode("vxlan")}
            if wanted != {"ipipMode": "Never", "vxlanMode": "Never", **spec}:
                changed[name] = wanted
    return changed


def _lies_in(inner: str, outer: str) -> bool:
    one_network, other = ipaddress.ip_network(inner), ipaddress.ip_network(outer)
    return one_network.version == other.version and one_network.prefixlen >= other.prefixlen and one_network.overlaps(other)
