# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.kubewright.cluster.plugins.action import kubeconfig_fetch
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ADMIN = yaml.safe_dump({"clusters": [{"cluster": {"server": "https://cluster-endpoint:6443"}}], "users": [{"user": {"client-key-data": "c2VjcmV0"}}]})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: Any) -> Path:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def fetch(path: Any, check_mode: bool = False, text: str = ADMIN, **answer: Any) -> dict[str, Any]:
    node = FakeNode(slurp=[answer or {"content": base64.b64encode(text.encode()).decode()}])
    action = action_of(kubeconfig_fetch, {"path": str(path), "server": "https://192.0.2.10:6443"}, node, check_mode)
    result: dict[str, Any] = action.run(task_vars={})
    assert node.asked == [("ansible.builtin.slurp", {"src": "/etc/kubernetes/admin.conf"})]
    return result


def test_check_real_check_real(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kubeconfig"
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        assert fetch(path, check_mode) == {"changed": changed, "path": str(path)}
        assert path.exists() is not (check_mode and changed)
    assert yaml.safe_load(path.read_text())["clusters"][0]["cluster"]["server"] == "https://192.0.2.10:6443"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_others_may_read_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    fetch(path)
    path.chmod(0o644)
    assert fetch(path)["changed"] and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_of_an_older_cluster_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("old")
    assert fetch(path)["changed"] and "192.0.2.10" in path.read_text()


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("path", ["~/.kube/config", "{home}/.kube/config", "{home}/.kube/../.kube/config", ".kube/config", "link"])
def test_the_workstation_s_own_kubeconfig_is_never_overwritten(home: Path, monkeypatch: Any, path: str, check_mode: bool) -> None:
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text("access to other clusters")
    (home / "link").symlink_to(home / ".kube" / "config")
    monkeypatch.chdir(home)
    with pytest.raises(AnsibleActionFail, match="exists and is not overwritten: it may hold your access to other clusters. Give kube_kubeconfig_path"):
        fetch(path.format(home=home), check_mode)
    assert (home / ".kube" / "config").read_text() == "access to other clusters"


def test_where_there_is_none_it_may_be_made(home: Path) -> None:
    assert fetch("~/.kube/config") == {"changed": True, "path": str(home / ".kube" / "config")}
    assert not fetch("~/.kube/config")["changed"]


def test_a_dry_run_before_the_cluster_is_made_predicts(tmp_path: Path) -> None:
    assert fetch(tmp_path / "x", True, failed=True, msg="file not found")["changed"] and not (tmp_path / "x").exists()


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="/etc/kubernetes/admin.conf cannot be read: file not found"):
        fetch(tmp_path / "x", failed=True, msg="file not found")
    with pytest.raises(AnsibleActionFail, match="admin.conf is no kubeconfig"):
        fetch(tmp_path / "x", text="nothing")
