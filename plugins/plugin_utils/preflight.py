# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that would go wrong, found before anything is touched. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_documents, preflight_packages
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen, find_cluster, refuse_remains
from ansible_collections.kubewright.cluster.plugins.plugin_utils.inventory import is_address, node_address, node_name

RUNTIMES = {"containerd"}
RUNTIMES_LATER = {"docker"}
CNIS = {"bridge", "none"}
CNIS_LATER = {"flannel", "calico"}
ROLE_VERSIONS = ("kube_packages_version", "control_plane_version", "workers_version", "containerd_kubernetes_version")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Located(NamedTuple):
    """A finding and whom it concerns."""

    host: str
    finding: Finding


class Inputs(NamedTuple):
    """The inventory, and what was seen of it."""

    hosts: list[str]
    control_planes: list[str]
    etcd: list[str]
    variables: Mapping[str, Mapping[str, Any]]  # by host
    looks: list[Seen]
    probes: Mapping[str, list[dict[str, Any]]]  # findings of modules, by host
    locks: Sequence[Mapping[str, Any]] = ()  # held by other runs that are at work, as _run_lock.Holder


def findings(inputs: Inputs) -> list[Located]:
    """All findings of all hosts, those about the whole inventory first."""
    judges = (_groups, _versions, _newer_than_known, _declared, _documents, _untrusted_bundle, _names, _networks, _clones, _states, _locks)
    found = [item for judge in judges for item in judge(inputs)]
    for host, rows in inputs.probes.items():
        found += [Located(host, Finding(**row)) for row in rows]
    return found


def standing(found: Iterable[Located], variables: Mapping[str, Mapping[str, Any]]) -> list[Located]:
    """Without those that are waived by id: on the host, or on every host for one about the whole inventory."""
    return [item for item in found if not _waived(item, variables)]


def _waived(item: Located, variables: Mapping[str, Mapping[str, Any]]) -> bool:
    owners = [item.host] if item.host in variables else list(variables)
    return bool(owners) and all(item.finding.id in _listed(variables[host].get("kube_preflight_waived")) for host in owners)


def _listed(value: Any) -> list[Any]:
    """A list, or names with commas between them, as a survey gives them."""
    if isinstance(value, str):
        return [name.strip() for name in value.split(",")]
    return list(value) if isinstance(value, (list, tuple)) else []


def table(found: list[Located]) -> str:
    """One line a finding, with the remedy below it."""
    lines = []
    for item in sorted(found, key=lambda entry: (entry.finding.level != "error", entry.host, entry.finding.id)):
        lines.append(f"{item.finding.level.upper():8}{item.host:20}[{item.finding.id}] {item.finding.message}")
        if item.finding.remedy:
            lines.append(f"{'':28}-> {item.finding.remedy}")
    return "\n".join(lines)


def _error(host: str, name: str, message: str, remedy: str) -> Located:
    return Located(host, Finding(name, "error", message, remedy))


def _groups(inputs: Inputs) -> list[Located]:
    found = []
    if not inputs.control_planes:
        found.append(_error("inventory", "NoControlPlane", "the group kube_control_plane is empty",
                            "List at least one machine in it; workers go into kube_node."))
    outside = [host for host in inputs.etcd if host not in inputs.control_planes]
    if outside:
        found.append(_error("inventory", "ExternalEtcd", f"{', '.join(outside)} in the group etcd are no control planes",
                            "etcd outside the control planes is not built yet. List in etcd only what is in kube_control_plane, or leave it out."))
    return found


def _declared(inputs: Inputs) -> list[Located]:
    """Settings that must be known and fit each other, host by host."""
    return _told_once(inputs, {host: _host_settings(inputs.variables[host]) for host in inputs.hosts})


def _documents(inputs: Inputs) -> list[Located]:
    """Misspelt and unfit settings of kubeadm's documents, which kubeadm itself would often only warn of."""
    remedy = "Correct the variable that holds it: docs/variables.md, Free-form."
    return _told_once(inputs, {host: [("Documents", problem, remedy) for problem in _document_problems(inputs, host)] for host in inputs.hosts})


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
    return [_error("inventory" if len(hosts) == everyone else host, *key)
            for key, hosts in told.items() for host in (hosts[:1] if len(hosts) == everyone else hosts)]


