# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each machine's containerd fits the Kubernetes that is asked for. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_fit import Misfit, misfit
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, warning
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_runtime import wanted_runtime

VERSIONS = ("containerd_version", "kube_containerd_version")


def _fits(inputs: Inputs) -> list[Located]:
    """By the version that is asked for, else by the one that is there; what a repository will bring is not known before."""
    there = {look.host: str((look.node.get("versions") or {}).get("containerd") or "") for look in inputs.looks}
    found = []
    for host in inputs.hosts:
        variables = inputs.variables[host]
        told = _misfit(_asked_for(variables) or there.get(host, ""), variables) if wanted_runtime(variables) == "containerd" else None
        if told:
            found.append((error if told.fatal else warning)(host, "ContainerdVersion", told.message, told.remedy))
    return found


def _asked_for(variables: Mapping[str, Any]) -> str:
    version = next((str(variables[name]) for name in VERSIONS if variables.get(name)), "")
    return "" if "{{" in version else version


def _misfit(containerd: str, variables: Mapping[str, Any]) -> Misfit | None:
    try:
        return misfit(containerd, variables.get("kube_version")) if containerd else None
    except KubewrightError:  # told as KubeVersion
        return None


JUDGES = (_fits,)
