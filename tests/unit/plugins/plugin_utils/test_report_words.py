# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_words
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up


def test_a_healthy_cluster_takes_three_sentences() -> None:
    assert report_words.sentences(made_up.made(3)) == [
        "report: Kubernetes 1.36.2, 1 control plane and 2 workers, 3 of 3 Ready", "report: 0 errors, 0 warnings, 0 of drift, 0 versions out of step",
        "report: 18 certificates: 0 expired, 0 due, 0 unreadable"]


def test_what_is_open_is_named() -> None:
    told = "\n".join(report_words.sentences(made_up.made(3, faults=True)))
    for words in ("1 bootstrap token left: 8x2k1q", "nodes that the inventory does not list: old-worker", "not asked: worker2", "2 of drift"):
        assert words in told


def test_without_a_cluster_that_is_said() -> None:
    report = made_up.made(1)
    report["cluster"].update(asked="", exists=False)
    assert report_words.sentences(report)[0] == "report: no cluster answers"
    assert report_words.sentences({**report, "problems": ["version: refused"], "counts": {**report["counts"], "problems": 1}})[:2] == [
        "report: no API server could be asked", "report: version: refused"]
