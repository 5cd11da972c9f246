# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a running cluster that the inventory wants otherwise. Pure; runs on the controller. Private to the collection.

Nothing of a running cluster is changed in passing, so this is all that tells of it. What the inventory leaves to kubeadm is not compared; what the
cluster has more is told where only people put it: flags and volumes. (Of certificates' names the role control_plane adds some by itself.)
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._api_server_files import AUDIT_POLICY
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_forms, document_options, documents, preflight_documents
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import EVERYTHING, Inputs, Located, is_member, machine_of, setting, warning

Leaves = dict[str, str]
REMEDY = "A running cluster is not changed in passing. Correct the variable, or change the cluster: docs/control-plane.md, Changed settings."
# Of the role control_plane.
ROLE_DEFAULTS = {**preflight_documents.CLUSTER, "control_plane_endpoint": "cluster-endpoint:6443"}
NOT_COMPARED = {"apiVersion", "kind", "kubernetesVersion"}
# kubeadm before 1.23 writes this one down although nobody asked for it.
OF_KUBEADM = {"apiServer.extraArgs.authorization-mode"}
ONLY_PEOPLE = re.compile(r"\.(extraArgs|extraVolumes|extraEnvs)\.")
# What a component does without a setting, where the cluster may not have it.
DEFAULTS = {"mode": "iptables"}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
LONGEST = 80  # of a value that is told


def _drift(inputs: Inputs) -> list[Located]:
    try:
        wanted = _wanted(inputs)
    except (KubewrightError, AttributeError, TypeError, ValueError):  # told as what it is by others
        return []
    found: dict[tuple[str, str], None] = {}
    for look in inputs.looks:
        if is_member(look) and wanted and _same_minor(inputs, look):
            for host, sentence in _of_machine(inputs, look, wanted):
                found.setdefault((host, sentence))
    return [warning(host, "Drift", sentence, REMEDY) for host, sentence in found]


def _wanted(inputs: Inputs) -> dict[str, Any]:
    """Documents by kind, and the audit policy; of the first control plane of this run, since they are the whole cluster's."""
    host = next((name for name in inputs.control_planes if name in inputs.variables), "")
    variables = inputs.variables.get(host, {})
    if not host:
        return {}
    of_all = {name: setting(inputs, Seen(host, True, True, {}), name) or default for name, default in ROLE_DEFAULTS.items()}
    cluster = {"version": variables.get("kube_version"), **of_all, **preflight_documents.cluster_settings(variables)}
    node = {**preflight_documents.NODE, "cri_socket": preflight_documents.socket(variables, "control_plane", cluster["version"])}
    made = {document["kind"]: document for document in documents.init_documents(cluster, node)}
    policy = document_options.files(cluster).get(AUDIT_POLICY, "")
    return {**made, "audit_policy": hashlib.sha256(policy.encode()).hexdigest() if policy else ""}


def _same_minor(inputs: Inputs, look: Seen) -> bool:
    """Between two minors forms and defaults differ; another version is a finding of its own."""
    runs, wanted = (look.node.get("versions") or {}).get("kubelet"), inputs.variables.get(look.host, {}).get("kube_version")
    try:
        return bool(runs) and releases.version(runs).minor == releases.version(wanted).minor
    except KubewrightError:
        return False


def _of_machine(inputs: Inputs, look: Seen, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cluster = (look.node.get("cluster") or {}).get("settings") or {}
    own = machine_of(look).get("settings") or {}
    for kind, text in (("ClusterConfiguration", cluster.get("kubeadm-config")), ("KubeProxyConfiguration", cluster.get("kube-proxy"))):
        for sentence in _differences(kind, wanted[kind], text, "in the cluster"):
            yield EVERYTHING, sentence
    for sentence in _differences("KubeletConfiguration", wanted["KubeletConfiguration"], own.get("kubelet"), "on this machine"):
        yield look.host, sentence
    for sentence in _flags(setting(inputs, look, "kubelet_extra_args", {}), own.get("kubelet_flags")):
        yield look.host, sentence
    if look.control_plane and wanted["audit_policy"] and own.get("audit_policy") and own["audit_policy"] != wanted["audit_policy"]:
        yield look.host, f"the audit policy in {AUDIT_POLICY} is another than the inventory's"


def _differences(kind: str, wanted: Mapping[str, Any], text: Any, owner: str) -> Iterator[str]:
    there, want = _read(text), _leaves(wanted)
    if not there:
        return
    for path, value in want.items():
        found = there.get(path, "") or DEFAULTS.get(path, "")
        if not found and value == "false" and kind == "ClusterConfiguration" and ".extraArgs." not in path:
            continue  # kubeadm does not write it down; flags it does
        if _plain(found) != _plain(value):
            yield f"{kind}: {path} is {_short(found) or 'not set'} {owner}, the inventory says {_short(value)}"
    for path, value in there.items():
        if path not in want and path not in OF_KUBEADM and ONLY_PEOPLE.search(path):
            yield f"{kind}: {path} is {_short(value)} {owner}, the inventory does not have it"


def _read(text: Any) -> Leaves:
    """Empty where somebody wrote what cannot be read: that is between them and kubeadm."""
    try:
        found = yaml.safe_load(str(text or ""))
        return _leaves(found) if isinstance(found, dict) else {}
    except (yaml.YAMLError, KubewrightError):
        return {}


def _leaves(document: Any, path: str = "") -> Leaves:
    """Every value by its path. Entries of flags, volumes and names go by what tells them apart; other lists are one value."""
    if isinstance(document, Mapping):
        found = {}
        for name, value in document.items():
            if path or name not in NOT_COMPARED:
                found.update(_named(value, f"{path}.{name}") if name == "extraArgs" and value else _leaves(value, f"{path}.{name}" if path else str(name)))
        return found
    if isinstance(document, list):
        return _entries(document, path)
    return {path: _text(document)} if document is not None else {}


def _named(value: Any, path: str) -> Leaves:
    return {f"{path}.{name}": ",".join(values) for name, values in document_forms.arguments(value, path).items()}


def _entries(items: list[Any], path: str) -> Leaves:
    if path.endswith("certSANs"):
        return {f"{path}.{item}": "present" for item in items}
    if items and all(isinstance(item, Mapping) and "name" in item for item in items):
        found: Leaves = {}
        for item in items:
            found.update(_leaves({key: value for key, value in item.items() if key != "name"}, f"{path}.{item['name']}"))
        return found
    return {path: ", ".join(map(_text, items))} if items else {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(text: str) -> Any:
    """Two spellings of one duration are alike."""
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return round(sum(float(number) * _UNITS[unit] for number, unit in parts), 3)
    return text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _flags(wanted: Any, text: Any) -> Iterator[str]:
    """Of kubeadm-flags.env; those that kubeadm put there itself are nobody's."""
    line = str(text or "").partition("=")[2].strip()
    if not line:
        return
    try:
        there = {word.partition("=")[0].lstrip("-"): word.partition("=")[2] for part in shlex.split(line) for word in part.split()}
        named = document_forms.arguments(wanted or {}, "kubelet_extra_args")
    except (KubewrightError, ValueError):
        return
    for name, values in named.items():
        if there.get(name) not in values:
            yield f"the kubelet's flag {name} is {_short(there.get(name, '')) or 'not set'} on this machine, the inventory says {_short(', '.join(values))}"


JUDGES = (_drift,)
