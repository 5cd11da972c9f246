# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of all pod networks do: look at the cluster, build the objects on the controller, let the control plane apply them. Private to the
collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.watched_action import watching

Result = dict[str, Any]
COLLECTION = "kubewright.cluster."
# Options that all pod networks have.
COMMON: dict[str, Any] = {
    "kubernetes_version": {"type": "str", "required": True},
    "pod_subnets": {"type": "list", "elements": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "image_registry": {"type": "str", "default": ""},
    "bundle_url": {"type": "str", "default": ""},
    "bundle_sha256": {"type": "str", "default": ""},
    "change": {"type": "bool", "default": False},
    "force_conflicts": {"type": "bool", "default": False},
    "wait_seconds": {"type": "int", "default": 300},
}
PRUNED = ("daemonsets.apps", "deployments.apps", "configmaps", "serviceaccounts", "clusterroles.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io", "namespaces")


class NodeFailed(Exception):
    """A module failed on the control plane; its answer is the action's."""

    def __init__(self, answer: Result) -> None:
        super().__init__(answer.get("msg", ""))
        self.answer = answer


class PodNetworkAction(ActionBase):
    """One look and one or two applications."""

    NAME = ""
    OPTIONS: Mapping[str, Any] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        self.variables = task_vars
        _validated, self.options = self.validate_argument_spec(argument_spec={**COMMON, **self.OPTIONS})
        try:
            return {**result, **self.decide()}
        except NodeFailed as failure:
            return {**result, **failure.answer}
        except KubewrightError as error:
            raise AnsibleActionFail(str(error)) from error

    def decide(self) -> Result:
        raise NotImplementedError

    def ask(self, module: str, **arguments: Any) -> Result:
        with watching(self, self.variables):
            answer: Result = self._execute_module(module_name=COLLECTION + module, module_args=arguments, task_vars=self.variables)
        if answer.get("failed"):
            raise NodeFailed(answer)
        return answer

    def look(self, patterns: Sequence[str], **more: Any) -> Result:
        """The cluster and the bundle. What is there and is not this network's is refused."""
        options = self.options
        bundle = {name: options[name] for name in ("bundle_url", "bundle_sha256") if options[name]}
        seen = self.ask("pod_network_info", images=list(patterns), **bundle, **more)
        others = sorted({item["name"] for item in seen["networks"]} - {self.NAME})
        if others and not (options["change"] and self._task.check_mode):
            raise KubewrightError(network.refusal(self.NAME, others, "the cluster"))
        if seen["exists"]:
            refuse_other_subnets(options["pod_subnets"], seen["pod_subnets"])
        return seen

    def apply(self, objects: Sequence[Mapping[str, Any]], rollouts: Sequence[str] = (), prune: bool = True) -> Result:
        options: Result = {"force_conflicts": self.options["force_conflicts"], "wait_seconds": self.options["wait_seconds"]}
        awaited = list(rollouts) if self.options["wait_seconds"] else []
        kinds = [*PRUNED, *(["podsecuritypolicies.policy"] if self.has_security_policies() else [])]
        pruning = {"prune_label": f"{network.LABEL}={self.NAME}", "prune_kinds": kinds} if prune else {}
        return self.ask("kube_apply", objects=list(objects), rollouts=awaited, **pruning, **options)

    def has_security_policies(self) -> bool:
        return bool(releases.fact("pod_security_policy", releases.version(self.options["kubernetes_version"])))

    def remove(self, objects: Sequence[Mapping[str, Any]]) -> list[str]:
        answer = self.ask("kube_apply", objects=list(objects), state="absent") if objects else {}
        return list(answer.get("changed_objects", []))


def refuse_other_subnets(wanted: Sequence[str], made_with: Sequence[str]) -> None:
    if not made_with:
        raise KubewrightError("the cluster was made without a network for pods, so its nodes have no ranges of pod addresses. Such a cluster takes no pod "
                              "network of this kind; make it anew with kube_pod_subnets. Nothing was touched.")
    if list(wanted) != list(made_with):
        raise KubewrightError(f"kube_pod_subnets is {', '.join(wanted)}, but the cluster was made with {', '.join(made_with)}. Pods get their addresses from "
                              "what it was made with; set kube_pod_subnets to that. Nothing was touched.")


def summed(*answers: Result) -> Result:
    """One answer of several: what was changed by any of them, and their diffs one after the other."""
    diffs = [answer["diff"] for answer in answers if answer.get("diff")]
    found: Result = {"changed": any(answer["changed"] for answer in answers)}
    for key in ("changed_objects", "pruned"):
        found[key] = [name for answer in answers for name in answer.get(key, [])]
    if diffs:
        found["diff"] = {key: "".join(diff[key] for diff in diffs) for key in ("before", "after")}
    return found
