# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's kubeconfig on the controller, for its owner alone."""

from __future__ import annotations

import base64
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import workstation_kubeconfig
from ansible_collections.kubewright.cluster.plugins.plugin_utils.kubeconfigs import serves

ADMIN_CONF = "/etc/kubernetes/admin.conf"


class ActionModule(ActionBase):
    """Reads on the node, writes on the controller; shows neither."""

    _VALID_ARGS = frozenset(("path", "server"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        arguments = self._task.args
        path = Path(str(arguments["path"])).expanduser()
        answer = self._execute_module(module_name="ansible.builtin.slurp", module_args={"src": ADMIN_CONF}, task_vars=task_vars)
        if answer.get("failed"):
            if self._task.check_mode:  # a dry run before the cluster is made
                return {**result, "changed": True, "path": str(path)}
            raise AnsibleActionFail(f"{ADMIN_CONF} cannot be read: {answer.get('msg')}")
        try:
            text = workstation_kubeconfig(base64.b64decode(answer["content"]).decode(), str(arguments["server"]))
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error
        return {**result, "changed": self._write(path, text), "path": str(path)}

    def _write(self, path: Path, text: str) -> bool:
        """True where the file has to be another one; written whole, mode 0600, unless this is check mode."""
        if path.exists() and serves(path.read_text(encoding="utf-8"), text, time.time()) and path.stat().st_mode & 0o777 == 0o600:
            return False
        if path.exists() and path.resolve() == (Path.home() / ".kube" / "config").resolve():
            raise AnsibleActionFail(f"{path} exists and is not overwritten: it may hold your access to other clusters. Give kube_kubeconfig_path "
                                    "another path, and use it with KUBECONFIG.")
        if not self._task.check_mode:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as stream:
                stream.write(text)
            Path(stream.name).replace(path)  # NamedTemporaryFile made it 0600
        return True
