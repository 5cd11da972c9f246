# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm_certs, with lines that say which part of the control plane is started again while it runs."""

from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import WatchedAction


class ActionModule(WatchedAction):
    """The module, nothing else."""

    MODULE = "kubewright.cluster.kubeadm_certs"
