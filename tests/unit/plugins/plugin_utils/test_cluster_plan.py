# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import cluster_plan
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen

OURS, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def machine(state: str, **more: Any) -> dict[str, Any]:
    node = {"state": state, "healthy": True, "ours": False, "reset_allowed": False, "reason": f"it is {state}", "ca_hashes": [], "endpoint": None}
    return {**node, **more}


def control_plane(host: str, healthy: bool = True, ca: str = OURS) -> Seen:
    return Seen(host, True, True, machine("control_plane", healthy=healthy, ca_hashes=[ca], endpoint="x:6443"))


def worker(host: str, ca: str = OURS, control: bool = False) -> Seen:
    return Seen(host, control, True, machine("worker", ca_hashes=[ca], endpoint="x:6443"))


def clean(host: str, control: bool = False, **more: Any) -> Seen:
    return Seen(host, control, True, machine("clean", **more))


def partial(host: str, control: bool = True, **more: Any) -> Seen:
    return Seen(host, control, True, machine("partial", **{"healthy": False, "ours": True, "reset_allowed": True, **more}))


def silent(host: str, control: bool = False) -> Seen:
    return Seen(host, control, False, {})


def test_a_loop_s_results_are_what_was_seen() -> None:
    node = machine("clean")
    results: list[dict[str, Any]] = [
        {"item": "cp1", "node": node}, {"item": "cp2", "unreachable": True}, {"item": "w1", "failed": True, "msg": "no"}, {"item": "w2", "node": node}]
    assert cluster_plan.seen(results, ["cp1", "cp2"]) == [
        Seen("cp1", True, True, node), Seen("cp2", True, False, {}), Seen("w1", False, False, {}), Seen("w2", False, True, node)]


@pytest.mark.parametrize("maker", ["", "cp1", "cp2"])
def test_only_the_machine_that_the_endpoint_leads_to_makes_the_cluster(maker: str) -> None:
    looks = [clean("cp1", True), clean("cp2", True)]
    if maker == "cp1":
        with pytest.raises(KubewrightError, match="its endpoint leads to cp1, which is to make it. cp2 made nothing"):
            cluster_plan.for_control_plane(looks, "cp2", True, maker)
    else:
        assert cluster_plan.for_control_plane(looks, "cp2", False, maker) == cluster_plan.NO_CLUSTER
    assert cluster_plan.for_control_plane([*looks, control_plane("cp3")], "cp2", False, maker).primary == "cp3"


@pytest.mark.parametrize("first", [clean("cp1", True), partial("cp1")])
def test_in_a_dry_run_the_later_control_planes_join_what_the_first_would_have_made(first: Seen) -> None:
    looks = [first, clean("cp2", True)]
    assert cluster_plan.for_control_plane(looks, "cp2", False, "cp1", "cp1") == cluster_plan.Cluster(True, "", [])
    assert cluster_plan.for_control_plane(looks, "cp1", False, "cp1", "cp1") == cluster_plan.NO_CLUSTER
    assert cluster_plan.for_control_plane([control_plane("cp1"), looks[1]], "cp2", False, "cp1", "cp1").primary == "cp1"


def test_one_cluster_is_told_from_its_restored_copy_by_the_uid() -> None:
    looks = [Seen(name, True, True, {**control_plane(name).node, "cluster": {"uid": uid}}) for name, uid in (("cp1", "u1"), ("cp2", "u2"))]
    with pytest.raises(KubewrightError, match=r"belong to different clusters: cp1: sha256:a+ u1; cp2: sha256:a+ u2"):
        cluster_plan.find_cluster(looks)
    assert cluster_plan.find_cluster([looks[0], control_plane("cp3")]).uid == "u1"


def test_one_common_ca_is_enough_while_cas_are_exchanged() -> None:
    both = Seen("cp2", True, True, machine("control_plane", ca_hashes=[OURS, OTHER]))
    assert cluster_plan.find_cluster([control_plane("cp1"), both]).ca_hashes == [OURS]


@pytest.mark.parametrize(("looks", "primary"), [
    ([control_plane("cp1"), control_plane("cp2")], "cp1"),
    ([control_plane("cp1", healthy=False), control_plane("cp2")], "cp2"),
    ([silent("cp1", True), partial("cp2"), clean("cp3", True), control_plane("cp4")], "cp4"),
    ([worker("w1"), control_plane("cp9")], "cp9"),
    ([], ""),
    ([partial("cp1", healthy=True)], ""),  # a partial one is none
    ([control_plane("cp1", healthy=False)], ""),
    ([worker("w1")], ""),
])
def test_any_control_plane_that_answers_is_as_good_as_the_first(looks: list[Seen], primary: str) -> None:
    plan = cluster_plan.find_cluster(looks)
    assert plan.as_dict() == {"schema": "kubewright.cluster/1", "exists": bool(primary), "primary": primary, "ca_hashes": [OURS] if primary else [],
                              "endpoint": "x:6443" if primary else "", "uid": ""}
    assert cluster_plan.to_ask(looks, ["first", "second"]) == (primary or "first")


def test_nobody_can_be_asked_where_there_is_no_control_plane() -> None:
    assert cluster_plan.to_ask([], []) == ""


def test_a_machine_that_is_no_control_plane_by_the_inventory_is_not_asked() -> None:
    assert not cluster_plan.find_cluster([Seen("w1", False, True, machine("control_plane", ca_hashes=[OURS]))]).exists


