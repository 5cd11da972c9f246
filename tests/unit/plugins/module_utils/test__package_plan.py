# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_plan as plan
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation

ALL = ["kubelet", "kubeadm", "kubectl"]
# Of the repositories for all minors up to 1.28.
TOOLS = ["1.26.0-00", "1.25.0-00", "1.23.0-00", "1.19.0-00", "1.13.0-01", "1.12.0-00"]
PLUGINS = ["1.2.0-00", "1.1.1-00", "0.8.7-00", "0.8.6-00", "0.7.5-00"]


@pytest.mark.parametrize(("pinned", "version", "installed", "expected"), [
    (ALL, "1.31.2", {}, ALL),
    (ALL, "1.31.2", dict.fromkeys(ALL, "1.31.2-1.1"), []),
    (ALL, "1.31.2", {"kubelet": "1.31.1-1.1", "kubeadm": "1.31.2-1.1", "kubectl": "1.31.2-2.1"}, ["kubelet"]),
    (["kubeadm"], "1.31.2", {}, ["kubeadm"]),  # from 1.30 on it brings neither
    (["kubeadm"], "1.29.2", {}, ["kubeadm", "kubelet", "kubectl"]),
    (["kubeadm"], "1.29.2", {"kubelet": "1.28.2-1.1"}, ["kubeadm", "kubectl"]),
    (["kubeadm"], "1.29.2", {"kubelet": "1.28.2-1.1", "kubectl": "1.28.2-1.1"}, ["kubeadm"]),
    (["kubelet"], "1.20.2", {}, ["kubelet"]),
])
def test_what_is_brought_to_a_version(pinned: List[str], version: str, installed: Dict[str, str], expected: List[str]) -> None:
    assert plan.unpinned(pinned, version, installed) == expected


@pytest.mark.parametrize(("offered", "installed", "expected"), [
    (["1.31.4-1.1", "1.31.2-1.1"], None, "1.31.2-1.1"), (["1.31.2-1.1"], "1.30.9-1.1", "1.31.2-1.1"), (["1.31.2-150500.1.1"], None, "1.31.2-150500.1.1"),
])
def test_the_full_version_is_found(offered: List[str], installed: Any, expected: str) -> None:
    assert plan.candidate("kubelet", "1.31.2", offered, installed) == expected


