# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import json
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

URL = "http://192.0.2.5:8080"
PAUSE: Dict[str, Any] = {"refs": ["registry.k8s.io/pause:3.2", "pause:3.2"], "architecture": "amd64", "path": "images/pause.tar", "size": 3, "sha256": "0"}
DNS: Dict[str, Any] = {"refs": ["registry.k8s.io/coredns/coredns:v1"], "architecture": "amd64", "path": "images/dns.tar", "size": 4, "sha256": "1"}
MANIFEST: Dict[str, Any] = {
    "schema": bundle.SCHEMA, "kubernetes": {"1.20.2": {}, "1.20.3": {}}, "images": [PAUSE, DNS],
    "repositories": {"apt": {"packages": [{"path": "apt/kubelet.deb", "size": 5}]}, "rpm": None},
}
CONTENT = json.dumps(MANIFEST).encode()


def test_the_trusted_manifest_is_read() -> None:
    assert bundle.verified(CONTENT, hashlib.sha256(CONTENT).hexdigest(), URL) == MANIFEST
    assert bundle.verified(CONTENT, None, URL) == MANIFEST


def test_another_manifest_is_refused_with_both_digests() -> None:
    with pytest.raises(KubewrightError) as caught:
        bundle.verified(CONTENT, "f" * 64, URL)
    assert hashlib.sha256(CONTENT).hexdigest() in str(caught.value) and "f" * 64 in str(caught.value) and "kube_bundle_sha256" in str(caught.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"<html>", "no JSON"), (b"\xff\xfe", "no JSON"), (b"[]", "not of the schema"), (b"{}", "not of the schema"),
    (b'{"schema": "kubewright.bundle/2"}', "kubewright.bundle/1"),
])
def test_what_is_no_manifest_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        bundle.parse(content)


@pytest.mark.parametrize("version", ["1.20.2", "1.20.3", None, ""])
def test_a_version_that_the_bundle_holds_is_fine(version: Any) -> None:
    bundle.check_version(MANIFEST, version, URL)


def test_a_version_that_the_bundle_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(KubewrightError, match="holds Kubernetes 1.20.2, 1.20.3, asked for is 1.34.2. Set kube_version"):
        bundle.check_version(MANIFEST, "1.34.2", URL)


def test_all_files_of_a_manifest_are_listed() -> None:
    assert [item["path"] for item in bundle.files(MANIFEST)] == ["apt/kubelet.deb", "images/pause.tar", "images/dns.tar"]


@pytest.mark.parametrize(("wanted", "present", "expected"), [
    (["registry.k8s.io/pause:3.2"], ["registry.k8s.io/pause:3.2"], []),
    (["busybox"], ["docker.io/library/busybox:latest"], []),
    (["coredns/coredns:v1"], ["docker.io/coredns/coredns:v1"], []),
    (["localhost/x"], ["localhost/x:latest"], []),
    (["registry:5000/x:1"], ["registry:5000/x:1"], []),
    (["k8s.gcr.io/pause:3.2"], ["registry.k8s.io/pause:3.2"], ["k8s.gcr.io/pause:3.2"]),
    (["a.b/c:1", "a.b/d:1"], [], ["a.b/c:1", "a.b/d:1"]),
    (["a.b/c@sha256:00"], ["a.b/c@sha256:00"], []),
])
def test_missing_images_are_those_that_the_runtime_does_not_list(wanted: List[str], present: List[str], expected: List[str]) -> None:
    assert bundle.missing(wanted, present) == expected


@pytest.mark.parametrize(("ref", "name"), [
    ("registry.k8s.io/coredns/coredns:v1.11.3", "coredns"), ("pause:3.2", "pause"), ("a.b/etcd@sha256:00", "etcd"), ("localhost:5000/kube-proxy", "kube-proxy"),
])
def test_the_last_part_of_a_name_has_no_tag(ref: str, name: str) -> None:
    assert bundle.last_part(ref) == name


def test_archives_are_chosen_once_each_by_any_of_their_names_and_the_processor() -> None:
    refs = ["registry.k8s.io/pause:3.2", "docker.io/library/pause:3.2", "registry.k8s.io/coredns/coredns:v1"]
    assert bundle.archives(MANIFEST, refs, "x86_64") == [PAUSE, DNS]


@pytest.mark.parametrize(("ref", "machine", "words"), [
    ("registry.k8s.io/etcd:1", "x86_64", "no image registry.k8s.io/etcd:1 for amd64"),
    ("registry.k8s.io/pause:3.2", "aarch64", "for arm64"),
    ("registry.k8s.io/pause:3.2", "riscv64", "for riscv64"),
])
def test_an_image_that_the_bundle_lacks_is_refused(ref: str, machine: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        bundle.archives(MANIFEST, [ref], machine)


@pytest.mark.parametrize(("pattern", "machine", "refs"), [
    ("*/pause:*", "x86_64", ["registry.k8s.io/pause:3.2"]), ("docker.io/library/pause:*", "x86_64", ["registry.k8s.io/pause:3.2"]),
    ("registry.k8s.io/*", "x86_64", ["registry.k8s.io/pause:3.2", "registry.k8s.io/coredns/coredns:v1"]),
    ("*/pause:*", "aarch64", []), ("*/etcd:*", "x86_64", []),
])
def test_a_pattern_means_what_the_bundle_holds_for_the_processor(pattern: str, machine: str, refs: List[str]) -> None:
    assert bundle.matching(MANIFEST, pattern, machine) == refs