def _versions(inputs: Inputs) -> list[Located]:
    """One cluster, one kube_version."""
    owners: dict[str, list[str]] = defaultdict(list)
    for host in inputs.hosts:
        owners[str(inputs.variables[host].get("kube_version"))].append(host)
    if len(owners) < 2:
        return []
    told = "; ".join(f"{version} for {', '.join(hosts)}" for version, hosts in owners.items())
    return [_error("inventory", "KubeVersion", f"kube_version differs: {told}", "Set kube_version once, for all hosts.")]


def _newer_than_known(inputs: Inputs) -> list[Located]:
    """Each said once: whoever sets such a version should know that no fact was written for it."""
    doubts = {_doubt(inputs.variables[host].get("kube_version")) for host in inputs.hosts}
    remedy = "A newer Kubewright may know it; until then try it on machines that may break."
    return [Located("inventory", Finding("KubeVersionUnknown", "warning", text, remedy)) for text in sorted(text for text in doubts if text)]


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
    found += _choice("kube_runtime", variables.get("kube_runtime", "containerd"), RUNTIMES, RUNTIMES_LATER, "Runtime")
    found += _choice("kube_cni", variables.get("kube_cni", "bridge"), CNIS, CNIS_LATER, "CNI")
    return found + preflight_packages.problems(variables)


def _untrusted_bundle(inputs: Inputs) -> list[Located]:
    given = [host for host in inputs.hosts if inputs.variables[host].get("kube_bundle_url") and not inputs.variables[host].get("kube_bundle_sha256")]
    if not given:
        return []
    return [Located("inventory", Finding("BundleTrust", "warning", "kube_bundle_sha256 is not set, so whatever answers at kube_bundle_url is trusted",
                                         "Set it to the SHA-256 of the bundle's manifest.json, as its maker tells it."))]


def _choice(name: str, value: Any, known: set[str], later: set[str], identity: str) -> list[tuple[str, str, str]]:
    if value in known:
        return []
    if value in later:
        return [(identity, f"{name} is {value}, which this release does not set up yet", f"Use one of {', '.join(sorted(known))}.")]
    return [(identity, f"{name} is {value!r}, which nobody knows", f"Use one of {', '.join(sorted(known))}.")]


def _names(inputs: Inputs) -> list[Located]:
    found, owners = [], defaultdict(list)
    for host in inputs.hosts:
        name = node_name(host, inputs.variables[host])
        owners[name].append(host)
        if not _NAME.fullmatch(name) or len(name) > 253 or is_address(name):
            found.append(_error(host, "NodeName", f"{name!r} is no name that kubeadm takes for a node",
                                "Use lower-case letters, digits, '-' and '.' (RFC 1123), in the inventory or as kube_node_name."))
    for name, hosts in owners.items():
        if len(hosts) > 1:
            found.append(_error("inventory", "NodeName", f"{', '.join(hosts)} would all be the node {name}", "Give each a kube_node_name of its own."))
    return found


def _parse(text: Any) -> Network | None:
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return None


def _networks(inputs: Inputs) -> list[Located]:
    if not inputs.hosts:
        return []
    variables, found, named = inputs.variables[inputs.hosts[0]], [], []
    for setting, default in (("kube_pod_subnets", ["10.244.0.0/16"]), ("kube_service_subnets", ["10.96.0.0/12"])):
        texts = variables.get(setting, default)
        if not isinstance(texts, (list, tuple)) or not texts:
            found.append(_error("inventory", "Networks", f"{setting} is {texts!r}, which is no list of networks", "Write it as ['10.244.0.0/16']."))
            continue
        for text in texts:
            network = _parse(text)
            if network is None:
                found.append(_error("inventory", "Networks", f"{setting} holds {text!r}, which is no network", "Write it as 10.244.0.0/16."))
            else:
                named.append((setting, network))
    found += [_overlap(f"{one[0]} {one[1]}", f"{two[0]} {two[1]}") for index, one in enumerate(named) for two in named[index + 1:]
              if _overlaps(one[1], two[1])]
    for host, address in _addresses(inputs).items():
        network = _parse(address)
        found += [_overlap(f"the address {address} of {host}", f"{setting} {other}") for setting, other in named
                  if network and _overlaps(network, other)]
    return found


