# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine is, whatever Kubernetes is on it: identity, size, kernel, disks, networks, remains. Reads only. Private to the collection."""

import hashlib
import os
import pwd
import re
import socket
import stat
import struct
import time
import zlib
from typing import Any, Dict, List, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _selinux as selinux
from ansible_collections.kubewright.cluster.plugins.module_utils._addresses import addresses
from ansible_collections.kubewright.cluster.plugins.module_utils._api_server_files import AUDIT_POLICY
from ansible_collections.kubewright.cluster.plugins.module_utils._cgroup_driver import here as drivers
from ansible_collections.kubewright.cluster.plugins.module_utils._machine_sockets import listeners, read
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import CRI_SOCKETS, ETCD_DATA, KUBELET_FLAGS, RUNTIME_NOTE, cri_socket
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import APISERVER_MANIFEST, KUBELET_CONFIG

NETWORKS = "/sys/class/net"
# Folders that grow, each of which may have a file system of its own.
FOLDERS = ("/var/lib/kubelet", "/var/lib/containerd", "/var/lib/docker", "/var/lib/etcd", "/var/log")
PACKAGE_MANAGERS = ("/usr/bin/apt-get", "/usr/bin/dnf", "/usr/bin/yum")
# Of the kernel's configuration, what kubeadm's SystemVerification requires, and what kube-proxy's modes need.
KERNEL_OPTIONS = (
    "NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "CGROUPS", "CGROUP_BPF", "CGROUP_CPUACCT", "CGROUP_DEVICE", "CGROUP_FREEZER", "CGROUP_PIDS",
    "CGROUP_SCHED", "CPUSETS", "MEMCG", "INET", "EXT4_FS", "PROC_FS", "FAIR_GROUP_SCHED", "OVERLAY_FS", "BRIDGE_NETFILTER", "IP_VS", "NF_TABLES",
    "NETFILTER_XT_TARGET_REDIRECT", "NETFILTER_XT_MATCH_COMMENT",
)
# An option that counts as another one, on older kernels.
KERNEL_ALIASES = {"IP_NF_TARGET_REDIRECT": "NETFILTER_XT_TARGET_REDIRECT"}
CNI_CONFIGS = "/etc/cni/net.d"
MANIFESTS = "/etc/kubernetes/manifests"


def machine(member: bool) -> Dict[str, Any]:
    """What a machine is judged by before anything is done to it. A member of a cluster has the ports and remains that it needs."""
    found = {
        "clock": time.time(),
        "os": operating_system(),
        "architecture": os.uname().machine,
        "container": container(),
        "systemd": os.path.isdir("/run/systemd/system"),
        "package_managers": [os.path.basename(path) for path in PACKAGE_MANAGERS if os.path.exists(path)],
        "macs": macs(),
        "addresses": addresses(),
        "networks": routes(),
        "disks": disks(),
        "swaps": [line.split()[0] for line in read("/proc/swaps").splitlines()[1:]],
        "cgroup_controllers": controllers(),
        "selinux": {"enforcing": selinux.live() == "enforcing", "container_policy": selinux.has_container_policy()},
        "api_version": api_version(),
        "hosts_file": hosts_file(socket.gethostname()),
        "runtime_sockets": [path for path in CRI_SOCKETS if os.path.exists(path)],
        "cni_configs": names_in(CNI_CONFIGS),
    }
    if member:
        return dict(found, cgroup_drivers=drivers(cri_socket()).as_dict(), runtime_switch=os.path.exists(RUNTIME_NOTE), settings=settings())
    return dict(found, listeners=listeners(), kernel_config=kernel_config(), remains=remains())


def settings() -> Dict[str, str]:
    """Of a member, the texts that its kubelet was started with, and what tells its audit policy from another."""
    policy = read(AUDIT_POLICY)
    return {"kubelet": read(KUBELET_CONFIG), "kubelet_flags": read(KUBELET_FLAGS),
            "audit_policy": hashlib.sha256(policy.encode("utf-8")).hexdigest() if policy else ""}


def remains() -> Dict[str, List[str]]:
    """What may be of an earlier cluster."""
    return {
        "interfaces": names_in(NETWORKS),
        "cni_configs": names_in(CNI_CONFIGS),
        "static_pods": [name for name in names_in(MANIFESTS) if name.endswith((".yaml", ".yml", ".json"))],
        "etcd": names_in(ETCD_DATA),
    }


