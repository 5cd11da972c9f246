# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import documents, swap

GATE = {"featureGates": {"NodeSwap": True}}
NODE: dict[str, Any] = {"name": "n1", "address": "192.0.2.10", "cri_socket": "/run/containerd/containerd.sock"}


@pytest.mark.parametrize(("word", "kept"), [("off", False), (False, False), ("False", False), ("", False), ("keep", True), ("Keep", True)])
def test_swap_is_off_however_yaml_reads_it(word: Any, kept: bool) -> None:
    assert swap.is_kept(word) is kept


@pytest.mark.parametrize("word", [True, "on", "yes", "limited"])
def test_another_word_is_refused(word: Any) -> None:
    with pytest.raises(KubewrightError, match="it must be off, which turns swap off for good, or keep"):
        swap.is_kept(word)


@pytest.mark.parametrize(("version", "kept", "behavior", "expected"), [
    ("1.20.2", "off", "", {}), ("1.20.2", "keep", "", {"failSwapOn": False}), ("1.34.2", "keep", None, {"failSwapOn": False}),
    ("1.22.0", "keep", "LimitedSwap", {"failSwapOn": False, "memorySwap": {"swapBehavior": "LimitedSwap"}, **GATE}),
    ("1.29.3", "keep", "UnlimitedSwap", {"failSwapOn": False, "memorySwap": {"swapBehavior": "UnlimitedSwap"}, **GATE}),
    ("1.30.0", "keep", "NoSwap", {"failSwapOn": False, "memorySwap": {"swapBehavior": "NoSwap"}}),
    ("1.36.2", "keep", "LimitedSwap", {"failSwapOn": False, "memorySwap": {"swapBehavior": "LimitedSwap"}}),
])
def test_the_kubelet_is_told_in_the_words_of_its_version(version: str, kept: str, behavior: Any, expected: dict[str, Any]) -> None:
    assert swap.kubelet_settings(releases.version(version), kept, behavior) == expected


@pytest.mark.parametrize(("version", "kept", "behavior", "message"), [
    ("1.21.9", "keep", "LimitedSwap", "the kubelet of Kubernetes 1.21.9 has no memorySwap, which came with 1.22"),
    ("1.29.0", "keep", "NoSwap", "'NoSwap', which Kubernetes 1.29.0 does not have; use LimitedSwap or UnlimitedSwap"),
    ("1.30.0", "keep", "UnlimitedSwap", "use NoSwap or LimitedSwap, or leave it out"),
    ("1.34.2", "off", "NoSwap", "and swap is turned off; set kube_swap to keep"),
    ("1.34.2", "keep", "Limited", "'Limited', which Kubernetes 1.34.2 does not have"),
])
def test_what_a_version_cannot_is_refused(version: str, kept: str, behavior: str, message: str) -> None:
    with pytest.raises(KubewrightError, match=message):
        swap.kubelet_settings(releases.version(version), kept, behavior)


@pytest.mark.parametrize(("version", "kept", "expected"), [("1.22.17", "keep", ["Swap"]), ("1.23.0", "keep", []), ("1.20.2", "off", [])])
def test_kubeadm_s_own_check_is_passed_over_where_it_is_an_error(version: str, kept: str, expected: list[str]) -> None:
    assert swap.ignored_checks(releases.version(version), kept) == expected


def test_the_documents_say_so() -> None:
    cluster = {"version": "1.22.3", "control_plane_endpoint": "c:6443", "pod_subnets": ["10.244.0.0/16"], "service_subnets": ["10.96.0.0/12"],
               "swap": "keep", "swap_behavior": "LimitedSwap", "kubelet_configuration": {"featureGates": {"Other": True}}}
    init, _cluster, kubelet, _proxy = documents.init_documents(cluster, {**NODE, "swap": "keep", "ignore_preflight_errors": ["Mem"]})
    assert init["nodeRegistration"]["ignorePreflightErrors"] == ["Mem", "Swap"]
    assert kubelet["failSwapOn"] is False and kubelet["memorySwap"] == {"swapBehavior": "LimitedSwap"}
    assert kubelet["featureGates"] == {"NodeSwap": True, "Other": True}
    assert documents.join_document("1.20.2", {**NODE, "swap": "keep"}, False)["nodeRegistration"]["ignorePreflightErrors"] == ["Swap"]
    assert "ignorePreflightErrors" not in documents.join_document("1.23.2", {**NODE, "swap": "keep"}, False)["nodeRegistration"]
