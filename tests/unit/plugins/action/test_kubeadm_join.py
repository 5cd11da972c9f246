# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.action import kubeadm_join
from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of


def test_it_is_the_module_and_nothing_else() -> None:
    """How secrets are kept is tested with the base class (test_secret_action)."""
    assert issubclass(kubeadm_join.ActionModule, SecretActionBase) and kubeadm_join.ActionModule.MODULE == "kubewright.cluster.kubeadm_join"


def test_a_join_s_answer_is_not_censored_since_its_options_are() -> None:
    assert "_ansible_no_log" not in action_of(kubeadm_join, {}, FakeNode(kubeadm_join=[{"changed": True}])).run(task_vars={})
