# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each flannel release: its images, and since when it has what. The one place of flannel's version facts. Pure. Private to the collection.

Source: the tags of flannel-io/flannel, v0.11.0 to v0.28.9: Documentation/kube-flannel.yml, main.go, pkg/backend.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

OLDEST = (0, 11, 0)


class Release(NamedTuple):
    """flannel x.y.z."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


# Release from which on a thing is so; a second one, before which it was.
SINCE: dict[str, tuple[tuple[int, int, int], tuple[int, int, int] | None]] = {
    "cni_version": ((0, 12, 0), None),
    "pod_security_policy": ((0, 12, 0), (0, 19, 0)),
    "unprivileged": ((0, 12, 0), None),
    "one_for_all_architectures": ((0, 13, 0), None),  # one DaemonSet, and images without the architecture in their tag
    "raw_sockets": ((0, 13, 0), None),
    "ipv6": ((0, 15, 0), None),
    "plugin_image": ((0, 15, 0), None),  # before, /opt/cni/bin/flannel came with the reference plugins (up to their 0.9)
    "wireguard": ((0, 16, 0), None),
    "xtables_lock": ((0, 16, 2), None),
    "event_queue_depth": ((0, 18, 0), None),
    "iface_can_reach": ((0, 18, 0), None),
    "own_namespace": ((0, 19, 0), None),
    "gets_nodes": ((0, 20, 2), None),
    "cluster_cidrs": ((0, 21, 0), (0, 25, 0)),
    "no_limits": ((0, 21, 0), None),
    "backend_mtu": ((0, 21, 3), None),
    "k8s_app_label": ((0, 21, 5), None),
    "nftables": ((0, 25, 0), None),
    "cache_not_ready": ((0, 27, 1), None),
    "install_conf": ((0, 28, 6), None),
    "health_port": ((0, 28, 9), None),
}
IMAGES: tuple[tuple[tuple[int, int, int], str], ...] = (
    ((0, 11, 0), "quay.io/coreos/flannel"),
    ((0, 16, 2), "docker.io/rancher/mirrored-flannelcni-flannel"),
    ((0, 21, 0), "docker.io/flannel/flannel"),
    ((0, 26, 4), "ghcr.io/flannel-io/flannel"),
)
PLUGIN_IMAGES: tuple[tuple[tuple[int, int, int], str], ...] = (
    ((0, 15, 0), "docker.io/rancher/mirrored-flannelcni-flannel-cni-plugin"),
    ((0, 21, 0), "docker.io/flannel/flannel-cni-plugin"),
    ((0, 26, 4), "ghcr.io/flannel-io/flannel-cni-plugin"),
)
PLUGIN_TAGS: tuple[tuple[tuple[int, int, int], str], ...] = (
    ((0, 15, 0), "v1.0.0"), ((0, 16, 2), "v1.0.1"), ((0, 18, 0), "v1.1.0"), ((0, 21, 0), "v1.1.2"), ((0, 22, 1), "v1.2.0"), ((0, 24, 2), "v1.4.0-flannel1"),
    ((0, 25, 2), "v1.4.1-flannel1"), ((0, 25, 5), "v1.5.1-flannel1"), ((0, 25, 6), "v1.5.1-flannel2"), ((0, 26, 2), "v1.6.0-flannel1"),
    ((0, 26, 4), "v1.6.2-flannel1"), ((0, 27, 0), "v1.7.1-flannel1"), ((0, 27, 4), "v1.8.0-flannel1"), ((0, 28, 1), "v1.9.0-flannel1"),
    ((0, 28, 3), "v1.9.1-flannel1"), ((0, 28, 6), "v1.9.1-flannel2"), ((0, 28, 9), "v1.9.1-flannel3"),
)
# Kubernetes' minor from which on a release is taken where none is named: each talks to the API server through a client that is not older than it
# (client-go of 0.20.2: 1.25; of 0.25.7: 1.28; of 0.28.9: 1.33), and uses nothing of the API that the older servers lack.
DEFAULTS: tuple[tuple[int, str], ...] = ((17, "0.20.2"), (23, "0.25.7"), (29, "0.28.9"))
# Names of flannel's images, by what they hold: the last part of the repository's name, or its end, as in mirrored-flannelcni-flannel.
NAMES = {"flannel": "flannel", "plugin": "flannel-cni-plugin"}
ARCHITECTURES = ("amd64", "arm64", "arm", "ppc64le", "s390x")


def release(text: Any) -> Release:
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)\Z", str(text or ""))
    if not match:
        raise KubewrightError(f"the version of flannel is {text!r}; write it as x.y.z, for example '0.25.7' (cni_flannel_version)")
    found = Release(*(int(part) for part in match.groups()))
    if found < OLDEST:
        raise KubewrightError(f"flannel {found} is older than {Release(*OLDEST)}, the oldest that Kubewright has objects for (cni_flannel_version)")
    return found


def release_or_none(text: str) -> Release | None:
    try:
        return release(text)
    except KubewrightError:
        return None


def has(what: str, of: Release) -> bool:
    first, end = SINCE[what]
    return of >= first and (end is None or of < end)


def first_with(what: str) -> Release:
    return Release(*SINCE[what][0])


def default_for(kubernetes_minor: int) -> Release:
    return release(_last(DEFAULTS, kubernetes_minor) or DEFAULTS[0][1])


def image(of: Release) -> str:
    return f"{_last(IMAGES, of)}:v{of}"


def plugin_image(of: Release) -> str:
    """Empty for a release that brings no plugin."""
    name = _last(PLUGIN_IMAGES, of)
    return f"{name}:{_last(PLUGIN_TAGS, of)}" if name else ""


def _last(rows: Sequence[tuple[Any, str]], wanted: Any) -> str:
    """That of the last row which begins at what is wanted or before."""
    fitting = [value for first, value in rows if first <= wanted]
    return fitting[-1] if fitting else ""
