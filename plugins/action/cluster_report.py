# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report about the cluster, written on the controller: as data, as a page, and for Prometheus."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_inputs, report_page, report_prometheus, report_words, run_identity, stats
from ansible_collections.kubewright.cluster.plugins.plugin_utils.host_variables import HostVariables
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_looks import collected
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_document import Run, report

ANSWER = "__report_cluster"  # what playbooks/report.yml registers cluster_info's answer as
JSON, PAGE, PROMETHEUS = "report.json", "report.html", "kubewright.prom"
VERSION = "0.1.0"


class ActionModule(ActionBase):
    """Reads what the play registered on each host; runs nothing on any machine."""

    _VALID_ARGS = frozenset(("control_planes", "etcd", "hosts", "path", "workers"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        made = self._report(task_vars or {})
        folder = Path(str(self._task.args.get("path") or "kubewright-report")).expanduser().absolute()
        texts = {JSON: json.dumps(made, indent=2) + "\n", PAGE: report_page.page(made), PROMETHEUS: report_prometheus.textfile(made)}
        try:
            if not self._task.check_mode:
                written(folder, texts)
        except OSError as error:
            return {**result, "failed": True, "msg": f"the report cannot be written to {folder}: {error}. Set kube_report_path to a folder that can be."}
        where = "dry run, nothing was written" if self._task.check_mode else f"written to {folder}"
        self._display.display("\n" + "\n".join([*report_words.sentences(made), f"report: {where}"]), color="bright blue")
        return {**result, "changed": False, "schema": made["schema"], "counts": made["counts"], "path": str(folder), "files": list(texts),
                "asked": made["cluster"]["asked"], **stats.returned("kubewright_report", made["counts"])}

    def _report(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        hosts, control_planes, workers = (self._listed(name) for name in ("hosts", "control_planes", "workers"))
        variables = {host: with_version(HostVariables(task_vars["hostvars"][host])) for host in hosts}
        inputs = preflight_inputs.inputs(variables, hosts, control_planes, self._listed("etcd"), collected(variables, hosts, control_planes), True)
        answers = (variables[host].get(ANSWER) or {} for host in hosts)
        answer = next((row for row in answers if "nodes" in row), {})
        run = Run(now=time.time(), by=str(run_identity.mine()).split("/", 1)[0], kubewright=VERSION, ansible=ansible_version,
                  check_mode=bool(self._task.check_mode), hosts=[str(host) for host in task_vars.get("ansible_play_hosts_all", hosts)],
                  control_planes=control_planes, workers=workers)
        return report(run, inputs, answer)

    def _listed(self, name: str) -> list[str]:
        return [str(host) for host in self._task.args.get(name) or []]


def with_version(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """kube_minor asks for the newest of a minor, and nobody is asked for it here: what the machine runs of it, or the newest that is known."""
    minor = str(variables.get("kube_minor") or "").removeprefix("v")
    if not minor or variables.get("kube_version"):
        return variables
    runs = str(((variables.get("__preflight_look") or {}).get("node") or {}).get("versions", {}).get("kubelet") or "")
    try:
        chosen = runs if runs.startswith(minor + ".") else str(releases.fact("last_patch", int(minor.partition(".")[2])))
    except (KubewrightError, ValueError):  # told as a finding
        return variables
    return ChainMap({"kube_version": chosen}, variables)  # type: ignore[arg-type] # only read


def written(folder: Path, texts: Mapping[str, str]) -> None:
    """Each file whole or not at all, so that whoever reads meanwhile reads the old one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        handle, place = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(place).chmod(0o644)
            Path(place).replace(folder / name)
        except OSError:
            Path(place).unlink(missing_ok=True)
            raise
