# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _rollout
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError


def evidence(kubectl: Any, *words: str) -> Any:
    return _rollout.evidence(kubectl, *words)


def pod(name: Any = "p", node: Any = "n1", containers: Any = (), init: Any = (), conditions: Any = ()) -> Any:
    return {"metadata": {"name": name}, "spec": {"nodeName": node} if node else {},
            "status": {"containerStatuses": list(containers), "initContainerStatuses": list(init), "conditions": list(conditions)}}


def container(name: Any = "c", ready: Any = False, last: Any = None, **state: Any) -> Any:
    return {"name": name, "ready": ready, "state": state, "lastState": {"terminated": last} if last else {}}


@pytest.mark.parametrize(("given", "lines"), [
    (pod(containers=[container(ready=True, running={})]), []),
    (pod(containers=[container(running={})]), ["p on n1: c: runs, but is not ready"]),
    (pod(containers=[container(waiting={"reason": "CrashLoopBackOff", "message": "back-off"})]), ["p on n1: c: CrashLoopBackOff back-off"]),
    (pod(init=[container("i", terminated={"reason": "Error"})], containers=[container(waiting={"reason": "PodInitializing"})]), ["p on n1: i: Error"]),
    (pod(init=[container("i", terminated={"reason": "Completed"})], containers=[container(waiting={"reason": "ErrImagePull"})]), ["p on n1: c: ErrImagePull"]),
    (pod(node="", conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]),
     ["p on no node: Unschedulable 0/1 nodes"]),
    ({"metadata": {"name": "p"}, "spec": {}}, []),
])
def test_what_keeps_a_pod_from_being_ready(given: Any, lines: Any) -> None:
    assert _rollout.states(given) == lines


def event(name: Any, text: Any, when: Any) -> Any:
    return {"involvedObject": {"name": name}, "reason": "Failed", "message": text, "lastTimestamp": when}


def test_warnings_about_the_pods_in_their_order_each_once() -> None:
    events = [event("p", "two", "2"), event("p", "one", "1"), event("other", "x", "3"), event("p", "two", "4"), dict(event("p", "none", None), eventTime=None)]
    assert _rollout.warnings(events, {"p"}) == ["p: Failed: none", "p: Failed: one", "p: Failed: two"]


class FakeKubectl:
    """Answers by the first words."""

    def __init__(self, pods: Any, broken: Any = ()) -> None:
        self.pods, self.broken = pods, broken
        self.asked: Any = []

    def json(self, *words: Any) -> Any:
        if words[1] in self.broken:
            raise KubewrightError("the API server is gone")
        return {"pods": {"items": self.pods}, "events": {"items": [event("p", "no", "1")]}}.get(words[1],
                                                                                                {"spec": {"selector": {"matchLabels": {"b": "2", "a": "1"}}}})

    def __call__(self, *words: Any) -> Any:
        self.asked.append(words)
        if "gone" in words:
            raise CommandError("kubectl logs", 1, "", "no such pod")
        return type("Output", (), {"stdout": "one\ntwo\n"})()


def test_the_logs_of_what_crashed_and_of_what_is_not_ready() -> None:
    crashed = pod(containers=[container("a", waiting={"reason": "CrashLoopBackOff"}, last={"exitCode": 1}), container("b", running={})],
                  init=[container("i", terminated={"exitCode": 2})])
    kubectl = FakeKubectl([crashed])
    found = evidence(kubectl, "ns", "daemonset", "web")
    assert found["events"] == ["p: Failed: no"] and found["logs"] == ["p/i: one", "p/i: two", "p/a: one", "p/a: two", "p/b: one", "p/b: two"]
    assert [words[4:6] + words[-1:] for words in kubectl.asked] == [("-c", "i", "--tail=10"), ("-c", "a", "--previous"), ("-c", "b", "--tail=10")]


def test_evidence_never_fails() -> None:
    assert evidence(FakeKubectl([], broken=("pods",)), "ns", "daemonset", "web")["pods"] == ["the API server is gone"]
    assert evidence(FakeKubectl([]), "ns", "daemonset", "web")["pods"] == ["daemonset/web has no pods"]
    assert evidence(FakeKubectl([pod("gone", containers=[container(running={})])]), "ns", "daemonset", "web")["logs"] == []
