# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd_restore as restoring
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.modules import etcd_snapshot
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_control_plane import FakeControlPlane, words_after
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, run_module

MANIFEST = "/etc/kubernetes/manifests/etcd.yaml"


class Etcd:
    """etcd with its tools; what it holds is a text in its data directory and in its snapshots. `kill` and `fail` name what a tool dies of."""

    def __init__(self, machine: FakeMachine, monkeypatch: Any, folder: Path) -> None:
        self.machine = machine
        self.plane = FakeControlPlane(machine, monkeypatch)
        self.data = folder / "etcd"
        self.backups = folder / "backups"
        self.members = ["cp1"]
        self.kill = self.fail = ""
        self.bumps = True
        machine.write(MANIFEST, machine.text(MANIFEST).replace("/var/lib/etcd", str(self.data)))
        self.put(self.data / "member", "first")
        for name in ("etcdctl", "etcdutl"):
            machine.write("/proc/100/root/usr/local/bin/" + name)
        machine.on("env", "ETCDCTL_API=3", then=self._tool)
        machine.on("ctr", "--namespace", "k8s.io", "images", "mount", then=lambda call: machine.write(call.words[-1] + "/bin/etcdutl"))
        machine.on("ctr", "--namespace", "k8s.io", "images", "unmount", then=self._unmount)
        machine.on("journalctl")
        machine.on("crictl")
        monkeypatch.setattr(pods, "ailment", lambda _component, _certificate="": "")
        pki = folder / "pki"
        pki.mkdir()
        (pki / "ca.key").write_text("secret")
        monkeypatch.setattr(node, "PKI", str(pki))

    def put(self, folder: Path, text: str) -> None:
        (folder / "snap").mkdir(parents=True, exist_ok=True)
        (folder / "snap" / "db").write_text(text)

    def text(self, folder: Any = None) -> str:
        return (Path(folder or self.data / "member") / "snap" / "db").read_text()

    def _unmount(self, call: Call) -> None:
        self.machine.remove(call.words[-1] + "/bin/etcdutl")
        Path(self.machine.root + call.words[-1] + "/bin").rmdir()

    def _tool(self, call: Call) -> Any:
        for step in ("save", "status", "restore", "list"):
            if step in call.words:
                if step == self.kill and "--help" not in call.words:
                    raise Killed(step)
                return (1, "", f"{step} failed") if step == self.fail else getattr(self, "_" + step)(words_after(call, step))
        raise AssertionError(call.words)

    def _save(self, words: list[str]) -> Any:
        body = self.text().encode().ljust(1024)
        Path(words[0]).write_bytes(body + hashlib.sha256(body).digest())
        return 0, "saved", ""

    def _status(self, words: list[str]) -> Any:
        return 0, json.dumps({"hash": 1, "revision": 7, "totalKey": 9, "totalSize": Path(words[0]).stat().st_size}), ""

    def _restore(self, words: list[str]) -> Any:
        if "--help" in words:
            return 0, "--bump-revision" if self.bumps else "", ""
        self.put(Path(words[words.index("--data-dir") + 1]) / "member", Path(words[0]).read_bytes()[:1024].decode().strip())
        return 0, "", ""

    def _list(self, _words: list[str]) -> Any:
        return 0, json.dumps({"members": [{"name": name} for name in self.members]}), ""

    def save(self, check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
        self.machine.sleep(2)
        return run_module(etcd_snapshot, check_mode, diff, directory=str(self.backups), **more)

    def restore(self, path: str, check_mode: bool = False, diff: bool = False, confirm: str = "cp1", **more: Any) -> Result:
        self.machine.sleep(2)
        return run_module(etcd_snapshot, check_mode, diff, state="restore", path=path, confirm=confirm, **more)

    def saved(self) -> str:
        path: str = self.save()["snapshot"]["path"]
        self.put(self.data / "member", "second")
        return path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.backups.iterdir())


@pytest.fixture
def etcd(machine: FakeMachine, monkeypatch: Any, tmp_path: Path) -> Etcd:
    return Etcd(machine, monkeypatch, tmp_path)


