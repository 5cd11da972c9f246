# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the spelling of one version of kubeadm's documents to that of another. Pure; runs on the controller. Private to the collection.

Everything may be written as the newest version spells it, or as the wanted one does. The functions change the documents that they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd_facts as cri_dockerd
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.document_fields import as_argument

Document = dict[str, Any]
Arguments = dict[str, list[str]]  # a flag that is repeated has several values
COMPONENTS = ("apiServer", "controllerManager", "scheduler")
APISERVER_TIMEOUT = "controlPlaneComponentHealthCheck"
LISTS_FROM = 31  # v1beta4: arguments are lists, and timeouts are in one place
SKIPPED_PHASES = {"proxy": "addon/kube-proxy", "dns": "addon/coredns"}


def arguments(given: Any, where: str) -> Arguments:
    """Flags that are written as a map or as a list of name and value."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, (list, tuple)) and all(isinstance(item, Mapping) and set(item) == {"name", "value"} for item in given):
        pairs = [(item["name"], item["value"]) for item in given]
    else:
        raise KubewrightError(f"{where} is {given!r}; write a map, flag: value, or a list of entries with name and value")
    found: Arguments = {}
    for name, value in pairs:
        found.setdefault(_flag(name, where), []).append(_argument(name, value, where))
    return found


def _flag(name: Any, where: str) -> str:
    if not isinstance(name, str) or not name or name.startswith("-"):
        raise KubewrightError(f"{where} has a flag {name!r}; write its name without dashes in front")
    return name


def _argument(name: str, value: Any, where: str) -> str:
    try:
        return as_argument(value)
    except ValueError:
        raise KubewrightError(f"{where}: {name} is {value!r}; a text, a number, true or false is expected") from None


def spelled(release: releases.Version, given: Arguments, where: str) -> Any:
    """A map up to v1beta3, a list of name and value from v1beta4 on."""
    if release.minor >= LISTS_FROM:
        return [{"name": name, "value": value} for name, values in given.items() for value in values]
    repeated = [name for name, values in given.items() if len(values) > 1]
    if repeated:
        raise KubewrightError(f"{where} names {', '.join(repeated)} more than once, which Kubernetes {release} cannot express (1.{LISTS_FROM} can); "
                              f"give one value")
    return {name: values[0] for name, values in given.items()}


def fit_arguments(release: releases.Version, owner: Document, name: str, where: str) -> None:
    if owner.get(name) is not None:
        owner[name] = spelled(release, arguments(owner[name], where), where)


def fit_cluster(release: releases.Version, cluster: Document) -> None:
    for component in COMPONENTS:
        fit_arguments(release, _section(cluster, component), "extraArgs", f"ClusterConfiguration: {component}.extraArgs")
    fit_arguments(release, _section(_section(cluster, "etcd"), "local"), "extraArgs", "ClusterConfiguration: etcd.local.extraArgs")
    if release.minor > 21 and _section(cluster, "dns").get("type") == "CoreDNS":  # the only one there is since
        del cluster["dns"]["type"]
    _fit_encryption(release, cluster)
    if is_dual(cluster):
        fit_dual_stack(release, cluster)


def _fit_encryption(release: releases.Version, cluster: Document) -> None:
    gates = _section(cluster, "featureGates")
    if release.minor >= LISTS_FROM:
        if "PublicKeysECDSA" in gates and gates.pop("PublicKeysECDSA") is True:
            cluster.setdefault("encryptionAlgorithm", "ECDSA-P256")
        if "featureGates" in cluster and not gates:
            del cluster["featureGates"]
        return
    known = releases.fact("encryption_algorithms", release)
    wanted = cluster.get("encryptionAlgorithm")
    if wanted in known:
        del cluster["encryptionAlgorithm"]
    if wanted in known[1:]:
        cluster["featureGates"] = {**gates, "PublicKeysECDSA": True}


def is_dual(cluster: Document) -> bool:
    """Whether pods or services have networks of both families."""
    networking = _section(cluster, "networking")
    return any(len({":" in part for part in str(networking.get(name, "")).split(",")}) > 1 for name in ("podSubnet", "serviceSubnet"))


def fit_dual_stack(release: releases.Version, document: Document) -> None:
    """Up to 1.20 it has to be switched on."""
    if release.minor < 21:
        document["featureGates"] = {"IPv6DualStack": True, **_section(document, "featureGates")}


def fit_runtime(release: releases.Version, init: Document, cluster: Document, kubelet: Document) -> None:
    """What cri-dockerd cannot do yet is switched off, unless the user says something of it."""
    gate = cri_dockerd.STREAMING_GATE
    if "cri-dockerd" not in str(_section(init, "nodeRegistration").get("criSocket")) or release.minor < cri_dockerd.STREAMING_FROM:
        return
    kubelet["featureGates"] = {gate: False, **_section(kubelet, "featureGates")}
    server = cluster["apiServer"] = _section(cluster, "apiServer")
    given = arguments(server.get("extraArgs") or {}, "ClusterConfiguration: apiServer.extraArgs")
    gates = given.setdefault("feature-gates", [])
    if not any(gate in value for value in gates):
        gates[:1] = [",".join([*gates[:1], f"{gate}=false"])]
    server["extraArgs"] = spelled(release, given, "ClusterConfiguration: apiServer.extraArgs")


def fit_init(release: releases.Version, init: Document, cluster: Document) -> None:
    fit_registration(release, init)
    if release.minor >= LISTS_FROM:
        _move(cluster, "ClusterConfiguration: apiServer", "timeoutForControlPlane", init, "InitConfiguration: timeouts", APISERVER_TIMEOUT)
        return
    _move(init, "InitConfiguration: timeouts", APISERVER_TIMEOUT, cluster, "ClusterConfiguration: apiServer", "timeoutForControlPlane")
    if release.minor > 21:
        _skip_addons(init, cluster)


def _skip_addons(init: Document, cluster: Document) -> None:
    for addon, phase in SKIPPED_PHASES.items():
        disabled = _section(cluster, addon).pop("disabled", None)
        if disabled is not None and not cluster[addon]:
            del cluster[addon]
        if str(disabled).lower() == "true" and phase not in init.setdefault("skipPhases", []):
            init["skipPhases"] = [*init["skipPhases"], phase]


def fit_join(release: releases.Version, join: Document) -> None:
    fit_registration(release, join)
    old, new = ("JoinConfiguration: discovery", "timeout"), ("JoinConfiguration: timeouts", "discovery")
    if release.minor >= LISTS_FROM:
        _move(join, *old, join, *new)
    else:
        _move(join, *new, join, *old)


def fit_registration(release: releases.Version, document: Document) -> None:
    where = f"{document['kind']}: nodeRegistration.kubeletExtraArgs"
    fit_arguments(release, _section(document, "nodeRegistration"), "kubeletExtraArgs", where)


def _move(source: Document, source_path: str, old: str, target: Document, target_path: str, new: str) -> None:
    """Take a value to where this version has it. Paths are written for people: the section is behind the colon."""
    section = _section(source, source_path.rpartition(" ")[2])
    if section.get(old) is None:
        return
    value = section.pop(old)
    if not section:
        del source[source_path.rpartition(" ")[2]]
    name = target_path.rpartition(" ")[2]
    place = target[name] = _section(target, name)
    if place.setdefault(new, value) != value:
        raise KubewrightError(f"{source_path}.{old} is {value!r} and {target_path}.{new} is {place[new]!r}, which are one setting; leave one out")


def _section(document: Document, name: str) -> Document:
    """What stands below a name, or nothing; something of another form is judged with the fields."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}
