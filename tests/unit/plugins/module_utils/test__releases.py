# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


@pytest.mark.parametrize(("text", "expected"), [("1.20.2", (1, 20, 2)), ("1.34.10", (1, 34, 10)), ("1.17.0", (1, 17, 0)), ("1.99.0", (1, 99, 0))])
def test_a_whole_version_is_read(text: str, expected: tuple[int, int, int]) -> None:
    assert releases.version(text) == expected
    assert str(releases.version(text)) == text


@pytest.mark.parametrize("text", [None, "", "1.31", 1.31, 1, "1.31.x", "v", "v1.31.2", "stable", "1.31.2 ", "1.31.2-rc.1", "1.31.2\n", [], "1..2"])
def test_what_is_no_whole_version_is_an_error_that_says_what_to_write(text: Any) -> None:
    with pytest.raises(KubewrightError, match=r"it must be a whole version in quotes, x\.y\.z, for example '1\.31\.2'"):
        releases.version(text)


@pytest.mark.parametrize("text", ["1.16.9", "0.31.2", "2.20.0"])
def test_a_version_out_of_the_range_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="the oldest that Kubewright knows"):
        releases.version(text)


@pytest.mark.parametrize(("text", "api", "registry", "pause", "taints", "labels"), [
    ("1.17.0", "v1beta2", "k8s.gcr.io", "3.1", ["master"], ["master"]),
    ("1.20.2", "v1beta2", "k8s.gcr.io", "3.2", ["master"], ["master", "control-plane"]),
    ("1.22.16", "v1beta3", "k8s.gcr.io", "3.5", ["master"], ["master", "control-plane"]),
    ("1.22.17", "v1beta3", "registry.k8s.io", "3.5", ["master"], ["master", "control-plane"]),
    ("1.23.14", "v1beta3", "k8s.gcr.io", "3.6", ["master"], ["master", "control-plane"]),
    ("1.24.8", "v1beta3", "k8s.gcr.io", "3.7", ["master", "control-plane"], ["control-plane"]),
    ("1.24.9", "v1beta3", "registry.k8s.io", "3.7", ["master", "control-plane"], ["control-plane"]),
    ("1.25.0", "v1beta3", "registry.k8s.io", "3.8", ["control-plane"], ["control-plane"]),
    ("1.30.9", "v1beta3", "registry.k8s.io", "3.9", ["control-plane"], ["control-plane"]),
    ("1.31.0", "v1beta4", "registry.k8s.io", "3.10", ["control-plane"], ["control-plane"]),
    ("1.34.2", "v1beta4", "registry.k8s.io", "3.10.1", ["control-plane"], ["control-plane"]),
    ("1.37.0", "v1beta4", "registry.k8s.io", "3.10.2", ["control-plane"], ["control-plane"]),
])
def test_the_facts_of_a_release(text: str, api: str, registry: str, pause: str, taints: list[str], labels: list[str]) -> None:
    found = releases.facts(text)
    assert (found["config_api"], found["image_registry"], found["pause_image"]) == (f"kubeadm.k8s.io/{api}", registry, f"{registry}/pause:{pause}")
    assert found["control_plane_taints"] == [f"node-role.kubernetes.io/{name}:NoSchedule" for name in taints]
    assert found["control_plane_labels"] == [f"node-role.kubernetes.io/{name}" for name in labels]
    assert found["known"]


@pytest.mark.parametrize("version", ["1.20.2", "1.34.2"])
def test_the_pause_image_is_the_one_that_kubeadm_names(captured: Any, version: str) -> None:
    assert releases.facts(version)["pause_image"] in captured(f"kubeadm/{version}/images-list.txt").split()


def test_another_registry_has_the_pause_image_of_the_release() -> None:
    assert releases.facts("1.20.2", "registry.example.com/k8s")["pause_image"] == "registry.example.com/k8s/pause:3.2"


@pytest.mark.parametrize(("text", "packages"), [
    ("1.31.0", ["conntrack", "socat", "ebtables", "ethtool"]), ("1.32.0", ["ethtool"]), ("1.33.0", []),
])
def test_host_packages_are_those_that_kubeadm_asks_for(text: str, packages: list[str]) -> None:
    assert releases.facts(text)["host_packages"] == packages


def test_a_newer_release_behaves_as_the_newest_known() -> None:
    newer = releases.facts("1.99.0")
    assert not newer["known"] and newer["config_api"] == releases.facts(f"{releases.newest_known()}.0")["config_api"]


def test_every_table_begins_at_the_oldest_release() -> None:
    tables = (releases.CONFIG_API, releases.PAUSE, releases.CONTROL_PLANE_TAINTS, releases.CONTROL_PLANE_LABELS)
    assert {min(table) for table in tables} == {releases.OLDEST}
