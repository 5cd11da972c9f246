# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight judges, and what it says. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen

EVERYTHING = "inventory"  # whom a finding about the whole inventory concerns
MEMBER = ("worker", "control_plane")


class Located(NamedTuple):
    """A finding and whom it concerns."""

    host: str
    finding: Finding


class Inputs(NamedTuple):
    """The inventory, and what was seen of it."""

    hosts: list[str]
    control_planes: list[str]
    etcd: list[str]
    variables: Mapping[str, Mapping[str, Any]]  # by host
    looks: list[Seen]
    probes: Mapping[str, list[dict[str, Any]]]  # findings of modules, by host
    locks: Sequence[Mapping[str, Any]] = ()  # held by other runs that are at work, as _run_lock.Holder
    silent: Mapping[str, Mapping[str, Any]] = {}  # hosts of this run whose look failed, with what Ansible said of it
    play: Collection[str] = ()  # names of what the play itself sets
    extra: Collection[str] = ()  # names of what the command line sets


def error(host: str, name: str, message: str, remedy: str) -> Located:
    return Located(host, Finding(name, "error", message, remedy))


def warning(host: str, name: str, message: str, remedy: str) -> Located:
    return Located(host, Finding(name, "warning", message, remedy))


def listed(value: Any) -> list[Any]:
    """A list, or names with commas between them, as a survey gives them; one that was left empty gives none."""
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return list(value) if isinstance(value, (list, tuple)) else []


def setting(inputs: Inputs, look: Seen, name: str, default: Any = None) -> Any:
    """The role's own variable first, then the cluster-wide one."""
    variables = inputs.variables.get(look.host, {})
    own = variables.get(("control_plane_" if look.control_plane else "workers_") + name)
    found = own if own is not None else variables.get("kube_" + name)
    return default if found is None or "{{" in str(found) else found


def ignores(inputs: Inputs, look: Seen, *checks: str) -> bool:
    """Whether kubeadm is told to pass over one of its checks."""
    given = {str(name).lower() for name in listed(setting(inputs, look, "ignore_preflight_errors", []))}
    return bool(given & {"all", *(check.lower() for check in checks)})


def release_of(inputs: Inputs, host: str) -> releases.Version | None:
    """None where kube_version is missing or wrong, which is a finding of its own."""
    try:
        return releases.version(inputs.variables.get(host, {}).get("kube_version"))
    except KubewrightError:
        return None


def is_member(look: Seen) -> bool:
    return look.state in MEMBER


def machine_of(look: Seen) -> Mapping[str, Any]:
    """What was seen of the machine; empty where nobody looked."""
    found: Mapping[str, Any] = look.node.get("machine") or {}
    return found


def host_name(inputs: Inputs, look: Seen) -> str:
    """The name that the machine will have: kube_hostname's on one that is no node yet, else the one that it has."""
    variables = inputs.variables.get(look.host, {})
    given = variables.get("prereqs_hostname") or variables.get("kube_hostname")
    return str(given if given and not is_member(look) else (look.node.get("host") or {}).get("hostname") or "")
