# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import errno
import os
import stat
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _files as files
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


def test_what_is_not_there_reads_as_empty(machine: FakeMachine) -> None:
    machine.write("/etc/file", "text")
    assert (files.read("/etc/file"), files.read("/etc/absent"), files.read("/etc/file/below")) == ("text", "", "")


def test_what_cannot_be_read_is_named(machine: FakeMachine) -> None:
    machine.folder("/etc/folder")
    with pytest.raises(KubewrightError, match="/etc/folder cannot be read: Is a directory. It must be a file that root reads"):
        files.read("/etc/folder")


def test_a_file_is_replaced_whole_with_its_mode(machine: FakeMachine) -> None:
    machine.write("/etc/file", "old and longer")
    files.write_atomically("/etc/file", "new", 0o600)
    assert machine.text("/etc/file") == "new"
    assert stat.S_IMODE(os.stat(machine.root + "/etc/file").st_mode) == 0o600
    assert os.listdir(machine.root + "/etc") == ["file"]


def test_a_write_that_is_killed_leaves_the_old_file(machine: FakeMachine, monkeypatch: Any) -> None:
    machine.write("/etc/file", "old")

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically("/etc/file", "new")
    assert machine.text("/etc/file") == "old"


def test_a_file_of_ours_brings_its_folder(machine: FakeMachine) -> None:
    files.write_whole("/etc/new/folder/file", "text")
    assert machine.text("/etc/new/folder/file") == "text"


def test_an_edited_file_keeps_its_mode_and_its_label(machine: FakeMachine, monkeypatch: Any) -> None:
    labels = []
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"net_conf_t")
    monkeypatch.setattr(os, "setxattr", lambda path, name, value: labels.append((os.path.basename(path).split(".")[0], name, value)))
    machine.write("/etc/hosts", "old")
    os.chmod("/etc/hosts", 0o640)
    files.rewrite("/etc/hosts", "new")
    assert machine.text("/etc/hosts") == "new" and stat.S_IMODE(os.stat("/etc/hosts").st_mode) == 0o640
    assert labels == [("hosts", "security.selinux", b"net_conf_t")] and os.listdir("/etc") == ["hosts"]


def test_a_file_that_is_not_there_is_made(machine: FakeMachine) -> None:
    files.rewrite("/etc/new/hosts", "new")
    assert machine.text("/etc/new/hosts") == "new"


def test_a_link_stays_a_link(tmp_path: Any) -> None:
    (tmp_path / "sysctl.conf").write_text("old")
    (tmp_path / "99-sysctl.conf").symlink_to(tmp_path / "sysctl.conf")
    files.rewrite(str(tmp_path / "99-sysctl.conf"), "new")
    assert (tmp_path / "99-sysctl.conf").is_symlink() and (tmp_path / "sysctl.conf").read_text() == "new"


def test_a_file_that_is_a_mount_is_written_in_place(machine: FakeMachine, monkeypatch: Any) -> None:
    def busy(*_paths: str) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    machine.write("/etc/hosts", "old and longer")
    monkeypatch.setattr(os, "replace", busy)
    files.rewrite("/etc/hosts", "new")
    assert machine.text("/etc/hosts") == "new" and os.listdir("/etc") == ["hosts"]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(machine: FakeMachine, monkeypatch: Any) -> None:
    def refused(*_paths: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    machine.write("/etc/hosts", "old")
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(OSError, match="not permitted"):
        files.rewrite("/etc/hosts", "new")
    assert machine.text("/etc/hosts") == "old" and os.listdir("/etc") == ["hosts"]


def test_lines_become_comments_and_none_is_lost() -> None:
    assert files.commented("a\nb\nc", lambda line: line[0] in "ac") == "# kubewright: a\nb\n# kubewright: c"


def test_configuration_files_are_read_by_name_and_an_earlier_folder_hides_a_later_one(machine: FakeMachine) -> None:
    for path in ("/etc/sysctl.d/50-b.conf", "/run/sysctl.d/10-a.conf", "/run/sysctl.d/50-b.conf", "/etc/sysctl.d/README"):
        machine.write(path)
    assert files.in_force("/etc/sysctl.d", "/run/sysctl.d", "/etc/none.d") == ["/run/sysctl.d/10-a.conf", "/etc/sysctl.d/50-b.conf"]
