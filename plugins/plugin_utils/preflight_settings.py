# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the inventory and its settings are known and fit each other. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import (
    docker_mirrors,
    docker_sources,
    node_marks,
    preflight_documents,
    preflight_packages,
    preflight_table,
    registry_mirrors,
)
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import NAME, is_address, node_name
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING, Inputs, Located, error, is_member, warning
from ansible_collections.kubewright.cluster.plugins.plugin_utils.runtimes import RUNTIMES

ENDPOINT = ("kube_control_plane_endpoint", "kube_control_plane_endpoint_address", "control_plane_endpoint")
CNIS = {"bridge", "calico", "flannel", "none"}
SWITCHES = {
    "kube_containerd_source": set(docker_sources.CHOICES), "kube_docker_source": set(docker_sources.CHOICES),
    "kube_firewall": {"open", "off", "keep"}, "kube_http_proxy_state": {"present", "absent"}, "prereqs_firewall": {"open", "off", "keep"},
    "prereqs_selinux": {"permissive", "enforcing", "keep"}, "prereqs_swap": {"off", "keep"}, "prereqs_time": {"chrony", "keep"},
}
ROLE_VERSIONS = ("kube_packages_version", "control_plane_version", "workers_version", "containerd_kubernetes_version",
                 "docker_kubernetes_version")


def _groups(inputs: Inputs) -> list[Located]:
    found = []
    if not inputs.control_planes:
        found.append(error(EVERYTHING, "NoControlPlane", "the group kube_control_plane is empty",
                           "List at least one machine in it; workers go into kube_node."))
    outside = [host for host in inputs.etcd if host not in inputs.control_planes]
    if outside:
        found.append(error(EVERYTHING, "ExternalEtcd", f"{', '.join(outside)} in the group etcd are no control planes",
                           "etcd outside the control planes is not built yet. List in etcd only what is in kube_control_plane, or leave it out."))
    return found


def _completeness(inputs: Inputs) -> list[Located]:
    """A job slice of AWX holds every n-th machine, and groups without the others: a control plane alone in one would make a cluster of its own."""
    told = {str(inputs.variables[host]["kube_inventory_machines"]) for host in inputs.hosts if inputs.variables[host].get("kube_inventory_machines")}
    wrong = sorted(told - {str(len(set(inputs.hosts)))})
    if not wrong:
        return []
    message = f"kube_inventory_machines is {' and '.join(wrong)}, and this run knows {preflight_table.counted(len(set(inputs.hosts)), 'machine')}"
    return [error(EVERYTHING, "IncompleteInventory", message,
                  "Run it as one job (job_slice_count: 1) with the whole inventory; --limit is no reason. If the number is old, correct it.")]


def _endpoint(inputs: Inputs) -> list[Located]:
    """Said while it can still be chosen. Whether it is set is all that is asked: its value may be a template that hostvars cannot show."""
    planes = inputs.control_planes
    chosen = any(name in inputs.variables.get(host, {}) for host in planes for name in ENDPOINT)
    if len(planes) < 2 or chosen or any(look.control_plane and is_member(look) for look in inputs.looks):
        return []
    message = f"{len(planes)} control planes, and everybody would call the first one, {planes[0]}: without it nobody finds the others"
    return [warning(EVERYTHING, "Endpoint", message,
                    "Set kube_control_plane_endpoint to a load balancer or an address that moves, now: it stands in every certificate. "
                    "docs/several-control-planes.md")]


def _declared(inputs: Inputs) -> list[Located]:
    """Settings that must be known and fit each other, host by host."""
    return _told_once(inputs, {host: _host_settings(inputs.variables[host]) for host in inputs.hosts})


def _documents(inputs: Inputs) -> list[Located]:
    """Misspelt and unfit settings of kubeadm's documents, which kubeadm itself would often only warn of."""
    remedy = "Correct the variable that holds it: docs/variables.md, Free-form."
    return _told_once(inputs, {host: [("Documents", problem, remedy) for problem in _document_problems(inputs, host)] for host in inputs.hosts})


def _marks(inputs: Inputs) -> list[Located]:
    remedy = "Correct the variable: docs/control-plane.md, Labels and taints."
    problems = {host: [("NodeMarks", problem, remedy) for problem in node_marks.problems(inputs.variables[host])] for host in inputs.hosts}
    doubts = [warning(host, "NodeMarks", doubt, remedy) for host in inputs.hosts for doubt in node_marks.doubts(inputs.variables[host])]
    return _told_once(inputs, problems) + doubts


def _document_problems(inputs: Inputs, host: str) -> list[str]:
    variables = inputs.variables[host]
    try:
        releases.version(variables.get("kube_version"))
    except KubewrightError:  # told as KubeVersion
        return []
    return preflight_documents.problems(variables, host in inputs.control_planes)


