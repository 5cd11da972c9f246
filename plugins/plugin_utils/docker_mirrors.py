# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker takes of kube_registry_mirrors: addresses of mirrors of Docker Hub, without paths. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.registry_mirrors import Mirror, read_mirrors

HUB = "docker.io"


def docker_mirrors(given: Any) -> list[str]:
    """The addresses, in their order. Those of other registries are left out: Docker asks mirrors for images of Docker Hub alone."""
    return [_address(mirror) for mirror in read_mirrors(given or {}).get(HUB, []) if "pull" in mirror.capabilities]


def _address(mirror: Mirror) -> str:
    parts = urlsplit(mirror.address)
    if parts.path or mirror.override_path:
        raise KubewrightError(f"kube_registry_mirrors: {mirror.address}, a mirror of {HUB}, has a path, which Docker does not take. Name a mirror that is the "
                              "root of its host, or use kube_runtime: containerd")
    if mirror.skip_verify:
        raise KubewrightError(f"kube_registry_mirrors: {mirror.address}, a mirror of {HUB}, has skip_verify, which Docker knows by the host alone. Leave it "
                              f"out here and set docker_settings: {{insecure-registries: [{parts.netloc}]}}")
    return mirror.address
