# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that would go wrong, found before anything is touched. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.plugin_utils import (
    preflight_addresses,
    preflight_clocks,
    preflight_clones,
    preflight_containerd,
    preflight_disks,
    preflight_drift,
    preflight_kernel,
    preflight_leftovers,
    preflight_machines,
    preflight_names,
    preflight_networks,
    preflight_pod_network,
    preflight_ports,
    preflight_runtime,
    preflight_settings,
    preflight_states,
    preflight_systems,
    preflight_volumes,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, listed, warning

_OUT_OF_REACH = re.compile(r"cannot be (?:used|fetched)")
SCHEMA = "kubewright.preflight/1"
JUDGES: tuple[Callable[[Inputs], list[Located]], ...] = (
    *preflight_settings.JUDGES, *preflight_names.JUDGES, *preflight_addresses.JUDGES, *preflight_runtime.JUDGES, *preflight_containerd.JUDGES,
    *preflight_networks.JUDGES, *preflight_pod_network.JUDGES, *preflight_states.JUDGES, *preflight_clones.JUDGES,
    *preflight_clocks.JUDGES, *preflight_machines.JUDGES,
    *preflight_disks.JUDGES, *preflight_systems.JUDGES, *preflight_kernel.JUDGES, *preflight_leftovers.JUDGES,
    *preflight_ports.JUDGES, *preflight_drift.JUDGES, *preflight_volumes.JUDGES,
)


def findings(inputs: Inputs) -> list[Located]:
    """All findings of all hosts, those about the whole inventory first."""
    found = [item for judge in JUDGES for item in judge(inputs)]
    for host, rows in inputs.probes.items():
        found += [_probed(inputs, host, Finding(**row)) for row in rows]
    return found


def _probed(inputs: Inputs, host: str, finding: Finding) -> Located:
    """A proxy's password is in no task's environment, so a machine that has not got its proxy yet cannot be expected to reach a repository."""
    variables = inputs.variables.get(host, {})
    secret = any("@" in str(variables.get(name) or "") for name in ("kube_http_proxy", "kube_https_proxy"))
    proxied = any((look.node.get("host") or {}).get("proxied", True) for look in inputs.looks if look.host == host)
    if not secret or proxied or finding.id != "PackageRepository" or not _OUT_OF_REACH.search(finding.message):
        return Located(host, finding)
    return warning(host, "PackageRepository", finding.message, "This machine gets its proxy in this run, by the role prereqs; it is tried again then.")


def standing(found: Iterable[Located], variables: Mapping[str, Mapping[str, Any]]) -> list[Located]:
    """Without those that are waived by id: on the host, or on every host for one about the whole inventory."""
    return [item for item in found if not waived(item, variables)]


def passed(found: Iterable[Located], variables: Mapping[str, Mapping[str, Any]]) -> list[Located]:
    """Those that are waived."""
    return [item for item in found if waived(item, variables)]


def waived(item: Located, variables: Mapping[str, Mapping[str, Any]]) -> bool:
    owners = [item.host] if item.host in variables else list(variables)
    return bool(owners) and all(item.finding.id in listed(variables[host].get("kube_preflight_waived")) for host in owners)
