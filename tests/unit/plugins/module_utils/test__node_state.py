# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, FrozenSet, List, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

CONTROL_PLANE = frozenset([ns.KUBELET_CONF, ns.ADMIN_CONF, ns.KUBELET_CONFIG, ns.CA_CERTIFICATE, ns.APISERVER_MANIFEST, ns.ETCD_MANIFEST])
WORKER = frozenset([ns.KUBELET_CONF, ns.KUBELET_CONFIG, ns.CA_CERTIFICATE])
NOTHING: FrozenSet[str] = frozenset()


def look(files: FrozenSet[str] = NOTHING, marker: Optional[ns.Marker] = None, etcd: Optional[float] = None, answers: bool = False) -> ns.Look:
    return ns.Look(files, marker, etcd, answers)


def interrupted(operation: str = "init", empty: bool = True) -> ns.Marker:
    return ns.Marker(operation, 1000.0, None, empty)


FINISHED = ns.Marker("init", 1000.0, 1100.0, True)


@pytest.mark.parametrize(("seen", "state", "healthy"), [
    (look(), "clean", True),
    (look(frozenset([ns.CA_CERTIFICATE])), "clean", True),  # people put their own CA there before init
    (look(frozenset([ns.KUBELET_CONFIG])), "clean", True),
    (look(etcd=500.0), "clean", True),
    (look(marker=FINISHED), "clean", True),  # reset by hand since
    (look(CONTROL_PLANE, answers=True), "control_plane", True),
    (look(CONTROL_PLANE), "control_plane", False),  # expired certificates, a full disk: broken, never partial
    (look(CONTROL_PLANE, FINISHED, 1001.0), "control_plane", False),
    (look(CONTROL_PLANE - {ns.KUBELET_CONF}), "control_plane", False),
    (look(WORKER), "worker", True),
    (look(WORKER, FINISHED), "worker", True),
    (look(WORKER - {ns.CA_CERTIFICATE}), "worker", True),
    (look(frozenset([ns.KUBELET_CONF])), "partial", False),
    (look(frozenset([ns.BOOTSTRAP_CONF, ns.KUBELET_CONFIG])), "partial", False),
    (look(frozenset([ns.ADMIN_CONF])), "partial", False),
    (look(frozenset([ns.APISERVER_MANIFEST])), "partial", False),
    (look(frozenset([ns.ETCD_MANIFEST])), "partial", False),
    (look(WORKER | {ns.APISERVER_MANIFEST}), "partial", False),
])
def test_a_machine_is_what_its_files_say(seen: ns.Look, state: str, healthy: bool) -> None:
    found = ns.node_state(seen)
    assert (found.state, found.healthy, found.ours, found.reset_allowed) == (state, healthy, False, False)


@pytest.mark.parametrize("files", [NOTHING, CONTROL_PLANE, WORKER, frozenset([ns.KUBELET_CONF])])
@pytest.mark.parametrize("operation", ["init", "join", "join-control-plane"])
def test_a_start_without_its_finish_is_ours_whatever_files_are_there(files: FrozenSet[str], operation: str) -> None:
    found = ns.node_state(look(files - {ns.ETCD_MANIFEST}, interrupted(operation)))
    assert (found.state, found.ours, found.reset_allowed, found.reason) == ("partial", True, True, "an interrupted " + operation)


@pytest.mark.parametrize(("marker", "etcd", "allowed"), [
    (interrupted(), None, True),
    (interrupted(empty=False), None, True),
    (interrupted(), 1000.0, True),
    (interrupted(), 1001.0, True),
    (interrupted(), 999.9, False),
    (interrupted(empty=False), 1001.0, False),
    (interrupted(empty=False), 999.0, False),
])
def test_etcd_data_older_than_the_interrupted_operation_is_never_reset(marker: ns.Marker, etcd: Optional[float], allowed: bool) -> None:
    found = ns.node_state(look(CONTROL_PLANE, marker, etcd))
    assert found.reset_allowed is allowed
    assert ("no reset: there" in found.reason) is not allowed


def test_nothing_without_our_marker_may_be_reset() -> None:
    every = [frozenset(files) for files in ([], WORKER, CONTROL_PLANE, [ns.KUBELET_CONF], [ns.ETCD_MANIFEST], ns.WATCHED)]
    assert not [files for files in every for answers in (True, False) for etcd in (None, 1.0)
                if ns.node_state(look(files, FINISHED, etcd, answers)).reset_allowed or ns.node_state(look(files, None, etcd, answers)).reset_allowed]


def test_an_interrupted_operation_whose_api_server_answers_is_healthy() -> None:
    assert ns.node_state(look(CONTROL_PLANE, interrupted(), answers=True)).healthy


def test_what_something_else_left_is_named() -> None:
    assert ns.node_state(look(frozenset([ns.ETCD_MANIFEST, ns.ADMIN_CONF]))).reason == (
        "left by something else than Kubewright: /etc/kubernetes/admin.conf, /etc/kubernetes/manifests/etcd.yaml")


