# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each Kubernetes minor, as data: the one place for version facts. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

OLDEST, NEWEST = 17, 37
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
        return f"{self.major}.{self.minor}.{self.patch}"


def version(text: Any) -> Version:
    """x.y.z; anything else is an error that says what to write."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", str(text or ""))
    if not match:
        raise KubewrightError(f"kube_version is {text!r}; it must be a whole version in quotes, x.y.z, for example '1.31.2'")
    found = Version(*(int(part) for part in match.groups()))
    if found.major != 1 or found.minor < OLDEST:
        raise KubewrightError(f"Kubernetes {found} is older than 1.{OLDEST}, the oldest that Kubewright knows")
    return found


def at(table: dict[int, Any], minor: int) -> Any:
    """The row that holds for a minor: the last one that begins at it or before."""
    return table[max(first for first in table if first <= minor)]


def default_registry(release: Version) -> str:
    moved = release.minor >= 25 or release.patch >= NEW_REGISTRY_PATCH.get(release.minor, 10_000)
    return "registry.k8s.io" if moved else "k8s.gcr.io"


def facts(text: Any, registry: str | None = None) -> dict[str, Any]:
    """The facts that roles and templates ask for. Newer minors than known behave as the newest."""
    release = version(text)
    registry = registry or default_registry(release)
    prefix = "node-role.kubernetes.io/"
    return {
        "version": str(release),
        "minor": release.minor,
        "config_api": f"kubeadm.k8s.io/{at(CONFIG_API, release.minor)}",
        "image_registry": registry,
        "pause_image": f"{registry}/pause:{at(PAUSE, release.minor)}",
        "control_plane_taints": [f"{prefix}{name}:NoSchedule" for name in at(CONTROL_PLANE_TAINTS, release.minor)],
        "control_plane_labels": [prefix + name for name in at(CONTROL_PLANE_LABELS, release.minor)],
        "host_packages": [name for name, last in HOST_PACKAGES.items() if release.minor <= last],
        "known": release.minor <= NEWEST,
    }


def newest_known() -> str:
    return f"1.{NEWEST}"
