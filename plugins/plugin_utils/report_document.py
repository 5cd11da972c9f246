# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as data, kubewright.report/1: docs/schemas.md tells the fields. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import (
    preflight,
    preflight_inputs,
    report_certificates,
    report_drift,
    report_nodes,
    report_versions,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import NO_CLUSTER, Cluster, Seen, find_cluster
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_certificates import epoch, moment

SCHEMA = "kubewright.report/1"
DAYS = 90  # a certificate is due so long before its end, as playbooks/renew_certificates.yml has it
LEFT_OUT = "left out of this run (--limit)"
Row = dict[str, Any]


class Run(NamedTuple):
    """Who makes the report, and when."""

    now: float
    by: str
    kubewright: str
    ansible: str
    check_mode: bool
    hosts: list[str]  # of this run
    control_planes: list[str]
    workers: list[str]


def report(run: Run, inputs: Inputs, answer: Mapping[str, Any]) -> Row:
    """answer: of cluster_info, or empty where no control plane could be asked."""
    looks = {look.host: look for look in inputs.looks if look.reachable}
    cluster, problem = _cluster(inputs.looks)
    nodes = report_nodes.rows(inputs.hosts, report_nodes.Known(inputs.control_planes, inputs.variables, looks, answer))
    found = preflight.findings(inputs)
    findings, drift = _judged(run, inputs, answer, found)
    first = _first(inputs)
    made = {
        "schema": SCHEMA,
        "made": {"time": moment(run.now), "epoch": int(run.now), "by": run.by, "kubewright": run.kubewright, "ansible": run.ansible,
                 "check_mode": run.check_mode, "limited_to": run.hosts if set(inputs.hosts) - set(run.hosts) else None},
        "cluster": _described(cluster, looks, answer),
        "declared": declared(first),
        "nodes": nodes,
        "not_asked": _not_asked(run, inputs, looks),
        "only_in_cluster": report_nodes.only_in_cluster(nodes),
        "only_in_inventory": report_nodes.only_in_inventory(nodes),
        "versions": report_versions.versions(nodes, answer.get("proxy", ""), answer.get("kubernetes", ""),
                                             datetime.fromtimestamp(run.now, tz=timezone.utc).date()),
        "certificates": _certificates(run, nodes, looks, first),
        "findings": findings, "waived": preflight_inputs.rows(preflight.passed(found, inputs.variables)), "drift": drift,
        "tokens": [_token(row, run.now) for row in answer.get("tokens", [])],
        "certificate_key": answer.get("certificate_key"),
        "problems": [*([problem] if problem else []), *answer.get("problems", [])],
    }
    return {**made, "counts": counts(made)}


def _cluster(looks: list[Seen]) -> tuple[Cluster, str]:
    try:
        return find_cluster(looks), ""
    except KubewrightError as error:
        return NO_CLUSTER, str(error)


def _first(inputs: Inputs) -> Mapping[str, Any]:
    return next((inputs.variables[host] for host in (*inputs.control_planes, *inputs.hosts) if host in inputs.variables), {})


def declared(variables: Mapping[str, Any]) -> Row:
    """What the inventory asks for, with the defaults of docs/variables.md."""
    return {
        "kubernetes": str(variables.get("kube_version") or ""), "runtime": str(variables.get("kube_runtime") or "containerd"),
        "pod_network": str(variables.get("kube_cni") or "bridge"), "package_source": str(variables.get("kube_package_source") or "upstream"),
        "image_registry": str(variables.get("kube_image_registry") or ""),
    }


def _judged(run: Run, inputs: Inputs, answer: Mapping[str, Any], found: list[Located]) -> tuple[list[Row], list[Row]]:
    findings, drift = report_drift.divided(preflight_inputs.rows(preflight.standing(found, inputs.variables)))
    if answer.get("nodes"):
        first = _first(inputs)
        drift += report_drift.marks(inputs.variables, inputs.hosts, inputs.control_planes, run.workers, answer["nodes"], str(first.get("kube_version") or ""))
        drift += report_drift.pod_network(declared(first)["pod_network"], answer.get("networks", []), any(row["kind"] == "pod network" for row in drift))
    return sorted(findings, key=lambda row: (row["level"] != "error", row["id"])), drift