@pytest.mark.parametrize(("seen", "role", "action"), [
    (look(), "control_plane", "init or join"), (look(), "worker", "join"),
    (look(frozenset([ns.ADMIN_CONF])), "worker", "refuse"), (look(WORKER), "worker", "nothing"), (look(WORKER), "control_plane", "refuse"),
    (look(CONTROL_PLANE), "control_plane", "nothing"), (look(CONTROL_PLANE), "worker", "nothing"),
    (look(marker=interrupted()), "control_plane", "repair"), (look(marker=interrupted("join")), "worker", "repair"),
    (look(marker=interrupted("join-control-plane")), "control_plane", "repair"),
    (look(CONTROL_PLANE, interrupted(), 999.0), "control_plane", "refuse"),  # no reset over older data
    (look(CONTROL_PLANE, interrupted(), 999.0, True), "control_plane", "repair"),  # but what answers is only finished
    (look(CONTROL_PLANE, interrupted("join-control-plane"), 999.0, True), "control_plane", "repair"),  # its etcd was announced
    (look(CONTROL_PLANE - {ns.ETCD_MANIFEST}, interrupted("join-control-plane"), 999.0, True), "control_plane", "refuse"),
    (look(WORKER, interrupted("join"), 999.0), "worker", "repair"),  # a worker's reset leaves etcd's data alone
    (look(CONTROL_PLANE, interrupted(), answers=True), "worker", "refuse"),
    (ns.Look(WORKER, None, None, False, None, True), "worker", "refuse"),
])
def test_it_is_said_what_the_next_run_does(seen: ns.Look, role: str, action: str) -> None:
    found = ns.what_a_run_does(ns.node_state(seen), role)
    assert found.action == action and found.reason
    assert found.as_dict() == {"action": action, "reason": found.reason}


@pytest.mark.parametrize(("seen", "action"), [
    (look(WORKER), "refuse"), (look(CONTROL_PLANE), "refuse"), (look(), "join"), (look(marker=interrupted()), "repair"),
])
def test_a_member_of_another_cluster_is_refused(seen: ns.Look, action: str) -> None:
    found = ns.what_a_run_does(ns.node_state(seen), "worker", "the cluster with CA x at y")
    assert found.action == action
    if action == "refuse":
        assert found.reason == "it belongs to the cluster with CA x at y"


@pytest.mark.parametrize("marker", [None, FINISHED, interrupted()])
def test_a_reset_that_did_not_end_is_neither_a_member_nor_clean(marker: Optional[ns.Marker]) -> None:
    found = ns.node_state(ns.Look(NOTHING, marker, None, False, None, True))
    assert (found.state, found.operation, found.ours, found.reset_allowed) == ("partial", "reset", False, False)
    with pytest.raises(KubewrightError, match="holds an interrupted reset; kubeadm_reset finishes it. Nothing was touched. Reset it .playbooks/reset.yml"):
        ns.refuse_foreign_remains(found, [], None)


def test_what_is_ours_is_not_refused() -> None:
    ns.refuse_foreign_remains(ns.node_state(look(marker=interrupted())), [], None)
    with pytest.raises(KubewrightError, match="Kubewright did not begin .*, of the cluster with CA sha256:a at example.com:6443"):
        ns.refuse_foreign_remains(ns.node_state(look(frozenset([ns.ADMIN_CONF]))), ["sha256:a"], "example.com:6443")


@pytest.mark.parametrize(("hashes", "endpoint", "sentence"), [
    (["sha256:a", "sha256:b"], "x:6443", "the cluster with CA sha256:a, sha256:b at x:6443"),
    ([], None, "the cluster with CA unknown at an unknown endpoint"),
])
def test_a_cluster_is_told_by_its_ca_and_endpoint(hashes: List[str], endpoint: Any, sentence: str) -> None:
    assert ns.cluster_identity(hashes, endpoint) == sentence


def test_the_state_can_be_returned() -> None:
    assert set(ns.node_state(look()).as_dict()) == {"state", "healthy", "ours", "reset_allowed", "reason", "operation", "phase"}


def test_etcd_data_that_a_cluster_lived_in_is_never_reset_whatever_the_marker_says() -> None:
    soon, later = 1000.0 + ns.LIVED_SECONDS - 1, 1000.0 + 5 * 3600
    assert ns.node_state(ns.Look(CONTROL_PLANE, interrupted(), 1000.0, False, soon)).reset_allowed
    found = ns.node_state(ns.Look(CONTROL_PLANE, interrupted(), 1000.0, False, later))
    assert not found.reset_allowed
    assert found.reason.endswith("no reset: its etcd was written to for 5 hours after it began, so a cluster lived in it")


@pytest.mark.parametrize("operation", ["init", "join-control-plane"])
def test_a_machine_whose_api_server_was_set_up_long_ago_is_never_reset_whatever_etcd_shows(operation: str) -> None:
    files = frozenset([ns.APISERVER_MANIFEST, ns.ADMIN_CONF])
    assert ns.node_state(ns.Look(files, interrupted(operation), None, False, marker_age=ns.LIVED_SECONDS)).reset_allowed
    assert ns.node_state(ns.Look(frozenset([ns.ADMIN_CONF]), interrupted(operation), None, False, marker_age=5 * 3600)).reset_allowed
    found = ns.node_state(ns.Look(files, interrupted(operation), None, False, marker_age=5 * 3600))
    assert not found.reset_allowed
    assert found.reason.endswith("no reset: its API server was set up, and it began 5 hours ago, so a cluster may have lived in it")


def test_a_control_plane_whose_etcd_was_announced_goes_on_and_is_never_reset() -> None:
    found = ns.node_state(look(frozenset([ns.ETCD_MANIFEST]), interrupted("join-control-plane"), etcd=2000.0))
    assert not found.reset_allowed and found.reason == "an interrupted join-control-plane; no reset: " + ns.ANNOUNCED
    assert ns.what_a_run_does(found, "control_plane").action == "repair"
    before = ns.node_state(look(frozenset([ns.ADMIN_CONF]), interrupted("join-control-plane")))
    assert before.reset_allowed
