# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.kubewright.cluster.plugins.filter import kubeadm
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import NO_CLUSTER

FILTERS = kubeadm.FilterModule().filters()
CLEAN: dict[str, Any] = {"state": "clean", "healthy": True, "reason": "no cluster has been here", "ca_hashes": []}
MEMBER: dict[str, Any] = {"state": "control_plane", "healthy": True, "reason": "its API server answers", "ca_hashes": ["sha256:a"]}


def result(host: str, node: dict[str, Any]) -> dict[str, Any]:
    return {"item": host, "node": node}


def test_every_filter_is_a_function_with_a_page_of_its_own() -> None:
    assert all(callable(function) for function in FILTERS.values())
    assert set(FILTERS) == {page.stem for page in Path(kubeadm.__file__).parent.glob("*.yml")}


def test_a_control_plane_s_plan() -> None:
    plan = FILTERS["plan_for_control_plane"]
    assert plan([result("cp1", CLEAN)], ["cp1"], "cp1") == NO_CLUSTER.as_dict()
    there = plan([result("cp1", CLEAN), result("cp2", MEMBER)], ["cp1", "cp2"], "cp1")
    assert (there["exists"], there["primary"], there["ca_hashes"]) == (True, "cp2", ["sha256:a"])
    silent = [result("cp1", CLEAN), {"item": "w1", "unreachable": True}]
    with pytest.raises(AnsibleFilterError, match="w1 cannot be reached"):
        plan(silent, ["cp1"], "cp1")
    assert not plan(silent, ["cp1"], "cp1", True)["exists"]


def test_a_worker_s_plan() -> None:
    plan = FILTERS["plan_for_worker"]
    assert plan([result("cp1", MEMBER)], ["cp1"])["primary"] == "cp1"
    assert plan([result("cp1", CLEAN)], ["cp1"], True)["primary"] == ""
    with pytest.raises(AnsibleFilterError, match="no control plane answers"):
        plan([result("cp1", CLEAN)], ["cp1"])


def test_the_control_plane_to_ask() -> None:
    hostvars = {"cp1": {"__preflight_look": {"node": CLEAN}}, "cp2": {"__preflight_look": {"node": MEMBER}}}
    assert FILTERS["control_plane_to_ask"](hostvars, ["cp1", "cp2"], ["cp1", "cp2"]) == "cp2"
    assert FILTERS["control_plane_to_ask"](hostvars, ["cp1"], ["cp1", "cp2"]) == "cp1"


@pytest.mark.parametrize(("name", "arguments"), [
    ("kube_release", ["1.31"]), ("kubeadm_init_documents", [{"versoin": "1"}, {}]), ("kubeadm_join_document", ["1.31", {}, False]),
    ("kubeadm_reset_document", ["1.30.0", {}]), ("kubeadm_upgrade_document", ["1.30.0", {}]),
    ("kubeadm_image_documents", ["", "", {}]), ("workstation_kubeconfig", ["", ""]), ("own_address", [{}, "n1"]),
])
def test_errors_are_plain_ones_of_a_filter(name: str, arguments: list[Any]) -> None:
    with pytest.raises(AnsibleFilterError):
        FILTERS[name](*arguments)


def test_facts_of_a_release() -> None:
    assert FILTERS["kube_release"]("1.20.2")["pause_image"] == "k8s.gcr.io/pause:3.2"


def test_a_release_newer_than_the_facts_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.warning", lambda _self, text: told.append(text))
    assert FILTERS["kube_release"]("1.37.0")["known"] and told == []
    assert FILTERS["kube_release"]("1.38.0", "registry.example.com")["pause_image"] == "registry.example.com/pause:3.10.2"
    assert told == ["Kubernetes 1.38 is newer than 1.37, the newest that Kubewright knows; it is treated as 1.37"]
