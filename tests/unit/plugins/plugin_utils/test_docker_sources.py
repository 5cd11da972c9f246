# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.docker_sources import SOURCES, docker_package, docker_repository


@pytest.mark.parametrize(("source", "distribution", "release", "major", "uri", "key"), [
    ("upstream", "Ubuntu", "focal", "20", "https://download.docker.com/linux/ubuntu", "https://download.docker.com/linux/ubuntu/gpg"),
    ("aliyun", "Debian", "bookworm", "12", "https://mirrors.aliyun.com/docker-ce/linux/debian", "https://mirrors.aliyun.com/docker-ce/linux/debian/gpg"),
    ("aliyun", "CentOS", "Core", "7", "https://mirrors.aliyun.com/docker-ce/linux/centos/7/$basearch/stable/",
     "https://mirrors.aliyun.com/docker-ce/linux/centos/gpg"),
    ("tsinghua", "Rocky", "Blue Onyx", "9", "https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/centos/9/$basearch/stable/",
     "https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/centos/gpg"),
    ("ustc", "Fedora", "", "41", "https://mirrors.ustc.edu.cn/docker-ce/linux/fedora/41/$basearch/stable/",
     "https://mirrors.ustc.edu.cn/docker-ce/linux/fedora/gpg"),
])
def test_each_source_has_its_place_for_each_system(source: str, distribution: str, release: str, major: str, uri: str, key: str) -> None:
    found = docker_repository(source, distribution, release, major)
    assert (found["name"], found["uri"], found["key_url"], found["repo_gpgcheck"]) == ("kubewright-docker", uri, [key], False)
    assert (found.get("suite"), found.get("components")) == ((release, "stable") if distribution in ("Debian", "Ubuntu") else (None, None))


@pytest.mark.parametrize("source", SOURCES)
def test_a_mirror_of_ones_own_takes_the_place_of_the_host(source: str) -> None:
    found = docker_repository(source, "Ubuntu", "jammy", mirror="http://192.0.2.1:8080/")
    assert found["uri"].startswith("http://192.0.2.1:8080/") and found["uri"].endswith("/ubuntu") and found["key_url"] == [found["uri"] + "/gpg"]


def test_a_custom_repository_is_what_it_says_and_the_distributions_is_none() -> None:
    assert docker_repository("custom", "Any", custom={"uri": "https://r", "key": "k"}) == {"name": "kubewright-docker", "uri": "https://r", "key": "k"}
    assert docker_repository("distribution", "Debian") == {}


@pytest.mark.parametrize(("source", "distribution", "release", "words"), [
    ("docker", "Ubuntu", "focal", "docker_source is 'docker'; it must be one of upstream, aliyun, tsinghua, ustc, custom, distribution"),
    ("custom", "Ubuntu", "focal", "docker_source is custom, and docker_repository says no repository"),
    ("upstream", "Ubuntu", "", "the code name of this Ubuntu is not known"),
    ("upstream", "Archlinux", "", "Docker has no packages for Archlinux; it has them for AlmaLinux, CentOS, Debian, Fedora"),
])
def test_what_cannot_be_is_one_error(source: str, distribution: str, release: str, words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        docker_repository(source, distribution, release)
    assert words in str(caught.value)


def test_the_engines_package() -> None:
    assert docker_package("aliyun", "CentOS") == "docker-ce" and docker_package("distribution", "Ubuntu") == "docker.io"
    with pytest.raises(KubewrightError, match="Rocky has no package of Docker that fits Kubernetes; set docker_source to one of upstream, aliyun"):
        docker_package("distribution", "Rocky")
