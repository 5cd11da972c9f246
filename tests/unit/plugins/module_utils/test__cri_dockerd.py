# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd as cri_dockerd
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd_facts as facts
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

NEWEST = "0.3.26"


@pytest.mark.parametrize(("kubernetes", "docker", "wanted", "held", "installed", "expected"), [
    (34, "", "", [], "", NEWEST), (24, "20.10.24+dfsg1", "", [], "", NEWEST), (37, "29.7.2", "", [], "", NEWEST),
    (38, "5:29.0.1-1~debian.12~bookworm", "", [], "", NEWEST),
    (34, "28.5.2", "0.4.4", [], "", "0.4.4"), (34, "28.5.2", "v0.3.21", [], NEWEST, "0.3.21"), (34, "latest", "0.3.10", [], "", "0.3.10"),
    (25, "20.10.16", "0.2.6", [], "", "0.2.6"), (34, "", "0.5.0", [], "", "0.5.0"), (34, "", "1.0.0", [], "", "1.0.0"),
    (34, "28.5.2", "", ["0.3.21", "0.3.25"], "", "0.3.25"), (34, "29.1.0", "", ["0.3.15", "0.3.16"], "", "0.3.16"),
    (34, "28.5.2", "", ["0.3.25"], "0.3.12", "0.3.12"),  # what is there and fits is left alone
    (34, "29.1.0", "", [], "0.3.12", NEWEST), (38, "28.5.2", "", ["0.3.17"], "0.3.16", "0.3.17"), (26, "20.10.16", "", [], "0.2.6", NEWEST),
])
def test_the_release_is_what_is_asked_for_or_there_or_held_or_the_newest_that_fits(
        kubernetes: int, docker: str, wanted: str, held: List[str], installed: str, expected: str) -> None:
    assert cri_dockerd.choose(kubernetes, docker, wanted, held, installed) == expected


@pytest.mark.parametrize(("kubernetes", "docker", "wanted", "held", "words"), [
    (26, "", "0.2.6", [], "cri-dockerd 0.2.6 does not fit Kubernetes 1.26: it (cri-dockerd 0.2.0 to 0.2.6) speaks CRI v1alpha2 alone, which Kubernetes 1.26 "
     "dropped; 0.3.26 fits (docker_cri_dockerd_version). Nothing was touched."),
    (34, "5:29.0.1-1~ubuntu.24.04~noble", "0.3.12", [], "does not fit Kubernetes 1.34 with Docker 5:29.0.1-1~ubuntu.24.04~noble: it (cri-dockerd 0.3.10 to "
     "0.3.15) speaks version 1.43 of Docker's API, and Docker 29 begins at 1.44; 0.3.26 fits"),
    (30, "25.0.3", "0.3.9", [], "(cri-dockerd 0.3.0 to 0.3.9) needs the VirtualSize of images, which Docker 25 no longer tells"),
    (34, "20.10.24", "0.4.1", [], "(cri-dockerd 0.4.0 to 0.4.1) wants version 1.42 of Docker's API, which came with Docker 23"),
    (38, "", "0.3.16", [], "(cri-dockerd 0.3.16) does not tell the kubelet its cgroup driver, which Kubernetes 1.38 insists on"),
    (34, "1.13.1", "", [], "(cri-dockerd 0.3.17 and newer) speaks to Docker 17 and newer; kube_runtime: containerd does"),
    (23, "", "", [], "is for Kubernetes 1.24 and newer; before, the kubelet speaks to Docker itself; kube_runtime: containerd does"),
    (34, "", "0.1.0", [], "it is in no row of Kubewright's table"), (38, "", "", ["0.3.15", "0.3.16"], "cri-dockerd 0.3.16 does not fit Kubernetes 1.38"),
    (34, "", "0.3", [], "the version of cri-dockerd is '0.3'; write it as x.y.z in quotes, for example '0.3.26' (docker_cri_dockerd_version)"),
    (34, "", "latest", [], "the version of cri-dockerd is 'latest'"),
])
def test_what_does_not_fit_is_refused_in_one_sentence_with_its_row(kubernetes: int, docker: str, wanted: str, held: List[str], words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        cri_dockerd.choose(kubernetes, docker, wanted, held)
    assert words in str(caught.value)


@pytest.mark.parametrize(("docker", "major"), [
    ("", None), ("latest", None), ("20.10.24+dfsg1", 20), ("what", None), ("5:20.10.16~3-0~ubuntu-focal", 20), ("18.06.1.ce-3.el7", 18),
    ("docker-ce-3:28.3.3-1.el9.x86_64", 28), ("v29.0.0", 29),
])
def test_dockers_major_is_read_from_any_form(docker: str, major: Any) -> None:
    assert cri_dockerd.docker_major(docker) == major


@pytest.mark.parametrize(("base", "expected"), [
    (facts.ADDRESS, "https://github.com/Mirantis/cri-dockerd/releases/download/v0.3.26/cri-dockerd-0.3.26.arm64.tgz"),
    ("http://192.0.2.5/cri/", "http://192.0.2.5/cri/v0.3.26/cri-dockerd-0.3.26.arm64.tgz"),
    ("http://192.0.2.5/own.tgz", "http://192.0.2.5/own.tgz"), ("https://example.com/x.tar.gz", "https://example.com/x.tar.gz"),
])
def test_an_address_is_a_base_or_one_archive(base: str, expected: str) -> None:
    assert cri_dockerd.address(base, NEWEST, "arm64") == expected


def test_a_digest_is_given_or_known_or_asked_for() -> None:
    assert cri_dockerd.digest(NEWEST, "amd64", {}) == facts.DIGESTS[NEWEST]["amd64"]
    assert cri_dockerd.digest(NEWEST, "amd64", {"amd64": "ab" * 32}) == "ab" * 32
    given: List[Dict[str, str]] = [{}, {"arm64": "ab" * 32}]
    for sha256 in given:
        with pytest.raises(KubewrightError, match=r"no SHA-256 of cri-dockerd 0.4.4 for amd64.*docker_cri_dockerd_sha256: \{amd64: ...\}; or take .* 0.3.26"):
            cri_dockerd.digest("0.4.4", "amd64", sha256)


def test_of_a_bundle_the_archives_for_the_processor_count() -> None:
    names = ("cri-dockerd-0.3.25.amd64.tgz", "cri-dockerd-0.3.25.arm64.tgz")
    files = [{"name": name, "for": "cri-dockerd"} for name in names] + [{"name": "calico.yaml", "for": "calico"}]
    assert [item["name"] for item in cri_dockerd.held({"files": files}, "arm64")] == [names[1]]
    assert cri_dockerd.held({}, "amd64") == []
