# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

LISTED = sorted(path.parent.name for path in (Path(__file__).resolve().parents[2] / "fixtures" / "kubeadm").glob("*/images-list.txt"))


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


def test_another_registry_has_the_pause_image_of_the_release() -> None:
    assert releases.facts("1.20.2", "registry.example.com/k8s")["pause_image"] == "registry.example.com/k8s/pause:3.2"


@pytest.mark.parametrize(("text", "packages"), [
    ("1.31.0", ["conntrack", "socat", "ebtables", "ethtool"]), ("1.32.0", ["ethtool"]), ("1.33.0", []),
])
def test_host_packages_are_those_that_kubeadm_asks_for(text: str, packages: list[str]) -> None:
    assert releases.facts(text)["host_packages"] == packages


@pytest.mark.parametrize(("text", "crictl", "plugins"), [
    ("1.17.0", "1.16.1", "0.8.7"), ("1.21.14", "1.19.0", "0.8.7"), ("1.27.16", "1.25.0", "1.1.1"), ("1.31.2", "1.30.0", "1.5.1"), ("1.37.1", "1.35.0", "1.9.1"),
])
def test_a_release_has_the_companions_that_it_was_tried_with(text: str, crictl: str, plugins: str) -> None:
    found = releases.facts(text)
    assert (found["crictl"], found["cni_plugins"]) == (crictl, plugins)


def test_host_binaries_are_the_files_that_preflight_looks_for() -> None:
    binaries = releases.facts("1.31.0")["host_binaries"]
    assert (binaries["conntrack"], binaries["crictl"], binaries["tc"]) == ("error", "warning", "warning")
    assert releases.facts("1.33.0")["host_binaries"] == {"mount": "error", "losetup": "error", "cp": "error"}
    assert "conntrack" not in releases.facts("1.17.0")["host_binaries"]


@pytest.mark.parametrize("text", LISTED)
def test_the_images_are_those_that_kubeadm_names(captured: Any, text: str) -> None:
    assert sorted(releases.images(releases.version(text))) == sorted(captured(f"kubeadm/{text}/images-list.txt").split())
    assert releases.facts(text)["pause_image"] in releases.facts(text)["images"]


@pytest.mark.parametrize("text", LISTED)
def test_the_images_of_another_registry_are_those_that_kubeadm_names(captured: Any, text: str) -> None:
    told = captured(f"kubeadm/{text}/images-list-repository.txt").split()
    assert sorted(releases.images(releases.version(text), "registry.example.org/k8s")) == sorted(told)


@pytest.mark.parametrize(("text", "registry", "dns"), [
    ("1.20.15", None, "k8s.gcr.io/coredns:1.7.0"),
    ("1.20.15", "registry.example.com", "registry.example.com/coredns:1.7.0"),
    ("1.21.1", None, "k8s.gcr.io/coredns/coredns:v1.8.0"),
    ("1.21.1", "registry.example.com", "registry.example.com/coredns/coredns:v1.8.0"),
    ("1.21.2", "registry.example.com", "registry.example.com/coredns:v1.8.0"),
    ("1.22.16", None, "k8s.gcr.io/coredns/coredns:v1.8.4"),
    ("1.22.17", None, "registry.k8s.io/coredns/coredns:v1.8.4"),
    ("1.22.16", "registry.example.com", "registry.example.com/coredns:v1.8.4"),
    ("1.34.2", "registry.k8s.io", "registry.k8s.io/coredns/coredns:v1.12.1"),
    ("1.34.2", "registry.example.com/k8s", "registry.example.com/k8s/coredns:v1.12.1"),
])
def test_the_path_of_coredns_depends_on_release_and_registry(text: str, registry: str | None, dns: str) -> None:
    assert dns in releases.images(releases.version(text), registry)


