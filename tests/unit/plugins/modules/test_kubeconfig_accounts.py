# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kubeconfig_accounts
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

ADMIN = "clusters:\n- name: kubernetes\nusers:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: bmV3\n    client-key-data: a2V5\n"
OLDER = ADMIN.replace("bmV3", "b2xk").replace("a2V5", "b2xka2V5")


@pytest.fixture
def home(machine: FakeMachine, tmp_path: Path, monkeypatch: Any) -> Path:
    """Of alice, who is whoever runs the tests."""
    machine.write(fake.ADMIN_CONF, ADMIN)
    entry = SimpleNamespace(pw_name="alice", pw_uid=os.geteuid(), pw_gid=os.getegid(), pw_dir=str(tmp_path / "alice"))
    (tmp_path / "alice").mkdir()

    def known(name: str) -> Any:
        if name != "alice":
            raise KeyError(name)
        return entry

    monkeypatch.setattr(pwd, "getpwnam", known)
    return tmp_path / "alice"


def give(*accounts: str, check_mode: bool = False, diff: bool = False) -> Result:
    return run_module(kubeconfig_accounts, check_mode, diff, accounts=list(accounts or ["alice"]))


def test_check_real_check_real(home: Path) -> None:
    path = home / ".kube" / "config"
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = give("alice", "alice", check_mode=check_mode)
        assert result["changed"] is changed and result["actions"] == ([f"give alice {path}"] if changed else [])
        assert path.exists() is not (check_mode and changed)
    assert path.read_text() == ADMIN and stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "a2V5" not in str(give(diff=True))


def test_a_copy_of_an_older_admin_conf_is_replaced(home: Path) -> None:
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(OLDER)
    assert give()["changed"] and (home / ".kube" / "config").read_text() == ADMIN


def test_a_copy_that_others_may_read_is_made_private(home: Path) -> None:
    give()
    (home / ".kube" / "config").chmod(0o644)
    assert give()["changed"] and stat.S_IMODE((home / ".kube" / "config").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["something else", ADMIN.replace("kubernetes-admin", "bob"), ADMIN + "- name: other\n"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_any_other_file_is_refused_and_stays(home: Path, text: str, check_mode: bool) -> None:
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(text)
    result = give(check_mode=check_mode)
    assert result["failed"] and "is no copy of this cluster's admin.conf, so it is not overwritten" in result["msg"]
    assert (home / ".kube" / "config").read_text() == text


def test_an_account_that_is_not_there_is_refused_before_anything_is_written(home: Path) -> None:
    assert "there is no account nobody-knows on this machine" in give("alice", "nobody-knows")["msg"]
    assert not (home / ".kube").exists()


def test_a_machine_that_is_no_control_plane_is_refused_and_predicted_in_a_dry_run(machine: FakeMachine, home: Path) -> None:
    machine.remove(fake.ADMIN_CONF)
    assert "this machine is no control plane" in give()["msg"]
    assert give(check_mode=True)["changed"]


def test_in_somebody_s_home_it_acts_as_that_somebody(monkeypatch: Any) -> None:
    seen: list[tuple[str, Any]] = []
    for name in ("setegid", "seteuid", "setgroups"):
        monkeypatch.setattr(os, name, lambda value, name=name: seen.append((name, value)))
    monkeypatch.setattr(os, "initgroups", lambda name, group: seen.append(("initgroups", name)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getegid", lambda: 0)
    monkeypatch.setattr(os, "getgroups", lambda: [0])
    with kubeconfig_accounts.acting_as(SimpleNamespace(pw_name="alice", pw_uid=1000, pw_gid=1001)):
        assert seen == [("initgroups", "alice"), ("setegid", 1001), ("seteuid", 1000)]
    assert seen[3:] == [("seteuid", 0), ("setegid", 0), ("setgroups", [0])]


def test_a_folder_that_the_account_may_not_write_is_one_sentence(home: Path) -> None:
    (home / ".kube").write_text("a file")
    result = give()
    assert result.failed and f"alice may not write {home}/.kube/config: " in result["msg"] and "a2V5" not in str(result)
