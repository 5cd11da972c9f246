# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.docker_mirrors import docker_mirrors


@pytest.mark.parametrize(("given", "addresses"), [
    ({}, []), (None, []), ({"quay.io": ["https://q"], "_default": ["https://d"]}, []),
    ({"docker.io": ["https://b.example.com/", {"address": "http://a:5000"}]}, ["https://b.example.com", "http://a:5000"]),
    ({"docker.io": [{"address": "http://a:5000", "capabilities": ["push"]}, "https://b"]}, ["https://b"]),
])
def test_docker_asks_mirrors_for_images_of_its_hub_alone(given: Any, addresses: list[str]) -> None:
    assert docker_mirrors(given) == addresses


@pytest.mark.parametrize(("mirror", "message"), [
    ("https://m.example.com/hub", "has a path, which Docker does not take"),
    ({"address": "https://m.example.com", "override_path": True}, "has a path"),
    ({"address": "https://m.example.com:5000", "skip_verify": True}, r"insecure-registries: \[m.example.com:5000\]"),
    ("m.example.com", "is no address"),
])
def test_what_docker_cannot_do_is_refused(mirror: Any, message: str) -> None:
    with pytest.raises(KubewrightError, match=message):
        docker_mirrors({"docker.io": [mirror]})