@pytest.mark.parametrize(("text", "etcd", "coredns"), [
    ("1.19.0", "3.4.9-1", "1.7.0"), ("1.19.1", "3.4.13-0", "1.7.0"), ("1.23.13", "3.5.1-0", "v1.8.6"), ("1.23.14", "3.5.5-0", "v1.8.6"),
    ("1.23.15", "3.5.6-0", "v1.8.6"), ("1.30.4", "3.5.12-0", "v1.11.1"), ("1.30.5", "3.5.15-0", "v1.11.3"), ("1.31.0", "3.5.15-0", "v1.11.1"),
    ("1.31.13", "3.5.15-0", "v1.11.3"), ("1.31.14", "3.5.24-0", "v1.11.3"), ("1.34.1", "3.6.4-0", "v1.12.1"), ("1.34.2", "3.6.5-0", "v1.12.1"),
])
def test_a_fact_that_changed_within_a_minor_knows_the_patch(text: str, etcd: str, coredns: str) -> None:
    found = releases.version(text)
    assert (releases.fact("etcd_tag", found), releases.fact("coredns_tag", found)) == (etcd, coredns)


def test_a_minor_without_patch_means_its_newest_patch() -> None:
    assert releases.fact("etcd_tag", 34) == "3.6.5-0" and releases.fact("image_registry", 22) == "registry.k8s.io"


@pytest.mark.parametrize(("name", "minor", "member", "value"), [
    ("feature_gates", 23, "IPv6DualStack", "locked on"), ("feature_gates", 24, "IPv6DualStack", None), ("feature_gates", 17, "PublicKeysECDSA", None),
    ("feature_gates", 37, "PublicKeysECDSA", None), ("feature_gates", 37, "RootlessControlPlane", "off"),
    ("removed_kubelet_flags", 23, "network-plugin", None), ("removed_kubelet_flags", 37, "network-plugin", "removed"),
    ("preflight", 22, "Swap", "error"), ("preflight", 23, "Swap", "warning"), ("preflight", 34, "ContainerRuntimeVersion", None),
    ("runtimes", 23, "dockershim", "/var/run/dockershim.sock"), ("runtimes", 24, "dockershim", None), ("runtimes", 23, "cri-dockerd", None),
    ("proxy_modes", 26, "userspace", None), ("proxy_modes", 35, "ipvs", "deprecated"), ("commands", 27, "config validate", None),
    ("structured_outputs", 29, "upgrade plan", "json between lines of text"), ("flags_beside_config", 22, "cri-socket", None),
])
def test_what_comes_and_goes_is_there_between(name: str, minor: int, member: str, value: str | None) -> None:
    assert releases.fact(name, minor).get(member) == value


@pytest.mark.parametrize(("name", "member", "minors"), [
    ("feature_gates", "IPv6DualStack", (17, 23)), ("feature_gates", "RootlessControlPlane", (22, 37)), ("preflight", "FileExisting-cp", (33, 37)),
])
def test_a_span_is_the_first_and_the_last_minor_that_have_something(name: str, member: str, minors: tuple[int, int]) -> None:
    assert releases.span(name, member) == minors


def test_the_kubelet_s_configmap_has_the_minor_in_its_name_up_to_1_23() -> None:
    assert [releases.facts(text)["kubelet_config_map"] for text in ("1.23.17", "1.24.0")] == ["kubelet-config-1.23", "kubelet-config"]


def test_a_newer_release_behaves_as_the_newest_known_and_says_so() -> None:
    newer, newest = releases.facts("1.99.0"), releases.facts(f"{releases.newest_known()}.0")
    assert {name for name, value in newer.items() if value != newest[name]} == {"version", "minor", "known", "images"}
    assert (newer["known"], newest["known"]) == (False, True)
    assert releases.doubt(releases.version("1.99.0")) == (
        "Kubernetes 1.99 is newer than 1.37, the newest that Kubewright knows; it is treated as 1.37")
    assert releases.doubt(releases.version("1.37.9")) is None


def test_a_minor_before_the_table_is_refused() -> None:
    with pytest.raises(KubewrightError, match=r"Kubernetes 1\.16 is older than 1\.17, the oldest that Kubewright knows"):
        releases.fact("config_api", 16)


def test_a_fact_that_nobody_wrote_down_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        releases.fact("colour", 31)


@pytest.mark.parametrize(("name", "minor", "member", "grade"), [
    ("config_api", 34, "", "live"), ("config_api", 25, "", "documented"), ("etcd_tag", 20, "", "captured"), ("etcd_tag", 25, "", "documented"),
    ("preflight", 34, "CreateJob", "captured"), ("preflight", 34, "Swap", "documented"), ("runtimes", 36, "containerd", "live"),
])
def test_grades(name: str, minor: int, member: str, grade: str) -> None:
    assert releases.grade(name, minor, member) == grade
