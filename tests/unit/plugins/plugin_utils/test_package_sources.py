# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import package_sources as sources

ALIYUN, HUAWEI = "https://mirrors.aliyun.com/kubernetes", "https://mirrors.huaweicloud.com/kubernetes"


@pytest.mark.parametrize(("source", "version", "apt", "rpm", "apt_key", "rpm_keys"), [
    ("upstream", "1.31.2", "https://pkgs.k8s.io/core:/stable:/v1.31/deb/ /", "https://pkgs.k8s.io/core:/stable:/v1.31/rpm/",
     "https://pkgs.k8s.io/core:/stable:/v1.31/deb/Release.key", ["https://pkgs.k8s.io/core:/stable:/v1.31/rpm/repodata/repomd.xml.key"]),
    ("aliyun", "1.24.0", f"{ALIYUN}-new/core/stable/v1.24/deb/ /", f"{ALIYUN}-new/core/stable/v1.24/rpm/",
     f"{ALIYUN}-new/core/stable/v1.24/deb/Release.key", [f"{ALIYUN}-new/core/stable/v1.24/rpm/repodata/repomd.xml.key"]),
    ("aliyun", "1.23.17", f"{ALIYUN}/apt/ kubernetes-xenial main", f"{ALIYUN}/yum/repos/kubernetes-el7-$basearch/",
     f"{ALIYUN}/apt/doc/apt-key.gpg", [f"{ALIYUN}/yum/doc/yum-key.gpg", f"{ALIYUN}/yum/doc/rpm-package-key.gpg"]),
    ("huaweicloud", "1.28.2", f"{HUAWEI}/apt/ kubernetes-xenial main", f"{HUAWEI}/yum/repos/kubernetes-el7-$basearch/",
     f"{HUAWEI}/apt/doc/apt-key.gpg", [f"{HUAWEI}/yum/doc/yum-key.gpg", f"{HUAWEI}/yum/doc/rpm-package-key.gpg"]),
    ("tsinghua", "1.37", "https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:/v1.37/deb/ /",
     "https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:/v1.37/rpm/", "https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key",
     ["https://pkgs.k8s.io/core:/stable:/v1.37/rpm/repodata/repomd.xml.key"]),
    ("ustc", "1.30.1", "https://mirrors.ustc.edu.cn/kubernetes/core:/stable:/v1.30/deb/ /", "https://mirrors.ustc.edu.cn/kubernetes/core:/stable:/v1.30/rpm/",
     "https://pkgs.k8s.io/core:/stable:/v1.30/deb/Release.key", ["https://pkgs.k8s.io/core:/stable:/v1.30/rpm/repodata/repomd.xml.key"]),
])
def test_each_source_has_its_layout(source: str, version: str, apt: str, rpm: str, apt_key: str, rpm_keys: list[str]) -> None:
    found = sources.package_repository(source, version)
    line = " ".join(found["apt"][part] for part in ("uri", "suite", "components") if part in found["apt"])
    assert (line, found["apt"]["key_url"]) == (apt, [apt_key])
    assert (found["rpm"]["uri"], found["rpm"]["key_url"]) == (rpm, rpm_keys)
    assert (found["name"], found["repo_gpgcheck"]) == ("kubewright-kubernetes", True)


def test_a_mirror_of_one_s_own_takes_the_place_of_every_public_host() -> None:
    found = sources.package_repository("tsinghua", "1.31.2", mirror="http://127.0.0.1:8080/")
    assert found["apt"]["uri"] == "http://127.0.0.1:8080/kubernetes/core:/stable:/v1.31/deb/"
    assert found["rpm"]["key_url"] == ["http://127.0.0.1:8080/kubernetes/core:/stable:/v1.31/rpm/repodata/repomd.xml.key"]
    assert "https://" not in str(found)


def test_what_is_trusted_can_be_told() -> None:
    found = sources.package_repository("upstream", "1.31.2", key_sha256=["aa"], repo_gpgcheck=False)
    assert found["apt"]["key_sha256"] == found["rpm"]["key_sha256"] == ["aa"] and found["repo_gpgcheck"] is False


@pytest.mark.parametrize(("source", "version", "has", "can"), [
    ("upstream", "1.23.9", "has packages of Kubernetes 1.24 and later", "It can be in: aliyun, huaweicloud"),
    ("tsinghua", "1.17.0", "has packages of Kubernetes 1.24 and later", "It can be in: aliyun, huaweicloud"),
    ("huaweicloud", "1.29.0", "has packages of Kubernetes up to 1.28.2, of older minors up to 1.25.14, 1.26.9, 1.27.6",
     "It can be in: upstream, aliyun, tsinghua, ustc"),
    ("huaweicloud", "1.27.7", "up to 1.28.2", "It can be in: upstream, aliyun, tsinghua, ustc"),
    ("huaweicloud", "1.30", "up to 1.28.2", "It can be in: upstream, aliyun, tsinghua, ustc"),
])
def test_a_source_that_cannot_have_a_version_names_those_that_can(source: str, version: str, has: str, can: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        sources.package_repository(source, version)
    assert f"kube_package_source {source} has packages" in str(caught.value)
    assert has in str(caught.value) and f"asked for is {version}. {can}; or use a bundle" in str(caught.value)


@pytest.mark.parametrize(("version", "names"), [
    ("1.17.0", ["aliyun", "huaweicloud"]), ("1.24.17", ["upstream", "aliyun", "huaweicloud", "tsinghua", "ustc"]),
    ("1.28.3", ["upstream", "aliyun", "tsinghua", "ustc"]), ("1.28", ["upstream", "aliyun", "huaweicloud", "tsinghua", "ustc"]),
])
def test_the_sources_of_a_version_are_known(version: str, names: list[str]) -> None:
    assert sources.sources_with(version) == names


def test_a_bundle_and_a_repository_of_one_s_own_are_as_they_are_given() -> None:
    assert sources.package_repository("bundle", "1.20.2", bundle_url="http://192.0.2.5", bundle_sha256="aa") == {
        "name": "kubewright-kubernetes", "bundle_url": "http://192.0.2.5", "bundle_sha256": "aa", "repo_gpgcheck": True}
    given = {"name": "mine", "uri": "http://192.0.2.5", "key": "..."}
    assert sources.package_repository("custom", "1.20.2", custom=given) == given


def test_a_repository_of_ones_own_needs_no_name_for_its_files() -> None:
    assert sources.package_repository("custom", "1.20.2", custom={"uri": "https://example.com"}) == {"name": sources.NAME, "uri": "https://example.com"}
    assert sources.package_repository("custom", "1.20.2") == {"name": sources.NAME}


@pytest.mark.parametrize(("source", "version", "words"), [
    ("usb", "1.31.2", "kube_package_source is 'usb', which is no repository of packages; use one of upstream, aliyun"),
    ("upstream", "latest", "the version of Kubernetes is 'latest'; it must be x.y.z"), ("upstream", None, "the version of Kubernetes is None"),
    ("upstream", "2.1.0", "must be x.y.z"),
])
def test_what_is_no_source_and_no_version_is_told(source: str, version: Any, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        sources.package_repository(source, version)
    if source != "usb":
        with pytest.raises(KubewrightError):
            sources.refusal(source, version)
