# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections import UserDict
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import yaml
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.kubewright.cluster.plugins.action import cluster_report
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ROOT = Path(__file__).resolve().parents[4]
HOSTS = ["cp1", "w1", "w2"]
HOSTVARS: dict[str, Any] = {
    "cp1": {"kube_version": "1.36.2", "__preflight_look": {"node": made_up.look("cp1", True, 11).node},
            "__report_cluster": made_up.answer([made_up.node("cp1", True, 11), made_up.node("w1", False, 12)], ["cp1"])},
    "w1": {"kube_version": "1.36.2", "__preflight_look": {"unreachable": True, "msg": "no  route\nto host"}, "__report_cluster": {"skipped": True}},
    "w2": {"kube_version": "1.36.2"},
}


@pytest.fixture
def displayed(monkeypatch: Any) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.display", lambda _self, text, **_options: lines.append(text))
    return lines


def made(path: Path | str, check_mode: bool = False, hosts: list[str] | None = None) -> dict[str, Any]:
    node = FakeNode()
    arguments = {"hosts": HOSTS, "control_planes": ["cp1"], "workers": ["w1", "w2"], "path": str(path)}
    task_vars = {"hostvars": HOSTVARS, "ansible_play_hosts_all": hosts or HOSTS}
    result: dict[str, Any] = action_of(cluster_report, arguments, node, check_mode).run(task_vars=task_vars)
    assert node.asked == []
    return result


def test_three_files_of_the_same_content_are_written(tmp_path: Path, displayed: list[str]) -> None:
    for _again in range(2):
        result = made(tmp_path / "new" / "folder")
        assert not result["changed"] and result["asked"] == "cp1" and result["files"] == ["report.json", "report.html", "kubewright.prom"]
        folder = Path(result["path"])
        assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(result["files"], 0o644)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["schema"] == result["schema"] and report["counts"] == result["counts"]
    assert report["not_asked"] == [{"host": "w1", "reason": "cannot be reached: no route to host"}, {"host": "w2", "reason": "it did not answer"}]
    assert "report: written to " in displayed[-1] and (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_counts_are_handed_on_as_set_stats_does(tmp_path: Path, displayed: list[str]) -> None:
    result = made(tmp_path)
    assert result["ansible_stats"]["data"]["kubewright_report"] == result["counts"] and result["ansible_stats"]["per_host"] is False


def test_a_dry_run_writes_nothing(tmp_path: Path, displayed: list[str]) -> None:
    result = made(tmp_path / "none", check_mode=True)
    assert result["counts"]["nodes"] == 2 and not (tmp_path / "none").exists() and "nothing was written" in displayed[-1]


def test_who_was_left_out_is_told_as_such(tmp_path: Path, displayed: list[str]) -> None:
    made(tmp_path, hosts=["cp1"])
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["made"]["limited_to"] == ["cp1"] and {"host": "w2", "reason": "left out of this run (--limit)"} in report["not_asked"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, displayed: list[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = made(tmp_path / "file")
    assert result["failed"] and "Set kube_report_path to a folder" in result["msg"]


def test_a_file_is_replaced_as_a_whole_or_stays(tmp_path: Path, monkeypatch: Any) -> None:
    cluster_report.written(tmp_path, {"report.json": "old"})
    monkeypatch.setattr(Path, "replace", Mock(side_effect=OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        cluster_report.written(tmp_path, {"report.json": "new"})
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("report.json", "old")]


@pytest.mark.parametrize(("variables", "version"), [
    ({"kube_version": "1.31.2", "kube_minor": "1.31"}, "1.31.2"), ({}, None), ({"kube_minor": "1.31"}, "1.31.14"), ({"kube_minor": "newest"}, None),
    ({"kube_minor": "1.31", "__preflight_look": {"node": {"versions": {"kubelet": "1.31.2"}}}}, "1.31.2"), ({"kube_minor": "1.3"}, None),
    ({"kube_minor": "1.31", "__preflight_look": {"unreachable": True}}, "1.31.14"),
])
def test_a_minor_is_what_the_machine_runs_of_it_or_the_newest_that_is_known(variables: dict[str, Any], version: str | None) -> None:
    assert cluster_report.with_version(variables).get("kube_version") == version


def test_a_minor_that_cannot_be_read_stops_no_report(tmp_path: Path, monkeypatch: Any, displayed: list[str]) -> None:
    class FakeHostVars(UserDict[str, Any]):
        """As ansible-core 2.19 and newer answer for a template of what is nowhere."""

        def __getitem__(self, name: str) -> Any:
            if name == "kube_minor":
                raise AnsibleUndefinedVariable("'nowhere' is undefined")
            return super().__getitem__(name)

    monkeypatch.setitem(HOSTVARS, "cp1", FakeHostVars(HOSTVARS["cp1"], kube_minor="?"))
    assert made(tmp_path)["counts"]["nodes"] == 2


def test_the_version_is_that_of_the_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"] == cluster_report.VERSION