def test_a_dry_run_says_where_it_would_save_and_writes_nothing(etcd: Etcd) -> None:
    result = etcd.save(check_mode=True, diff=True)
    assert result["changed"] and list(result["snapshot"]) == ["path"] and "save etcd to " in result["diff"]["after"]
    assert not etcd.backups.exists() and etcd.machine.calls == []


def test_a_snapshot_is_verified_before_it_has_its_name_and_is_for_root_only(etcd: Etcd) -> None:
    result = etcd.save()
    path = Path(result["snapshot"]["path"])
    assert result["changed"] and path.name.startswith("etcd-cp1-") and path.parent == etcd.backups
    assert result["snapshot"] == {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": 1056, "revision": 7, "keys": 9}
    assert [item.stat().st_mode & 0o777 for item in (path, etcd.backups, Path(result["pki"]))] == [0o600, 0o700, 0o600]
    with tarfile.open(result["pki"]) as archive:
        assert archive.getnames() == ["pki", "pki/ca.key"] and len(etcd.names()) == 2


def test_certificates_are_saved_only_where_they_are_wanted(etcd: Etcd) -> None:
    assert etcd.save(pki=False)["pki"] == "" and len(etcd.names()) == 1


def test_old_snapshots_go_when_a_new_one_is_good(etcd: Etcd) -> None:
    paths = [etcd.save()["snapshot"]["path"] for _time in range(3)]
    predicted = etcd.save(check_mode=True, keep=2)["removed"]
    (etcd.backups / "mine.db").write_text("a person's")
    result = etcd.save(keep=2)
    assert predicted == result["removed"] and sorted(result["removed"]) == sorted([*paths[:2], *(path[:-3] + ".pki.tar" for path in paths[:2])])
    assert len(etcd.names()) == 5 and "mine.db" in etcd.names()
    etcd.fail = "status"
    before = etcd.names()
    result = etcd.save(keep=1)
    assert result.failed and "cannot be read as a snapshot" in result["msg"] and set(before) <= set(etcd.names())


@pytest.mark.parametrize("step", ["save", "status"])
def test_what_a_killed_run_left_is_no_snapshot_and_goes(etcd: Etcd, step: str) -> None:
    etcd.kill = step
    with pytest.raises(Killed):
        etcd.save()
    etcd.kill = ""
    result = etcd.save()
    assert not result.failed and etcd.names() == sorted(Path(path).name for path in (result["snapshot"]["path"], result["pki"]))


def test_a_full_disk_is_told_before_it_is_full(etcd: Etcd, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Disk", (), {"f_bavail": 1, "f_frsize": 1})())
    assert "has 0 MB left" in etcd.save()["msg"] and etcd.names() == []


def test_status_reads_a_snapshot(etcd: Etcd) -> None:
    path = etcd.saved()
    result = run_module(etcd_snapshot, state="status", path=path)
    assert not result["changed"] and result["snapshot"]["revision"] == 7 and result["snapshot"]["path"] == path
    assert "there is no file /nowhere" in run_module(etcd_snapshot, state="status", path="/nowhere")["msg"]
    assert run_module(etcd_snapshot, state="status").failed


def test_a_restore_without_the_member_s_name_touches_nothing(etcd: Etcd) -> None:
    path = etcd.saved()
    for confirm in ("", "cp2", "yes"):
        result = etcd.restore(path, confirm=confirm)
        assert "Nothing was touched" in result["msg"] and "set confirm to cp1" in result["msg"]
    assert etcd.text() == "second" and etcd.plane.signals == [] and not etcd.machine.has(restoring.NOTE)


def test_restore_check_real_check_real(etcd: Etcd) -> None:
    path = etcd.saved()
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = etcd.restore(path, check_mode, diff=True)
        assert not result.failed, result
        assert result["changed"] is changed and bool(result.get("diff")) is changed
        assert etcd.text() == ("second" if check_mode and changed else "first")
    assert etcd.text(result["before"]) == "second" and result["remaining"] == []
    assert etcd.plane.kubelet_calls() == ["systemctl stop kubelet", "systemctl start kubelet"]
    assert etcd.plane.signals == [f"SIGTERM {name}" for name in reversed(pods.COMPONENTS)] and len(etcd.plane.up()) == 4


def test_a_restore_is_done_again_only_on_demand(etcd: Etcd) -> None:
    path = etcd.saved()
    etcd.restore(path)
    etcd.put(etcd.data / "member", "third")
    assert not etcd.restore(path)["changed"] and etcd.text() == "third"
    for name in ("etcdctl", "etcdutl"):
        etcd.machine.write(f"/proc/{getattr(pods.running('etcd'), 'pid', 0)}/root/usr/local/bin/{name}")
    result = etcd.restore(path, force=True)
    assert result["changed"] and etcd.text() == "first" and etcd.text(result["before"]) == "third"


KILLS = ["restore", "stop", "first rename", "second rename", "start"]


@pytest.mark.parametrize("moment", KILLS)
def test_a_restore_that_is_killed_at_any_moment_is_finished_by_the_next_run(etcd: Etcd, monkeypatch: Any, moment: str) -> None:
    path = etcd.saved()
    real, renames = os.replace, []

    def replace(source: Any, target: Any, **options: Any) -> None:
        if str(etcd.data) in str(target):
            renames.append(target)
            if moment == ("first rename", "second rename")[len(renames) - 1]:
                raise Killed(moment)
        real(source, target, **options)

    def killed(*_arguments: Any) -> None:
        raise Killed(moment)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        if moment == "restore":
            etcd.kill = "restore"
        if moment in ("stop", "start"):
            patched.setattr(restoring, moment, killed)
        with pytest.raises(Killed):
            etcd.restore(path)
    etcd.kill = ""
    result = etcd.restore(path)
    assert not result.failed and result["changed"] and (etcd.text(), etcd.text(result["before"])) == ("first", "second")
    assert etcd.plane.kubelet and len(etcd.plane.up()) == 4 and not etcd.restore(path)["changed"]


def test_a_restore_that_fails_before_the_exchange_leaves_the_cluster_running(etcd: Etcd, monkeypatch: Any) -> None:
    path = etcd.saved()
    etcd.fail = "restore"
    assert etcd.restore(path).failed and etcd.plane.signals == []
    etcd.fail = ""
    etcd.plane.immortal.append("kube-scheduler")
    result = etcd.restore(path)
    assert "does not end" in result["msg"] and etcd.plane.kubelet and etcd.text() == "second"


def test_a_tool_that_cannot_raise_revisions_leaves_something_to_do(etcd: Etcd) -> None:
    path = etcd.saved()
    etcd.bumps = False
    assert "restart the kubelet of every other node" in etcd.restore(path)["remaining"][0]


def test_other_members_are_not_left_behind(etcd: Etcd) -> None:
    path = etcd.saved()
    etcd.members = ["cp1", "cp2"]
    assert "more members than this one: cp2" in etcd.restore(path)["msg"] and etcd.text() == "second"
    cluster = {"cp1": "https://192.0.2.11:2380", "cp2": "https://192.0.2.12:2380"}
    assert etcd.restore(path, initial_cluster=cluster)["changed"] and etcd.text() == "first"
    words = next(call.words for call in etcd.machine.calls if "--initial-cluster" in call.words)
    assert "cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380" in words


def test_a_machine_without_etcd_is_told_so(etcd: Etcd) -> None:
    etcd.machine.remove(MANIFEST)
    assert "there is no etcd of kubeadm's on this machine" in etcd.save()["msg"]


def test_a_lost_data_directory_is_made_of_the_snapshot_with_the_image_s_tool(etcd: Etcd) -> None:
    path = etcd.saved()
    etcd.plane.remove("etcd")
    shutil.rmtree(etcd.data / "member")
    result = etcd.restore(path)
    assert not result.failed, result
    assert etcd.text() == "first" and len(etcd.machine.commands("ctr")) == 2
