# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _drain as drain

OPTIONS: Dict[str, Any] = {"force": False, "delete_emptydir_data": True, "disable_eviction": False, "grace_seconds": None, "pod_selector": None,
                           "seconds": 300}


def pod(name: str = "web", owner: Optional[str] = "ReplicaSet", phase: str = "Running", namespace: str = "default", **more: Any) -> Dict[str, Any]:
    owners = [{"kind": "Other"}, {"kind": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": namespace, "ownerReferences": owners, "labels": more.pop("labels", {"app": "web"})}
    metadata.update(more.pop("metadata", {}))
    return {"metadata": metadata, "spec": dict(more), "status": {"phase": phase}}


def budget(name: str = "web", selector: Any = None, api: str = "policy/v1", healthy: int = 2, desired: int = 1, expected: int = 2, allowed: int = 1,
           seen: int = 1) -> Dict[str, Any]:
    return {"apiVersion": api, "metadata": {"name": name, "namespace": "default", "generation": 1},
            "spec": {"selector": {"matchLabels": {"app": "web"}} if selector is None else selector},
            "status": {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected, "disruptionsAllowed": allowed,
                       "observedGeneration": seen}}


MIRROR = {"annotations": {"kubernetes.io/config.mirror": "x"}}


@pytest.mark.parametrize(("found", "leaves", "stays", "forbids"), [
    (pod(), True, None, None),
    (pod(owner="DaemonSet"), False, "pod of a DaemonSet", None),
    (pod(owner="DaemonSet", phase="Failed"), True, None, None),
    (pod(owner="Node", metadata=MIRROR), False, "static pod of the node", None),
    (pod(owner=None), True, None, "PodWithoutController"),
    (pod(owner=None, phase="Succeeded"), True, None, None),
    (pod(owner=None, phase="Failed"), True, None, None),
    (pod(volumes=[{"name": "a", "emptyDir": {}}]), True, None, None),
])
def test_each_pod_leaves_or_stays_for_a_reason(found: Dict[str, Any], leaves: bool, stays: Optional[str], forbids: Optional[str]) -> None:
    result = drain.sort_pods([found], OPTIONS)
    assert bool(result.leave) is leaves
    assert [entry["reason"] for entry in result.stay] == ([stays] if stays else [])
    assert [finding.id for finding in result.forbidden] == ([forbids] if forbids else [])


def test_force_permits_pods_without_a_controller_and_an_option_forbids_local_data() -> None:
    bare, data = pod("bare", owner=None), pod("data", volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {}}])
    assert not drain.sort_pods([bare], dict(OPTIONS, force=True)).forbidden
    found = drain.sort_pods([data, bare], dict(OPTIONS, delete_emptydir_data=False)).forbidden
    assert [finding.message for finding in found] == [
        "default/bare has no controller, so nobody makes it anew elsewhere", "default/data keeps data in an emptyDir, which goes with the pod"]


SELECTORS: List[Any] = [
    ({"matchLabels": {"app": "web"}}, "policy/v1", True),
    ({"matchLabels": {"app": "db"}}, "policy/v1", False),
    ({"matchLabels": {"app": "web", "tier": "x"}}, "policy/v1", False),
    ({}, "policy/v1", True),
    ({}, "policy/v1beta1", False),
    ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}, "policy/v1", True),
    ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, "policy/v1", False),
    ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["web"]}]}, "policy/v1", True),
    ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "policy/v1", True),
    ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, "policy/v1", False),
    ({"matchExpressions": [{"key": "app", "operator": "Unheard"}]}, "policy/v1", False),
]


@pytest.mark.parametrize(("selector", "api", "guarded"), SELECTORS)
def test_a_budget_guards_what_its_selector_says(selector: Any, api: str, guarded: bool) -> None:
    assert bool(drain.blocked_now([pod()], [budget(selector=selector, api=api, allowed=0)])) is guarded


def test_a_budget_without_a_selector_guards_nothing() -> None:
    empty = budget(allowed=0)
    del empty["spec"]["selector"]
    assert drain.blocked_now([pod()], [empty]) == []


@pytest.mark.parametrize("free", [
    pod(phase="Pending"), pod(phase="Succeeded"), pod(phase="Failed"), pod(namespace="other"), pod(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
])
def test_the_eviction_api_asks_no_budget_for_a_pod_that_does_not_run(free: Dict[str, Any]) -> None:
    assert drain.blocked_now([free], [budget(allowed=0)]) == []


@pytest.mark.parametrize(("guard", "never", "now"), [
    (budget(), False, False),
    (budget(desired=2, allowed=0), True, True),
    (budget(healthy=1, desired=1, allowed=0), False, True),
    (budget(desired=2, allowed=0, seen=0), False, True),
    (budget(healthy=0, desired=0, expected=0, allowed=0), False, True),
    ({**budget(), "status": {}}, False, True),
])
def test_a_budget_that_waiting_helps_against_is_told_from_one_that_never_yields(guard: Dict[str, Any], never: bool, now: bool) -> None:
    assert (bool(drain.never_allowed([pod()], [guard])), bool(drain.blocked_now([pod()], [guard]))) == (never, now)


def test_a_blocking_budget_is_told_by_name_with_its_figures() -> None:
    found = drain.never_allowed([pod()], [budget(desired=2, allowed=0)])
    assert [finding.message for finding in found] == [
        "default/web is guarded by the PodDisruptionBudget default/web, which never allows one less: 2 of 2 pods are healthy and 2 must be"]
    assert found[0].id == "PodDisruptionBudget" and "disable_eviction" in (found[0].remedy or "")


def test_two_budgets_for_one_pod_are_refused_as_the_eviction_api_does() -> None:
    found = drain.never_allowed([pod()], [budget("a"), budget("b")])
    assert [(finding.id, finding.message) for finding in found] == [
        ("PodDisruptionBudgets", "default/web is in several budgets (default/a, default/b), which the Eviction API refuses")]


def test_what_remains_is_told_with_its_reason() -> None:
    ending = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    guarded, running = pod("a"), pod("b", labels={})
    found = drain.remaining([guarded, running, pod("c", labels={}, metadata=ending)], [budget(allowed=0)], True)
    assert [finding.id for finding in found] == ["PodDisruptionBudget", "PodNotEvicted", "PodTerminating"]
    assert found[2].message == "default/c is to end by 2026-01-01T00:00:00Z and has not"
    assert "its node is not Ready" in drain.remaining([pod("c", metadata=ending)], [], False)[0].message


@pytest.mark.parametrize(("options", "minor", "expected"), [
    ({}, 20, ["drain", "n1", "--ignore-daemonsets", "--timeout=300s", "--delete-emptydir-data"]),
    ({}, 19, ["drain", "n1", "--ignore-daemonsets", "--timeout=300s", "--delete-local-data"]),
    ({"delete_emptydir_data": False, "seconds": 5}, 34, ["drain", "n1", "--ignore-daemonsets", "--timeout=5s"]),
    ({"force": True, "disable_eviction": True, "grace_seconds": 0, "pod_selector": "a=b", "delete_emptydir_data": False}, 34,
     ["drain", "n1", "--ignore-daemonsets", "--timeout=300s", "--force", "--disable-eviction", "--pod-selector=a=b", "--grace-period=0"]),
])
def test_kubectl_gets_what_was_asked_for_in_the_form_of_its_version(options: Dict[str, Any], minor: int, expected: List[str]) -> None:
    assert drain.words("n1", dict(OPTIONS, **options), minor) == expected
