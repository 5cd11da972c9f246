# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in a few sentences, for the end of a run. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import counted, folded


def sentences(report: Mapping[str, Any]) -> list[str]:
    return [f"report: {sentence}" for sentence in (*_cluster(report), *_open(report), *_silent(report))]


def _cluster(report: Mapping[str, Any]) -> Iterator[str]:
    cluster, number = report["cluster"], report["counts"]
    if not cluster["asked"]:
        yield "no API server could be asked" if cluster["exists"] or number["problems"] else "no cluster answers"
    else:
        yield (f"Kubernetes {cluster['kubernetes']}, {counted(number['control_planes'], 'control plane')} and {counted(number['workers'], 'worker')}, "
               f"{number['nodes_ready']} of {number['nodes']} Ready")
    yield from report["problems"]


def _open(report: Mapping[str, Any]) -> Iterator[str]:
    number = report["counts"]
    yield (f"{counted(number['errors'], 'error')}, {counted(number['warnings'], 'warning')}, {number['drift']} of drift, "
           f"{counted(number['skew'], 'version')} out of step")
    yield (f"{counted(number['certificates'], 'certificate')}: {number['certificates_expired']} expired, {number['certificates_due']} due, "
           f"{number['certificates_unreadable']} unreadable")
    if report["tokens"]:
        yield f"{counted(number['tokens'], 'bootstrap token')} left: {', '.join(row['id'] for row in report['tokens'])}"
    for key, text in (("only_in_cluster", "nodes that the inventory does not list"), ("only_in_inventory", "machines that are no node of the cluster")):
        if report[key]:
            yield f"{text}: {folded(report[key])}"


def _silent(report: Mapping[str, Any]) -> Iterator[str]:
    if report["not_asked"]:
        yield f"not asked: {folded(row['host'] for row in report['not_asked'])}"
