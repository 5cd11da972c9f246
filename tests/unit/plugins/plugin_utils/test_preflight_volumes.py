# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_volumes
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen


def volume(path_type: str = "File", path: str = "/etc/kubernetes/policy.yaml") -> dict[str, Any]:
    return {"apiServer": {"extraVolumes": [{"name": "policy", "hostPath": path, "mountPath": path, "pathType": path_type}]}}


@pytest.mark.parametrize(("given", "expected"), [
    (volume(), ["/etc/kubernetes/policy.yaml"]), (volume("DirectoryOrCreate"), []), (volume(""), []), (volume(path=""), []), ({}, []), ("text", []),
    ({"apiServer": "text", "scheduler": {"extraVolumes": "text"}, "controllerManager": {"extraVolumes": ["text"]}}, []),
    ({**volume("Socket", "/b"), "scheduler": {"extraVolumes": [{"hostPath": "/a", "pathType": "Directory"}, {"hostPath": "/b", "pathType": "Socket"}]}},
     ["/a", "/b"]),
])
def test_paths_that_must_be_there_are_looked_at(given: Any, expected: list[str]) -> None:
    assert preflight_volumes.paths(given) == expected


@pytest.mark.parametrize(("kind", "told"), [("File", ""), ("", "which is not there"), ("Directory", "which is a Directory")])
def test_what_is_not_there_on_a_machine_that_becomes_a_control_plane_is_told(kind: str, told: str) -> None:
    looks = [seen(name, state, machine={"paths": {"/etc/kubernetes/policy.yaml": kind}})
             for name, state in (("cp1", "clean"), ("cp2", "control_plane"), ("w1", "clean"))]
    found = judged(preflight_volumes._volumes, everywhere(kube_cluster_configuration=volume()), looks)
    assert found == ([("cp1", "error", "HostPath", f"apiServer.extraVolumes.policy needs the File /etc/kubernetes/policy.yaml, {told}")] if told else [])


def test_nobody_who_looked_is_no_finding() -> None:
    assert judged(preflight_volumes._volumes, everywhere(kube_cluster_configuration=volume()), [seen("cp1")]) == []


@pytest.mark.parametrize(("there", "told"), [([], ["bob", "alice"]), (["alice"], ["bob"]), (["alice", "bob"], []), (None, [])])
def test_an_account_that_is_not_on_a_control_plane_is_told(there: Any, told: list[str]) -> None:
    looks = [seen(name, machine={} if there is None else {"accounts": there}) for name in ("cp1", "w1")]
    found = judged(preflight_volumes._accounts, everywhere(kube_kubeconfig_accounts=["bob", "alice"]), looks)
    assert found == [("cp1", "error", "Account", f"there is no account {name}, which is to have the administrator's kubeconfig") for name in told]


def test_a_survey_s_empty_answer_names_no_account() -> None:
    looks = [seen("cp1", machine={"accounts": []})]
    assert judged(preflight_volumes._accounts, everywhere(kube_kubeconfig_accounts=""), looks) == []
