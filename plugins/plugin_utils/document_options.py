# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a cluster that are flags and volumes of its components in the ClusterConfiguration. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._api_server_files import AUDIT_POLICY, ENCRYPTION
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.document_forms import Arguments, Document, arguments

# Where the flags of an option go. They are added to those of the free-form part.
EXTRA_ARGS = {
    "apiserver_extra_args": "apiServer",
    "controller_manager_extra_args": "controllerManager",
    "scheduler_extra_args": "scheduler",
    "etcd_extra_args": "etcd.local",
}
KEYS = (*EXTRA_ARGS, "audit_policy", "audit_log", "encryption_at_rest")
AUDIT_LOG = {"path": "/var/log/kubernetes/audit/audit.log", "max_age_days": 30, "max_backups": 10, "max_size_mb": 100}
AUDIT_LOG_FLAGS = {"max_age_days": "audit-log-maxage", "max_backups": "audit-log-maxbackup", "max_size_mb": "audit-log-maxsize"}
AUDIT_LEVELS = ("None", "Metadata", "Request", "RequestResponse")
AUDIT_RULE = {"level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages", "omitManagedFields"}
AUDIT_POLICY_FIELDS = {"apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"}
SHARED_FOLDERS = ("/", "/etc", "/etc/kubernetes", "/tmp", "/var", "/var/lib", "/var/log", "/var/log/pods", "/var/log/containers")  # noqa: S108
PROVIDERS = ("secretbox", "aescbc")
_RESOURCE = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?")


def add(cluster: Document, description: Mapping[str, Any]) -> None:
    """Everything that the options of a cluster's description mean for its ClusterConfiguration, which is changed."""
    _raise(list(problems(description)))
    for option, path in EXTRA_ARGS.items():
        if description.get(option):
            _add_arguments(cluster, path, arguments(description[option], option), option)
    if description.get("audit_policy"):
        _add_audit(cluster, _audit_log(description))
    if description.get("encryption_at_rest"):
        _add_arguments(cluster, "apiServer", {"encryption-provider-config": [ENCRYPTION]}, "encryption_at_rest")


def files(description: Mapping[str, Any]) -> dict[str, str]:
    """What has to be on a machine before its API server starts, by path; a path that ends with a slash is a folder."""
    _raise(list(problems(description)))
    if not description.get("audit_policy"):
        return {}
    folder = _audit_folder(_audit_log(description)["path"])
    plain = json.loads(json.dumps(_policy(description["audit_policy"])))  # ansible's own kinds of texts are none to YAML
    text = yaml.safe_dump(plain, sort_keys=False, width=150)
    return {AUDIT_POLICY: text, **({f"{folder}/": ""} if folder else {})}


def encryption(description: Mapping[str, Any]) -> dict[str, Any]:
    """The option with what it leaves to its defaults; empty where nothing is encrypted."""
    given = description.get("encryption_at_rest")
    _raise(list(_encryption_problems(given)))
    return {"provider": given.get("provider", PROVIDERS[0]), "resources": given.get("resources") or ["secrets"]} if given else {}


def problems(description: Mapping[str, Any]) -> Iterator[str]:
    if description.get("audit_policy"):
        yield from _policy_problems(description["audit_policy"])
        yield from _audit_log_problems(description.get("audit_log") or {})
    elif description.get("audit_log"):
        yield "audit_log is set, and there is no audit_policy, without which nothing is logged; set that, too, or leave audit_log out"
    yield from _encryption_problems(description.get("encryption_at_rest"))


def _raise(found: list[str]) -> None:
    if found:
        raise KubewrightError("; ".join(found), problems=found)


def _add_arguments(cluster: Document, path: str, wanted: Arguments, option: str, ours: bool = True) -> None:
    """Beside the flags that are there. One that is there with another value is an error, unless it was only a default of ours."""
    where = f"ClusterConfiguration: {path}.extraArgs"
    owner = cluster
    for name in path.split("."):
        owner = owner.setdefault(name, {})
        if not isinstance(owner, dict):
            return  # told with the fields
    there = arguments(owner.get("extraArgs") or {}, where)
    for name, values in wanted.items():
        if ours and there.get(name, values) != values:
            raise KubewrightError(f"{where} has {name} {there[name][0]!r}, and {option} wants {values[0]!r}; leave one of them out")
        there.setdefault(name, values)
    owner["extraArgs"] = [{"name": name, "value": value} for name, values in there.items() for value in values]


def _audit_log(description: Mapping[str, Any]) -> dict[str, Any]:
    return {**AUDIT_LOG, **(description.get("audit_log") or {})}


def _audit_folder(path: str) -> str:
    """Empty where the log goes to standard output."""
    return posixpath.dirname(path) if path != "-" else ""


