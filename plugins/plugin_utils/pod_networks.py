# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks ask of any pod network. Pure. Private to the collection."""

from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_choice, flannel_choice


def pod_network_images(cni: str) -> list[str]:
    """Patterns of the names of its images; none where it has no images."""
    return {"flannel": flannel_choice.patterns(), "calico": list(calico_choice.PATTERNS)}.get(cni, [])
