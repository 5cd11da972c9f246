# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

KUBELET = binaries.Program("kubelet", "1.31.2", "https://example.com/kubelet", None, "/usr/bin")
ENTRY: Dict[str, Any] = {"version": "1.31.2", "url": "https://example.com/kubelet", "sha256": "ab", "files": {"/usr/bin/kubelet": "ab"}}


@pytest.mark.parametrize(("machine", "name"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("arm64", "arm64"), ("S390X", "s390x")])
def test_processors_have_the_names_of_kubernetes(machine: str, name: str) -> None:
    assert binaries.architecture(machine) == name


def test_a_processor_that_kubernetes_is_not_built_for_is_refused() -> None:
    with pytest.raises(KubewrightError, match="no programs of Kubernetes for the processor 'sparc64'"):
        binaries.architecture("sparc64")


def test_addresses_are_those_of_the_projects() -> None:
    assert binaries.address("https://dl.k8s.io/release/", "kubelet", "1.31.2", "linux", "arm64") == (
        "https://dl.k8s.io/release/v1.31.2/bin/linux/arm64/kubelet")
    tools = binaries.crictl("https://example.com/cri", "1.30.0", "amd64", None, "/usr/bin")
    assert (tools.url, tools.path, tools.only) == ("https://example.com/cri/v1.30.0/crictl-v1.30.0-linux-amd64.tar.gz", "/usr/bin/crictl", "crictl")
    plugins = binaries.cni_plugins("https://example.com/cni/", "1.5.1", "arm64", "ab", "/opt/cni/bin")
    assert (plugins.url, plugins.archive, plugins.only) == ("https://example.com/cni/v1.5.1/cni-plugins-linux-arm64-v1.5.1.tgz", True, None)


@pytest.mark.parametrize("version", ["1.31", "v1.31.2", "1.31.2-1.1", "", "1.31.2\n"])
def test_what_is_no_whole_version_is_refused(version: str) -> None:
    with pytest.raises(KubewrightError, match="must be x.y.z"):
        binaries.address("https://example.com", "kubelet", version, "linux", "amd64")


@pytest.mark.parametrize(("entry", "sha256", "digest", "right"), [
    (ENTRY, None, "ab", True),
    (ENTRY, "AB", "ab", True),
    (None, None, "ab", False),
    ({**ENTRY, "version": "1.31.1"}, None, "ab", False),
    ({**ENTRY, "files": {}}, None, "ab", False),
    (ENTRY, "cd", "ab", False),
    (ENTRY, None, "cd", False),
    (ENTRY, None, None, False),
])
def test_right_is_what_was_noted_and_is_there(entry: Any, sha256: Optional[str], digest: Optional[str], right: bool) -> None:
    assert binaries.is_right(KUBELET._replace(sha256=sha256), entry, {"/usr/bin/kubelet": digest}) is right


def test_a_note_is_read_as_it_was_written() -> None:
    assert binaries.parse_note("") == {} == binaries.parse_note(" \n")
    assert binaries.parse_note('{"kubelet": {"version": "1", "url": "u", "sha256": "s", "files": {"a": "b"}}}') == {
        "kubelet": {"version": "1", "url": "u", "sha256": "s", "files": {"a": "b"}}}


@pytest.mark.parametrize("text", ["{", "[]", '{"kubelet": {}}', '{"kubelet": 1}', '{"kubelet": {"version": 1, "url": 1, "sha256": 1, "files": [1]}}'])
def test_a_note_that_cannot_be_read_is_an_error_that_says_what_to_do(text: str) -> None:
    with pytest.raises(KubewrightError, match="binaries.json cannot be read.*remove it"):
        binaries.parse_note(text)


@pytest.mark.parametrize(("text", "version"), [
    ("Kubernetes v1.31.2\n", "1.31.2"), ("v1.20.15", "1.20.15"), ("1.31.2\n", "1.31.2"), ('Client Version: version.Info{GitVersion:"v1.23.9"}', "1.23.9"),
    ("", None), ("command not found", None),
])
def test_the_version_that_a_program_shows(text: str, version: Optional[str]) -> None:
    assert binaries.shown_version(text) == version


@pytest.mark.parametrize(("text", "words"), [("v1.31.14\n", "; the newest of 1.31 there is 1.31.14"), ("<html>", "")])
def test_the_newest_of_a_minor_is_told_where_the_source_tells(text: str, words: str) -> None:
    assert binaries.newest_there(text, "1.31.99") == words


def test_a_machine_with_packages_is_refused() -> None:
    binaries.refuse_packages({})
    with pytest.raises(KubewrightError, match=r"has cri-tools 1.0, kubelet 1\.31\.2-1\.1 as packages"):
        binaries.refuse_packages({"kubelet": "1.31.2-1.1", "cri-tools": "1.0"})


def test_packages_over_programs_that_are_noted_are_refused() -> None:
    binaries.refuse_beside({"kubelet": ENTRY}, ["kubeadm"])
    with pytest.raises(KubewrightError, match=r"has kubelet 1\.31\.2 without packages, from kube_package_source binaries.*/var/lib/kubewright/binaries.json"):
        binaries.refuse_beside({"kubelet": ENTRY}, ["kubelet", "kubeadm"])
