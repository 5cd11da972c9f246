# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the runtime and the cgroup driver that are asked for are those that nodes have. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd as cri_dockerd
from ansible_collections.kubewright.cluster.plugins.module_utils._cgroup_driver import REMEDY, WHY
from ansible_collections.kubewright.cluster.plugins.module_utils._cri_dockerd_facts import FIRST_KUBERNETES
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    Inputs,
    Located,
    error,
    is_member,
    machine_of,
    release_of,
    setting,
)

NAMES = {"containerd": "containerd", "docker": "Docker", "crio": "CRI-O"}
KUBELET_SETTING = "kube_kubelet_configuration.cgroupDriver"
RUNTIME_SETTINGS = {"containerd": "containerd_systemd_cgroup", "docker": "docker_cgroup_driver"}


def runtime_of(socket: str) -> str:
    """containerd, docker or crio, by the socket that the kubelet or kubeadm is told; empty where nobody knows it."""
    return next((name for name in ("docker", "containerd", "crio") if name in socket), "")


def wanted_runtime(variables: Mapping[str, Any]) -> str:
    """As it is asked for; the socket of one that somebody else sets up tells its name."""
    return runtime_of(str(variables.get("kube_cri_socket") or "")) or str(variables.get("kube_runtime") or "containerd")


def _changed(inputs: Inputs) -> list[Located]:
    """site.yml configures all machines at once; a runtime is changed on a node that is drained."""
    found = []
    for look in inputs.looks:
        there, wanted = _runtime_there(look), wanted_runtime(inputs.variables.get(look.host, {}))
        if is_member(look) and look.host in inputs.variables and there and wanted in NAMES and there != wanted:
            found.append(error(look.host, "RuntimeChange", f"its kubelet uses {NAMES[there]} ({look.node['cri_socket']}), and {NAMES[wanted]} is asked for",
                               f"site.yml does not change a node's runtime. Set kube_runtime back to {there}, or run the playbook "
                               "kubewright.cluster.switch_runtime, which does it node by node."))
    return found


def _unfinished(inputs: Inputs) -> list[Located]:
    """Its kubelet may be stopped, and its node is drained."""
    return [error(look.host, "RuntimeSwitch", "a switch of its runtime was begun and has not ended",
                  "Run the playbook kubewright.cluster.switch_runtime again, which finishes it, or wait until the one that is at work has done so.")
            for look in inputs.looks if machine_of(look).get("runtime_switch")]


def _runtime_there(look: Seen) -> str:
    return runtime_of(str(look.node.get("cri_socket") or ""))


def _drivers(inputs: Inputs) -> list[Located]:
    return [item for look in inputs.looks if look.host in inputs.variables for item in _drivers_of(inputs, look)]


def _drivers_of(inputs: Inputs, look: Seen) -> list[Located]:
    variables = inputs.variables[look.host]
    name = wanted_runtime(variables)
    kubelet, runtime = _kubelet_driver(inputs, look), _runtime_driver(variables, name)
    if kubelet and runtime and kubelet != runtime:
        return [error(look.host, "CgroupDriver", f"its kubelet would have the cgroup driver {kubelet} ({KUBELET_SETTING}), and {NAMES[name]} "
                      f"{runtime} ({RUNTIME_SETTINGS[name]})", "Both must have the same, or pods crash: ask for systemd on both sides, which is the default.")]
    return _kept(look, kubelet, runtime if name == _runtime_there(look) else "", name) if is_member(look) else []


def _kept(look: Seen, kubelet: str, runtime: str, name: str) -> list[Located]:
    there = machine_of(look).get("cgroup_drivers") or {}
    sides = [("its kubelet", there.get("kubelet"), kubelet), (NAMES.get(name, ""), there.get("runtime"), runtime)]
    other = [(side, has, wanted) for side, has, wanted in sides if has and wanted and has != wanted]
    if not other:
        return []
    told = " and ".join(f"{side} uses the cgroup driver {has}" for side, has, _wanted in other)
    _side, has, wanted = other[0]
    keep = f"{has}: kube_kubelet_configuration: {{cgroupDriver: {has}}} and {_setting(name, has)}"
    return [error(look.host, "CgroupDriverChange", f"{told}, and {wanted} is asked for. {WHY}", REMEDY.format(keep) + ", for this machine.")]


def _setting(name: str, driver: str) -> str:
    value = str(driver == "systemd").lower() if name == "containerd" else driver
    return f"{RUNTIME_SETTINGS.get(name, 'the same in the runtime')}: {value}"


def _kubelet_driver(inputs: Inputs, look: Seen) -> str:
    configuration = setting(inputs, look, "kubelet_configuration", {})
    return str(configuration.get("cgroupDriver") or "systemd") if isinstance(configuration, dict) else ""


def _runtime_driver(variables: Mapping[str, Any], name: str) -> str:
    """Empty where it is left alone, or not known before the run."""
    value = variables.get(RUNTIME_SETTINGS.get(name, ""), True)
    if name not in RUNTIME_SETTINGS or "{{" in str(value):
        return ""
    if name == "docker":
        return "systemd" if value is True else str(value or "")
    return "cgroupfs" if str(value).lower() in ("false", "no", "off", "0") else "systemd"


def _between(inputs: Inputs) -> list[Located]:
    """Between Docker and Kubernetes 1.24 or newer: which Docker will be there is known only where somebody asks for a version."""
    found = []
    for host in inputs.hosts:
        release, variables = release_of(inputs, host), inputs.variables[host]
        if not release or release.minor < FIRST_KUBERNETES or not _sets_up_cri_dockerd(variables):
            continue
        docker, version = (_known(variables, *names) for names in (("docker_version", "kube_docker_version"), ("docker_cri_dockerd_version",)))
        try:
            chosen = cri_dockerd.choose(release.minor, docker, version)
            if version and not variables.get("kube_bundle_url") and not variables.get("docker_cri_dockerd_sha256"):
                cri_dockerd.digest(chosen, "amd64", {})
        except KubewrightError as refusal:
            found.append(error(host, "CriDockerd", str(refusal), "Correct the variables that it names: docs/docker.md."))
    return found


def _sets_up_cri_dockerd(variables: Mapping[str, Any]) -> bool:
    own = str(variables.get("docker_cri_dockerd", True)).lower() in ("true", "yes", "on", "1")
    return variables.get("kube_runtime") == "docker" and not variables.get("kube_cri_socket") and own


def _known(variables: Mapping[str, Any], *names: str) -> str:
    """The first that is set; empty where it is made of what is not known yet."""
    found = next((str(variables[name]) for name in names if variables.get(name)), "")
    return "" if "{{" in found else found


JUDGES = (_changed, _unfinished, _drivers, _between)
