# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm's documents say where swap is kept on purpose. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

# Everything else that is written for it in YAML: off is false there.
OFF, KEEP = ("off", "false", "none", ""), "keep"
# The kubelet refuses a behaviour as long as its gate is off, which is its default in these states.
GATED = ("alpha", "beta")
CGROUP_V2_ONLY = "LimitedSwap"


def is_kept(swap: Any) -> bool:
    word = str(swap).lower()
    if word not in (*OFF, KEEP):
        raise KubewrightError(f"kube_swap is {swap!r}; it must be off, which turns swap off for good, or keep")
    return word == KEEP


def kubelet_settings(release: releases.Version, swap: Any, behavior: Any) -> dict[str, Any]:
    """Of the KubeletConfiguration. Without a behaviour each release has its own."""
    if not is_kept(swap):
        if behavior:
            raise KubewrightError(f"kube_swap_behavior is {behavior} and swap is turned off; set kube_swap to keep, or leave the behaviour out")
        return {}
    if not behavior:
        return {"failSwapOn": False}
    _refuse_unknown(release, behavior)
    settings: dict[str, Any] = {"failSwapOn": False, "memorySwap": {"swapBehavior": behavior}}
    if releases.fact("swap", release) in GATED:
        settings["featureGates"] = {"NodeSwap": True}
    return settings


def ignored_checks(release: releases.Version, swap: Any) -> list[str]:
    """kubeadm's own check is an error in the releases whose kubelet did not know swap yet."""
    return ["Swap"] if is_kept(swap) and releases.fact("preflight", release).get("Swap") == "error" else []


def _refuse_unknown(release: releases.Version, behavior: Any) -> None:
    known = releases.fact("kubelet_swap_behaviors", release)
    if not known:
        raise KubewrightError(f"kube_swap_behavior is {behavior!r}, and the kubelet of Kubernetes {release} has no memorySwap, which came with 1.22; leave the "
                              "behaviour out, or turn swap off")
    if behavior not in known:
        raise KubewrightError(f"kube_swap_behavior is {behavior!r}, which Kubernetes {release} does not have; use {' or '.join(known)}, or leave it out")