def test_control_planes_of_different_clusters_are_refused() -> None:
    with pytest.raises(KubewrightError, match="the control planes cp1, cp2 belong to different clusters.*List the machines of one cluster only"):
        cluster_plan.find_cluster([control_plane("cp1"), control_plane("cp2", ca=OTHER)])


@pytest.mark.parametrize("looks", [
    [clean("cp1", True)],
    [clean("cp1", True), clean("cp2", True), clean("w1")],
    [partial("cp1"), clean("w1")],
    [partial("cp1", healthy=True, ca_hashes=[OURS]), clean("w1")],
    [clean("cp1", True, ca_hashes=[OURS]), clean("w1", ca_hashes=[OURS])],  # people put their own CA there before init
    [clean("cp1", True), clean("w1", ca_hashes=[OTHER])],
    [clean("cp1", True), partial("w1", control=False, ours=False)],  # preflight speaks of those
])
def test_a_first_cluster_is_made_where_nobody_speaks_against_it(looks: list[Seen]) -> None:
    assert cluster_plan.for_control_plane(looks, "cp1", False) == cluster_plan.NO_CLUSTER


@pytest.mark.parametrize("looks", [
    [clean("cp1", True), control_plane("cp2")],
    [clean("cp1", True), control_plane("cp2"), worker("w1"), silent("w2"), silent("cp3", True), control_plane("cp4", healthy=False)],
    [partial("cp1"), control_plane("cp2")],
])
def test_a_control_plane_joins_where_one_answers(looks: list[Seen]) -> None:
    assert cluster_plan.for_control_plane(looks, "cp1", False) == cluster_plan.Cluster(True, "cp2", [OURS], "x:6443")


@pytest.mark.parametrize(("looks", "words"), [
    # Unreachable: there may be a cluster.
    ([clean("cp1", True), silent("cp2", True)], "there may be a cluster already: cp2 cannot be reached.*Nothing was made.*kube_allow_new_cluster: true"),
    ([clean("cp1", True), silent("w1"), silent("w2")], "w1, w2 cannot be reached"),
    ([partial("cp1"), silent("cp2", True)], "cp2 cannot be reached"),
    # Broken or half made: there is a cluster.
    ([clean("cp1", True), control_plane("cp2", healthy=False)], "its control plane does not answer: cp2 .it is control_plane.*not absent. Nothing was made"),
    ([clean("cp1", True), partial("cp2")], "there is a cluster, but its control plane does not answer: cp2"),
    ([clean("cp1", True), partial("cp2", healthy=True)], "does not answer: cp2"),
    # A reinstalled only control plane looks bare; its workers tell.
    ([clean("cp1", True), worker("w1")], "w1 belong to a cluster already .CA sha256:a+, endpoint x:6443.*cp1 looks reinstalled .*No second cluster was made"),
    ([clean("cp1", True), clean("w1"), worker("w2"), worker("w3")], "w2, w3 belong to a cluster already"),
    ([clean("cp1", True, ca_hashes=[OTHER]), worker("w1")], "No second cluster was made"),
    ([partial("cp1"), worker("w1")], "No second cluster was made"),
    ([clean("cp1", True), partial("w1", control=False, ca_hashes=[OURS])], "w1 belong to a cluster already"),
    ([clean("cp1", True), Seen("w1", False, True, machine("control_plane", healthy=False, ca_hashes=[OURS]))], "w1 belong to a cluster"),
    ([clean("cp1", True), worker("cp2", control=True)], "cp2 belong to a cluster already"),
    # A worker whose CA cannot be told is a worker of some cluster all the same.
    ([clean("cp1", True), Seen("w1", False, True, machine("worker", endpoint="x:6443"))], "w1 belong to a cluster already .CA unknown"),
    # An interrupted join copied the cluster's CA; a reset would lose it, and with it the last copy of the data.
    ([partial("cp1", ca_hashes=[OURS]), worker("w1")], "w1 belong to a cluster already"),
])
def test_a_second_cluster_is_never_made(looks: list[Seen], words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        cluster_plan.for_control_plane(looks, "cp1", False)


@pytest.mark.parametrize("looks", [
    [clean("cp1", True), silent("cp2", True)], [clean("cp1", True), worker("w1")], [clean("cp1", True), silent("w1"), worker("w2")],
])
def test_a_person_may_permit_a_new_cluster_for_one_run(looks: list[Seen]) -> None:
    assert not cluster_plan.for_control_plane(looks, "cp1", True).exists


@pytest.mark.parametrize("looks", [[clean("cp1", True), control_plane("cp2", healthy=False)], [clean("cp1", True), partial("cp2")]])
def test_even_a_person_does_not_make_one_beside_a_broken_control_plane(looks: list[Seen]) -> None:
    with pytest.raises(KubewrightError, match="does not answer"):
        cluster_plan.for_control_plane(looks, "cp1", True)


def test_a_control_plane_that_was_restored_with_the_same_ca_is_of_the_same_cluster() -> None:
    assert not cluster_plan.for_control_plane([clean("cp1", True, ca_hashes=[OURS]), worker("w1")], "cp1", False).exists


def test_a_worker_needs_somebody_who_answers() -> None:
    assert cluster_plan.for_worker([silent("cp1", True), control_plane("cp2")]).primary == "cp2"
    with pytest.raises(KubewrightError, match="no control plane answers.*cp1: cannot be reached; cp2: it is clean.*run without --limit"):
        cluster_plan.for_worker([silent("cp1", True), clean("cp2", True)])
    assert not cluster_plan.for_worker([clean("cp2", True)], predicting=True).exists
