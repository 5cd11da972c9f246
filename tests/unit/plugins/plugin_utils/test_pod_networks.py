# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils.pod_networks import pod_network_images


@pytest.mark.parametrize(("cni", "has"), [("flannel", True), ("calico", True), ("bridge", False), ("none", False)])
def test_only_networks_with_images_have_patterns(cni: str, has: bool) -> None:
    assert bool(pod_network_images(cni)) is has and all("*" in pattern for pattern in pod_network_images(cni))
