# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_runtime, with lines that say what the switch of the runtime is at while it runs."""

from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import WatchedAction


class ActionModule(WatchedAction):
    """The module, nothing else."""

    MODULE = "kubewright.cluster.node_runtime"
