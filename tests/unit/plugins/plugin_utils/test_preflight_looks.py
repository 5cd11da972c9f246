# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_looks import collected, looks

NODE = {"state": "clean"}


def test_each_host_is_seen_by_itself_and_those_outside_by_one_of_them() -> None:
    variables: dict[str, Any] = {
        "w1": {"__preflight_look": {"node": NODE}, "__preflight_outside": {"results": [{"item": "cp1", "node": NODE}, {"item": "cp2", "unreachable": True}]}},
        "w2": {"__preflight_look": {"unreachable": True}, "__preflight_outside": {"skipped": True}},
        "cp1": {}, "cp2": {},
    }
    assert looks(variables, ["cp1", "cp2", "w1", "w2"], ["cp1", "cp2"]) == [
        Seen("w1", False, True, NODE), Seen("cp1", True, True, NODE), Seen("cp2", True, False, {})]
    assert looks(variables, ["w1"], ["w1"])[0].control_plane


def test_whose_look_failed_is_kept_with_what_was_said() -> None:
    variables: dict[str, Any] = {
        "w1": {"__preflight_look": {"node": NODE}, "__preflight_outside": {"results": [{"item": "cp1", "node": NODE}, {"item": "cp2", "unreachable": True}]}},
        "w2": {"__preflight_look": {"unreachable": True, "msg": "gone"}}, "w3": {"__preflight_look": {"failed": True, "msg": "no Python"}}, "w4": {},
        "w5": {"__preflight_look": {"skipped": True}}, "cp2": {},
    }
    found = collected(variables, list(variables), ["cp1"])
    assert found.own == ["w1"] and [look.host for look in found.looks] == ["w1", "cp1", "cp2"]
    assert found.silent == {
        "w2": {"unreachable": True, "msg": "gone"}, "w3": {"failed": True, "msg": "no Python"}, "cp2": {"item": "cp2", "unreachable": True}}
