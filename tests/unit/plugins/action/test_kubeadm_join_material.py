# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.action import kubeadm_join_material
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

SECRET = "abcdef.0123456789abcdef"


def test_join_material_is_censored_where_it_is_made_and_readable_where_it_failed() -> None:
    node = FakeNode(kubeadm_join_material=[{"changed": True, "token": SECRET}, {"failed": True, "msg": "no control plane"}])
    action = action_of(kubeadm_join_material, {}, node)
    made, failed = action.run(task_vars={}), action.run(task_vars={})
    assert made["_ansible_no_log"] is True and made["token"] == SECRET
    assert "_ansible_no_log" not in failed and failed["msg"] == "no control plane"
