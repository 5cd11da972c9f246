# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._bundle import matching
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_choice as choice
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_lines as lines
from ansible_collections.kubewright.cluster.plugins.plugin_utils.flannel_objects import Pair


def held(*refs: str, architecture: str = "amd64") -> list[dict[str, Any]]:
    return [{"refs": [ref], "architecture": architecture} for ref in refs]


def choose(images: list[dict[str, Any]], wanted: str = "", architectures: tuple[str, ...] = ("amd64",), **more: Any) -> choice.Choice:
    return choice.choose(wanted, "1.20.2", "", images, list(architectures), **more)


def test_without_a_bundle_it_is_what_fits_kubernetes_under_its_published_name() -> None:
    found = choose([])
    assert str(found.version) == "0.20.2" and found.source == "their registry"
    assert found.images == {"": Pair("docker.io/rancher/mirrored-flannelcni-flannel:v0.20.2",
                                     "docker.io/rancher/mirrored-flannelcni-flannel-cni-plugin:v1.1.0")}
    assert str(choose([], "0.28.9").version) == "0.28.9" and choose([], plugin=False).images[""].plugin == ""


@pytest.mark.parametrize("registry", ["docker.io/flannel", "ghcr.io/flannel-io", "quay.io/coreos", "registry.example.com:5000/a/b", "docker.io/library"])
def test_the_release_is_the_one_in_the_bundle_whatever_its_registry(registry: str) -> None:
    found = choose(held(f"{registry}/flannel:v0.26.7", f"{registry}/flannel-cni-plugin:v1.6.2-flannel1"))
    assert found == (lines.release("0.26.7"), {"": Pair(f"{registry}/flannel:v0.26.7", f"{registry}/flannel-cni-plugin:v1.6.2-flannel1")}, "the bundle")


def test_short_names_and_mirrors_count_as_well() -> None:
    found = choose(held("flannel/flannel:v0.22.3", "rancher/mirrored-flannelcni-flannel-cni-plugin:v1.2.0"))
    assert found.images[""] == Pair("docker.io/flannel/flannel:v0.22.3", "docker.io/rancher/mirrored-flannelcni-flannel-cni-plugin:v1.2.0")


def test_of_several_releases_it_is_the_newest_with_the_plugin_that_belongs_to_it() -> None:
    images = held("a/flannel:v0.9.1", "a/flannel:v0.25.7", "a/flannel:v0.28.9", "a/flannel:latest", "a/flannel-cni-plugin:v1.5.1-flannel2",
                  "a/flannel-cni-plugin:v1.9.1-flannel3")
    assert choose(images).images[""] == Pair("docker.io/a/flannel:v0.28.9", "docker.io/a/flannel-cni-plugin:v1.9.1-flannel3")
    assert choose(images, "0.25.7").images[""] == Pair("docker.io/a/flannel:v0.25.7", "docker.io/a/flannel-cni-plugin:v1.5.1-flannel2")


def test_a_plugin_of_another_version_is_better_than_none_and_the_newest_counts() -> None:
    images = held("a/flannel:v0.25.7", "a/flannel-cni-plugin:v1.4.0-flannel1", "a/flannel-cni-plugin:v1.10.0-flannel1")
    assert choose(images).images[""].plugin == "docker.io/a/flannel-cni-plugin:v1.10.0-flannel1"


def test_tags_may_say_the_architecture() -> None:
    images = held("a/flannel:v0.12.0-amd64", "a/flannel-cni-plugin:v1.1.0") + held("a/flannel:v0.12.0-arm64", "a/flannel-cni-plugin:v1.1.0",
                                                                                   architecture="arm64")
    assert choose(images).images == {"": Pair("docker.io/a/flannel:v0.12.0-amd64", "docker.io/a/flannel-cni-plugin:v1.1.0")}
    both = choose(images, architectures=("amd64", "arm64")).images
    assert both["arm64"] == Pair("docker.io/a/flannel:v0.12.0-arm64", "docker.io/a/flannel-cni-plugin:v1.1.0") and set(both) == {"amd64", "arm64"}


def test_one_name_for_several_architectures_is_one_daemon_set() -> None:
    names = ("a/flannel:v0.25.7", "a/flannel-cni-plugin:v1.5.1-flannel2")
    assert set(choose(held(*names) + held(*names, architecture="arm64"), architectures=("amd64", "arm64")).images) == {""}


@pytest.mark.parametrize(("images", "wanted", "architectures", "told"), [
    (held("a/flannel:v0.25.7"), "0.26.7", ("amd64",), "the bundle has no flannel 0.26.7 for amd64; it holds docker.io/a/flannel:v0.25.7"),
    (held("a/flannel:latest"), "", ("amd64",), "the bundle has no release of flannel for amd64; it holds docker.io/a/flannel:latest"),
    (held("a/flannel:v0.25.7"), "", ("amd64", "arm64"), "no release of flannel for amd64, arm64"),
    (held("a/flannel:v0.25.7"), "", ("amd64",), "no image of its CNI plugin"),
])
def test_what_is_missing_in_a_bundle_is_told(images: list[dict[str, Any]], wanted: str, architectures: tuple[str, ...], told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        choose(images, wanted, architectures)


def test_a_release_from_before_the_plugin_s_image_and_nodes_that_have_it_need_none() -> None:
    assert choose(held("a/flannel:v0.14.0")).images[""] == Pair("docker.io/a/flannel:v0.14.0")
    assert choose(held("a/flannel:v0.25.7"), plugin=False).images[""] == Pair("docker.io/a/flannel:v0.25.7")


@pytest.mark.parametrize(("ref", "fits"),
                         [("flannel/flannel:v0.25.7", True), ("ghcr.io/flannel-io/flannel-cni-plugin:v1", True), ("quay.io/coreos/flannel:v0.14.0", True),
                          ("registry.example.com/flannel-operator:v1", False), ("docker.io/library/flannel:v1", True)])
def test_patterns_find_its_images_and_no_others(ref: str, fits: bool) -> None:
    manifest = {"images": held(ref)}
    assert bool([name for pattern in choice.patterns() for name in matching(manifest, pattern, "x86_64")]) is fits


@pytest.mark.parametrize("name", ["localhost/flannel", "docker.io/rancher/hardened-flannel", "docker.io/rancher/mirrored-flannelcni-flannel"])
def test_copies_under_other_names_are_flannel_s_images_too(name: str) -> None:
    pair = f"{name}:v0.27.4-build20251015", f"{name}-cni-plugin:v1.8.0-flannel1"
    assert choose(held(*pair)).images[""] == Pair(*pair)
    assert all(any(fnmatch.fnmatchcase(ref, pattern) for pattern in choice.patterns()) for ref in pair)
