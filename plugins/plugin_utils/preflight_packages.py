# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with one host's settings about packages. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import package_sources

MANAGERS = ("auto", "apt", "dnf", "yum")
_ADDRESS = re.compile(r"(https?://[^/\s]|file:///)\S*")
Told = tuple[str, str, str]  # id, message, remedy


def problems(variables: Mapping[str, Any]) -> list[Told]:
    source = variables.get("kube_package_source", "upstream")
    if source not in package_sources.CHOICES:
        return [("PackageSource", f"kube_package_source is {source!r}, which nobody knows", f"Use one of {', '.join(sorted(package_sources.CHOICES))}.")]
    return [*_bundle(source, variables), *_version(source, variables), *_minor(variables), *_mirror(variables), *_manager(variables)]


def _bundle(source: str, variables: Mapping[str, Any]) -> list[Told]:
    if source != "bundle" or variables.get("kube_bundle_url"):
        return []
    return [("Bundle", "kube_package_source is bundle, but kube_bundle_url is not set", "Set kube_bundle_url to the bundle's address.")]


def _version(source: str, variables: Mapping[str, Any]) -> list[Told]:
    try:
        told = package_sources.refusal(source, releases.version(variables.get("kube_version")))
    except KubewrightError:  # told as KubeVersion
        return []
    return [("PackageSource", told, "Set kube_package_source, or another kube_version.")] if told else []


def _minor(variables: Mapping[str, Any]) -> list[Told]:
    minor, version = str(variables.get("kube_minor") or "").removeprefix("v"), str(variables.get("kube_version") or "")
    if not minor or not version or version.startswith(f"{minor}."):
        return []
    return [("KubeVersion", f"kube_minor is {minor} and kube_version is {version}", "Set one of them: kube_minor for the newest of a minor.")]


def _mirror(variables: Mapping[str, Any]) -> list[Told]:
    mirror = variables.get("kube_package_mirror")
    if not mirror or _ADDRESS.fullmatch(str(mirror)):
        return []
    return [("PackageSource", f"kube_package_mirror is {mirror!r}, which is no address", "Write it as https://mirror.example.com/kubernetes.")]


def _manager(variables: Mapping[str, Any]) -> list[Told]:
    manager = variables.get("kube_package_manager", "auto")
    if manager in MANAGERS:
        return []
    return [("PackageManager", f"kube_package_manager is {manager!r}, which nobody knows", f"Use one of {', '.join(MANAGERS)}.")]
