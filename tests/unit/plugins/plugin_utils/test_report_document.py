# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_document
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).resolve().parents[4]
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "report-1.schema.json").read_text(encoding="utf-8"))
REAL = ROOT / "tests" / "unit" / "fixtures" / "report"


def closed(part: Any) -> Any:
    """The schema with nothing allowed that it does not name, so that no field is forgotten in it."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    more = {"additionalProperties": False} if "properties" in part and "additionalProperties" not in part else {}
    return {**{key: closed(value) for key, value in part.items()}, **more}


def problems(report: dict[str, Any]) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in jsonschema.Draft202012Validator(closed(SCHEMA)).iter_errors(report)]


def bare(*looks: Seen, **answer: Any) -> dict[str, Any]:
    hosts = ["cp1", "w1"]
    variables: dict[str, dict[str, Any]] = {host: {"kube_version": "1.36.2"} for host in hosts}
    run = report_document.Run(made_up.NOW, "alice@controller", "0.1.0", "2.19.14", False, hosts, ["cp1"], ["w1"])
    return report_document.report(run, Inputs(hosts, ["cp1"], [], variables, list(looks), {}), answer)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("nodes", [1, 3, 20])
@pytest.mark.parametrize("faults", [False, True])
def test_a_report_is_as_its_schema_says(nodes: int, faults: bool) -> None:
    assert problems(made_up.made(nodes, faults=faults and nodes > 2)) == []


@pytest.mark.parametrize("path", sorted(REAL.glob("*.json")), ids=lambda path: path.name)
def test_a_report_of_the_lab_is_as_its_schema_says(path: Path) -> None:
    assert problems(json.loads(path.read_text(encoding="utf-8"))) == []


def test_a_healthy_cluster_has_nothing_to_tell() -> None:
    report = made_up.made(3)
    counts = report["counts"]
    assert (counts["nodes"], counts["nodes_ready"], counts["control_planes"], counts["workers"], counts["certificates"]) == (3, 3, 1, 2, 18)
    assert not any(counts[key] for key in ("errors", "warnings", "drift", "skew", "tokens", "not_asked", "certificates_due", "problems"))
    assert report["cluster"]["pod_subnets"] == ["10.244.0.0/16"] and report["made"]["limited_to"] is None and report["cluster"]["asked"] == "cp1"


def test_every_fault_is_told_in_its_place() -> None:
    report = made_up.made(3, faults=True)
    assert [row["host"] for row in report["not_asked"]] == ["worker2"] and report["not_asked"][0]["reason"].startswith("cannot be reached: Failed to connect")
    assert report["only_in_cluster"] == ["old-worker"] and report["tokens"][0]["seconds_left"] == 84962
    assert [(row["kind"], row["hosts"]) for row in report["drift"]] == [("version", ["cp1"]), ("labels", ["worker1"])]
    assert [row["id"] for row in report["findings"]] == ["Unreachable"] and report["counts"]["certificates_due"] == 10


def test_no_cluster_yet() -> None:
    report = bare(made_up.look("cp1", True, 11, state="clean", healthy=False, ca_hashes=[], pki=[], cluster={}))
    assert not report["cluster"]["exists"] and report["cluster"]["asked"] == "" and problems(report) == []
    assert [(row["name"], row["status"]) for row in report["nodes"]] == [("cp1", "absent"), ("w1", "unknown")]
    assert report["not_asked"] == [{"host": "w1", "reason": "it did not answer"}]


def test_a_control_plane_that_is_down_is_told_with_what_its_machine_knows() -> None:
    report = bare(made_up.look("cp1", True, 11, healthy=False, cluster={}), made_up.look("w1", False, 12), problems=["version: refused"], nodes=[])
    assert problems(report) == [] and report["problems"] == ["version: refused"] and report["counts"]["certificates"] == 16
    assert [row["status"] for row in report["nodes"]] == ["unknown", "unknown"] and "ControlPlaneDown" in [row["id"] for row in report["findings"]]


def test_control_planes_of_two_clusters_are_a_problem_and_no_end() -> None:
    report = bare(made_up.look("cp1", True, 11), made_up.look("cp2", True, 12, ca_hashes=["sha256:b"]))
    assert "belong to different clusters" in report["problems"][0] and not report["cluster"]["exists"]


def test_who_was_left_out_is_told_as_such() -> None:
    report = made_up.made(3, hosts=["worker1"], faults=True)
    assert report["made"]["limited_to"] == ["worker1"] and problems(report) == []


def test_a_machine_outside_the_limit_is_not_said_to_be_silent() -> None:
    hosts = ["cp1", "w1"]
    run = report_document.Run(made_up.NOW, "a@b", "0.1.0", "2.19.14", False, ["cp1"], ["cp1"], ["w1"])
    inputs = Inputs(hosts, ["cp1"], [], {host: {"kube_version": "1.36.2"} for host in hosts}, [made_up.look("cp1", True, 11)], {})
    assert report_document.report(run, inputs, {})["not_asked"] == [{"host": "w1", "reason": report_document.LEFT_OUT}]


def test_the_owner_of_the_run_lock_is_told_as_people_know_it() -> None:
    lock = {"identity": "alice@ci1/8f.41.40.51.88", "purpose": "site.yml", "taken": made_up.NOW - 60, "expires": made_up.NOW + 60, "seconds_left": 60}
    report = bare(made_up.look("cp1", True, 11, cluster={**made_up.CLUSTER, "lock": lock}))
    assert report["cluster"]["lock"] == {"owner": "alice@ci1", "purpose": "site.yml", "taken": "2026-11-22T02:02:58Z", "expires": "2026-11-22T02:04:58Z",
                                         "seconds_left": 60}


@pytest.mark.parametrize(("text", "found"), [("a: {b", {}), ("- list", {}), (None, {}), ("a: 1", {"a": 1})])
def test_a_document_that_somebody_garbled_is_none(text: Any, found: Any) -> None:
    assert report_document._document(text) == found


def test_the_bridge_has_no_daemon_set_and_is_told_by_its_file() -> None:
    look = made_up.look("cp1", True, 11, machine={"cni_configs": ["10-kubewright-bridge.conflist"]})
    assert bare(look)["cluster"]["pod_networks"] == [{"name": "bridge", "place": "", "ours": True}]


def test_a_token_without_an_end_has_no_seconds_left() -> None:
    given = {"id": "abcdef", "description": "kubewright: join w1", "usages": [], "created": "", "expires": ""}
    assert (report_document._token(given, 0)["seconds_left"], report_document._token(given, 0)["ours"]) == (None, True)
