# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine's system is one that the roles know, and is set up as they will find it. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import NAME, is_address
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    host_name,
    is_member,
    listed,
    machine_of,
    setting,
    warning,
)

FAMILIES = {"debian", "ubuntu", "rhel", "fedora", "centos"}
ARCHITECTURES = {"x86_64", "aarch64"}
HANDLED = {"firewalld", "ufw"}
BUILT_FOR = {"ppc64le", "s390x"}  # Kubernetes is; Kubewright was never run there
# As the kernel has it: host names may be in capitals, Nodes are not.


def _prereqs(inputs: Inputs, look: Seen, name: str, default: Any) -> Any:
    variables = inputs.variables.get(look.host, {})
    return variables.get(f"prereqs_{name}", variables.get(f"kube_{name}", default))


def distributions(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        machine = machine_of(look)
        system = machine.get("os") or {}
        if machine and not {system.get("id", ""), *str(system.get("like", "")).split()} & FAMILIES:
            found.append(warning(look.host, "Distribution", f"its system is {system.get('name') or 'unknown'}, which Kubewright does not know",
                                 "Debian, Ubuntu and the RHEL family are known; try it on a machine that may break."))
        if machine and not machine.get("package_managers"):
            found.append(error(look.host, "PackageManager", "it has none of apt-get, dnf and yum", "Use a system of the Debian or RHEL family."))
        if machine and not machine.get("systemd"):
            found.append(error(look.host, "Systemd", "systemd does not run it, so nothing would start the kubelet", "Use a system that systemd boots."))
    return found


def architectures(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        name = machine_of(look).get("architecture", "")
        if name and name not in ARCHITECTURES:
            say, told = (warning, "Kubewright was never run on") if name in BUILT_FOR else (error, "Kubernetes is not built for")
            found.append(say(look.host, "Architecture", f"its architecture is {name}, which {told}", "Use a machine of x86_64 or aarch64."))
    return found


def swap(inputs: Inputs) -> list[Located]:
    """kube_swap tells the kubelet, too; the role's own variable keeps swap and tells nobody."""
    found = []
    for look in inputs.looks:
        variables, configuration = inputs.variables.get(look.host, {}), setting(inputs, look, "kubelet_configuration", {})
        told = variables.get("kube_swap") == "keep" or (isinstance(configuration, Mapping) and str(configuration.get("failSwapOn")).lower() == "false")
        devices = machine_of(look).get("swaps") or []
        if devices and variables.get("prereqs_swap") == "keep" and not told and not is_member(look):
            found.append(warning(look.host, "Swap", f"swap is on ({', '.join(devices)}) and prereqs_swap keeps it, but the kubelet is not told to bear it",
                                 "Set kube_swap: keep for all hosts, or let it be turned off."))
    return found


def firewalls(inputs: Inputs) -> list[Located]:
    """Opened or turned off by the role prereqs, firewalld and ufw; others are a person's."""
    found = []
    for look in inputs.looks:
        wanted = str(_prereqs(inputs, look, "firewall", "open"))
        active = [name for name in machine_of(look).get("firewalls") or [] if wanted == "keep" or name not in HANDLED]
        if active:
            how = "is kept as it is" if wanted == "keep" else "is none that Kubewright opens"
            found.append(warning(look.host, "Firewall", f"{' and '.join(active)} filters packets, and {how}",
                                 "See that it lets pass what docs/firewall.md names, and forwards between pods."))
    return found


def selinux(inputs: Inputs) -> list[Located]:
    """Made permissive by the role prereqs, or provided for; where it is kept, containers need its policy."""
    found = []
    for look in inputs.looks:
        there = machine_of(look).get("selinux") or {}
        if there.get("enforcing") and not there.get("container_policy") and str(_prereqs(inputs, look, "selinux", "permissive")) == "keep":
            found.append(warning(look.host, "SELinux", "SELinux enforces and is kept so, and container-selinux is not installed",
                                 "Install container-selinux, or set prereqs_selinux: enforcing, which does, or permissive."))
    return found


def host_names(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        name = host_name(inputs, look)
        addresses = [text for text in listed(machine_of(look).get("hosts_file")) if is_address(text)]
        if name and (len(name) > 63 or not NAME.fullmatch(name.lower())):
            found.append(warning(look.host, "HostName", f"its host name {name!r} is none of RFC 1123; names of Pods and logs show it",
                                 "Use letters, digits, '-' and '.': hostnamectl hostname NAME."))
        if addresses and all(ipaddress.ip_address(text).is_loopback for text in addresses) and _unmanaged(inputs, look):
            found.append(warning(look.host, "HostName", f"/etc/hosts has {', '.join(addresses)} only for its host name {name}",
                                 "Let the role prereqs manage /etc/hosts (prereqs_hosts_enabled), or write its address there."))
    return found


def _unmanaged(inputs: Inputs, look: Seen) -> bool:
    return str(_prereqs(inputs, look, "hosts_enabled", True)).lower() in ("false", "no", "0", "off") and not is_member(look)


JUDGES = (distributions, architectures, swap, firewalls, selinux, host_names)
