# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd_config on the controller: get the text, edit it, give it back only where its meaning changes."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_toml

MODULE = "kubewright.cluster.containerd_config"
DEFAULTS: dict[str, Any] = {
    "sandbox_image": None, "systemd_cgroup": True, "cni_bin_dir": "/opt/cni/bin", "cni_conf_dir": "/etc/cni/net.d",
    "registry_config_path": "/etc/containerd/certs.d", "cri_settings": {}, "settings": {},
}


class ActionModule(ActionBase):
    """One module call to look, a second one only to change."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if containerd_toml.TOMLKIT_ERROR:
            raise AnsibleActionFail(f"the controller's Python has no tomlkit ({containerd_toml.TOMLKIT_ERROR}); `pip install tomlkit` beside ansible-core")
        look = self._execute_module(module_name=MODULE, module_args=self._task.args, task_vars=task_vars)
        if look.get("failed"):
            return {**result, **look}
        try:
            return {**result, **self._decide(look, task_vars)}
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error

    def _decide(self, look: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        options = {**DEFAULTS, **look["invocation"]["module_args"]}
        version = containerd_toml.config_version(look["text"], look["containerd_version"])
        wanted = containerd_toml.edits(version, options)
        text, changes = containerd_toml.edited(look["text"], version, wanted)
        facts = {"containerd_version": look["containerd_version"], "config_version": version, "changes": changes}
        reasons = [name for name in ("crictl_differs", "service_wanting", "stale") if look[name]]
        if not changes and not reasons:
            return {**facts, "changed": False, "restarted": False}
        if not self._task.check_mode:
            arguments = {**self._task.args, "text": text, "expected": containerd_toml.proofs(wanted)}
            put: dict[str, Any] = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
            if put.get("failed"):
                return put
        done = {**facts, "changed": True, "restarted": not self._task.check_mode}
        if self._task.diff:
            done["diff"] = {"before": "", "after": "".join(f"{line}\n" for line in [*changes, *reasons])}
        return done
