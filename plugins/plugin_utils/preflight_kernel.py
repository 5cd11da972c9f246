# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine's kernel is one for this version of Kubernetes. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    ignores,
    is_member,
    machine_of,
    release_of,
    setting,
    warning,
)

CHECK = "SystemVerification"
TO_TRY = f"To try it as it is: waive this, and kube_ignore_preflight_errors: [{CHECK}]."
# Options of the kernel that not every cluster needs, by the mode of kube-proxy that does.
MODE_OPTIONS = {"ipvs": "IP_VS", "nftables": "NF_TABLES"}
# The modules of kube-proxy's older modes are loaded by whoever needs them, and told then; overlay and br_netfilter by the role prereqs.
OWN_CHECKS = {"CGROUP_BPF", "OVERLAY_FS", "BRIDGE_NETFILTER", *MODE_OPTIONS.values()}
# Asked for on hosts with cgroup v1 alone, since kubeadm tells the two apart (system-validators 1.11).
V1_OPTIONS, V1_OPTIONS_APART = {"CGROUP_CPUACCT", "CGROUP_DEVICE", "CGROUP_FREEZER"}, 35
NFTABLES_KERNEL = (5, 13)  # kube-proxy's own
# The newest list of kubeadm begins here; what is between its entries (RHEL's 5.14) works.
OLDEST_TRIED = (5, 4)
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")


def _kernel(look: Seen) -> tuple[str, tuple[int, int]]:
    text = str((look.node.get("host") or {}).get("kernel") or "")
    match = re.match(r"(\d+)\.(\d+)", text)
    return text, (int(match[1]), int(match[2])) if match else (0, 0)


def version(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        release, (text, kernel) = release_of(inputs, look.host), _kernel(look)
        if release is None or not any(kernel):
            continue
        required = re.match(r"error below (\d+)\.(\d+)", str(releases.fact("kernel_version_check", release)))
        least = (int(required[1]), int(required[2])) if required else OLDEST_TRIED
        if kernel < least:
            say = error if required and not ignores(inputs, look, CHECK) else warning
            found.append(say(look.host, "Kernel", f"the kernel is {text}, and Kubernetes 1.{release.minor} asks for {least[0]}.{least[1]} or later",
                             f"Bring a newer kernel (a newer release of the system), or an older Kubernetes. {TO_TRY}"))
    return found


def options(inputs: Inputs) -> list[Located]:
    """What kubeadm's SystemVerification asks of the kernel's configuration, where that is on the machine."""
    found = []
    for look in inputs.looks:
        release, absent = release_of(inputs, look.host), set((machine_of(look).get("kernel_config") or {}).get("absent", []))
        if release is None:
            continue
        missing = absent - OWN_CHECKS - (V1_OPTIONS if release.minor >= V1_OPTIONS_APART and _cgroup(look) == 2 else set())
        asked = str(releases.fact("kernel_cgroup_bpf", release))
        if "CGROUP_BPF" in absent and asked.startswith("error") and ("v2" not in asked or _cgroup(look) == 2):
            missing.add("CGROUP_BPF")
        if missing:
            say = warning if ignores(inputs, look, CHECK) else error
            names = ", ".join(f"CONFIG_{name}" for name in sorted(missing))
            found.append(say(look.host, "KernelConfig", f"the kernel was built without {names}", f"Use a kernel of a distribution. {TO_TRY}"))
    return found


def proxy_mode(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        mode, (text, kernel) = str(setting(inputs, look, "proxy_mode", "iptables")), _kernel(look)
        absent = (machine_of(look).get("kernel_config") or {}).get("absent", [])
        if mode == "nftables" and (0, 0) < kernel < NFTABLES_KERNEL:
            told = f"the kernel is {text}, and kube-proxy's mode nftables asks for {NFTABLES_KERNEL[0]}.{NFTABLES_KERNEL[1]} or later"
        elif MODE_OPTIONS.get(mode) in absent:
            told = f"the kernel was built without CONFIG_{MODE_OPTIONS[mode]}, and kube-proxy's mode {mode} needs it"
        else:
            continue
        found.append(error(look.host, "ProxyMode", told, "Set kube_proxy_mode: iptables, or bring another kernel."))
    return found


def _cgroup(look: Seen) -> int:
    return int((look.node.get("host") or {}).get("cgroup_version") or 0)


def cgroups(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        release = release_of(inputs, look.host)
        if release is None or _cgroup(look) != 1:
            continue
        held = str(releases.fact("cgroup_v1", release))
        newest = "Boot with cgroup v2 (kernel argument systemd.unified_cgroup_hierarchy=1, or a newer release of the system)."
        if held == "refused" and not (_permits_v1(inputs, look) and ignores(inputs, look, CHECK)):
            found.append(error(look.host, "CgroupV1", f"it has cgroup v1, which Kubernetes 1.{release.minor} refuses",
                               f"{newest} Until then: kube_kubelet_configuration: {{failCgroupV1: false}} and kube_ignore_preflight_errors: [{CHECK}]."))
        elif held == "in maintenance" and not is_member(look):
            found.append(warning(look.host, "CgroupV1", f"it has cgroup v1, which Kubernetes 1.{release.minor} still takes and 1.35 refuses", newest))
    return found


def _permits_v1(inputs: Inputs, look: Seen) -> bool:
    configuration = setting(inputs, look, "kubelet_configuration", {})
    return isinstance(configuration, Mapping) and str(configuration.get("failCgroupV1")).lower() == "false"


def controllers(inputs: Inputs) -> list[Located]:
    """The kubelet does not start without them. Kernels of small boards have `memory` only on demand."""
    found = []
    for look in inputs.looks:
        there = machine_of(look).get("cgroup_controllers") or []
        missing = [name for name in CONTROLLERS if name not in there]
        if there and missing:
            found.append(error(look.host, "CgroupControllers", f"the kernel has no cgroup controller {', '.join(missing)}",
                               "Turn it on by a kernel argument, for memory: cgroup_enable=memory cgroup_memory=1, and reboot."))
    return found


JUDGES = (version, options, proxy_mode, cgroups, controllers)
