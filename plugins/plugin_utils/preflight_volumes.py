# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What options of a control plane need of its machine: paths of volumes, accounts. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.document_forms import COMPONENTS
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, is_member, listed, machine_of, setting

# Types whose path has to be there; the others are made, or nobody looks.
KINDS = ("File", "Directory", "Socket", "CharDevice", "BlockDevice")


class Needed(NamedTuple):
    """A volume whose path has to be there."""

    where: str
    path: str
    kind: str


def paths(cluster_configuration: Any) -> list[str]:
    """Of the machine, to be looked at."""
    return sorted({item.path for item in _needed(cluster_configuration)})


def _needed(cluster_configuration: Any) -> Iterator[Needed]:
    """What has another form is told with the fields of documents."""
    given = cluster_configuration if isinstance(cluster_configuration, Mapping) else {}
    for component in COMPONENTS:
        section = given.get(component)
        volumes = section.get("extraVolumes") if isinstance(section, Mapping) else None
        for item in volumes if isinstance(volumes, list) else []:
            if isinstance(item, Mapping) and item.get("pathType") in KINDS and item.get("hostPath"):
                yield Needed(f"{component}.extraVolumes.{item.get('name')}", str(item["hostPath"]), str(item["pathType"]))


def _volumes(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        seen = machine_of(look).get("paths") or {}
        for needed in _needed(setting(inputs, look, "cluster_configuration", {})) if look.control_plane and not is_member(look) else ():
            if needed.path in seen and seen[needed.path] != needed.kind:
                there = f"is a {seen[needed.path]}" if seen[needed.path] else "is not there"
                found.append(error(look.host, "HostPath", f"{needed.where} needs the {needed.kind} {needed.path}, which {there}",
                                   "Put it there before the control plane is made; without it the kubelet does not start the component."))
    return found


def _accounts(inputs: Inputs) -> list[Located]:
    found = []
    for look in inputs.looks:
        there: Any = machine_of(look).get("accounts")
        wanted = listed(inputs.variables.get(look.host, {}).get("kube_kubeconfig_accounts")) if look.control_plane and there is not None else []
        found += [error(look.host, "Account", f"there is no account {name}, which is to have the administrator's kubeconfig",
                        "Make it on every control plane, or leave it out of kube_kubeconfig_accounts.") for name in wanted if name not in there]
    return found


JUDGES = (_volumes, _accounts)
