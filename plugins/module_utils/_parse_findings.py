# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's preflight warnings and errors, read, and what to do about them. Pure. Private to the collection."""

import re
from typing import List, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding

_FINDING = re.compile(r"\s*\[(WARNING|ERROR) ([^\]]+)\]: ?(.*)\Z")
# What ends a message that runs over several lines: the next thing that kubeadm itself says.
_END = re.compile(r"\[[a-z][a-z0-9/-]*\] |[IWEF][0-9]{4}\s+[0-9:.]+\s|error: |error execution phase |To see the stack trace |\{\"level\":")


def findings(text: str) -> List[Finding]:
    """Every finding of a standard error. A message is kept whole: its further lines are indented, or what a program printed, put in as it was."""
    found: List[Tuple[str, str, List[str]]] = []
    is_open = False
    for line in text.splitlines():
        match = _FINDING.match(line)
        if match:
            found.append((match.group(2), match.group(1).lower(), [match.group(3).strip()]))
            is_open = True
        elif _END.match(line):
            is_open = False
        elif is_open and line.strip() and _continues(line, found[-1][1]):
            found[-1][2].append(line.strip())
    return [Finding(name, level, " ".join(part for part in lines if part), remedy(name)) for name, level, lines in found]


def _continues(line: str, level: str) -> bool:
    """After a warning anything may follow, so only what cannot be a line of its own belongs to it; errors are one block."""
    return level == "error" or line.startswith((" ", "\t", ","))


# First match wins: the check's id (a prefix of it, in any case) and what a person does about it on the host.
_REMEDIES = (
    ("IsPrivilegedUser", "Run as root: set become."),
    ("NumCPU", "Give the machine at least 2 CPUs; kubeadm asks for them on a control plane."),
    ("Mem", "Give the machine at least 1700 MB of memory; kubeadm asks for them on a control plane."),
    ("KubernetesVersion", "Install a kubeadm that is as new as the cluster: set kube_version, and let the kube_packages role install it."),
    ("KubeletVersion", "Install the kubelet of the cluster's version, as the kube_packages role does."),
    ("Firewalld", "Open 6443 and 10250 in firewalld, and what the network needs, or turn firewalld off: reloading it also drops Kubernetes' own rules."),
    ("Port-", "Another program listens there: `ss -ltnp` names it. Stop it, or reset this node if it belonged to a cluster."),
    ("FileAvailable--etc-kubernetes", "Leftovers of an earlier cluster: `kubeadm reset` on this host, if nothing in it is needed."),
    ("FileAvailable-", "The file must not be there: move it out of the way, if nothing needs it."),
    ("DirAvailable--var-lib-etcd", "There is etcd data on this host. Keep a copy before removing it: it may be a cluster's only one."),
    ("DirAvailable-", "The directory must be empty: move what is in it out of the way."),
    ("FileContent--proc-sys-net-bridge", "Load br_netfilter and set the sysctl to 1, as the prereqs role does."),
    ("FileContent--proc-sys-net-ipv4-ip_forward", "Set net.ipv4.ip_forward to 1, as the prereqs role does."),
    ("FileContent--proc-sys-net-ipv6", "Set net.ipv6.conf.all.forwarding and net.ipv6.conf.default.forwarding to 1, with prereqs_sysctls."),
    ("FileContent-", "Set the kernel's setting to the value that the message names, with prereqs_sysctls."),
    ("FileExisting-crictl", "Install crictl (package cri-tools), as the kube_packages role does."),
    ("FileExisting-conntrack", "Install conntrack (package conntrack or conntrack-tools), as the prereqs role does."),
    ("FileExisting-", "Install the program that the check names, as the prereqs role does, and see that it is in root's PATH."),
    ("HTTPProxyCIDR", "Pods and services would be reached by way of the proxy: add the pod and the service network to no_proxy."),
    ("HTTPProxy", "The API server would be reached by way of the proxy: add its address and the control plane's endpoint to no_proxy."),
    ("CRI", "The container runtime does not answer on its socket: `systemctl status containerd`, and see that its CRI plugin is enabled."),
    ("ContainerRuntimeVersion", "Plan a newer container runtime (containerd 2.0 or later): a coming Kubernetes does without this one."),
    ("IsDockerSystemdCheck", "Let Docker use the cgroup driver systemd (native.cgroupdriver in /etc/docker/daemon.json), like the kubelet."),
    ("Service-Docker", "Start and enable Docker: `systemctl enable --now docker`."),
    ("Service-Kubelet", "Enable the kubelet, or it does not come back after a reboot: `systemctl enable kubelet`."),
    ("Service-", "Start and enable the service that the check names, with `systemctl enable --now`."),
    ("Swap", "Turn swap off and comment it out in /etc/fstab, as the prereqs role does."),
    ("SystemVerification", "The kernel or its cgroups do not fit this version of Kubernetes; see the message. From 1.35 on, cgroup v2 is needed."),
    ("Hostname", "Let the name resolve, as the prereqs role does with /etc/hosts; it must be lower case, without an underscore."),
    ("ImagePull", "The image cannot be pulled: check the registry, or use kube_image_registry or a bundle."),
    ("ExternalEtcdVersion", "Upgrade the etcd of its own machines first; the message names the version that is needed."),
    ("ExternalEtcdClientCertificates", "Copy the client certificate, key and CA of the external etcd to where the configuration says they are."),
    ("CreateJob", "A pod could not run to its end: it needs a Ready node without taint and the pause image. `kubectl get events -A` says more."),
    ("ControlPlaneNodesReady", "Bring the control planes back that are not Ready: `kubectl describe node` says why. An upgrade needs all of them."),
    ("StaticPodManifest", "A manifest of the control plane is missing in /etc/kubernetes/manifests: run site.yml, or bring it back from a backup."),
    ("CoreDNSUnsupportedPlugins", "Remove the plugins that the message names from the ConfigMap coredns in kube-system; the next CoreDNS does not have them."),
    ("CoreDNSMigration", "The Corefile cannot be carried over: look at the ConfigMap coredns in kube-system, and at the message."),
)


def remedy(check: str) -> str:
    """What to do on the host about one of kubeadm's checks."""
    for prefix, text in _REMEDIES:
        if check.lower().startswith(prefix.lower()):
            return text
    return "See the message; kubeadm's documentation describes the check."