def names_in(folder: str) -> List[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def operating_system() -> Dict[str, str]:
    pairs = re.findall(r"^(ID|ID_LIKE|VERSION_ID|PRETTY_NAME)=[\"']?([^\"'\n]*)", read("/etc/os-release"), re.MULTILINE)
    found = {key.lower(): value for key, value in pairs}
    return {"id": found.get("id", ""), "like": found.get("id_like", ""), "version": found.get("version_id", ""), "name": found.get("pretty_name", "")}


def container() -> str:
    """The kind of container that this machine is; empty for a machine or a virtual one. systemd writes it down, and a runtime tells its first process."""
    told = re.search(r"(?:^|\0)container=([^\0]+)", read("/proc/1/environ"))
    return read("/run/systemd/container").strip() or (told.group(1) if told else "")


def macs() -> Dict[str, str]:
    """Of hardware, real or virtual; bridges and tunnels have none of their own."""
    found = {name: read("{0}/{1}/address".format(NETWORKS, name)).strip().lower()
             for name in names_in(NETWORKS) if os.path.exists("{0}/{1}/device".format(NETWORKS, name))}
    return {name: address for name, address in found.items() if address.strip("0:")}


def routes() -> List[Dict[str, Any]]:
    """Networks that this machine reaches, and whether by way of another machine; default routes, link-local and multicast left out."""
    found = []
    for line in read("/proc/net/route").splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and int(words[7], 16):
            found.append(_route(words[0], _inet(words[1]), bin(int(words[7], 16)).count("1"), int(words[2], 16)))
    for line in read("/proc/net/ipv6_route").splitlines():
        words = line.split()
        if len(words) > 9 and 0 < int(words[1], 16) < 128 and words[9] != "lo" and not words[0].startswith(("fe8", "ff")):
            found.append(_route(words[9], socket.inet_ntop(socket.AF_INET6, bytes.fromhex(words[0])), int(words[1], 16), int(words[4], 16)))
    return found


def _route(interface: str, address: str, length: int, gateway: int) -> Dict[str, Any]:
    return {"interface": interface, "network": "{0}/{1}".format(address, length), "routed": bool(gateway)}


def _inet(text: str) -> str:
    return socket.inet_ntoa(struct.pack("=I", int(text, 16)))


def disks() -> Dict[str, Dict[str, int]]:
    """Of each folder the file system that holds it or would hold it; the same device is the same file system. Inodes are 0 where it counts none."""
    found = {}
    for folder in FOLDERS:
        path = folder
        while not os.path.isdir(path):
            path = os.path.dirname(path)
        told = os.statvfs(path)
        found[folder] = {"device": os.stat(path).st_dev, "size_mb": told.f_blocks * told.f_frsize >> 20, "free_mb": told.f_bavail * told.f_frsize >> 20,
                         "inodes": told.f_files, "inodes_free": told.f_ffree}
    return found


def controllers() -> List[str]:
    """Those of cgroup v2 where that is mounted, else those that the kernel has enabled."""
    unified = read("/sys/fs/cgroup/cgroup.controllers").split()
    rows = [line.split() for line in read("/proc/cgroups").splitlines() if not line.startswith("#")]
    return sorted(unified or [row[0] for row in rows if len(row) == 4 and row[3] == "1"])


def kernel_config() -> Dict[str, Any]:
    """Which of the options the kernel was built without; `source` is empty where its configuration is not on the machine."""
    path = "/boot/config-" + os.uname().release
    text = read(path)
    if not text and os.path.exists("/proc/config.gz"):
        path, text = "/proc/config.gz", _unzipped("/proc/config.gz")
    built = {KERNEL_ALIASES.get(name, name) for name in re.findall(r"^CONFIG_(\w+)=[ym]", text, re.MULTILINE)}
    return {"source": path if text else "", "absent": [name for name in KERNEL_OPTIONS if name not in built] if text else []}


def _unzipped(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return zlib.decompress(stream.read(), zlib.MAX_WBITS | 16).decode("ascii", "replace")
    except (OSError, zlib.error):
        return ""


def api_version() -> str:
    """Of the API server that this machine's kubelet is told to run; empty where there is none."""
    match = re.search(r"image:\s*\S*kube-apiserver\S*:v(\d+\.\d+\.\d+)", read(APISERVER_MANIFEST))
    return match.group(1) if match else ""


def accounts(names: Sequence[str]) -> List[str]:
    """Those that are there, also where a directory service knows them."""
    found = []
    for name in names:
        try:
            found.append(pwd.getpwnam(name).pw_name)
        except KeyError:
            continue
    return found


def kind(path: str) -> str:
    """As a volume of Kubernetes names it; empty where nothing is."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return ""
    kinds = ((stat.S_ISREG, "File"), (stat.S_ISDIR, "Directory"), (stat.S_ISSOCK, "Socket"), (stat.S_ISCHR, "CharDevice"), (stat.S_ISBLK, "BlockDevice"))
    return next((name for test, name in kinds if test(mode)), "other")


def resolved(name: str) -> List[str]:
    """The addresses that a name leads to, by whatever this machine asks."""
    try:
        return sorted({str(row[4][0]) for row in socket.getaddrinfo(name, None)})
    except (OSError, UnicodeError):  # gaierror is an OSError
        return []


def hosts_file(name: str) -> List[str]:
    """The addresses that /etc/hosts has for a name."""
    rows = [line.split("#")[0].split() for line in read("/etc/hosts").splitlines()]
    return [row[0] for row in rows if name in row[1:]]
