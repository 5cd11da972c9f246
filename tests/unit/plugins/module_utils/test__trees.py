# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import errno
import os
import shutil
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _trees as trees
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

FROM, TO = "/var/lib/etcd/member", "/var/lib/etcd.copy/member"


@pytest.fixture(autouse=True)
def data(machine: FakeMachine) -> FakeMachine:
    machine.write(FROM + "/snap/db", "db")
    machine.write(FROM + "/wal/0.wal", "wal")
    return machine


def whole(machine: FakeMachine, folder: str) -> bool:
    return machine.has(folder) and (machine.text(folder + "/snap/db"), machine.text(folder + "/wal/0.wal")) == ("db", "wal")


def other_filesystem(monkeypatch: Any) -> None:
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if not source.endswith(".part"):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)


@pytest.mark.parametrize("other", [False, True])
def test_a_folder_is_moved_to_this_and_to_another_filesystem(machine: FakeMachine, monkeypatch: Any, other: bool) -> None:
    if other:
        other_filesystem(monkeypatch)
    trees.move_tree(FROM, TO)
    assert whole(machine, TO) and not machine.has(FROM) and not machine.has(TO + ".part")


def test_a_file_is_moved_too(machine: FakeMachine, monkeypatch: Any) -> None:
    other_filesystem(monkeypatch)
    trees.move_tree(FROM + "/snap/db", TO)
    assert machine.text(TO) == "db" and not machine.has(FROM + "/snap/db")


def test_a_copy_that_did_not_end_is_begun_anew(machine: FakeMachine, monkeypatch: Any) -> None:
    other_filesystem(monkeypatch)
    machine.write(TO + ".part/snap/db", "half")
    trees.move_tree(FROM, TO)
    assert whole(machine, TO) and not machine.has(FROM)


def test_a_removal_that_did_not_end_does_not_cost_the_copy(machine: FakeMachine) -> None:
    """The run was killed while it removed the source, after the copy was whole."""
    trees.copy_tree(FROM, TO)
    machine.remove(FROM + "/snap/db")
    trees.move_tree(FROM, TO)
    assert whole(machine, TO) and not machine.has(FROM)


def test_a_disk_that_is_full_leaves_the_source(machine: FakeMachine, monkeypatch: Any) -> None:
    other_filesystem(monkeypatch)

    def full(*_args: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(KubewrightError, match="/var/lib/etcd/member cannot be copied to .*No space left on device. It is where it was"):
        trees.move_tree(FROM, TO)
    assert whole(machine, FROM)


def test_links_survive_the_removal_of_what_they_were_made_of(machine: FakeMachine) -> None:
    trees.link_tree(FROM, TO)
    assert os.stat(TO + "/snap/db").st_ino == os.stat(FROM + "/snap/db").st_ino
    trees.remove_tree(FROM)
    assert whole(machine, TO)


def test_a_file_that_vanishes_while_it_is_linked_was_not_needed(machine: FakeMachine, monkeypatch: Any) -> None:
    real = os.link

    def link(source: Any, target: Any) -> None:
        if source.endswith("0.wal"):
            machine.remove(source)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    trees.link_tree(FROM, TO)
    assert machine.text(TO + "/snap/db") == "db" and not machine.has(TO + "/wal/0.wal")


def test_what_is_gone_already_is_no_error_and_links_are_not_followed(machine: FakeMachine) -> None:
    os.symlink(machine.root + FROM, machine.root + "/var/lib/link")
    for path in ("/var/lib/link", "/var/lib/none", FROM + "/snap/db"):
        trees.remove_tree(path)
        assert not machine.has(path)
    assert machine.has(FROM + "/wal/0.wal")
