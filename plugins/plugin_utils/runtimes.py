# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container runtimes that kube_runtime names, and the socket by which the kubelet reaches each. Pure. Private to the collection."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

# What makes CRI of it; the first that the release knows. Docker has none of its own: until 1.23 the kubelet has a part for it.
RUNTIMES = {"containerd": ("containerd",), "docker": ("dockershim", "cri-dockerd")}


def cri_server(runtime: str, kubernetes: Any) -> str:
    """What speaks CRI for this runtime in this version: containerd, dockershim or cri-dockerd."""
    if runtime not in RUNTIMES:
        raise KubewrightError(f"kube_runtime is {runtime!r}; it must be one of {', '.join(RUNTIMES)}")
    if len(RUNTIMES[runtime]) == 1:
        return RUNTIMES[runtime][0]
    known = releases.facts(kubernetes)["runtimes"]
    return next(name for name in RUNTIMES[runtime] if name in known)


def cri_socket(runtime: str, kubernetes: Any) -> str:
    """Its socket, in the form that people write for that version."""
    server = cri_server(runtime, kubernetes)
    path = "/run/containerd/containerd.sock" if server == "containerd" else str(releases.facts(kubernetes)["runtimes"][server])
    return path if server == "dockershim" else f"unix://{path}"
