# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report for node_exporter's textfile collector. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Labels = dict[str, str]
Report = Mapping[str, Any]


class Metric(NamedTuple):
    """A gauge and its samples."""

    name: str
    help: str
    samples: list[tuple[Labels, float]]


def textfile(report: Report) -> str:
    """Prometheus' text format; a metric without samples is left out."""
    return "".join(_written(metric) for metric in (*_cluster(report), *_nodes(report), *_certificates(report), *_counts(report)) if metric.samples)


def _cluster(report: Report) -> Iterable[Metric]:
    cluster = report["cluster"]
    support = report["versions"]["support"]
    yield Metric("kubewright_report_timestamp_seconds", "When the report was made, in seconds since the epoch.", [({}, report["made"]["epoch"])])
    info = {"kubernetes": cluster["kubernetes"], "endpoint": cluster["endpoint"], "pod_network": ",".join(row["name"] for row in cluster["pod_networks"]),
            "uid": cluster["uid"], "kubewright": report["made"]["kubewright"]}
    yield Metric("kubewright_cluster_info", "What the cluster is; 1 where a control plane answers, else 0.", [(info, int(bool(cluster["exists"])))])
    yield Metric("kubewright_support_days_left", "Days for which the minor of Kubernetes is supported yet, where that is known.",
                 [({"minor": support["minor"]}, support["days_left"])] if support and support["days_left"] is not None else [])


def _nodes(report: Report) -> Iterable[Metric]:
    there = [row for row in report["nodes"] if row["status"] in ("ready", "not_ready")]
    yield Metric("kubewright_node_ready", "Whether the node is Ready.",
                 [({"node": row["name"], "role": row["role"]}, int(row["status"] == "ready")) for row in there])
    yield Metric("kubewright_node_info", "Versions of a node; always 1.", [
        ({"node": row["name"], "role": row["role"], "kubelet": row["versions"].get("kubelet", ""), "runtime": row["runtime"], "kernel": row["kernel"],
          "os": row["os"]}, 1) for row in there])
    yield Metric("kubewright_machine_asked", "Whether the machine of the inventory could be looked at.",
                 [({"host": row["host"]}, int(row["asked"])) for row in report["nodes"] if row["host"]])


def _certificates(report: Report) -> Iterable[Metric]:
    yield Metric("kubewright_certificate_expiry_timestamp_seconds", "When a certificate ends, in seconds since the epoch.", [
        ({"node": row["node"], "path": row["path"], "kind": row["kind"]}, row["expires_epoch"])
        for row in report["certificates"] if row["expires_epoch"] is not None])


def _counts(report: Report) -> Iterable[Metric]:
    counted = report["counts"]
    levels = (("error", counted["errors"]), ("warning", counted["warnings"]), ("waived", counted["waived"]))
    yield Metric("kubewright_findings", "Preflight's findings by level.", [({"level": level}, number) for level, number in levels])
    for name, key, text in (
        ("kubewright_drift", "drift", "Differences between the inventory and the cluster."),
        ("kubewright_version_skew", "skew", "Components whose version does not fit the API server's."),
        ("kubewright_bootstrap_tokens", "tokens", "Bootstrap tokens that are in the cluster."),
        ("kubewright_nodes_only_in_cluster", "only_in_cluster", "Nodes that the inventory does not list."),
        ("kubewright_machines_only_in_inventory", "only_in_inventory", "Machines of the inventory that are no node of the cluster."),
    ):
        yield Metric(name, text, [({}, counted[key])])
    lock = report["cluster"]["lock"]
    yield Metric("kubewright_run_lock_seconds_left", "Seconds for which a run holds the cluster's lock yet; 0 where nobody does.",
                 [({}, lock["seconds_left"] if lock else 0)])


def _written(metric: Metric) -> str:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
    # The same twice, as of a machine that the inventory has under two names, would make node_exporter refuse the whole file.
    lines += [f"{metric.name}{labels} {value}" for labels, value in {_labels(labels): value for labels, value in metric.samples}.items()]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
