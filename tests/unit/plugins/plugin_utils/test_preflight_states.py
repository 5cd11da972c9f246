# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_states
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, judged, seen, told


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> list[tuple[str, str, str]]:
    return told(preflight_states.JUDGES, variables, looks, **more)


CLUSTER = seen("cp1", "control_plane", ca_hashes=["sha256:a"], endpoint="x:6443")


@pytest.mark.parametrize(("looks", "expected"), [
    ([CLUSTER, seen("w1", "worker", ca_hashes=["sha256:a"])], []),
    ([seen("cp1", "partial", ours=True)], []),
    ([seen("w1", "partial")], [("w1", "Leftovers", "parts of a cluster that Kubewright did not begin: told")]),
    ([seen("cp1", "control_plane", healthy=False)], [("cp1", "ControlPlaneDown", "a control plane whose API server does not answer, and no other answers")]),
    ([seen("cp2", "control_plane", healthy=False, ca_hashes=["sha256:a"]), CLUSTER], []),
    ([CLUSTER, seen("w1", "worker", ca_hashes=["sha256:b"], endpoint="y:6443")],
     [("w1", "Foreign", "it belongs to another cluster (CA sha256:b, endpoint y:6443)")]),
])
def test_the_state_of_every_machine_is_judged(looks: list[Seen], expected: list[tuple[str, str, str]]) -> None:
    assert found(looks=looks) == expected


def test_control_planes_of_different_clusters_are_told() -> None:
    other = seen("cp2", "control_plane", ca_hashes=["sha256:b"])
    rows = found({**GOOD, "cp2": GOOD["cp1"] | {"ansible_host": "192.0.2.12"}}, [CLUSTER, other])
    assert [row[:2] for row in rows] == [("inventory", "Cluster")] and "belong to different clusters" in rows[0][2]


def test_a_reinstalled_only_control_plane_is_told_before_anything_is_touched() -> None:
    looks = [seen("cp1"), seen("w1", "worker", ca_hashes=["sha256:a"], endpoint="x:6443")]
    rows = found(looks=looks)
    assert [row[:2] for row in rows] == [("cp1", "SecondCluster")] and "No second cluster was made" in rows[0][2]
    for permitted in (True, "true", "True"):
        assert found(everywhere(kube_allow_new_cluster=permitted), looks) == []
    for refused in (False, "false", "no"):
        assert len(found(everywhere(kube_allow_new_cluster=refused), looks)) == 1


@pytest.mark.parametrize("state", ["worker", "control_plane"])
def test_another_version_than_what_runs_is_refused(state: str) -> None:
    member = seen("cp1", state, versions={"kubelet": "1.30.1"})
    assert ("cp1", "VersionChange", f"it runs Kubernetes 1.30.1, kube_version says {GOOD['cp1']['kube_version']}") in found(looks=[member])
    assert found(looks=[seen("cp1", "clean", versions={"kubelet": "1.30.1"})]) == []


@pytest.mark.parametrize(("answer", "name", "message"), [
    ({"unreachable": True, "msg": "no\n route"}, "Unreachable", "it cannot be reached, so nothing is known of it: no route"),
    ({"failed": True, "msg": "ansible-core requires a minimum of Python version 3.8. Current version: 3.6.8"}, "Python",
     "its Python is too old for this controller's Ansible, so nothing is known of it"),
    ({"failed": True, "msg": "MODULE FAILURE", "module_stderr": "SyntaxError: invalid syntax"}, "Python",
     "its Python is too old for this controller's Ansible, so nothing is known of it"),
    ({"failed": True, "msg": "/etc/x cannot be read"}, "Look", "nothing is known of it: /etc/x cannot be read"),
    ({"failed": True}, "Look", "nothing is known of it: "),
])
def test_a_machine_that_nobody_could_look_at_is_a_warning(answer: dict[str, Any], name: str, message: str) -> None:
    assert judged(preflight_states._silent, silent={"w1": answer}) == [("w1", "warning", name, message)]


def api(version: str, name: str = "cp1", state: str = "control_plane") -> Seen:
    return seen(name, state, ca_hashes=["sha256:a"], machine={"api_version": version})


@pytest.mark.parametrize(("served", "wanted", "message"), [
    (["1.31.2"], "1.31.2", None), (["1.31.2"], "1.31.3", "it would join with Kubernetes 1.31.3, and the control plane runs 1.31.2"),
    (["1.32.0", "1.31.9"], "1.32.0", "it would join with Kubernetes 1.32.0, and the control plane runs 1.31.9"), (["1.31.2"], "1.28.0", None),
    (["1.31.2"], "1.27.16", "it would join with Kubernetes 1.27.16, and the control plane runs 1.31.2"), (["1.27.3"], "1.25.0", None),
    (["1.27.3"], "1.24.0", "it would join with Kubernetes 1.24.0, and the control plane runs 1.27.3"),
    ([""], "1.36.0", None), (["1"], "1.36.0", None), ([], "1.36.0", None),
    (["1.31.2"], "wrong", None),
])
def test_who_joins_is_not_newer_than_the_oldest_api_server_nor_much_older(served: list[str], wanted: str, message: str | None) -> None:
    looks = [*(api(version, f"cp{index}") for index, version in enumerate(served)), seen("w1")]
    rows = judged(preflight_states._skew, everywhere(kube_version=wanted), looks)
    assert rows == ([("w1", "error", "VersionSkew", message)] if message else [])


def test_members_and_half_made_control_planes_are_judged_elsewhere() -> None:
    assert judged(preflight_states._skew, everywhere(kube_version="1.34.0"), [api("1.31.2"), seen("w1", "worker")]) == []
    assert judged(preflight_states._skew, everywhere(kube_version="1.34.0"), [api("1.31.2", state="partial"), seen("w1")]) == []


@pytest.mark.parametrize(("installed", "state", "count"), [
    ("1.31.2", "clean", 0), ("1.31.3", "clean", 1), ("1.30.9", "clean", 0), ("", "clean", 0), ("unknown", "clean", 0),
    ("1.34.0", "worker", 0), ("1.34.0", "partial", 1),
])
def test_a_newer_kubelet_that_is_installed_is_told(installed: str, state: str, count: int) -> None:
    rows = judged(preflight_states._installed, looks=[seen("w1", state, versions={"kubelet": installed})])
    assert [row[1:3] for row in rows] == [("error", "KubeletNewer")] * count
