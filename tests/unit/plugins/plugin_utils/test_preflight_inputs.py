# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_inputs
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import warning
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_looks import collected

LOCK = {"identity": "alice@elsewhere/a.b.1.2.3", "purpose": "site.yml", "seconds_left": 9}
NODE = {"state": "control_plane", "healthy": True, "ca_hashes": [], "cluster": {"lock": LOCK}}
HOSTVARS: dict[str, dict[str, Any]] = {
    "cp1": {"__preflight_look": {"node": NODE}, "__docker_probe": {"findings": [{"id": "x"}]}, "__preflight_bundle": {"skipped": True}},
    "w1": {"__preflight_look": {"unreachable": True, "msg": "no route"}},
}


def test_what_a_run_has_registered_is_what_is_judged_by() -> None:
    found = preflight_inputs.inputs(HOSTVARS, ["cp1", "w1"], ["cp1"], ["cp1"], collected(HOSTVARS, ["cp1", "w1"], ["cp1"]))
    assert ([look.host for look in found.looks], found.etcd, [lock["identity"] for lock in found.locks]) == (["cp1"], ["cp1"], [LOCK["identity"]])
    assert found.probes == {"cp1": [{"id": "x"}], "w1": []} and found.silent["w1"]["msg"] == "no route"


def test_a_lock_that_nobody_minds_is_none() -> None:
    assert preflight_inputs.inputs(HOSTVARS, ["cp1"], ["cp1"], [], collected(HOSTVARS, ["cp1"], ["cp1"]), True).locks == []


def test_what_is_the_same_for_many_hosts_is_said_once() -> None:
    assert preflight_inputs.rows([warning("w1", "Port", "taken", "free it"), warning("w2", "Port", "taken", "free it")]) == [
        {"level": "warning", "id": "Port", "message": "taken", "remedy": "free it", "hosts": ["w1", "w2"]}]
