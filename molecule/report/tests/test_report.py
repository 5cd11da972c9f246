"""In this order: what was left and what differs, nothing secret, dry, limited, kept on the control plane; a node that is off; no API server."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import PlaybookRun, playbook
from secret_search import Secret, files_with, of_files
from testinfra.host import Host

ADMIN = "/etc/kubernetes/admin.conf"
MANIFEST, ASIDE = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/root/kube-apiserver.yaml"
OTHERWISE = json.dumps({"kube_apiserver_extra_args": {"profiling": "false"}, "kube_node_labels": {"example.com/rack": "r1"}})
KEPT = "/var/lib/kubewright-report"


class Made(NamedTuple):
    run: PlaybookRun
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture
def made(inventory: Path, tmp_path: Path) -> Callable[..., Made]:
    def make(*options: str) -> Made:
        return Made(playbook("playbooks/report.yml", inventory, f"--extra-vars=kube_report_path={tmp_path / 'report'}", *options), tmp_path / "report")
    return make


@pytest.fixture(scope="module")
def token(nodes: dict[str, Host]) -> str:
    """Left by hand, with the certificates of a control plane."""
    nodes["cp1"].check_output("kubeadm init phase upload-certs --upload-certs")
    return str(nodes["cp1"].check_output("kubeadm token create --ttl 24h --description 'left by hand'").strip())


def test_what_was_left_and_what_differs_is_told_and_nothing_is_changed(token: str, nodes: dict[str, Host], made: Callable[..., Made]) -> None:
    found = made(f"--extra-vars={OTHERWISE}")
    report = found.report
    assert found.run.rc == 0 and set(found.run.each("changed").values()) == {0}
    assert token.split(".")[0] in [row["id"] for row in report["tokens"]] and report["certificate_key"]["created"]
    assert {"setting", "labels"} <= {row["kind"] for row in report["drift"]} and "profiling" in json.dumps(report["drift"])
    assert report["counts"]["nodes_ready"] == 2 and {row["level"] for row in report["certificates"]} == {"ok"}
    secrets = [Secret("the token", token), Secret("its secret half", token.split(".")[1]), *of_files(nodes["cp1"].check_output)]
    assert files_with(secrets, found.folder) == []
    assert sorted(path.name for path in found.folder.iterdir()) == ["kubewright.prom", "report.html", "report.json"]


def test_a_dry_run_writes_nothing_and_a_limit_still_tells_of_the_whole_cluster(made: Callable[..., Made]) -> None:
    dry = made("--check")
    assert dry.run.rc == 0 and not dry.folder.exists()
    limited = made("--limit", "worker1")
    assert limited.run.rc == 0 and limited.report["counts"]["nodes"] == 2 and limited.report["made"]["limited_to"] == ["worker1"]
    assert limited.report["counts"]["not_asked"] == 0  # the control plane is looked at all the same


def test_the_control_plane_keeps_a_copy(nodes: dict[str, Host], made: Callable[..., Made]) -> None:
    found = made(f"--extra-vars=kube_report_control_plane_path={KEPT}")
    assert found.run.rc == 0 and nodes["cp1"].file(f"{KEPT}/report.json").content_string == (found.folder / "report.json").read_text(encoding="utf-8")


def test_a_node_that_is_off_stands_in_the_report_and_fails_nothing(nodes: dict[str, Host], made: Callable[..., Made]) -> None:
    subprocess.run(["docker", "stop", "--time=0", f"{os.environ['KUBEWRIGHT_LAB']}-worker1"], check=True, stdout=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while "NotReady" not in nodes["cp1"].check_output(f"kubectl --kubeconfig {ADMIN} get nodes") and time.monotonic() < limit:
        time.sleep(3)
    found = made()
    states = {row["name"]: row["status"] for row in found.report["nodes"]}
    assert found.run.rc == 0 and states == {"cp1": "ready", "worker1": "not_ready"}
    assert [row["host"] for row in found.report["not_asked"]] == ["worker1"] and "cannot be reached" in found.report["not_asked"][0]["reason"]
    assert 'kubewright_node_ready{node="worker1",role="worker"} 0' in (found.folder / "kubewright.prom").read_text(encoding="utf-8")


def test_without_an_api_server_the_machines_still_tell_of_themselves(nodes: dict[str, Host], made: Callable[..., Made]) -> None:
    nodes["cp1"].check_output(f"mv {MANIFEST} {ASIDE}")
    limit = time.monotonic() + 90
    while nodes["cp1"].run(f"kubectl --kubeconfig {ADMIN} --request-timeout=2s get nodes").rc == 0 and time.monotonic() < limit:
        time.sleep(2)
    found = made()
    report = found.report
    assert found.run.rc == 0 and not report["cluster"]["exists"] and report["problems"] and report["counts"]["certificates"] > 10
    assert {row["status"] for row in report["nodes"]} == {"unknown"}
