# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, Dict, FrozenSet, List, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils import _reset as reset
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

MEMBER = reset.Member("cp1", True, ["sha256:a"], "unix:///x.sock", "alone", "/var/lib/etcd", "/var/lib/etcd.kubewright-1", ["/etc/kubernetes/pki/ca.crt"])


def test_the_note_is_kept_and_read(machine: FakeMachine) -> None:
    assert reset.noted() is None
    reset.note(MEMBER)
    assert reset.noted() == MEMBER


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"name": "x"}', "null", "1"])
def test_a_damaged_note_is_named(machine: FakeMachine, text: str) -> None:
    machine.write(node.RESET_NOTE, text)
    with pytest.raises(KubewrightError, match="/var/lib/kubewright/reset.json cannot be read"):
        reset.noted()


@pytest.mark.parametrize(("confirm", "name", "is_node", "words"), [
    ("worker2", "worker1", True, "this machine is the Node worker1, and confirm is worker2"),
    ("", "worker1", True, "this machine is the Node worker1, and confirm is empty"),
    ("Worker1", "worker1", True, "confirm is Worker1"), ("True", "worker1", True, "confirm is True"),
    ("worker2", "worker1", False, "this machine is no Node; its host name is worker1, and confirm is worker2"),
])
def test_a_wrong_name_says_what_the_machine_is(confirm: str, name: str, is_node: bool, words: str) -> None:
    with pytest.raises(KubewrightError, match=words + ". Nothing was touched. Set confirm to worker1"):
        reset.refuse_wrong_name(confirm, name, is_node)
    reset.refuse_wrong_name(name, name, is_node)


def pods(**ready: str) -> List[Dict[str, Any]]:
    """By node: a letter for each component, capital where it is ready."""
    names = {"a": "kube-apiserver", "e": "etcd"}
    return [{"metadata": {"labels": {"component": names[letter.lower()]}}, "spec": {"nodeName": name},
             "status": {"conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": str(letter.isupper())}]}}
            for name, letters in ready.items() for letter in letters]


@pytest.mark.parametrize(("seen", "etcd", "words"), [
    (pods(me="AE"), True, "it is the last control plane whose API server is ready"), ([], True, "it is the last control plane"),
    (pods(me="A", b="a"), False, "it is the last control plane"), (pods(me="A", b="A"), False, ""),
    (pods(me="AE", b="AE"), True, ""), (pods(me="ae", b="AE", c="AE"), True, ""), (pods(me="AE", b="AE", c="AE"), True, ""),
    (pods(me="AE", b="Ae"), True, "without it 0 of 1 etcd members would be ready, and etcd needs 1"),
    (pods(me="AE", b="AE", c="ae"), True, "without it 1 of 2 etcd members would be ready, and etcd needs 2"),
    (pods(me="AE", b="AE", c="AE", d="ae"), True, ""), (pods(me="AE", b="A"), True, "without it 0 of 0 etcd members"),
    ([{}, {"metadata": {}}], True, "it is the last control plane"),
])
def test_a_cluster_lives_on_where_others_are_ready(seen: List[Dict[str, Any]], etcd: bool, words: str) -> None:
    found = reset.obstacle(seen, "me", etcd)
    assert found.startswith(words) if words else found == ""


def test_the_pods_of_a_live_control_plane_are_understood(captured: Callable[[str], str]) -> None:
    seen = json.loads(captured("kubeadm/1.20.2/control-plane-pods.json"))["items"]
    assert reset.obstacle(seen, "cp1", True) == "it is the last control plane whose API server is ready"
    assert reset.obstacle(seen, "cp2", True) == ""


INTERRUPTED = ns.Marker("init", 1000.0, None, True)


@pytest.mark.parametrize(("files", "marker", "answers", "holds"), [
    ([], None, False, False), ([ns.KUBELET_CONF, ns.KUBELET_CONFIG], None, False, False),
    ([ns.ADMIN_CONF, ns.APISERVER_MANIFEST], None, True, True), ([ns.ADMIN_CONF, ns.APISERVER_MANIFEST], None, False, True),
    ([ns.ETCD_MANIFEST], None, False, True), ([ns.ADMIN_CONF], None, False, False),
    ([ns.ETCD_MANIFEST], INTERRUPTED, False, False),  # our own init, which nobody has lived in
    ([ns.ETCD_MANIFEST], INTERRUPTED._replace(etcd_was_empty=False), False, True),
])
def test_it_is_known_where_more_than_a_machine_is_at_stake(files: List[str], marker: Optional[ns.Marker], answers: bool, holds: bool) -> None:
    look = ns.Look(frozenset(files), marker, 1001.0 if ns.ETCD_MANIFEST in files else None, answers)
    assert reset.holds_a_cluster(look, ns.node_state(look)) is holds


NOTHING: FrozenSet[str] = frozenset()


@pytest.mark.parametrize(("files", "marker", "data", "lives_on", "expected"), [
    ([ns.ETCD_MANIFEST], None, 1.0, True, "leave"), ([ns.ETCD_MANIFEST], None, 1.0, False, "alone"),
    ([], None, 1.0, True, ""), ([ns.KUBELET_CONF], ns.Marker("join", 1.0, 2.0, True), 1.0, False, ""),
    ([], INTERRUPTED, 1001.0, False, "alone"), ([], INTERRUPTED, None, False, ""), ([], INTERRUPTED._replace(etcd_was_empty=False), 1.0, False, ""),
    ([], INTERRUPTED._replace(operation="join"), 1001.0, False, ""), ([], INTERRUPTED._replace(operation="join-control-plane"), 1001.0, False, "alone"),
])
def test_data_without_proof_is_somebody_elses(files: List[str], marker: Optional[ns.Marker], data: Optional[float], lives_on: bool, expected: str) -> None:
    assert reset.etcd_of(ns.Look(frozenset(files), marker, data, False), lives_on) == expected


@pytest.mark.parametrize(("told", "configured", "found", "expected"), [
    ("unix:///t", "unix:///c", ["unix:///f", "unix:///g"], "unix:///t"), ("", "unix:///c", ["unix:///f", "unix:///g"], "unix:///c"),
    ("", "", ["unix:///f"], "unix:///f"), ("", "", [], "unix:///run/containerd/containerd.sock"),
])
def test_the_runtime_is_chosen(told: str, configured: str, found: List[str], expected: str) -> None:
    assert reset.choose_socket(told, configured, found) == expected


def test_several_runtimes_are_not_guessed_between() -> None:
    with pytest.raises(KubewrightError, match=r"several container runtimes \(unix:///f, unix:///g\).*as cri_socket"):
        reset.choose_socket("", "", ["unix:///f", "unix:///g"])
