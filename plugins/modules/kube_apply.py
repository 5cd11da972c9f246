#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_apply
short_description: Bring objects of the cluster to the given state
version_added: 0.1.0
description:
  - Runs on a control plane. Asks the API server with C(kubectl diff) what applying would change, and applies only then.
  - Uses server-side apply, with Kubewright as the field manager, where the cluster has it (Kubernetes 1.22 and later), and client-side apply before.
options:
  state:
    description: Apply the objects, or delete them.
    type: str
    choices: [present, absent]
    default: present
  objects:
    description: Objects of the Kubernetes API.
    type: list
    elements: dict
    required: true
  prune_label:
    description:
      - After applying, delete objects of the kinds O(prune_kinds) that carry this label (C(key=value)) and are not among O(objects).
    type: str
  prune_kinds:
    description: Kinds, as C(kubectl get) takes them, in which to look for what O(prune_label) says.
    type: list
    elements: str
    default: []
  rollouts:
    description: Workloads to wait for afterwards, as C(namespace/kind/name).
    type: list
    elements: str
    default: []
  wait_seconds:
    description: Longest time in seconds to wait for all rollouts, or for the deletion.
    type: int
    default: 300
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Have a namespace
  kubewright.cluster.kube_apply:
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata: {name: example}
"""

RETURN = r"""
changed_objects:
  description: Objects that were created or changed, or would be, as C(kind/name) or C(kind/namespace/name).
  returned: always
  type: list
  elements: str
  sample: [Namespace/example]
pruned:
  description: Objects that were deleted because of O(prune_label).
  returned: always
  type: list
  elements: str
pods:
  description: Pods of a rollout that did not end, with what the kubelet says of them.
  returned: when a rollout failed
  type: list
  elements: str
"""

import os
import re
import time
from typing import Any, Dict, List, Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl, as_list
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, as_lines, conclude

SERVER_SIDE_SINCE = (1, 22)


def identity(item: Dict[str, Any]) -> str:
    """kind/name or kind/namespace/name."""
    metadata = item["metadata"]
    return "/".join(part for part in (item["kind"], metadata.get("namespace"), metadata["name"]) if part)


def _in_default(item: Dict[str, Any]) -> Dict[str, Any]:
    """The API server says the namespace also where the object leaves it out."""
    return dict(item, metadata=dict({"namespace": "default"}, **item["metadata"]))


class Objects:
    """Compare with the cluster, then act."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.kubectl = Kubectl(Runner(module))
        self.stream = as_list(self.params["objects"])

    def _flags(self) -> List[str]:
        version = self.kubectl.json("version")["serverVersion"]
        if (int(version["major"]), int(re.sub(r"\D", "", version["minor"]))) < SERVER_SIDE_SINCE:
            return []
        return ["--server-side", "--field-manager=kubewright", "--force-conflicts"]

    def execute(self) -> Dict[str, Any]:
        return self.apply() if self.params["state"] == "present" else self.delete()

    def apply(self) -> Dict[str, Any]:
        if self.params["prune_label"] and not self.params["prune_kinds"]:
            raise KubewrightError("prune_label is given, but prune_kinds names no kind; nothing was applied. Name the kinds to look for.")
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):  # a dry run before the cluster is made
            return {"changed": True, "changed_objects": [identity(item) for item in self.params["objects"]], "pruned": []}
        flags = with_retries(self._flags)
        changed = self._differing(flags)
        if changed and not self.module.check_mode:
            with_retries(lambda: self.kubectl("apply", *([*flags, "-f", "-"]), stdin=self.stream))
        pruned = self._prune()
        if not self.module.check_mode:
            self._wait_for_rollouts()
        return {"changed": bool(changed or pruned), "changed_objects": changed, "pruned": pruned}

    def _differing(self, flags: List[str]) -> List[str]:
        """Objects that are missing or differ, in the API server's own opinion."""
        missing = [item for item in self.params["objects"] if not self._exists(item)]
        present = [item for item in self.params["objects"] if item not in missing]
        changed = [identity(item) for item in missing]
        for item in present:
            diff = self.kubectl("diff", *([*flags, "-f", "-"]), stdin=as_list([item]), ok=(0, 1))
            if diff.stdout.strip():
                changed.append(identity(item))
        return changed

    def _exists(self, item: Dict[str, Any]) -> bool:
        try:
            return bool(self.kubectl("get", "--ignore-not-found", "-o", "name", "-f", "-", stdin=as_list([item])).stdout.strip())
        except CommandError as error:
            if "no matches for kind" in error.stderr:  # its CustomResourceDefinition is among the objects
                return False
            raise

    def _prune(self) -> List[str]:
        if not self.params["prune_label"]:
            return []
        kept = {name for item in self.params["objects"] for name in (identity(item), identity(_in_default(item)))}
        kinds = ",".join(self.params["prune_kinds"])
        found = self.kubectl.json("get", kinds, "--all-namespaces", "-l", self.params["prune_label"])["items"]
        extra = [item for item in found if identity(item) not in kept]
        if extra and not self.module.check_mode:
            self.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=as_list(extra))
        return [identity(item) for item in extra]

    def delete(self) -> Dict[str, Any]:
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):
            return {"changed": False, "changed_objects": [], "pruned": []}
        present = [item for item in self.params["objects"] if self._exists(item)]
        if present and not self.module.check_mode:
            seconds = self.params["wait_seconds"]
            self.kubectl("delete", "--ignore-not-found", "--wait=true", "--timeout={0}s".format(seconds), "-f", "-",
                         stdin=as_list(present), seconds=seconds + 30)
        return {"changed": bool(present), "changed_objects": [identity(item) for item in present], "pruned": []}

    def _wait_for_rollouts(self) -> None:
        limit = time.time() + self.params["wait_seconds"]
        for rollout in self.params["rollouts"]:
            namespace, kind, name = self._rollout_parts(rollout)
            left = max(1, int(limit - time.time()))
            try:
                self.kubectl("rollout", "status", "-n", namespace, "{0}/{1}".format(kind, name), "--timeout={0}s".format(left), seconds=left + 30)
            except CommandError as error:
                raise KubewrightError("{0} was not ready after {1} seconds".format(rollout, self.params["wait_seconds"]),
                                      pods=self._pods(namespace)) from error

    @staticmethod
    def _rollout_parts(rollout: str) -> Tuple[str, str, str]:
        parts = rollout.split("/")
        if len(parts) != 3:
            raise KubewrightError("rollouts holds {0!r}; it must be namespace/kind/name".format(rollout))
        return parts[0], parts[1], parts[2]

    def _pods(self, namespace: str) -> List[str]:
        told = []
        for pod in self.kubectl.json("get", "pods", "-n", namespace)["items"]:
            for status in pod["status"].get("containerStatuses", []):
                waiting = status.get("state", {}).get("waiting")
                if waiting:
                    told.append("{0} on {1}: {2} {3}".format(pod["metadata"]["name"], pod["spec"].get("nodeName"),
                                                             waiting.get("reason", ""), waiting.get("message", "")))
        return told


def changed_objects(result: Result) -> Dict[str, str]:
    return {"before": "", "after": as_lines(result["changed_objects"] + ["- " + line for line in result["pruned"]])}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "objects": {"type": "list", "elements": "dict", "required": True},
            "prune_label": {"type": "str"},
            "prune_kinds": {"type": "list", "elements": "str", "default": []},
            "rollouts": {"type": "list", "elements": "str", "default": []},
            "wait_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Objects(module).execute(), "objects", changed_objects)


if __name__ == "__main__":
    main()
