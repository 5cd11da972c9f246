# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.action import containerd_config
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout, containerd_toml
from ansible_collections.kubewright.cluster.plugins.plugin_utils.registry_mirrors import MARK, Mirror, hosts_toml
from ansible_collections.kubewright.cluster.tests.unit.plugins.containerd_documents import options
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ARGUMENTS = options("1.7.24")
MIRRORS = {"docker.io": ["https://mirror.example.com"]}


@pytest.fixture
def dump(captured: Any) -> str:
    return str(captured("containerd/1.7.24-edited-dump.toml"))


def configured() -> str:
    text, _changes = containerd_toml.edited("", 2, "1.7.24", containerd_layout.wanted(ARGUMENTS))
    return text


def look(text: str = "", dump: str = "", arguments: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"text": text, "containerd_version": "1.7.24", "crictl_differs": False, "service_wanting": False, "stale": False, "hosts_files": {}, "dump": dump,
            "refused": "", "options": arguments or ARGUMENTS, **more}


def run(*answers: dict[str, Any], check_mode: bool = False, diff: bool = False) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    node = FakeNode(containerd_config=list(answers))
    result = action_of(containerd_config, dict(ARGUMENTS), node, check_mode, diff).run(task_vars={"inventory_hostname": "worker1"})
    assert {name for name, _arguments in node.asked} == {"kubewright.cluster.containerd_config"}
    return result, [arguments for _name, arguments in node.asked]


def test_the_module_is_called_once_where_nothing_is_to_be_changed(dump: str) -> None:
    result, asked = run(look(configured(), dump), diff=True)
    assert result == {"changed": False, "restarted": False, "containerd_version": "1.7.24", "config_version": 2, "changes": [], "actions": [],
                      "kept_files": []} and asked == [ARGUMENTS]


def test_a_new_document_is_shown_to_containerd_and_then_put_in_place(dump: str, capsys: Any) -> None:
    result, asked = run(look(), {"dump": dump, "refused": ""}, {"changed": True, "restarted": True}, diff=True)
    assert result["changed"] and result["restarted"] and len(result["changes"]) == 11
    assert asked[1] == {**ARGUMENTS, "text": configured()}
    assert asked[2] == {**ARGUMENTS, "text": configured(), "proven": True, "hosts_files": {}}
    assert "sandbox_image = 'registry.k8s.io/pause:3.10.1'\n" in result["diff"]["after"]
    assert "worker1: containerd is restarted; running containers go on" in capsys.readouterr().out


def test_check_mode_only_looks() -> None:
    result, asked = run(look(), check_mode=True)
    assert result["changed"] and not result["restarted"] and len(asked) == 1 and "diff" not in result


def test_a_bare_machine_in_check_mode_is_predicted() -> None:
    assert run(look(containerd_version=""), check_mode=True)[0]["changed"]


@pytest.mark.parametrize(("reason", "restarted"), [("crictl_differs", False), ("service_wanting", True), ("stale", True)])
def test_what_is_beside_the_document_is_mended_with_the_same_one(dump: str, capsys: Any, reason: str, restarted: bool) -> None:
    result, asked = run(look(configured(), dump, None, **{reason: True}), {"changed": True, "restarted": restarted}, diff=True)
    assert result["changed"] and result["changes"] == [] and result["restarted"] is restarted and len(asked) == 2
    assert asked[1]["text"] == configured() and result["diff"]["after"] == containerd_config.REASONS[reason] + "\n"
    assert ("is restarted" in capsys.readouterr().out) is restarted


def test_mirrors_are_written_without_a_restart_and_a_foreign_file_is_told(dump: str, capsys: Any) -> None:
    there = {"own.example": "# mine\n", "gone.example": MARK + "\n"}
    found = look(configured(), dump, {**ARGUMENTS, "registry_mirrors": MIRRORS}, hosts_files=there)
    result, asked = run(found, {"changed": True, "restarted": False})
    assert asked[1]["hosts_files"] == {"docker.io": hosts_toml([Mirror("https://mirror.example.com")]), "gone.example": ""}
    assert result["actions"] == ["docker.io/hosts.toml is written", "gone.example/hosts.toml is removed"]
    assert result["kept_files"] == ["own.example"] and not result["restarted"] and "is restarted" not in capsys.readouterr().out


@pytest.mark.parametrize(("shown", "words"), [
    ({"dump": "", "refused": "`containerd config dump` ended with code 1: no"}, "containerd refuses the new configuration, so the file was not changed: .*no"),
    ({"dump": "version = 2\n", "refused": ""}, r"does not take the new configuration, so the file was not changed: plugins.*SystemdCgroup = True is not"),
])
def test_a_document_that_containerd_does_not_take_is_not_put_in_place(shown: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        run(look(), shown)


@pytest.mark.parametrize(("now", "words"), [
    ({"dump": "version = 2\n"}, "does not take its configuration: plugins.*A file that `imports` names has the last word"),
    ({"refused": "no"}, "containerd refuses its configuration: no"),
])
def test_an_effective_value_that_something_else_changed_is_told_although_the_document_is_right(now: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        run(look(configured(), **now))


def test_failures_of_the_module_are_handed_on(dump: str) -> None:
    assert run({"failed": True, "msg": "no"})[0]["msg"] == "no"
    assert run(look(), {"failed": True, "msg": "not shown"})[0]["msg"] == "not shown"
    assert run(look(), {"dump": dump, "refused": ""}, {"failed": True, "msg": "not put"})[0]["msg"] == "not put"


@pytest.mark.parametrize(("found", "words"), [
    (look("["), "no valid TOML"),
    (look("version = 3\n"), "knows up to 2"),
    (look('version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'), "Move them to kube_registry_mirrors"),
    (look("version = 1\n", containerd_version="2.1.9"), "is of version 1"),
    (look(arguments={**ARGUMENTS, "kubernetes_version": "1.20.2"}, containerd_version="2.1.9"), "speaks CRI v1, the kubelet of 1.20.2 v1alpha2. Install"),
    (look(arguments={**ARGUMENTS, "registry_mirrors": {"docker.io": []}}), "kube_registry_mirrors: docker.io has"),
    (look(arguments={**ARGUMENTS, "registry_mirrors": MIRRORS, "registry_config_path": ""}), "registry_config_path is empty"),
    (look(arguments={**ARGUMENTS, "registry_mirrors": MIRRORS}, containerd_version="1.4.13"), "1.4.13 does not know hosts.toml"),
    (look(arguments={**ARGUMENTS, "registry_mirrors": MIRRORS}, hosts_files={"docker.io": "# mine\n"}), "was not written by Kubewright"),
])
def test_what_is_refused_is_one_error_before_anything_is_touched(found: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        run(found)


def test_one_that_is_older_than_the_table_says_is_not_refused(dump: str) -> None:
    assert not run(look(configured(), dump, {**ARGUMENTS, "kubernetes_version": "1.34.2"}))[0]["changed"]


def test_a_controller_without_tomlkit_is_told_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setattr(containerd_toml, "TOMLKIT_ERROR", ImportError("No module named 'tomlkit'"))
    with pytest.raises(AnsibleActionFail, match="has no tomlkit.*pip install tomlkit"):
        run(look())