def _described(cluster: Cluster, looks: Mapping[str, Seen], answer: Mapping[str, Any]) -> Row:
    told: Mapping[str, Any] = (looks[cluster.primary].node.get("cluster") or {}) if cluster.primary in looks else {}
    networking = _document(told.get("settings", {}).get("kubeadm-config")).get("networking") or {}
    lock = told.get("lock")
    return {
        "exists": cluster.exists, "asked": cluster.primary if answer.get("nodes") else "", "uid": cluster.uid, "endpoint": cluster.endpoint,
        "ca_hashes": cluster.ca_hashes, "kubernetes": answer.get("kubernetes", ""), "pod_networks": list(answer.get("networks", [])) or _bridge(looks),
        "pod_subnets": _listed(networking.get("podSubnet")), "service_subnets": _listed(networking.get("serviceSubnet")),
        "dns_domain": str(networking.get("dnsDomain") or ""),
        "lock": {"owner": lock["identity"].split("/", 1)[0], "purpose": lock["purpose"], "taken": moment(lock["taken"]), "expires": moment(lock["expires"]),
                 "seconds_left": lock["seconds_left"]} if lock else None,
    }


def _bridge(looks: Mapping[str, Seen]) -> list[Row]:
    """The reference plugins have no DaemonSet; their file on a machine tells."""
    machines = [look.node.get("machine") or {} for look in looks.values() if look.state in (report_nodes.CONTROL_PLANE, report_nodes.WORKER)]
    found = any("kubewright-bridge" in name for machine in machines for name in machine.get("cni_configs", []))
    return [{"name": "bridge", "place": "", "ours": True}] if found else []


def _document(text: Any) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(str(text or ""))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _listed(text: Any) -> list[str]:
    return [part for part in str(text or "").split(",") if part]


def _not_asked(run: Run, inputs: Inputs, looks: Mapping[str, Seen]) -> list[Row]:
    """Every host without a look, and why."""
    return [{"host": host, "reason": _reason(inputs.silent[host]) if host in inputs.silent else LEFT_OUT if host not in run.hosts else "it did not answer"}
            for host in inputs.hosts if host not in looks]


def _reason(told: Mapping[str, Any]) -> str:
    """Ansible's own words, in one line."""
    text = re.sub(r"\s+", " ", str(told.get("msg") or "it did not answer")).strip()
    return ("cannot be reached: " if told.get("unreachable") else "") + text


def _certificates(run: Run, nodes: Sequence[Row], looks: Mapping[str, Seen], variables: Mapping[str, Any]) -> list[Row]:
    days = str(variables.get("kube_certificates_renew_before_days") or DAYS)
    named = [(row["name"], looks[row["host"]].node) for row in nodes if row["host"] in looks]
    return report_certificates.rows(named, run.now, int(days) if days.isdigit() else DAYS)


def _token(row: Mapping[str, Any], now: float) -> Row:
    ends = epoch(row["expires"])
    return {"id": row["id"], "description": row["description"], "usages": list(row["usages"]), "created": row["created"], "expires": row["expires"],
            "seconds_left": None if ends is None else max(0, int(ends - now)), "ours": row["description"].startswith("kubewright: ")}


def counts(made: Mapping[str, Any]) -> dict[str, int]:
    nodes, certificates = made["nodes"], made["certificates"]
    there = [row for row in nodes if row["status"] in ("ready", "not_ready")]
    return {
        "nodes": len(there), "nodes_ready": _with(there, "status", "ready"), "nodes_not_ready": _with(there, "status", "not_ready"),
        "control_planes": _with(there, "role", report_nodes.CONTROL_PLANE), "workers": _with(there, "role", report_nodes.WORKER),
        "machines": sum(1 for row in nodes if row["host"]), "not_asked": len(made["not_asked"]),
        "only_in_cluster": len(made["only_in_cluster"]), "only_in_inventory": len(made["only_in_inventory"]),
        "errors": _with(made["findings"], "level", "error"), "warnings": _with(made["findings"], "level", "warning"), "waived": len(made["waived"]),
        "drift": len(made["drift"]), "skew": len(made["versions"]["skew"]), "tokens": len(made["tokens"]), "certificates": len(certificates),
        **{f"certificates_{level}": _with(certificates, "level", level) for level in report_certificates.LEVELS}, "problems": len(made["problems"]),
    }


def _with(rows: Iterable[Mapping[str, Any]], key: str, value: str) -> int:
    return sum(1 for row in rows if row[key] == value)
