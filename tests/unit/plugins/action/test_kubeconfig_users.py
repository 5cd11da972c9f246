# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.kubewright.cluster.plugins.action import kubeconfig_users
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of
from ansible_collections.kubewright.cluster.tests.unit.plugins.plugin_utils.test_user_kubeconfig import printed

SERVER = "https://192.0.2.10:6443"


def run(users: Any, **answer: Any) -> tuple[dict[str, Any], FakeNode]:
    node = FakeNode(kubeconfig_users=[{"changed": True, **answer}])
    return action_of(kubeconfig_users, {"users": users, "server": SERVER}, node).run(task_vars={}), node


def test_a_kubeconfig_is_written_for_its_owner_alone_and_shown_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "new" / "jane.conf"
    text = printed()
    result, node = run([{"name": "jane", "path": str(path)}], made={"jane": text}, invocation={"module_args": {}})
    assert node.asked[0][1]["users"] == [{"name": "jane", "path": str(path), "held": {}}]
    assert result == {"changed": True} and stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert SERVER in path.read_text() and list(path.parent.iterdir()) == [path]
    _result, node = run([{"name": "jane", "path": str(path)}])
    held = node.asked[0][1]["users"][0]["held"]
    assert held["groups"] == ["developers"] and "client-key" not in str(node.asked)


def test_a_file_of_somebody_else_is_refused_before_the_node_is_asked(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    with pytest.raises(AnsibleActionFail, match="holds something else, so it is not overwritten"):
        run([{"name": "jane", "path": str(tmp_path / "x")}])
    assert (tmp_path / "x").read_text() == "mine"


@pytest.mark.parametrize("users", [None, "jane", ["jane"], [{"name": "jane"}], [{"path": "x"}]])
def test_users_of_another_form_are_refused(users: Any) -> None:
    with pytest.raises(AnsibleActionFail, match="users must be a list of mappings, each with a name and a path"):
        run(users)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="a kubeconfig cannot be written on the controller"):
        run([{"name": "jane", "path": str(tmp_path / "file" / "below")}], made={"jane": printed()})
    with pytest.raises(AnsibleActionFail, match="kubeadm printed no kubeconfig for jane"):
        run([{"name": "jane", "path": str(tmp_path / "jane")}], made={"jane": "nothing"})


def test_a_failure_of_the_module_is_the_task_s(tmp_path: Path) -> None:
    result, _node = run([{"name": "jane", "path": str(tmp_path / "jane")}], failed=True, msg="refused")
    assert result["failed"] and result["msg"] == "refused" and not (tmp_path / "jane").exists()


def test_another_server_is_written_and_the_certificate_stays(tmp_path: Path) -> None:
    path = tmp_path / "jane.conf"
    run([{"name": "jane", "path": str(path)}], made={"jane": printed()})
    before = path.read_text()
    for check_mode in (True, False):
        node = FakeNode(kubeconfig_users=[{"changed": False, "actions": []}])
        action = action_of(kubeconfig_users, {"users": [{"name": "jane", "path": str(path)}], "server": "https://new:6443"}, node, check_mode)
        result = action.run(task_vars={})
        assert result == {"changed": True, "actions": ["write the server https://new:6443 into the kubeconfig of jane"]}
        assert path.read_text() == (before if check_mode else before.replace(SERVER, "https://new:6443"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
