# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fnmatch
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_choice as choice
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_lines as lines
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_calico import manifest

NAMES = ("cni", "node", "kube-controllers")


def held(*names: str, version: str = "3.28.2", registry: str = "quay.io/calico", architecture: str = "amd64") -> list[dict[str, Any]]:
    return [{"refs": [f"{registry}/{name}:v{version}"], "architecture": architecture} for name in names]


def test_documents_are_read_and_empty_ones_left_out() -> None:
    assert choice.documents(["---\n" + yaml.safe_dump_all(manifest()) + "---\n"], "x") == manifest()


@pytest.mark.parametrize(("text", "told"), [("a: [", "x is no YAML"), ("", "no object of the Kubernetes API"), ("- a", "no object of the Kubernetes API"),
                                            ("kind: A", "no object of the Kubernetes API")])
def test_what_is_no_manifest_is_told(text: str, told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        choice.documents([text], "x")


@pytest.mark.parametrize(("refs", "found"), [(["docker.io/calico/cni:v3.1.0", "docker.io/calico/node:v3.28.2"], "3.28.2"), (["calico/node:v3.1.4"], "3.1.4"),
                                             (["example.com/a/calico/node:3.1.4"], "3.1.4"), (["docker.io/rancher/mirrored-calico-node:v3.31.2"], "3.31.2"),
                                             (["localhost/calico-node:v3.31.2-1@sha256:0"], "3.31.2"), (["ghcr.io/projectcalico/node:v3.31.2"], "3.31.2"),
                                             (["docker.io/other/node:v1.2.3"], "None"), (["docker.io/calico/node:latest"], "None"), ([], "None")])
def test_the_node_daemon_s_image_tells_the_release(refs: list[str], found: str) -> None:
    assert str(choice.version_in(refs)) == found


def test_a_bundle_has_a_release_where_all_nodes_can_run_it() -> None:
    images = held("node") + held("node", version="3.31.2") + held("node", architecture="arm64")
    assert [str(one) for one in choice.held_versions(images, ["amd64"])] == ["3.31.2", "3.28.2"]
    assert [str(one) for one in choice.held_versions(images, ["amd64", "arm64"])] == ["3.28.2"]


@pytest.mark.parametrize(("wanted", "minor", "there", "found"), [
    ("", 28, [], "3.28.5"), ("3.24.1", 23, [], "3.24.1"), ("", 28, ["3.31.2", "3.28.2"], "3.28.2"), ("3.24.1", 23, ["3.28.2"], "3.24.1"),
])
def test_the_release_that_is_taken(wanted: str, minor: int, there: list[str], found: str) -> None:
    assert str(choice.choose(wanted, minor, [lines.release(one) for one in there], False)) == found


def test_a_misfit_is_refused_unless_it_is_allowed() -> None:
    with pytest.raises(KubewrightError, match="Calico 3.28 was tested with Kubernetes 1.27 to 1.30"):
        choice.choose("", 20, [lines.release("3.28.2")], False)
    assert str(choice.choose("", 20, [lines.release("3.28.2")], True)) == "3.28.2"


@pytest.mark.parametrize("registry", ["quay.io/calico", "docker.io/calico", "registry.example.com:5000/mirror/calico"])
def test_images_have_the_names_that_the_bundle_knows(registry: str) -> None:
    found = choice.bundle_images(manifest(), held(*NAMES, registry=registry), ["amd64"])
    assert found == {f"docker.io/calico/{name}:v3.28.2": f"{registry}/{name}:v3.28.2" for name in NAMES}


def test_the_same_name_is_preferred_and_no_bundle_changes_nothing() -> None:
    both = held(*NAMES) + held(*NAMES, registry="calico")
    assert choice.bundle_images(manifest(), both, ["amd64"])["docker.io/calico/node:v3.28.2"] == "docker.io/calico/node:v3.28.2"
    assert choice.bundle_images(manifest(), [], ["amd64"]) == {}


def test_what_a_bundle_lacks_is_told_but_not_of_what_is_left_out() -> None:
    with pytest.raises(KubewrightError, match="but not docker.io/calico/kube-controllers:v3.28.2 for amd64"):
        choice.bundle_images(manifest(), held("cni", "node"), ["amd64"])
    assert len(choice.bundle_images(manifest(), held("cni", "node"), ["amd64"], ["Deployment/calico-kube-controllers"])) == 2
    with pytest.raises(KubewrightError, match="for amd64, arm64"):
        choice.bundle_images(manifest(), held(*NAMES), ["amd64", "arm64"])


@pytest.mark.parametrize(("name", "tag"), [
    ("docker.io/rancher/mirrored-calico-{}", "v3.28.2"), ("localhost/calico-{}", "v3.28.2"), ("ghcr.io/projectcalico/{}", "v3.28.2"),
    ("docker.io/calico/{}", "v3.28.2-2"),
])
def test_copies_under_other_names_are_calico_s_images_too(name: str, tag: str) -> None:
    images = [{"refs": [f"{name.format(one)}:{tag}"], "architecture": "amd64"} for one in NAMES]
    assert [str(one) for one in choice.held_versions(images, ["amd64"])] == ["3.28.2"]
    found = choice.bundle_images(manifest(), images, ["amd64"], version=lines.release("3.28.2"))
    assert found == {f"docker.io/calico/{one}:v3.28.2": f"{name.format(one)}:{tag}" for one in NAMES}


def test_a_manifest_of_the_line_gets_the_images_of_the_bundle_s_release() -> None:
    both = held(*NAMES, version="3.28.5") + held(*NAMES) + held(*NAMES, version="3.28.5-dirty", registry="a/calico")
    found = choice.bundle_images(manifest(), both, ["amd64"], version=lines.release("3.28.5"))
    assert found["docker.io/calico/node:v3.28.2"] == "quay.io/calico/node:v3.28.5"
    assert choice.bundle_images(manifest(), both, ["amd64"], version=lines.release("3.28.2"))["docker.io/calico/cni:v3.28.2"] == "quay.io/calico/cni:v3.28.2"


@pytest.mark.parametrize(("wanted", "alone", "found"), [
    ("3.31.2", False, ["3.31.2", "3.31.10", "3.31.7"]), ("3.31.2", True, ["3.31.2"]), ("3.31.4", False, ["3.31.10", "3.31.7", "3.31.2"]),
    ("3.31.4", True, []), ("3.30.0", False, []),
])
def test_manifests_that_will_do_for_a_release(wanted: str, alone: bool, found: list[str]) -> None:
    known = ["3.28.2", "3.31.7", "3.31.10", "3.31.2"]
    assert [str(one) for one in choice.of_line(lines.release(wanted), known, alone)] == found


@pytest.mark.parametrize("ref", ["docker.io/rancher/mirrored-calico-cni:v3.31.2", "docker.io/library/calico-node:v3.31.2", "quay.io/calico/node:v3.31.2",
                                 "ghcr.io/projectcalico/node:v3.31.2", "quay.io/tigera/operator:v1.40.3"])
def test_the_patterns_bring_all_that_is_recognised(ref: str) -> None:
    assert any(fnmatch.fnmatchcase(ref, pattern) for pattern in choice.PATTERNS)
