# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each Kubernetes minor: the one place where version facts are looked up. Private to the collection."""

import re
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

OLDEST, NEWEST = 17, 37
NEWEST_PATCH = 10000  # of a minor that is asked for without a patch
# The API by the first minor that is given documents of it.
CONFIG_API = {17: "v1beta2", 22: "v1beta3", 31: "v1beta4"}
PAUSE = {17: "3.1", 18: "3.2", 21: "3.4.1", 22: "3.5", 23: "3.6", 24: "3.7", 25: "3.8", 26: "3.9", 31: "3.10", 34: "3.10.1", 36: "3.10.2"}
# Patches of these minors that already asked the new registry; every minor from 1.25 on does.
NEW_REGISTRY_PATCH = {22: 17, 23: 15, 24: 9}
CONTROL_PLANE_TAINTS = {17: ["master"], 24: ["master", "control-plane"], 25: ["control-plane"]}
CONTROL_PLANE_LABELS = {17: ["master"], 20: ["master", "control-plane"], 24: ["control-plane"]}
# Programs that kubeadm's preflight asks for as an error or warning, by the last minor that asks.
HOST_PACKAGES = {"conntrack": 31, "socat": 31, "ebtables": 31, "ethtool": 32}


class Version(NamedTuple):
    """Kubernetes x.y.z."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return "{0}.{1}.{2}".format(*self)


def version(text: Any) -> Version:
    """x.y.z; anything else is an error that says what to write."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)\Z", str(text or ""))
    if not match:
        raise KubewrightError("kube_version is {0!r}; it must be a whole version in quotes, x.y.z, for example '1.31.2'".format(text))
    found = Version(*(int(part) for part in match.groups()))
    if found.major != 1 or found.minor < OLDEST:
        raise KubewrightError("Kubernetes {0} is older than 1.{1}, the oldest that Kubewright knows".format(found, OLDEST))
    return found


def at(table: Dict[int, Any], minor: int) -> Any:
    """The row that holds for a minor: the last one that begins at it or before."""
    return table[max(first for first in table if first <= minor)]


KUBEADM_GATES = {  # the minors that know the gate; any other name is an error of kubeadm
    "ControlPlaneKubeletLocalMode": (31, 35), "EtcdLearnerMode": (27, 32), "IPv6DualStack": (17, 23), "NodeLocalCRISocket": (32, 36),
    "PublicKeysECDSA": (19, 36), "RootlessControlPlane": (22, NEWEST), "UnversionedKubeletConfigMap": (23, 25),
    "UpgradeAddonsBeforeControlPlane": (28, 30), "WaitForAllControlPlaneComponents": (30, 34),
}
# Flags that the kubelet refuses to start with, by the first minor without them.
KUBELET_FLAGS_REMOVED = {
    22: ["chaos-chance"],
    24: ["cni-bin-dir", "cni-cache-dir", "cni-conf-dir", "docker-endpoint", "experimental-check-node-capabilities-before-mount",
         "experimental-dockershim-root-directory", "image-pull-progress-deadline", "network-plugin", "network-plugin-mtu", "non-masquerade-cidr"],
    25: ["experimental-kernel-memcg-notification"],
    27: ["container-runtime", "master-service-namespace"],
    31: ["iptables-drop-bit", "iptables-masquerade-bit", "keep-terminated-pod-volumes"],
    32: ["runonce"],
    34: ["cloud-config", "register-schedulable"],
    35: ["pod-infra-container-image"],
    37: ["application-metrics-count-limit", "boot-id-file", "container-hints", "containerd", "containerd-namespace", "enable-load-reader",
         "event-storage-age-limit", "event-storage-event-limit", "global-housekeeping-interval", "log-cadvisor-usage", "machine-id-file",
         "storage-driver-buffer-duration", "storage-driver-db", "storage-driver-host", "storage-driver-password", "storage-driver-secure",
         "storage-driver-table", "storage-driver-user"],
}

FACTS: Dict[str, Dict[Tuple[int, int], Any]] = {
    "config_api": {(minor, 0): "kubeadm.k8s.io/" + name for minor, name in CONFIG_API.items()},
    "encryption_algorithms": {  # of certificates, as the configuration documents name them
        (17, 0): ["RSA-2048"],
        (19, 0): ["RSA-2048", "ECDSA-P256"],
        (31, 0): ["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256"],
        (34, 0): ["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"],
    },
    "kubelet_swap_behaviors": {(17, 0): [], (22, 0): ["LimitedSwap", "UnlimitedSwap"], (30, 0): ["NoSwap", "LimitedSwap"]},
    "pause_tag": {(minor, 0): tag for minor, tag in PAUSE.items()},
    "proxy_modes": {(17, 0): ["iptables", "ipvs", "userspace"], (26, 0): ["iptables", "ipvs"], (29, 0): ["iptables", "ipvs", "nftables"]},
}


def fact(name: str, release: Union[Version, int]) -> Any:
    """The value that holds for a release, or for the newest patch of a minor."""
    wanted = (release, NEWEST_PATCH) if isinstance(release, int) else release[1:]
    table = FACTS[name]
    return table[max(first for first in table if first <= wanted)]


def default_registry(release: Version) -> str:
    moved = release.minor >= 25 or release.patch >= NEW_REGISTRY_PATCH.get(release.minor, NEWEST_PATCH)
    return "registry.k8s.io" if moved else "k8s.gcr.io"


def facts(text: Any, registry: Optional[str] = None) -> Dict[str, Any]:
    """The facts that roles and templates ask for. Newer minors than known behave as the newest."""
    release = version(text)
    registry = registry or default_registry(release)
    prefix = "node-role.kubernetes.io/"
    return {
        "version": str(release),
        "minor": release.minor,
        "config_api": fact("config_api", release),
        "image_registry": registry,
        "pause_image": "{0}/pause:{1}".format(registry, fact("pause_tag", release)),
        "control_plane_taints": ["{0}{1}:NoSchedule".format(prefix, name) for name in at(CONTROL_PLANE_TAINTS, release.minor)],
        "control_plane_labels": [prefix + name for name in at(CONTROL_PLANE_LABELS, release.minor)],
        "host_packages": [name for name, last in HOST_PACKAGES.items() if release.minor <= last],
        "known": release.minor <= NEWEST,
    }


def newest_known() -> str:
    return "1.{0}".format(NEWEST)
