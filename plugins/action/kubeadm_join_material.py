# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm_join_material with its success censored: a module cannot do that for itself, and a task's no_log would hide failures."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase


class ActionModule(SecretActionBase):
    """The module; what it returns can be used but is never shown."""

    MODULE = "kubewright.cluster.kubeadm_join_material"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if not result.get("failed"):
            result["_ansible_no_log"] = True
        return result