def _add_audit(cluster: Document, log: Mapping[str, Any]) -> None:
    rotation = {flag: [str(log[name])] for name, flag in AUDIT_LOG_FLAGS.items()}
    _add_arguments(cluster, "apiServer", {"audit-policy-file": [AUDIT_POLICY], "audit-log-path": [log["path"]]}, "audit_policy")
    _add_arguments(cluster, "apiServer", rotation if log["path"] != "-" else {}, "audit_log", ours=False)
    _add_volume(cluster, "audit-policy", posixpath.dirname(AUDIT_POLICY), True)
    if _audit_folder(log["path"]):
        _add_volume(cluster, "audit-log", _audit_folder(log["path"]), False)


def _add_volume(cluster: Document, name: str, folder: str, read_only: bool) -> None:
    """The folder, not the file: a file that is replaced would stay the old one inside."""
    volumes = cluster["apiServer"].setdefault("extraVolumes", [])
    if isinstance(volumes, list) and folder not in [item.get("mountPath") for item in volumes if isinstance(item, Mapping)]:
        cluster["apiServer"]["extraVolumes"] = [
            *volumes, {"name": name, "hostPath": folder, "mountPath": folder, "readOnly": read_only, "pathType": "DirectoryOrCreate"}]


def _policy(given: Any) -> Any:
    """The policy itself, or what the file on the controller holds."""
    if not isinstance(given, str):
        return given
    try:
        return yaml.safe_load(Path(given).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise KubewrightError(f"audit_policy is the file {given!r} on the controller, which cannot be read: {error}. Name one that is there, by its whole "
                              "path or from the folder that ansible-playbook runs in; or write the policy itself as a mapping") from error


def _policy_problems(given: Any) -> Iterator[str]:
    policy = _policy(given)
    if not isinstance(policy, Mapping) or (policy.get("apiVersion"), policy.get("kind")) != ("audit.k8s.io/v1", "Policy"):
        told = f"{policy.get('apiVersion')} {policy.get('kind')}" if isinstance(policy, Mapping) else type(policy).__name__
        yield f"audit_policy is {told}; apiVersion: audit.k8s.io/v1 and kind: Policy are expected"
        return
    unknown = sorted(set(map(str, policy)) - AUDIT_POLICY_FIELDS)
    if unknown:
        yield f"audit_policy has {', '.join(unknown)}, which a Policy does not have; it has {', '.join(sorted(AUDIT_POLICY_FIELDS))}"
    if not isinstance(policy.get("rules"), list) or not policy["rules"]:
        yield "audit_policy has no rules, and the API server would not start; the least is one rule: level: Metadata"
        return
    for number, rule in enumerate(policy["rules"], 1):
        yield from _rule_problems(f"rule {number} of audit_policy", rule)


def _rule_problems(where: str, rule: Any) -> Iterator[str]:
    level = rule.get("level") if isinstance(rule, Mapping) else None
    if level not in AUDIT_LEVELS:
        yield f"{where} has the level {level!r}; it is one of {', '.join(AUDIT_LEVELS)}"
    unknown = sorted(set(map(str, rule)) - AUDIT_RULE) if isinstance(rule, Mapping) else []
    if unknown:
        yield f"{where} has {', '.join(unknown)}, which a rule does not have; it has {', '.join(sorted(AUDIT_RULE))}"


def _audit_log_problems(given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping) or set(given) - set(AUDIT_LOG):
        yield f"audit_log is {given!r}; a mapping with {', '.join(AUDIT_LOG)} is expected"
        return
    path = str(given.get("path", AUDIT_LOG["path"]))
    if path != "-" and (not path.startswith("/") or posixpath.normpath(path) != path or posixpath.dirname(path) in SHARED_FOLDERS):
        yield f"audit_log.path is {path!r}; write the whole path of a file in a folder of its own, which the API server gets, or '-' for its standard output"
    for name in AUDIT_LOG_FLAGS:
        if not str(given.get(name, 0)).isdecimal():
            yield f"audit_log.{name} is {given[name]!r}; a whole number is expected"


def _encryption_problems(given: Any) -> Iterator[str]:
    if not given:
        return
    if not isinstance(given, Mapping) or set(given) - {"provider", "resources"}:
        yield f"encryption_at_rest is {given!r}; a mapping with provider and resources is expected, such as provider: secretbox"
        return
    if given.get("provider", PROVIDERS[0]) not in PROVIDERS:
        yield f"encryption_at_rest.provider is {given['provider']!r}; it is one of {', '.join(PROVIDERS)}"
    resources = given.get("resources", ["secrets"])
    if not isinstance(resources, list) or not resources or not all(isinstance(item, str) and _RESOURCE.fullmatch(item) for item in resources):
        yield f"encryption_at_rest.resources is {resources!r}; write a list of resources, such as [secrets, configmaps] or widgets.example.com"
