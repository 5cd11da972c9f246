# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_proxy with pipelining, since a proxy's address may hold a password."""

from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase


class ActionModule(SecretActionBase):
    """The module, nothing else; its options are no_log, so its failures stay readable."""

    MODULE = "kubewright.cluster.node_proxy"
