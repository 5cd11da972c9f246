# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_sections as sections
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up

ALL = (sections.cluster, sections.nodes, sections.versions, sections.certificates, sections.findings, sections.drift, sections.tokens, sections.silent)
NOTHING: dict[str, Any] = {
    "certificates": [], "findings": [], "waived": [], "drift": [], "tokens": [], "certificate_key": None, "not_asked": [], "problems": [],
    "only_in_cluster": [], "only_in_inventory": [], "versions": {"api_servers": [], "kubelet_minors_older": None, "skew": [], "support": None}}


def changed(**parts: Any) -> dict[str, Any]:
    return {**made_up.made(1), **parts}


@pytest.mark.parametrize(("part", "words"), [
    (sections.cluster, ("calico", "10.244.0.0/16", "nobody holds it", "1b9d6bcd-")),
    (sections.nodes, ("Debian GNU/Linux 13 (trixie)", "control plane", "335 days", "First certificate ends")),
    (sections.versions, ("All versions fit each other", "3 minors older", "on 3 machines")),
    (sections.certificates, ("Nothing is due. The first certificate to end has 335 days left.", "kube-apiserver-etcd-client", "UTC")),
    (sections.findings, ("Nothing was found",)), (sections.drift, ("is what the inventory declares",)), (sections.tokens, ("No bootstrap token",)),
    (sections.silent, ("Every machine of the inventory was looked at",)),
])
def test_a_healthy_cluster(part: Any, words: tuple[str, ...]) -> None:
    assert [word for word in words if word not in part(made_up.made(3))] == []


@pytest.mark.parametrize(("part", "words"), [
    (sections.cluster, ("Not Ready: ", "worker2")), (sections.nodes, ("Not ready",)),
    (sections.certificates, ("What needs attention", "41 days", "Due")), (sections.findings, ("Unreachable", "See that ssh reaches it.")),
    (sections.drift, ("example.com/rack=r7", "old-worker", "it runs Kubernetes 1.35.4")), (sections.silent, ("cannot be reached: Failed",)),
    (sections.tokens, ("8x2k1q", "left by hand", "2026-11-23 01:40 UTC", "kubeadm token delete")),
])
def test_what_is_wrong_is_told(part: Any, words: tuple[str, ...]) -> None:
    assert [word for word in words if word not in part(made_up.made(3, faults=True))] == []


@pytest.mark.parametrize("part", ALL)
def test_every_part_bears_that_nothing_is_known(part: Any) -> None:
    report = changed(**NOTHING, nodes=[])
    report["cluster"].update(asked="", exists=False, endpoint="", uid="", ca_hashes=[], pod_networks=[])
    assert part(report)


@pytest.mark.parametrize(("left", "words"), [(0, "0 days"), (1, "1 day"), (365, "365 days"), (-1, "ended 1 day ago")])
def test_days(left: int, words: str) -> None:
    assert sections.days(left) == words


def test_a_certificate_that_has_ended_and_one_that_cannot_be_read() -> None:
    report = made_up.made(1)
    report["certificates"][0].update(days_left=-3, level="expired")
    report["certificates"][1].update(days_left=None, expires="", fingerprint="", level="unreadable", error="no PEM")
    drawn = sections.certificates(report)
    assert "ended 3 days ago" in drawn and "no PEM" in drawn and drawn.index("no PEM") < drawn.index("ended 3 days ago")


def test_of_many_machines_the_list_is_folded() -> None:
    few, many = (sections.nodes(made_up.made(number)) for number in (3, 100))
    assert '<details open="">' in few and "<details><summary>100 machines" in many
    assert "<summary>By machine: 100</summary>" in sections.certificates(made_up.made(100))


@pytest.mark.parametrize(("support", "words"), [
    ({"minor": "1.35", "newest_patch": "1.35.8", "until": "2027-02-28", "days_left": 98, "state": "supported"}, "supported until 2027-02-28 (98 days)."),
    ({"minor": "1.20", "newest_patch": "", "until": "", "days_left": None, "state": "ended"}, "support has ended."),
])
def test_support(support: dict[str, Any], words: str) -> None:
    assert words in sections.versions(changed(versions={"api_servers": ["1.35.1"], "kubelet_minors_older": 3, "skew": [], "support": support}))


def test_versions_that_do_not_fit_take_the_place_of_the_rule() -> None:
    skew = [{"component": "kubelet", "node": node, "version": "1", "message": message} for node, message in (("w1", "too old"), ("", "too new"))]
    drawn = sections.versions(changed(versions={"api_servers": ["1.31.2"], "kubelet_minors_older": 3, "skew": skew, "support": None}))
    assert "w1: too old" in drawn and "too new" in drawn and "All versions fit" not in drawn


def test_a_lock_a_limit_and_problems_are_told_with_the_picture() -> None:
    report = made_up.made(1)
    report["made"]["limited_to"] = ["w1", "w2"]
    report["problems"] = ["version: refused"]
    report["cluster"]["lock"] = {"owner": "alice@ci1", "purpose": "", "taken": "2026-11-22T02:02:58Z", "expires": "2026-11-22T03:02:58Z", "seconds_left": 60}
    drawn = sections.cluster(report)
    assert "limited to w1, w2" in drawn and "version: refused" in drawn and "alice@ci1, a playbook" in drawn and "nobody holds it" not in drawn


def test_uploaded_certificates_and_waived_findings_are_told() -> None:
    finding = {"hosts": ["w1"], "id": "Port", "level": "warning", "message": "taken", "remedy": None}
    assert "1 finding waived" in sections.findings(changed(waived=[finding]))
    assert "the token abcdef lives" in sections.tokens(changed(certificate_key={"created": "2026-11-22T02:02:58Z", "token_id": "abcdef"}))


def test_a_host_that_is_a_node_of_another_name_is_told_with_both() -> None:
    report = made_up.made(1)
    report["nodes"][0]["host"] = "rack-1"
    assert "rack-1 in the inventory" in sections.nodes(report)
