# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public places that packages of Kubernetes come from, and which versions they have. Pure. Private to the collection.

Two layouts, below the base address of a source (`apt` and `rpm` are the family of the node):

per minor, one repository for each, from 1.24 on:
    apt  BASE/v1.31/deb/      flat: suite `/`, no component; Release, Release.gpg, InRelease, Packages beside the packages
    rpm  BASE/v1.31/rpm/      repodata/repomd.xml and its signature repodata/repomd.xml.asc
    keys KEYS/v1.31/deb/Release.key and KEYS/v1.31/rpm/repodata/repomd.xml.key; KEYS is BASE where nothing else is said, and with a mirror of one's own
legacy, one repository for all minors up to 1.28.2:
    apt  BASE/apt/            dists/kubernetes-xenial, component main; key BASE/apt/doc/apt-key.gpg
    rpm  BASE/yum/repos/kubernetes-el7-x86_64/ or -aarch64/; keys BASE/yum/doc/yum-key.gpg (metadata) and BASE/yum/doc/rpm-package-key.gpg (packages)

A mirror of one's own (kube_package_mirror) takes the place of https:// and the host in every address of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import OLDEST

NAME = "kubewright-kubernetes"
UPSTREAM = "https://pkgs.k8s.io/core:/stable:"
FIRST_PER_MINOR = 24
# The last patch that the legacy layout got of the minors that lived on after it was frozen (2023-09-13).
LAST_LEGACY_PATCH = {25: 14, 26: 9, 27: 6, 28: 2}
# Where packages come from other than a public repository.
OWN = ("custom", "bundle", "binaries")
OTHERS = (*OWN, "none")


class Source(NamedTuple):
    """Base addresses of the layouts that a public source has; empty: it does not have that layout."""

    per_minor: str = ""
    per_minor_keys: str = ""
    legacy: str = ""


SOURCES = {
    "upstream": Source(UPSTREAM),
    "aliyun": Source("https://mirrors.aliyun.com/kubernetes-new/core/stable", legacy="https://mirrors.aliyun.com/kubernetes"),
    "huaweicloud": Source(legacy="https://mirrors.huaweicloud.com/kubernetes"),
    # These two tell their users to take upstream's key from upstream: a mirror that is broken into cannot change it.
    "tsinghua": Source("https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:", UPSTREAM),
    "ustc": Source("https://mirrors.ustc.edu.cn/kubernetes/core:/stable:", UPSTREAM),
}
CHOICES = (*SOURCES, *OTHERS)
_VERSION = re.compile(r"1\.(\d+)(?:\.(\d+))?")


def package_repository(source: str, version: Any, mirror: str = "", custom: Mapping[str, Any] | None = None, bundle_url: str = "",
                       bundle_sha256: str = "", repo_gpgcheck: bool = True, key_sha256: Sequence[str] | None = None) -> dict[str, Any]:
    """The option `repository` of kube_package for a source; KubewrightError where that source cannot have the version, x.y.z or x.y."""
    if source == "custom":
        return {"name": NAME, **(custom or {})}
    if source == "bundle":
        return {"name": NAME, "bundle_url": bundle_url, "bundle_sha256": bundle_sha256, "repo_gpgcheck": repo_gpgcheck}
    if source not in SOURCES:
        raise KubewrightError(f"kube_package_source is {source!r}, which is no repository of packages; use one of {', '.join(CHOICES)}")
    families = _families(source, version, bool(mirror))
    told = {"key_sha256": list(key_sha256)} if key_sha256 else {}
    return {"name": NAME, "repo_gpgcheck": repo_gpgcheck, **{family: {**_mirrored(place, mirror), **told} for family, place in families.items()}}


def sources_with(version: Any) -> list[str]:
    """The public sources that can have a version."""
    return [name for name in SOURCES if _layout(SOURCES[name], *_parts(version))]


