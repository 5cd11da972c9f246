# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_packages

GOOD = {"kube_version": "1.31.2"}


@pytest.mark.parametrize("more", [
    {}, {"kube_package_source": "aliyun"}, {"kube_package_source": "none", "kube_version": "1.17.0"}, {"kube_version": None}, {"kube_minor": "1.31"},
    {"kube_package_source": "bundle", "kube_bundle_url": "http://192.0.2.5"}, {"kube_package_mirror": "http://192.0.2.5:8080/k8s"},
    {"kube_package_manager": "dnf"},
])
def test_good_settings_are_no_problem(more: dict[str, Any]) -> None:
    assert preflight_packages.problems({**GOOD, **more}) == []


@pytest.mark.parametrize(("more", "identity", "words"), [
    ({"kube_package_source": "usb"}, "PackageSource", "kube_package_source is 'usb', which nobody knows"),
    ({"kube_package_source": "bundle"}, "Bundle", "kube_bundle_url is not set"),
    ({"kube_package_source": "huaweicloud"}, "PackageSource", "It can be in: upstream, aliyun, tsinghua, ustc"),
    ({"kube_version": "1.23.9"}, "PackageSource", "It can be in: aliyun, huaweicloud"),
    ({"kube_minor": "1.30"}, "KubeVersion", "kube_minor is 1.30 and kube_version is 1.31.2"),
    ({"kube_minor": "1.3"}, "KubeVersion", "kube_minor is 1.3 and kube_version is 1.31.2"),
    ({"kube_package_mirror": "mirror.example.com"}, "PackageSource", "kube_package_mirror is 'mirror.example.com', which is no address"),
    ({"kube_package_manager": "zypper"}, "PackageManager", "kube_package_manager is 'zypper', which nobody knows"),
])
def test_each_problem_is_told_with_its_remedy(more: dict[str, Any], identity: str, words: str) -> None:
    (found,) = preflight_packages.problems({**GOOD, **more})
    assert found[0] == identity and words in found[1] and found[2].endswith(".")