@pytest.mark.parametrize(("offered", "installed", "words"), [
    ([], None, "no repository has kubelet 1.31.2; nearest: none at all"), (["1.31.4-1.1"], None, "nearest: 1.31.4-1.1"),
    (["1.31.2-1.1"], "1.31.10-1.1", "kubelet 1.31.10-1.1 is installed and 1.31.2 is asked for. A downgrade breaks nodes"),
])
def test_a_version_that_is_not_there_or_older_is_refused(offered: List[str], installed: Any, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        plan.candidate("kubelet", "1.31.2", offered, installed)


@pytest.mark.parametrize(("name", "version", "offered", "relations", "expected"), [
    ("cri-tools", "1.17.0", TOOLS, [Relation(">=", "1.13.0")], "1.13.0-01"), ("cri-tools", "1.23.9", TOOLS, [], "1.23.0-00"),
    ("cri-tools", "1.28.2", TOOLS, [], "1.26.0-00"), ("cri-tools", "1.31.2", ["1.31.1-1.1", "1.30.0-1.1"], [], "1.31.1-1.1"),
    ("cri-tools", "1.17.0", ["1.26.0-00", "1.24.0-00"], [], "1.24.0-00"), ("cri-tools", "", TOOLS, [], "1.26.0-00"),
    ("kubernetes-cni", "1.23.9", PLUGINS, [Relation(">=", "0.8.7")], "1.2.0-00"), ("kubernetes-cni", "1.17.0", PLUGINS, [Relation("=", "0.7.5")], "0.7.5-00"),
    ("kubernetes-cni", "1.17.0", PLUGINS, [Relation(">=", "0.7.5"), Relation("<<", "1.0")], "0.8.7-00"),
])
def test_a_companion_gets_a_version_that_fits(name: str, version: str, offered: List[str], relations: List[Relation], expected: str) -> None:
    assert plan.companion(name, version, offered, relations) == expected


def test_a_companion_that_no_repository_has_in_a_fitting_version_is_told() -> None:
    with pytest.raises(KubewrightError, match=r"has a kubernetes-cni that fits Kubernetes 1.28.2, which asks for >= 1.2.0; offered: 1.1.1-00, 0.8.7-00"):
        plan.companion("kubernetes-cni", "1.28.2", ["1.1.1-00", "0.8.7-00"], [Relation(">=", "1.2.0")])


@pytest.mark.parametrize(("installed", "expected"), [
    ({}, {"cri-tools": "1.31.1-1.1", "kubernetes-cni": "1.5.1-1.1"}), ({"cri-tools": "1.31.0-1.1"}, {"kubernetes-cni": "1.5.1-1.1"}),
    ({"cri-tools": "1.31.0-1.1", "kubernetes-cni": "1.1.1-1.1"}, {"kubernetes-cni": "1.5.1-1.1"}),
    ({"cri-tools": "1.32.0-1.1", "kubernetes-cni": "1.4.0-1.1"}, {}),
    ({"cri-tools": "1.30.0-1.1", "kubernetes-cni": "1.4.0-1.1"}, {"cri-tools": "1.31.1-1.1"}),  # of the minor before
])
def test_companions_are_left_alone_as_long_as_they_fit(installed: Dict[str, str], expected: Dict[str, str]) -> None:
    offered = {"cri-tools": ["1.31.1-1.1"], "kubernetes-cni": ["1.5.1-1.1"], "socat": []}
    relations = {"kubernetes-cni": [Relation(">=", "1.2.0")]}
    assert plan.companions(["cri-tools", "kubernetes-cni", "socat", "ethtool"], "1.31.2", installed, offered, relations) == expected


@pytest.mark.parametrize(("version", "control_plane", "allowed", "expected"), [
    ("1.31.2", "1.31.2", 3, None), ("1.31.9", "1.31.2", 3, None), ("1.28.0", "1.31.2", 3, None),
    ("1.27.0", "1.31.2", 3, "kubelet 1.27.0 is more than 3 minors older than the control plane, 1.31.2, which is not supported; upgrade it to 1.28 or later"),
    ("1.24.0", "1.27.2", 2, "kubelet 1.24.0 is more than 2 minors older than the control plane, 1.27.2, which is not supported; upgrade it to 1.25 or later"),
])
def test_an_old_kubelet_is_told(version: str, control_plane: str, allowed: int, expected: Any) -> None:
    assert plan.skew(version, control_plane, allowed) == expected


def test_a_kubelet_newer_than_the_control_plane_is_refused() -> None:
    with pytest.raises(KubewrightError, match=r"kubelet 1.32.0 is asked for and the control plane runs 1.31.9. A kubelet must never be newer"):
        plan.skew("1.32.0", "1.31.9", 3)


@pytest.mark.parametrize(("names", "installed"), [
    (["containerd.io"], {}), (["containerd.io"], {"containerd.io": "1.7.27-1"}), (["containerd.io"], {"containerd.io": "1.7.27-1", "containerd": "1.7.27-1"}),
    (["containerd"], {"containerd": "1.6.20"}), (["chrony"], {"containerd": "1.6.20"}), ([], {"containerd.io": "1.7.27-1"}),
])
def test_a_containerd_beside_no_other_one_is_fine(names: List[str], installed: Dict[str, str]) -> None:
    assert plan.beside_no_rival(names, installed) == installed


@pytest.mark.parametrize(("name", "rival"), [("containerd.io", "containerd"), ("containerd", "containerd.io")])
def test_the_containerd_that_runs_pods_is_not_pushed_out(name: str, rival: str) -> None:
    assert plan.rivals(["chrony", name]) == [rival]
    with pytest.raises(KubewrightError, match="{0} is asked for, and this machine has {1} 1.6.20, which would be removed".format(name, rival)):
        plan.beside_no_rival([name], {rival: "1.6.20"})
