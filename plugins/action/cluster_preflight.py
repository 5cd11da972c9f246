# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All findings of all hosts in one table, before anything is touched."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight, preflight_inputs, preflight_table, run_plan, stats
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import NO_CLUSTER, find_cluster
from ansible_collections.kubewright.cluster.plugins.plugin_utils.host_variables import HostVariables
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import known_nodes
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_looks import Collected, collected


class ActionModule(ActionBase):
    """Reads what the preflight role registered on each host; runs nothing on any machine."""

    _VALID_ARGS = frozenset(("break_lock", "control_planes", "etcd", "hosts", "inputs"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = (task_vars or {})["hostvars"]
        hosts, control_planes = self._listed("hosts"), self._listed("control_planes")
        seen = collected(variables, hosts, control_planes)
        inputs = self._inputs(task_vars or {}, hosts, control_planes, seen)
        found = preflight.findings(inputs)
        stands, passed = preflight.standing(found, inputs.variables), preflight.passed(found, inputs.variables)
        errors = [item for item in stands if item.finding.level == "error"]
        result.update(changed=False, schema=preflight.SCHEMA, findings=preflight_inputs.rows(stands), waived=preflight_inputs.rows(passed), plan={},
                      nodes=known_nodes(inputs.variables, hosts))
        self._display.display(preflight_table.table(stands, len(result["waived"])), color="red" if errors else "yellow" if stands else "green")
        if errors:
            return {**result, "failed": True, "msg": preflight_table.summary(errors)}
        planned = self._plan(inputs, seen.own)
        for sentence in run_plan.sentences(planned):
            self._display.display(f"plan: {sentence}", color="bright blue")
        return {**result, "plan": planned, **stats.returned("kubewright_preflight", stats.forecast(result["findings"], result["waived"], planned))}

    def _plan(self, inputs: Inputs, hosts: list[str]) -> dict[str, Any]:
        try:
            cluster = find_cluster(inputs.looks)
        except KubewrightError:  # two clusters, and somebody waived that
            return run_plan.as_dict(NO_CLUSTER, [])
        return run_plan.as_dict(cluster, run_plan.steps(inputs.looks, hosts, cluster))

    def _listed(self, name: str) -> list[str]:
        return [str(host) for host in self._task.args.get(name, [])]

    def _inputs(self, task_vars: dict[str, Any], hosts: list[str], control_planes: list[str], seen: Collected) -> Inputs:
        found = preflight_inputs.inputs(task_vars["hostvars"], hosts, control_planes, self._listed("etcd"), seen, bool(self._task.args.get("break_lock")))
        elsewhere = {name: value for name, value in self._task.args.get("inputs", {}).items()
                     if value and not any(name in given for given in found.variables.values())}
        variables = {host: HostVariables(given, elsewhere) for host, given in found.variables.items()}
        return found._replace(variables=variables, play=list(task_vars), extra=list(load_extra_vars(self._loader)))
