# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that come from the inventory of several hosts. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import node_marks, preflight_looks

OWN_ENDPOINT, API_PORT = "cluster-endpoint", 6443
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")  # RFC 1123, as kubeadm wants names


def is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


def node_address(name: str, variables: Mapping[str, Any]) -> str:
    """kube_node_address, or ansible_host, or the inventory name, whichever is an address first; empty where none is.

    Loopback in ansible_host is a forwarded port or the controller itself: no other node reaches it.
    """
    candidates = (variables.get("kube_node_address"), variables.get("ansible_host"), name)
    return next((str(text) for text in candidates if text and is_address(text) and not ipaddress.ip_address(str(text)).is_loopback), "")


def node_name(name: str, variables: Mapping[str, Any]) -> str:
    return str(variables.get("kube_node_name") or name).lower()


def node_addresses(hostvars: Mapping[str, Any], hosts: list[str]) -> dict[str, str]:
    """Address by node name; hosts whose address only they know are left out."""
    found = {node_name(host, hostvars[host]): node_address(host, hostvars[host]) for host in hosts}
    return {name: address for name, address in found.items() if address}


def known_nodes(hostvars: Mapping[str, Any], hosts: list[str]) -> list[dict[str, str]]:
    """What the inventory says of each machine's names and addresses, as text; empty what it does not say.

    Reading the variables of a host costs a controller milliseconds: of a thousand hosts this is asked once in a run, not by each of them.
    """
    found = []
    for host in hosts:
        variables = hostvars[host]
        found.append({"host": host, "name": node_name(host, variables), "hostname": str(variables.get("kube_hostname") or ""),
                      "address": node_address(host, variables), "public_address": str(variables.get("kube_node_public_address") or "")})
    return found


def hosts_block(nodes: list[dict[str, str]], endpoint: str, endpoint_address: str, extra: Mapping[str, Any] | None = None) -> str:
    """Lines for /etc/hosts: every node, its public address, the name of the control plane's endpoint where it is a name of ours, and what else is given."""
    pairs = [pair for node in nodes for pair in _names_of(node)]
    known = {name for _address, name in pairs}
    host = _host_and_port(endpoint)[0]
    if endpoint_address and not is_address(host) and host not in known:
        pairs.append((endpoint_address, host))
    for address, given in (extra or {}).items():
        pairs += [(str(address), name) for name in (given.split() if isinstance(given, str) else given)]
    return _lines(pairs)


def _names_of(node: Mapping[str, str]) -> list[tuple[str, str]]:
    """Address and name, those that the inventory knows."""
    name, hostname, inner, public = (node[key] for key in ("name", "hostname", "address", "public_address"))
    found = [(inner, name), *([(inner, hostname)] if hostname and hostname != name else [])] if inner else []
    return [*found, *([(public, f"{name}-public")] if public else [])]


def _lines(pairs: list[tuple[str, str]]) -> str:
    """One line for each address; an error where a name would lead to two of one family."""
    names: dict[str, list[str]] = {}
    led: dict[tuple[str, int], str] = {}
    for address, name in sorted(pairs, key=lambda pair: pair[0]):
        if not is_address(address):
            raise KubewrightError(f"{address!r} is given as an address of {name} for /etc/hosts and is none; write an IPv4 or IPv6 address")
        before = led.setdefault((name, ipaddress.ip_address(address).version), address)
        if before != address:
            raise KubewrightError(f"{name} would have two addresses in /etc/hosts, {before} and {address}; leave one out, or give it another name")
        if name not in names.setdefault(address, []):
            names[address].append(name)
    return "\n".join(f"{address} {' '.join(found)}" for address, found in names.items())


