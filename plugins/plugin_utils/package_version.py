# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One version for all hosts where only a minor is asked for: what the cluster has of it, or the newest of the source. Pure. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import numbers

LOOK, OUTSIDE = "__kube_packages_minor", "__kube_packages_minor_outside"


def version_of_minor(hostvars: Mapping[str, Any], minor: str, hosts: list[str], control_planes: list[str], newer: bool = False) -> str:
    """x.y.z. A later run takes what is installed, so that it is no upgrade; a control plane that cannot be asked could have it.

    newer: an upgrade, which takes what is offered where that is newer. One that leaves control planes out follows them: no kubelet may be newer.
    """
    looks = dict(_looks(hostvars, hosts))
    installed = [look["version"] for look in looks.values() if look.get("origin") == "installed"]
    upgrade = newer and set(control_planes) <= set(hosts)
    if installed and not upgrade:
        return str(max(installed, key=numbers))
    silent = [host for host in control_planes if "version" not in looks.get(host, {})]
    failed = [f"{host}: {look['msg']}" for host, look in looks.items() if look.get("failed") and look.get("msg")]
    if failed and not installed:
        raise KubewrightError(f"no version of {minor} was found. {failed[0]}")
    if silent:
        alone = "" if installed else ", and no other machine has one"
        raise KubewrightError(f"{', '.join(silent)} cannot be asked which version of {minor} the cluster runs{alone}. "
                              "Make it answer, or set kube_version instead of kube_minor.")
    offered = [look["version"] for look in looks.values() if look.get("origin") == "repository"]
    if not installed and not offered:
        raise KubewrightError(f"no machine has a version of Kubernetes {minor}, and the source could not be asked for one. Set kube_version.")
    return str(max(installed + offered, key=numbers))


def _looks(hostvars: Mapping[str, Any], hosts: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for host in hosts:
        yield host, hostvars[host].get(LOOK, {})
        for row in hostvars[host].get(OUTSIDE, {}).get("results", []):
            yield str(row["item"]), row