def _told_once(inputs: Inputs, found: Mapping[str, list[tuple[str, str, str]]]) -> list[Located]:
    """The same words for all hosts are said once."""
    told: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for host, rows in found.items():
        for row in rows:
            told[row].append(host)
    everyone = len(inputs.hosts)
    return [error(EVERYTHING if len(hosts) == everyone else host, *key)
            for key, hosts in told.items() for host in (hosts[:1] if len(hosts) == everyone else hosts)]


def _versions(inputs: Inputs) -> list[Located]:
    """One cluster, one kube_version."""
    owners: dict[str, list[str]] = defaultdict(list)
    for host in inputs.hosts:
        owners[str(inputs.variables[host].get("kube_version"))].append(host)
    if len(owners) < 2:
        return []
    told = "; ".join(f"{version} for {', '.join(hosts)}" for version, hosts in owners.items())
    return [error(EVERYTHING, "KubeVersion", f"kube_version differs: {told}", "Set kube_version once, for all hosts.")]


def _newer_than_known(inputs: Inputs) -> list[Located]:
    """Each said once: whoever sets such a version should know that no fact was written for it."""
    doubts = {_doubt(inputs.variables[host].get("kube_version")) for host in inputs.hosts}
    remedy = "A newer Kubewright may know it; until then try it on machines that may break."
    return [warning(EVERYTHING, "KubeVersionUnknown", text, remedy) for text in sorted(text for text in doubts if text)]


def _doubt(version: Any) -> str | None:
    try:
        return releases.doubt(releases.version(version))
    except KubewrightError:  # said by _host_settings
        return None


def _host_settings(variables: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    version = variables.get("kube_version")
    try:
        releases.version(version)
    except KubewrightError as error:
        found.append(("KubeVersion", str(error) if version else "kube_version is not set", "Set kube_version: 'x.y.z', once, for all hosts."))
    for name in ROLE_VERSIONS:
        own = variables.get(name)
        if own and version and str(own) != str(version):
            found.append(("KubeVersion", f"{name} is {own}, kube_version is {version}", f"Remove {name}; kube_version is the one place."))
    found += _choice("kube_runtime", variables.get("kube_runtime", "containerd"), set(RUNTIMES), "Runtime")
    found += _choice("kube_cni", variables.get("kube_cni", "bridge"), CNIS, "CNI")
    for name, known in SWITCHES.items():
        if name in variables:
            found += _choice(name, "off" if variables[name] is False else variables[name], known, "Switch")  # off without quotes is no text in YAML
    return found + _mirrors(variables) + preflight_packages.problems(variables)


def _mirrors(variables: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    try:
        given = variables.get("kube_registry_mirrors") or {}
        registry_mirrors.read_mirrors(given)
        if variables.get("kube_runtime") == "docker":
            docker_mirrors.docker_mirrors(given)
    except KubewrightError as error:
        return [("RegistryMirrors", str(error), "Correct kube_registry_mirrors: docs/containerd.md, Mirrors.")]
    return []


def _untrusted_bundle(inputs: Inputs) -> list[Located]:
    given = [host for host in inputs.hosts if inputs.variables[host].get("kube_bundle_url") and not inputs.variables[host].get("kube_bundle_sha256")]
    if not given:
        return []
    return [warning(EVERYTHING, "BundleTrust", "kube_bundle_sha256 is not set, so whatever answers at kube_bundle_url is trusted",
                    "Set it to the SHA-256 of the bundle's manifest.json, as its maker tells it.")]


def _choice(name: str, value: Any, known: set[str], identity: str) -> list[tuple[str, str, str]]:
    text = value if isinstance(value, str) else ""
    if text in known:
        return []
    return [(identity, f"{name} is {value!r}, which nobody knows", f"Use one of {', '.join(sorted(known))}.")]


def _names(inputs: Inputs) -> list[Located]:
    found, owners = [], defaultdict(list)
    for host in inputs.hosts:
        name = node_name(host, inputs.variables[host])
        owners[name].append(host)
        if not NAME.fullmatch(name) or len(name) > 253 or is_address(name):
            found.append(error(host, "NodeName", f"{name!r} is no name that kubeadm takes for a node",
                               "Use lower-case letters, digits, '-' and '.' (RFC 1123), in the inventory or as kube_node_name."))
    for name, hosts in owners.items():
        if len(hosts) > 1:
            found.append(error(EVERYTHING, "NodeName", f"{', '.join(hosts)} would all be the node {name}", "Give each a kube_node_name of its own."))
    return found


JUDGES = (_groups, _completeness, _endpoint, _versions, _newer_than_known, _declared, _documents, _marks, _untrusted_bundle, _names)
