# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine is one that Kubernetes can run on. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    ignores,
    is_member,
    release_of,
    setting,
    warning,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.swap import CGROUP_V2_ONLY

CONTROL_PLANE_MB, CONTROL_PLANE_CPUS = 1700, 2  # kubeadm's own
# kubelet, runtime, kube-proxy and a pod network take about half of it, before any workload.
WORKER_MB = 1000
MEM_CHECK_MINOR = 20


def memory(inputs: Inputs) -> list[Located]:
    """kubeadm asks it of a control plane from 1.20 on, and those before need no less. What runs already has proved itself."""
    found = []
    for look in inputs.looks:
        size, release = (look.node.get("host") or {}).get("memory_mb") or 0, release_of(inputs, look.host)
        if not size or is_member(look):
            continue
        remedy = "Give the machine more memory."
        if look.control_plane and size < CONTROL_PLANE_MB:
            lenient = ignores(inputs, look, "Mem") or (release is not None and release.minor < MEM_CHECK_MINOR)
            message = f"{size} MiB of memory, and a control plane needs {CONTROL_PLANE_MB}"
            found.append((warning if lenient else error)(look.host, "Memory", message, f"{remedy} To try it as it is: waive this, and "
                                                                                       "kube_ignore_preflight_errors: [Mem]."))
        elif size < WORKER_MB:
            found.append(warning(look.host, "Memory", f"{size} MiB of memory leave hardly any for workloads; {WORKER_MB} are a beginning", remedy))
    return found


def processors(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        cpus = (look.node.get("host") or {}).get("cpus") or 0
        if look.control_plane and 0 < cpus < CONTROL_PLANE_CPUS and not is_member(look):
            say = warning if ignores(inputs, look, "NumCPU") else error
            found.append(say(look.host, "Cpus", f"{cpus} processor, and a control plane needs {CONTROL_PLANE_CPUS}",
                             "Give the machine one more. To try it as it is: waive this, and kube_ignore_preflight_errors: [NumCPU]."))
    return found


def swap(inputs: Inputs) -> list[Located]:
    """The kubelet limits a pod's swap by cgroup v2, and by nothing else."""
    return [error(look.host, "SwapCgroup", f"kube_swap_behavior is {CGROUP_V2_ONLY}, which needs cgroup v2; this machine has v1",
                  "Boot with systemd.unified_cgroup_hierarchy=1, or leave the behaviour out, or turn swap off.")
            for look in inputs.looks
            if setting(inputs, look, "swap_behavior") == CGROUP_V2_ONLY and (look.node.get("host") or {}).get("cgroup_version") == 1]


JUDGES = (memory, processors, swap)
