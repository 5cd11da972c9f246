# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import pod_network_action as base


@pytest.mark.parametrize(("answers", "told"), [
    ([{"changed": False}], {"changed": False, "changed_objects": [], "pruned": []}),
    ([{"changed": False, "pruned": ["a"]}, {"changed": True, "changed_objects": ["b"], "diff": {"before": "1", "after": "2"}}],
     {"changed": True, "changed_objects": ["b"], "pruned": ["a"], "diff": {"before": "1", "after": "2"}}),
])
def test_answers_are_summed(answers: list[dict[str, Any]], told: dict[str, Any]) -> None:
    assert base.summed(*answers) == told


def test_the_cluster_s_own_pod_networks_are_the_ones() -> None:
    base.refuse_other_subnets(["10.244.0.0/16"], ["10.244.0.0/16"])
    for made_with in ([], ["10.0.0.0/8"]):
        with pytest.raises(KubewrightError, match="Nothing was touched"):
            base.refuse_other_subnets(["10.244.0.0/16"], made_with)
