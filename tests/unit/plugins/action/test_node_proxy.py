# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.action import node_proxy
from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase


def test_it_is_the_module_and_nothing_else() -> None:
    """How secrets are kept is tested with the base class (test_secret_action)."""
    assert issubclass(node_proxy.ActionModule, SecretActionBase) and node_proxy.ActionModule.MODULE == "kubewright.cluster.node_proxy"
