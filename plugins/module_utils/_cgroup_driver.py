# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cgroup driver of a machine's kubelet and of its runtime, and that it is not changed below pods. Private to the collection.

Files are read, nothing is asked: a runtime that is down still has the driver that its pods were made with.
"""

import os
import re
from typing import Dict, NamedTuple, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONF, KUBELET_CONFIG

# The administrator's own flags are the last on the command line, so they win.
KUBELET_FLAGS = ("/etc/default/kubelet", "/etc/sysconfig/kubelet", "/var/lib/kubelet/kubeadm-flags.env")
CONTAINERD_CONFIG, DOCKER_CONFIG = "/etc/containerd/config.toml", "/etc/docker/daemon.json"
PODS = "/var/lib/kubelet/pods"
WHY = "The cgroups of its pods were made for the other one, and pods would be left outside their limits"
REMEDY = "Replace the node: drain it, reset it (playbooks/reset.yml) and let it join again (site.yml); or ask for {0}"
_DOCKER = re.compile(r'"native\.cgroupdriver=(\w+)"')


class Drivers(NamedTuple):
    """systemd or cgroupfs; empty where no file says so."""

    kubelet: str
    runtime: str

    def as_dict(self) -> Dict[str, str]:
        return dict(self._asdict())


def of_kubelet(configuration: str, flags: Sequence[str] = ()) -> str:
    """By its configuration and its command line, which wins."""
    told = [found[-1] for found in (re.findall(r"--cgroup-driver[= ]\"?(\w+)", _without_comments(text)) for text in flags) if found]
    told += re.findall(r"^cgroupDriver: *[\"']?(\w+)", configuration, re.MULTILINE)
    return told[0] if told else ""


def of_containerd(text: str) -> str:
    """Of its configuration in any version; cgroupfs where that says nothing."""
    told = re.findall(r"^\s*(?:SystemdCgroup|systemd_cgroup)\s*=\s*(true|false)", text, re.MULTILINE)
    return "systemd" if "true" in told else "cgroupfs"


def of_docker(text: str) -> str:
    """Of its daemon.json; empty where that says nothing, since the command line may, and the version of the cgroups decides otherwise."""
    told = _DOCKER.findall(text)
    return told[-1] if told else ""


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def refuse_containerd(socket: str, systemd: bool) -> None:
    """containerd of a node that uses it, or is about to, has the driver of its kubelet, and keeps the one that it has."""
    found, wanted = here(socket), "systemd" if systemd else "cgroupfs"
    told = refusal("The kubelet", found.kubelet, wanted) or ("containerd" in socket and refusal("containerd", found.runtime, wanted))
    if told:
        raise KubewrightError(told)


def here(socket: str) -> Drivers:
    """Of this machine. socket: that of the runtime which its kubelet uses."""
    kubelet = of_kubelet(read(KUBELET_CONFIG), [read(path) for path in KUBELET_FLAGS])
    if "containerd" in socket:
        return Drivers(kubelet, of_containerd(read(CONTAINERD_CONFIG)))
    return Drivers(kubelet, of_docker(read(DOCKER_CONFIG)) if "docker" in socket else "")


def why_kept(pods: Sequence[str] = ()) -> str:
    """Why the driver of this machine must stay, empty where it may be changed. pods: those that somebody saw running."""
    if pods:
        return "runs pods ({0})".format(", ".join(list(pods)[:5]))
    if os.path.exists(KUBELET_CONF):
        return "is a node of a cluster ({0} is there)".format(KUBELET_CONF)
    return "has pods ({0} is not empty)".format(PODS) if os.path.isdir(PODS) and os.listdir(PODS) else ""


def refusal(runtime: str, there: str, wanted: str, pods: Sequence[str] = ()) -> str:
    """The sentence that forbids the change; empty where nothing is changed, or nothing hangs on it."""
    if not there or not wanted or there == wanted:
        return ""
    why = why_kept(pods)
    return why and "{0} uses the cgroup driver {1} on this machine, which {2}; {3} is asked for. Nothing was changed. {4}. {5}.".format(
        runtime, there, why, wanted, WHY, REMEDY.format(there))
