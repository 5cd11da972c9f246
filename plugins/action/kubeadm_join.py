# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm_join with pipelining, since token and certificate key are among its arguments, and with lines that say which phase it is at."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase
from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import watching


class ActionModule(SecretActionBase):
    """The module, nothing else; its options are no_log, so its failures stay readable."""

    MODULE = "kubewright.cluster.kubeadm_join"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        with watching(self, task_vars):
            return super().run(tmp, task_vars)
