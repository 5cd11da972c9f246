# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier cluster left on a machine that is none of one. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._leftovers import OWN_INTERFACE
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, machine_of, setting, warning

RESET = "If nothing of it is needed: playbooks/reset.yml with this machine."
STATIC_PODS = tuple(f"{name}.yaml" for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"))
# What each pod network writes for the runtime, which takes the first by name.
CNI_FILES = {"bridge": "10-kubewright-bridge.conflist", "flannel": "10-flannel.conflist", "calico": "10-calico.conflist"}
OF_CNIS = re.compile(r"kubewright|flannel|canal|calico|cilium|weave|kube-router|kindnet|antrea|multus|kube-ovn|ovn")
# Docker has containerd's socket of its own beside cri-dockerd's.
CONTAINERD = "/run/containerd/containerd.sock"
SOCKETS = {"containerd": {CONTAINERD}, "docker": {CONTAINERD, "/run/cri-dockerd.sock", "/var/run/dockershim.sock"}}


def leftovers(inputs: Inputs) -> list[Located]:
    """Nothing of a cluster is on a clean machine but these, which kubeadm, the kubelet or the pod network would stumble over."""
    found = []
    for look in inputs.looks:
        remains = machine_of(look).get("remains")
        if look.state == "clean" and remains:
            found += [*_etcd(look, remains), *_static_pods(look, remains), *_configs(inputs, look, remains), *_interfaces(look, remains), *_chains(look)]
    return found


def _etcd(look: Seen, remains: Mapping[str, Any]) -> list[Located]:
    names = [name for name in remains.get("etcd", []) if name != "lost+found"]
    if not names:
        return []
    say = error if look.control_plane else warning
    return [say(look.host, "Leftovers", "/var/lib/etcd is not empty: somebody's cluster may be in it",
                f"Save it if you may need it. {RESET} Or move it away by hand.")]


def _static_pods(look: Seen, remains: Mapping[str, Any]) -> list[Located]:
    names = remains.get("static_pods", [])
    own = [name for name in names if name in STATIC_PODS]
    others = [name for name in names if name not in STATIC_PODS]
    found = []
    if own:
        found.append(error(look.host, "Leftovers", f"/etc/kubernetes/manifests holds {', '.join(own)} of another cluster", RESET))
    if others:
        found.append(warning(look.host, "StaticPods", f"the kubelet will run {', '.join(others)} of /etc/kubernetes/manifests",
                             "Take the file away if it is not meant to run there."))
    return found


def _configs(inputs: Inputs, look: Seen, remains: Mapping[str, Any]) -> list[Located]:
    """One that comes before the chosen network's by name is taken instead of it; others of pod networks only confuse people."""
    own = CNI_FILES.get(str(setting(inputs, look, "cni", "bridge")), "")
    names = [name for name in remains.get("cni_configs", []) if name.endswith((".conf", ".conflist", ".json")) and name != own]
    first = [name for name in names if own and name < own]
    later = [name for name in names if name not in first and OF_CNIS.search(name)]
    found = []
    if first:
        found.append(error(look.host, "CniConfig", f"/etc/cni/net.d holds {', '.join(first)}, which the runtime takes instead of {own}",
                           f"Take it away. {RESET}"))
    if later:
        found.append(warning(look.host, "CniConfig", f"/etc/cni/net.d holds {', '.join(later)} of another pod network", f"Take it away. {RESET}"))
    return found


def _interfaces(look: Seen, remains: Mapping[str, Any]) -> list[Located]:
    names = [name for name in remains.get("interfaces", []) if OWN_INTERFACE.match(name)]
    if not names:
        return []
    return [warning(look.host, "Leftovers", f"network interfaces of an earlier pod network are there: {', '.join(names)}",
                    f"{RESET} A reboot, too, removes them.")]


def _chains(look: Seen) -> list[Located]:
    number = machine_of(look).get("chains") or 0
    if not number:
        return []
    return [warning(look.host, "Leftovers", "chains of Kubernetes or of a pod network are left in iptables", f"{RESET} A reboot, too, removes them.")]


def runtimes(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        wanted = str(setting(inputs, look, "runtime", "containerd"))
        others = [path for path in machine_of(look).get("runtime_sockets") or [] if path not in SOCKETS.get(wanted, ())]
        if others and wanted in SOCKETS and look.state == "clean":
            found.append(warning(look.host, "Runtimes", f"another container runtime answers at {', '.join(others)}",
                                 f"{wanted} will be used. Stop and disable the other, which takes memory and ports."))
    return found


JUDGES = (leftovers, runtimes)
