# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs of users: looked at and written on the controller, made on the control plane, and shown nowhere."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import user_kubeconfig
from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase


class ActionModule(SecretActionBase):
    """What the module makes leaves this plugin as files alone."""

    MODULE = "kubewright.cluster.kubeconfig_users"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        users = self._users()
        self._task.args["users"] = users
        result = super().run(tmp, task_vars)
        made = result.pop("made", {})
        result.pop("invocation", None)
        server = str(self._task.args.get("server"))
        try:
            for user in users:
                if user["name"] in made:
                    write(Path(user["path"]), user_kubeconfig.written(made[user["name"]], user["name"], server))
                elif not result.get("failed") and user["held"] and user["held"]["server"] != server:
                    self._move(user, server, result)
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error
        except OSError as error:
            raise AnsibleActionFail(f"a kubeconfig cannot be written on the controller: {error}. The next run makes another") from error
        return result

    def _move(self, user: dict[str, Any], server: str, result: dict[str, Any]) -> None:
        """The certificate is as good as it was."""
        sentence = f"write the server {server} into the kubeconfig of {user['name']}"
        result.update(changed=True, actions=[*result.get("actions", []), sentence])
        path = Path(user["path"])
        if not self._task.check_mode:
            write(path, user_kubeconfig.moved(path.read_text(encoding="utf-8"), server))

    def _users(self) -> list[dict[str, Any]]:
        given = self._task.args.get("users")
        if not isinstance(given, list) or not all(isinstance(user, dict) and user.get("name") and user.get("path") for user in given):
            raise AnsibleActionFail("users must be a list of mappings, each with a name and a path; kube_users gives them")
        try:
            return [looked(user) for user in given]
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error


def looked(user: dict[str, Any]) -> dict[str, Any]:
    """With its whole path, and what is there."""
    path = Path(str(user["path"])).expanduser().absolute()
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return {**user, "path": str(path), "held": user_kubeconfig.held(text, str(user["name"]), str(path)) if text.strip() else {}}


def write(path: Path, text: str) -> None:
    """Whole, and for its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as stream:
        stream.write(text)
    Path(stream.name).replace(path)  # NamedTemporaryFile made it 0600
