# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places that Docker CE comes from. Pure. Private to the collection.

All have one layout, below the base address of a source:
    apt  BASE/ubuntu/ and BASE/debian/: dists/<code name>, component stable; key BASE/<folder>/gpg
    rpm  BASE/centos/<major>/$basearch/stable/ and BASE/fedora/...; key BASE/<folder>/gpg
The systems that are built from RHEL use the folder centos: its packages are the same, and it has more versions and architectures than the folder rhel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

NAME = "kubewright-docker"
SOURCES = {
    "upstream": "https://download.docker.com/linux",
    "aliyun": "https://mirrors.aliyun.com/docker-ce/linux",
    "tsinghua": "https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux",
    "ustc": "https://mirrors.ustc.edu.cn/docker-ce/linux",
}
# Docker as the distribution packages it, from the repositories that the machine knows.
DISTRIBUTION = "distribution"
CHOICES = (*SOURCES, "custom", DISTRIBUTION)
# Distribution as Ansible calls it -> the folder.
_APT = {"Debian": "debian", "Ubuntu": "ubuntu"}
_RPM = {"Fedora": "fedora", **dict.fromkeys(("AlmaLinux", "CentOS", "OracleLinux", "RedHat", "Rocky"), "centos")}


def docker_package(source: str, distribution: str) -> str:
    """What the engine's package is called there."""
    if source != DISTRIBUTION:
        return "docker-ce"
    if distribution and distribution not in _APT:
        raise KubewrightError(f"{distribution} has no package of Docker that fits Kubernetes; set docker_source to one of {', '.join([*SOURCES, 'custom'])}")
    return "docker.io"


def docker_repository(source: str, distribution: str, release: str = "", major: str = "", mirror: str = "",
                      custom: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The option `repository` of kube_package, empty where the machine's own repositories are used.

    release: code name of a system with apt. major: version of one with dnf or yum.
    """
    if source == DISTRIBUTION:
        return {}
    if source == "custom":
        if not custom:
            raise KubewrightError("docker_source is custom, and docker_repository says no repository; give its uri and key, as kube_package takes them")
        return {"name": NAME, **custom}
    if source not in SOURCES:
        raise KubewrightError(f"docker_source is {source!r}; it must be one of {', '.join(CHOICES)}")
    base = _moved(SOURCES[source], mirror)
    # Docker's own .repo file asks for signed packages, not for signed metadata.
    return {"name": NAME, "repo_gpgcheck": False, **_place(base, distribution, release, str(major))}


def _place(base: str, distribution: str, release: str, major: str) -> dict[str, Any]:
    if distribution in _APT:
        folder = f"{base}/{_APT[distribution]}"
        if not release:
            raise KubewrightError(f"the code name of this {distribution} is not known, and Docker's repository is named by it; set docker_distribution_release")
        return {"uri": folder, "suite": release, "components": "stable", "key_url": [f"{folder}/gpg"]}
    if distribution not in _RPM:
        raise KubewrightError(f"Docker has no packages for {distribution}; it has them for {', '.join(sorted({*_APT, *_RPM}))}. Set docker_source: custom and "
                              "docker_repository, or kube_runtime: containerd")
    folder = f"{base}/{_RPM[distribution]}"
    return {"uri": f"{folder}/{major}/$basearch/stable/", "key_url": [f"{folder}/gpg"]}


def _moved(base: str, mirror: str) -> str:
    return mirror.rstrip("/") + "/" + base.split("/", 3)[3] if mirror else base
