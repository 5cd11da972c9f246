# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd_config on the controller: get the text, edit it, give it back where its meaning changes, once containerd has shown that it takes it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import (
    containerd_layout,
    containerd_proof,
    containerd_schema,
    containerd_toml,
    registry_mirrors,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_fit import misfit
from ansible_collections.kubewright.cluster.plugins.plugin_utils.registry_mirrors import HostsFiles
from ansible_collections.kubewright.cluster.plugins.plugin_utils.secret_action import SecretActionBase

MODULE = "kubewright.cluster.containerd_config"
DEFAULTS: dict[str, Any] = {
    "sandbox_image": None, "systemd_cgroup": True, "cni_bin_dir": "/opt/cni/bin", "cni_conf_dir": "/etc/cni/net.d",
    "registry_config_path": "/etc/containerd/certs.d", "registry_mirrors": {}, "kubernetes_version": None, "cri_settings": {}, "settings": {},
}
REASONS = {
    "crictl_differs": "/etc/crictl.yaml is led to containerd", "service_wanting": "containerd is enabled and brought to serve",
    "stale": "containerd is restarted, since it is older than its configuration",
}
Result = dict[str, Any]


class Plan(NamedTuple):
    """What is to be done on one node."""

    version: int
    wanted: list[containerd_layout.Setting]
    text: str
    changes: list[str]
    files: HostsFiles
    reasons: list[str]
    restarts: bool

    def actions(self) -> list[str]:
        return [*self.files.sentences(), *self.reasons]


def plan(look: Result) -> Plan:
    """Everything that may be refused is refused here."""
    options, containerd = {**DEFAULTS, **look["options"]}, look["containerd_version"]
    unfit = misfit(containerd, options["kubernetes_version"]) if options["kubernetes_version"] else None
    if unfit and unfit.fatal:
        raise KubewrightError(f"{unfit.message}. {unfit.remedy}")
    plain = containerd_toml.parsed(look["text"])
    version = containerd_schema.document_version(plain, containerd)
    containerd_schema.refuse_conflicts(plain, version, containerd, options["registry_config_path"])
    wanted = containerd_schema.known(containerd_layout.wanted(options), containerd)
    text, changes = containerd_toml.edited(look["text"], version, containerd, wanted)
    files = registry_mirrors.plan_files(mirrors_of(options, containerd), look["hosts_files"])
    reasons = [sentence for key, sentence in REASONS.items() if look[key]]
    return Plan(version, wanted, text, changes, files, reasons, restarts=bool(changes or look["service_wanting"] or look["stale"]))


def mirrors_of(options: Result, containerd: str) -> dict[str, list[registry_mirrors.Mirror]]:
    mirrors = registry_mirrors.read_mirrors(options["registry_mirrors"] or {})
    if mirrors and not options["registry_config_path"]:
        raise KubewrightError("registry_mirrors are given and registry_config_path is empty, so nobody would read them; give it a folder")
    if mirrors and containerd and containerd_layout.release(containerd) < containerd_schema.CONFIG_PATH_SINCE:
        raise KubewrightError(f"containerd {containerd} does not know hosts.toml, which registry mirrors are written to; 1.5 and later do")
    return mirrors


def prove(dumped: Result, planned: Plan, candidate: bool) -> None:
    """What containerd itself says; nothing was changed so far."""
    which = "the new configuration, so the file was not changed" if candidate else "its configuration"
    if dumped["refused"]:
        raise KubewrightError(f"containerd refuses {which}: {dumped['refused']}")
    told = containerd_proof.unproven(dumped["dump"], planned.version, planned.wanted)
    if told:
        raise KubewrightError(f"containerd does not take {which}: {'; '.join(told)}. A file that `imports` names has the last word, and a key that this "
                              "containerd does not know is passed over; mend those files or the settings.")


class ActionModule(SecretActionBase):
    """One module call to look, more only to change. The document may hold passwords of registries, so it is shown nowhere."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        result: Result = ActionBase.run(self, tmp, task_vars)
        self._hide_raw_answer()
        if containerd_toml.TOMLKIT_ERROR:
            raise AnsibleActionFail(f"the controller's Python has no tomlkit ({containerd_toml.TOMLKIT_ERROR}); `pip install tomlkit` beside ansible-core")
        look = self._ask(task_vars)
        if look.get("failed"):
            return {**result, **look}
        try:
            return {**result, **self._decide(look, task_vars)}
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error

    def _ask(self, task_vars: dict[str, Any] | None, **more: Any) -> Result:
        answer: Result = self._execute_module(module_name=MODULE, module_args={**self._task.args, **more}, task_vars=task_vars)
        return answer

    def _decide(self, look: Result, task_vars: dict[str, Any] | None) -> Result:
        planned = plan(look)
        done: Result = {"containerd_version": look["containerd_version"], "config_version": planned.version, "changes": planned.changes,
                        "actions": planned.actions(), "kept_files": planned.files.kept, "restarted": False,
                        "changed": bool(planned.changes or planned.actions())}
        if look["containerd_version"] and not planned.changes:
            prove(look, planned, candidate=False)
        if done["changed"] and not self._task.check_mode:
            put = self._change(planned, task_vars)
            if put.get("failed"):
                put.pop("invocation", None)
                return put
            done["restarted"] = put["restarted"]
        if self._task.diff and done["changed"]:
            done["diff"] = {"before": "", "after": "".join(f"{line}\n" for line in [*planned.changes, *planned.actions()])}
        return done

    def _change(self, planned: Plan, task_vars: dict[str, Any] | None) -> Result:
        if planned.changes:
            shown = self._ask(task_vars, text=planned.text)
            if shown.get("failed"):
                return shown
            prove(shown, planned, candidate=True)
        if planned.restarts:
            host = (task_vars or {}).get("inventory_hostname", "")
            self._display.display(f"{host}: containerd is restarted; running containers go on")
        return self._ask(task_vars, text=planned.text, proven=True, hosts_files=planned.files.write)