def workstation_kubeconfig(text: str, server: str) -> str:
    """The administrator's kubeconfig with a server address that a workstation can reach."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise KubewrightError(f"admin.conf is no kubeconfig: {error}") from error
    if not isinstance(document, dict) or not document.get("clusters"):
        raise KubewrightError("admin.conf is no kubeconfig: it names no cluster")
    for cluster in document["clusters"]:
        cluster["cluster"]["server"] = server
    return yaml.safe_dump(document, sort_keys=True)


def own_address(variables: Mapping[str, Any], name: str, looked: str = "") -> str:
    """This machine's address: the inventory's, or else the one it was seen to have."""
    found = node_address(name, variables) or looked
    if not found:
        raise KubewrightError(f"{name} has no address: set kube_node_address for it, since neither ansible_host nor its default route gives one")
    return found


def declared_nodes(
    hostvars: Mapping[str, Any], hosts: list[str], control_planes: list[str], workers: list[str], taints: list[str], state: str = "ready"
) -> list[dict[str, Any]]:
    """Nodes with the labels and taints of the inventory. A control plane that is also listed as a worker takes workloads, and no other one does."""
    found = []
    for host in hosts:
        variables = hostvars[host]
        own = node_marks.taints(variables)
        if host in control_planes:
            said = {taint.removesuffix("-") for taint in own}
            own += [f"{taint}-" if host in workers else taint for taint in taints if taint not in said]
        found.append({"name": node_name(host, variables), "state": state, "labels": node_marks.labels(variables), "taints": own})
    return found


def as_node(name: str) -> dict[str, str]:
    """An item of kube_node's list."""
    return {"name": name}


def bridge_peers(nodes: list[dict[str, Any]], me: str) -> list[dict[str, Any]]:
    """The other nodes that have a pod range already, for the bridge's routes."""
    return [{"address": node["address"], "pod_cidrs": node["pod_cidrs"]} for node in nodes if node["name"] != me and node["pod_cidrs"]]


def node_names(hostvars: Mapping[str, Any], hosts: list[str]) -> list[str]:
    return [node_name(host, hostvars[host]) for host in hosts]


def workstation_server(hostvars: Mapping[str, Any], host: str, endpoint: str = "", address: str = "") -> str:
    """Where a workstation finds the API server: the endpoint that the user chose, or else the host as the controller reaches it.

    An endpoint whose address is given is one that no DNS server knows.
    """
    name, port = _host_and_port(endpoint or OWN_ENDPOINT)
    if address or name != OWN_ENDPOINT:
        return f"https://{_bracketed(address or name)}:{port}"
    return f"https://{_bracketed(_reached(host, hostvars[host]))}:{API_PORT}"


def certificate_names(hostvars: Mapping[str, Any], control_planes: list[str], given: list[str], address: str = "") -> list[str]:
    """What the API servers' certificates are to hold beside what kubeadm puts there by itself: whatever a workstation may call them by."""
    found = [*given, address]
    for host in control_planes:
        variables = hostvars[host]
        found += [name for name in (_reached(host, variables).lower(), str(variables.get("kube_node_public_address") or ""))
                  if name not in (node_name(host, variables), node_address(host, variables))]
    return list(dict.fromkeys(name for name in found if name in given or is_address(name) or NAME.fullmatch(name)))


def _reached(host: str, variables: Mapping[str, Any]) -> str:
    """How the controller reaches a host."""
    return str(variables.get("ansible_host") or host)


def _bracketed(address: str) -> str:
    return f"[{address}]" if is_address(address) and ":" in address else address


def _host_and_port(endpoint: str) -> tuple[str, int]:
    """kubeadm's own port where none is given."""
    name, _colon, port = endpoint.rpartition(":")
    return (name.strip("[]"), int(port)) if name and port.isdigit() and not is_address(endpoint) else (endpoint.strip("[]"), API_PORT)


def endpoint_address(hostvars: Mapping[str, Any], control_planes: list[str], endpoint: str = "", address: str = "") -> str:
    """Address for the endpoint's name in /etc/hosts. A name that the user chose is the user's to resolve, unless its address is given, too.

    Both are given as values: read by way of hostvars, a value like "{{ hostvars['lb1'].ansible_host }}" has no hostvars of its own.
    """
    if address or _host_and_port(endpoint or OWN_ENDPOINT)[0] != OWN_ENDPOINT or not control_planes:
        return address
    first = control_planes[0]
    return node_address(first, hostvars[first]) or own_address(hostvars[first], first, _seen_address(hostvars, first, control_planes))


def _seen_address(hostvars: Mapping[str, Any], host: str, control_planes: list[str]) -> str:
    """What this run saw of it, also where it was left out of the run and only looked at."""
    looks = preflight_looks.looks(hostvars, list(hostvars), control_planes)
    return next((look.node.get("host", {}).get("address", "") for look in looks if look.host == host), "")
