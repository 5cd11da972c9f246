# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight and a report judge by, out of what a run has registered. Runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_table
from ansible_collections.kubewright.cluster.plugins.plugin_utils.host_variables import HostVariables
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_looks import Collected, locks_of_others

PROBES = ("__kube_packages_probe", "__kube_packages_binaries_probe", "__docker_probe", "__preflight_bundle")


def inputs(variables: Any, hosts: list[str], control_planes: list[str], etcd: list[str], seen: Collected, break_lock: bool = False) -> Inputs:
    """variables: hostvars."""
    return Inputs(
        hosts=hosts,
        control_planes=control_planes,
        etcd=etcd,
        variables={host: HostVariables(variables[host]) for host in hosts},
        looks=seen.looks,
        locks=[] if break_lock else locks_of_others(seen.looks),
        probes={host: _probed(variables[host]) for host in hosts},
        silent=seen.silent,
    )


def rows(found: Iterable[Located]) -> list[dict[str, Any]]:
    """As docs/schemas.md has them; what is the same for many hosts stands there once."""
    return [dict(row._asdict()) for row in preflight_table.said(found)]


def _probed(variables: Any) -> list[dict[str, Any]]:
    return [row for name in PROBES for row in variables.get(name, {}).get("findings", [])]