def _overlaps(one: Network, two: Network) -> bool:
    return one.version == two.version and one.overlaps(two)


def _overlap(one: str, two: str) -> Located:
    return _error("inventory", "Networks", f"{one} and {two} overlap", "Pods, services and machines need networks of their own; change one of them.")


def _addresses(inputs: Inputs) -> dict[str, str]:
    seen = {look.host: look.node.get("host", {}).get("address", "") for look in inputs.looks}
    known = {host: node_address(host, inputs.variables[host]) or seen.get(host, "") for host in inputs.hosts}
    return {host: address for host, address in known.items() if address}


def _clones(inputs: Inputs) -> list[Located]:
    """Machines made from one image without being told apart."""
    found = []
    for key, title, remedy in (
        ("machine_id", "machine-id", "On the clones: remove /etc/machine-id, run systemd-machine-id-setup, reboot."),
        ("hostname", "host name", "Give each machine a host name of its own (hostnamectl hostname NAME)."),
    ):
        owners = defaultdict(list)
        for look in inputs.looks:
            if look.node.get("host", {}).get(key):
                owners[look.node["host"][key]].append(look.host)
        found += [_error("inventory", "Clones", f"{', '.join(sorted(set(hosts)))} have the same {title} {value}", remedy)
                  for value, hosts in owners.items() if len(set(hosts)) > 1]
    return found


def _states(inputs: Inputs) -> list[Located]:
    found = []
    try:
        cluster = find_cluster(inputs.looks)
    except KubewrightError as error:
        return [_error("inventory", "Cluster", str(error), "See docs/safety.md.")]
    if not cluster.exists:
        found += _second_cluster(inputs)
    found += _version_change(inputs)
    for look in inputs.looks:
        if look.state == "partial" and not look.node["ours"]:
            found.append(_error(look.host, "Leftovers", f"parts of a cluster that Kubewright did not begin: {look.node['reason']}",
                                "Reset it (playbooks/reset.yml) if nothing in it is needed."))
        if look.state == "control_plane" and not look.node["healthy"] and not cluster.exists:
            found.append(_error(look.host, "ControlPlaneDown", "a control plane whose API server does not answer, and no other answers",
                                "It is broken, not absent: `crictl ps -a` and `journalctl -u kubelet` there. Nothing resets it."))
        if cluster.exists and look.state in ("worker", "control_plane") and not set(look.node["ca_hashes"]) & set(cluster.ca_hashes):
            found.append(_error(look.host, "Foreign", f"it belongs to another cluster (CA {', '.join(look.node['ca_hashes'])}, endpoint "
                                f"{look.node['endpoint']})", "Take it off the inventory, or reset it."))
    return found


def _version_change(inputs: Inputs) -> list[Located]:
    """site.yml installs packages on all machines at once, before any API server: that is no way to upgrade a cluster."""
    found = []
    for look in inputs.looks:
        runs, wanted = look.node.get("versions", {}).get("kubelet"), inputs.variables.get(look.host, {}).get("kube_version")
        if look.state in ("worker", "control_plane") and runs and wanted and runs != str(wanted):
            found.append(_error(look.host, "VersionChange", f"it runs Kubernetes {runs}, kube_version says {wanted}",
                                f"site.yml does not upgrade a cluster. Set kube_version back to '{runs}', or run the playbook kubewright.cluster.upgrade."))
    return found


def _locks(inputs: Inputs) -> list[Located]:
    remedy = f"Wait for its end. If it is gone for good: {run_lock.BREAK} for one run."
    return [_error("inventory", "RunLock", f"another run is at work on this cluster: {run_lock.who(lock['identity'])}, {lock['purpose'] or 'a playbook'}, "
                   f"for at most {lock['seconds_left']} more seconds", remedy) for lock in inputs.locks]


def _second_cluster(inputs: Inputs) -> list[Located]:
    """Said before anything is touched, although the control_plane role would refuse it, too."""
    bare = [look.host for look in inputs.looks if look.control_plane and look.state == "clean"]
    if not bare:
        return []
    try:
        refuse_remains(inputs.looks, bare[0], str(inputs.variables[bare[0]].get("kube_allow_new_cluster", False)).lower() == "true")
    except KubewrightError as error:
        return [_error(bare[0], "SecondCluster", str(error), "See docs/safety.md.")]
    return []
