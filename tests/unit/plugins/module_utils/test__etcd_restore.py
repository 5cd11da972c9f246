# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import shutil
from typing import Any, List
from unittest import mock

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd_restore as restoring
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._etcd import Member
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_control_plane import FakeControlPlane
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


@pytest.fixture
def me(tmp_path: Any) -> Member:
    """Its data directory is a real folder, as renaming needs."""
    return Member("cp1", str(tmp_path / "etcd"), "https://192.0.2.11:2380", "cp1=https://192.0.2.11:2380")


def put(folder: str, text: str) -> None:
    os.makedirs(folder + "/snap")
    with open(folder + "/snap/db", "w") as stream:
        stream.write(text)


def data(folder: str) -> str:
    with open(folder + "/snap/db") as stream:
        return str(stream.read())


def test_a_note_is_read_back_and_a_damaged_one_is_an_error(machine: FakeMachine) -> None:
    assert restoring.note() is None
    machine.write(restoring.NOTE, "\n")
    assert restoring.note() is None
    written = restoring.write(restoring.Note("abc", "/var/lib/etcd/before", 1.5, None))
    assert restoring.note() == written
    for text in ("{", "[]", "{}", '{"other": 1}', "null"):
        machine.write(restoring.NOTE, text)
        with pytest.raises(KubewrightError, match="etcd-restore.json cannot be read"):
            restoring.note()


def test_the_old_data_is_renamed_and_the_new_in_its_place(machine: FakeMachine, me: Member) -> None:
    put(me.folder(), "old")
    begun = restoring.begin("abc", me)
    put(restoring.clear(me) + "/member", "new")
    assert not restoring.is_exchanged(begun, me) and not restoring.is_prepared(begun, me)
    restoring.exchange(begun, me)
    assert restoring.is_exchanged(begun, me) and data(me.folder()) == "new" and data(begun.before) == "old"
    assert sorted(os.listdir(me.data_dir)) == [os.path.basename(begun.before), "member"] and restoring.begin("abc", me) == begun


def test_a_run_that_is_killed_between_the_two_renames_is_finished_by_the_next(machine: FakeMachine, me: Member, monkeypatch: Any) -> None:
    put(me.folder(), "old")
    begun = restoring.begin("abc", me)
    put(restoring.clear(me) + "/member", "new")
    os.rename(me.folder(), begun.before)
    again = restoring.begin("abc", me)
    assert again == begun and restoring.is_prepared(again, me) and not restoring.is_exchanged(again, me)
    restoring.exchange(again, me)
    assert data(me.folder()) == "new" and data(begun.before) == "old"


def test_what_a_killed_run_had_prepared_is_made_anew(me: Member) -> None:
    put(restoring.new_folder(me) + "/member", "half")
    assert not os.path.exists(restoring.clear(me))


def test_a_machine_that_lost_its_data_gets_the_snapshot_s(machine: FakeMachine, me: Member) -> None:
    begun = restoring.begin("abc", me)
    put(restoring.clear(me) + "/member", "new")
    restoring.exchange(begun, me)
    assert data(me.folder()) == "new" and os.listdir(begun.before) == [] and restoring.is_exchanged(begun, me)


def test_another_snapshot_is_refused_only_while_data_is_between_its_places(machine: FakeMachine, me: Member) -> None:
    put(me.folder(), "old")
    first = restoring.begin("abc", me)
    machine.sleep(2)
    assert restoring.begin("other", me).before != first.before  # nothing was touched yet
    machine.sleep(2)
    begun = restoring.begin("third", me)
    put(restoring.clear(me) + "/member", "new")
    os.rename(me.folder(), begun.before)
    with pytest.raises(KubewrightError, match="SHA-256 third.*was interrupted.*the old data is in.*Run again with that snapshot first"):
        restoring.begin("fourth", me)
    restoring.exchange(begun, me)
    assert restoring.begin("fourth", me).sha256 == "fourth"


def test_a_finished_restore_does_not_stand_in_the_way(machine: FakeMachine, me: Member) -> None:
    first = restoring.write(restoring.begin("abc", me)._replace(finished=machine.now()))
    machine.sleep(2)
    assert restoring.begin("abc", me).before != first.before and restoring.note() != first


def test_the_kubelet_stops_first_and_etcd_last_and_all_come_back(machine: FakeMachine, monkeypatch: Any) -> None:
    plane = FakeControlPlane(machine, monkeypatch)
    waited: List[str] = []
    monkeypatch.setattr(pods, "wait", lambda component, *_rest: waited.append(component))
    plane.remove("kube-scheduler")
    restoring.stop(Runner(machine))
    assert plane.up() == [] and plane.signals == ["SIGTERM kube-controller-manager", "SIGTERM kube-apiserver", "SIGTERM etcd"]
    restoring.start(Runner(machine), 60)
    assert plane.kubelet_calls() == ["systemctl stop kubelet", "systemctl start kubelet"]
    assert waited == list(pods.COMPONENTS) and sorted(plane.up()) == sorted(pods.COMPONENTS)


def test_a_rename_that_fails_deletes_nothing(machine: FakeMachine, me: Member, monkeypatch: Any) -> None:
    put(me.folder(), "old")
    begun = restoring.begin("abc", me)
    put(restoring.clear(me) + "/member", "new")
    removed = mock.Mock()
    monkeypatch.setattr(shutil, "rmtree", removed)
    monkeypatch.setattr(os, "replace", mock.Mock(side_effect=OSError("busy")))
    with pytest.raises(OSError, match="busy"):
        restoring.exchange(begun, me)
    assert data(me.folder()) == "old" and not removed.called