def package_sources(version: Any) -> list[str]:
    """All whose repository can be tried for a version; none where that is no version, which preflight tells."""
    try:
        return [*sources_with(version), *OWN]
    except KubewrightError:
        return []


def refusal(source: str, version: Any) -> str | None:
    """Why a public source cannot have the version, and who can."""
    if source not in SOURCES or _layout(SOURCES[source], *_parts(version)):
        return None
    have = sources_with(version)
    others = f"It can be in: {', '.join(have)}" if have else "No public repository has it any more"
    return (f"kube_package_source {source} {_has(SOURCES[source])}; asked for is {version}. {others}; "
            "or use a bundle, a repository of your own (custom), or programs without packages (binaries)")


def _has(source: Source) -> str:
    if not source.legacy:
        return f"has packages of Kubernetes 1.{FIRST_PER_MINOR} and later"
    newest = max(LAST_LEGACY_PATCH)
    until = f"has packages of Kubernetes up to 1.{newest}.{LAST_LEGACY_PATCH[newest]}"
    return f"{until}, of older minors up to " + ", ".join(f"1.{minor}.{patch}" for minor, patch in LAST_LEGACY_PATCH.items() if minor != newest)


def _parts(version: Any) -> tuple[int, int]:
    match = _VERSION.fullmatch(str(version))
    if not match:
        raise KubewrightError(f"the version of Kubernetes is {version!r}; it must be x.y.z in quotes, for example '1.31.2', or a minor, x.y")
    if int(match.group(1)) < OLDEST:
        raise KubewrightError(f"Kubernetes {version} is older than 1.{OLDEST}, the oldest that Kubewright knows; a minor is written in quotes, as '1.30'")
    return int(match.group(1)), int(match.group(2) or 0)


def _layout(source: Source, minor: int, patch: int) -> str:
    if source.per_minor and minor >= FIRST_PER_MINOR:
        return "per_minor"
    frozen = minor <= max(LAST_LEGACY_PATCH) and patch <= LAST_LEGACY_PATCH.get(minor, patch)
    return "legacy" if source.legacy and frozen else ""


def _families(name: str, version: Any, mirrored: bool) -> dict[str, dict[str, Any]]:
    source, (minor, patch) = SOURCES[name], _parts(version)
    layout = _layout(source, minor, patch)
    if not layout:
        raise KubewrightError(str(refusal(name, version)))
    keys = source.per_minor if mirrored else source.per_minor_keys or source.per_minor
    return _legacy(source.legacy) if layout == "legacy" else _per_minor(source.per_minor, keys, minor)


def _per_minor(base: str, keys: str, minor: int) -> dict[str, dict[str, Any]]:
    folder = f"v1.{minor}"
    return {
        "apt": {"uri": f"{base}/{folder}/deb/", "suite": "/", "key_url": [f"{keys}/{folder}/deb/Release.key"]},
        "rpm": {"uri": f"{base}/{folder}/rpm/", "key_url": [f"{keys}/{folder}/rpm/repodata/repomd.xml.key"]},
    }


def _legacy(base: str) -> dict[str, dict[str, Any]]:
    return {
        "apt": {"uri": f"{base}/apt/", "suite": "kubernetes-xenial", "components": "main", "key_url": [f"{base}/apt/doc/apt-key.gpg"]},
        # dnf and yum put the node's architecture there.
        "rpm": {"uri": f"{base}/yum/repos/kubernetes-el7-$basearch/",
                "key_url": [f"{base}/yum/doc/yum-key.gpg", f"{base}/yum/doc/rpm-package-key.gpg"]},
    }


def _mirrored(place: dict[str, Any], mirror: str) -> dict[str, Any]:
    if not mirror:
        return place
    return {**place, "uri": _moved(place["uri"], mirror), "key_url": [_moved(url, mirror) for url in place["key_url"]]}


def _moved(url: str, mirror: str) -> str:
    """https://pkgs.k8s.io/core:/... below another base address."""
    return mirror.rstrip("/") + "/" + url.split("/", 3)[3]
