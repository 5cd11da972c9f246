# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine's system is one that the roles know, and is set up as they will find it. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    is_member,
    listed,
    machine_of,
    setting,
    warning,
)

FAMILIES = {"debian", "ubuntu", "rhel", "fedora", "centos"}
ARCHITECTURES = {"x86_64", "aarch64"}
BUILT_FOR = {"ppc64le", "s390x"}  # Kubernetes is; Kubewright was never run there
# As the kernel has it: host names may be in capitals, Nodes are not.
HOST_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


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
    """Turned off by the role prereqs, unless it is to be kept."""
    found = []
    for look in inputs.looks:
        devices, configuration = machine_of(look).get("swaps") or [], setting(inputs, look, "kubelet_configuration", {})
        permitted = isinstance(configuration, Mapping) and str(configuration.get("failSwapOn")).lower() == "false"
        if devices and str(_prereqs(inputs, look, "swap", "off")) == "keep" and not permitted and not is_member(look):
            found.append(warning(look.host, "Swap", f"swap is on ({', '.join(devices)}) and is to be kept, and the kubelet does not start beside it by itself",
                                 "Set kube_kubelet_configuration: {failSwapOn: false}, or let it be turned off."))
    return found


def host_names(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        name = str((look.node.get("host") or {}).get("hostname") or "")
        addresses = [text for text in listed(machine_of(look).get("hosts_file")) if _address(text)]
        if name and (len(name) > 63 or not HOST_NAME.fullmatch(name.lower())):
            found.append(warning(look.host, "HostName", f"its host name {name!r} is none of RFC 1123; names of Pods and logs show it",
                                 "Use letters, digits, '-' and '.': hostnamectl hostname NAME."))
        if addresses and all(ipaddress.ip_address(text).is_loopback for text in addresses) and _unmanaged(inputs, look):
            found.append(warning(look.host, "HostName", f"/etc/hosts has {', '.join(addresses)} only for its host name {name}",
                                 "Let the role prereqs manage /etc/hosts (prereqs_hosts_enabled), or write its address there."))
    return found


def _unmanaged(inputs: Inputs, look: Seen) -> bool:
    return str(_prereqs(inputs, look, "hosts_enabled", True)).lower() in ("false", "no", "0", "off") and not is_member(look)


def _address(text: Any) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


JUDGES = (distributions, architectures, swap, host_names)
