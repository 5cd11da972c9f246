#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_apply
short_description: Bring objects of the cluster to the given state
version_added: 0.1.0
description:
  - Runs on a control plane. Lets the API server say what each object would be after applying, compares that with what is there, and applies
    only where they differ. What the API server counts by itself and who owns a field is no difference.
  - Uses server-side apply, with C(kubewright) as the field manager, where it is stable (Kubernetes 1.22 and later), and client-side apply before.
    An object that came by client-side apply stays with it.
  - A field that somebody else has set to another value is an error that names both, also in check mode; O(force_conflicts) takes it over.
  - What a Secret holds is neither returned nor written to the machine's journal.
notes:
  - Ansible without pipelining copies a module with its arguments to the machine for as long as it runs, Secrets as well; use pipelining, and
    C(no_log) where something else records the arguments of tasks.
options:
  state:
    description: Apply the objects, or delete them.
    type: str
    choices: [present, absent]
    default: present
  objects:
    description: Objects of the Kubernetes API. CustomResourceDefinitions among them come first, and are waited for until the API server serves them.
    type: list
    elements: dict
    required: true
  force_conflicts:
    description: Take over fields that another field manager has set to another value. Without it that is an error, and nothing is applied.
    type: bool
    default: false
  prune_label:
    description:
      - After applying, delete objects of the kinds O(prune_kinds) that carry this one label (C(key=value)) and are not among O(objects).
      - What a controller makes and removes by itself, such as the ReplicaSets of a Deployment, is left to it.
    type: str
  prune_kinds:
    description: Single kinds, as C(kubectl get) takes them, in which to look for what O(prune_label) says. Nothing of another kind is ever deleted.
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
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
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

- name: Have exactly these objects of an application, and wait until it runs
  kubewright.cluster.kube_apply:
    objects: "{{ lookup('ansible.builtin.file', 'web.yml') | ansible.builtin.from_yaml_all | list }}"
    prune_label: app.kubernetes.io/part-of=web
    prune_kinds: [deployments.apps, services, configmaps]
    rollouts: [example/deployment/web]
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
  sample: [ConfigMap/example/old]
conflicts:
  description: Fields that somebody else has set to another value.
  returned: when that kept from applying
  type: list
  elements: dict
  sample:
    - manager: kubectl-edit
      field: .spec.replicas
pods:
  description: Pods of a rollout that did not end, with what the kubelet says of them.
  returned: when a rollout failed
  type: list
  elements: str
  sample: ['web-7d4b9c-x2x5v on worker1: web: ImagePullBackOff Back-off pulling image "registry.example.com/web:1.0"']
events:
  description: Warnings that the cluster noted about the rollout and its pods, the last ones.
  returned: when a rollout failed
  type: list
  elements: str
  sample: ['web-7d4b9c-x2x5v: Failed: Failed to pull image "registry.example.com/web:1.0": not found']
logs:
  description: Last lines of containers that ended with an error or are not ready.
  returned: when a rollout failed
  type: list
  elements: str
  sample: ["web-7d4b9c-x2x5v/web: cannot listen on port 80"]
"""

import json
import os
import re
import time
from typing import Any, Dict, List, Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _apply as pure
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl, as_list
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import fact
from ansible_collections.kubewright.cluster.plugins.module_utils._rollout import evidence

DEFINITION = "CustomResourceDefinition"


class Objects:
    """Compare with the cluster, then act."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.kubectl = Kubectl(Runner(module))
        self.differences: List[pure.Difference] = []
        self.minors = {"serverVersion": 0, "clientVersion": 0}

    def _read_versions(self) -> None:
        found = self.kubectl.json("version")
        self.minors = {side: int(re.sub(r"\D", "", found[side]["minor"])) for side in self.minors}

    def _flags(self, client_side: bool) -> List[str]:
        if client_side or not all(fact("server_side_apply", minor) for minor in self.minors.values()):
            return []
        return ["--server-side", "--field-manager=" + pure.MANAGER] + (["--force-conflicts"] if self.params["force_conflicts"] else [])

    def execute(self) -> Dict[str, Any]:
        return self.apply() if self.params["state"] == "present" else self.delete()

    def apply(self) -> Dict[str, Any]:
        if self.params["prune_label"]:
            pure.refuse_wide_pruning(self.params["prune_label"], self.params["prune_kinds"])
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):  # a dry run before the cluster is made
            self.differences = [item for item in (pure.difference(None, wanted) for wanted in self.params["objects"]) if item]
            return {"changed": True, "changed_objects": [item.name for item in self.differences], "pruned": []}
        with_retries(self._read_versions)
        changed = self._changed()
        if changed and not self.module.check_mode:
            self._apply(changed)
        pruned = self._prune()
        if not self.module.check_mode:
            self._wait_for_rollouts()
        return {"changed": bool(changed or pruned), "changed_objects": [pure.identity(item) for item in changed], "pruned": pruned}

    def _changed(self) -> List[pure.Object]:
        """Objects that are missing or would become different, in the API server's own opinion."""
        live = self._live()
        present = [item for item in self.params["objects"] if pure.find(item, live)]
        would_be = [merged for part, flags in self._parts(present, live) for merged in self._dry_run(part, flags)]
        changed = []
        for item in self.params["objects"]:
            difference = pure.difference(pure.find(item, live), pure.find(item, would_be) or item)
            if difference:
                self.differences.append(difference)
                changed.append(item)
        return changed

    def _live(self) -> List[pure.Object]:
        try:
            return self._get(self.params["objects"])
        except CommandError as error:
            if "no matches for kind" not in error.stderr:  # its CustomResourceDefinition is among the objects
                raise
        return [found for item in self.params["objects"] if self._exists(item) for found in self._get([item])]

    def _get(self, objects: List[pure.Object]) -> List[pure.Object]:
        found = items_of(with_retries(lambda: self.kubectl("get", "--ignore-not-found", "-o", "json", "-f", "-", stdin=as_list(objects))).stdout)
        self.module.no_log_values |= pure.secret_values(found)  # an error of applying may show what is there
        return found

    def _parts(self, objects: List[pure.Object], live: List[pure.Object]) -> List[Tuple[List[pure.Object], List[str]]]:
        """The objects by the way of applying that each has; those without any object are left out."""
        old = [item for item in objects if pure.client_side(pure.find(item, live))]
        new = [item for item in objects if item not in old]
        return [(part, self._flags(client_side)) for part, client_side in ((new, False), (old, True)) if part]

    def _dry_run(self, objects: List[pure.Object], flags: List[str]) -> List[pure.Object]:
        option = str(fact("dry_run_option", self.minors["clientVersion"]))
        return items_of(self._run_apply(objects, [*flags, option, "-o", "json"]))

    def _run_apply(self, objects: List[pure.Object], flags: List[str]) -> str:
        try:
            output = with_retries(lambda: self.kubectl("apply", *([*flags, "-f", "-"]), stdin=as_list(objects)))
        except CommandError as error:
            pure.refuse_conflicts(error.stderr, [pure.identity(item) for item in objects])
            raise
        return str(output.stdout)

    def _apply(self, changed: List[pure.Object]) -> None:
        """Definitions first: what they define can be applied only once the API server serves it."""
        live = self._live()
        definitions = [item for item in changed if item["kind"] == DEFINITION]
        for objects in (definitions, [item for item in changed if item not in definitions]):
            for part, flags in self._parts(objects, live):
                self._run_apply(part, flags)
            if objects and objects is definitions:
                names = ["customresourcedefinition/" + item["metadata"]["name"] for item in definitions]
                self.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names, seconds=90)

    def _exists(self, item: Dict[str, Any]) -> bool:
        try:
            return bool(self._get([item]))
        except CommandError as error:
            if "no matches for kind" in error.stderr:
                return False
            raise

    def _prune(self) -> List[str]:
        if not self.params["prune_label"]:
            return []
        kinds = ",".join(self.params["prune_kinds"])
        found = with_retries(lambda: self.kubectl.json("get", kinds, "--all-namespaces", "-l", self.params["prune_label"])["items"])
        extra = pure.superfluous(found, self.params["objects"])
        if extra and not self.module.check_mode:
            self.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=as_list(extra))
        return [pure.identity(item) for item in extra]

    def delete(self) -> Dict[str, Any]:
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):
            return {"changed": False, "changed_objects": [], "pruned": []}
        present = [item for item in self.params["objects"] if self._exists(item)]
        if present and not self.module.check_mode:
            seconds = self.params["wait_seconds"]
            self.kubectl("delete", "--ignore-not-found", "--wait=true", "--timeout={0}s".format(seconds), "-f", "-",
                         stdin=as_list(present), seconds=seconds + 30)
        return {"changed": bool(present), "changed_objects": [pure.identity(item) for item in present], "pruned": []}

    def _wait_for_rollouts(self) -> None:
        limit = time.time() + self.params["wait_seconds"]
        for number, rollout in enumerate(self.params["rollouts"], 1):
            progress.tell("waiting for the rollout of " + rollout, number, len(self.params["rollouts"]))
            namespace, kind, name = self._rollout_parts(rollout)
            try:
                self._wait_for_rollout(namespace, "{0}/{1}".format(kind, name), limit)
            except CommandError as error:
                found = evidence(self.kubectl, namespace, kind, name)
                told = (found["pods"] + found["events"])[:1]
                raise KubewrightError("{0} was not ready after {1} seconds; {2}".format(rollout, self.params["wait_seconds"], "; ".join(told)),
                                      **found) from error

    def _wait_for_rollout(self, namespace: str, name: str, limit: float) -> None:
        """An operator makes its workloads a moment later."""
        while True:
            left = max(1, int(limit - time.time()))
            try:
                self.kubectl("rollout", "status", "-n", namespace, name, "--timeout={0}s".format(left), seconds=left + 30)
                return
            except CommandError as error:
                if "(NotFound)" not in error.stderr or time.time() > limit:
                    raise
                time.sleep(3)

    @staticmethod
    def _rollout_parts(rollout: str) -> Tuple[str, str, str]:
        parts = rollout.split("/")
        if len(parts) != 3:
            raise KubewrightError("rollouts holds {0!r}; it must be namespace/kind/name".format(rollout))
        return parts[0], parts[1], parts[2]


def items_of(text: str) -> List[pure.Object]:
    """kubectl prints one object as it is, several as a List, and of none nothing."""
    found = json.loads(text) if text.strip() else {"items": []}
    return list(found["items"]) if "items" in found else [found]


def unprinted(objects: Objects) -> Dict[str, Any]:
    """What a failed kubectl printed on standard output may be a Secret; nobody is told."""
    try:
        return objects.execute()
    except CommandError as error:
        del error.evidence["stdout"]
        raise


def shown(objects: Objects, result: Result) -> Dict[str, str]:
    """Each object under its name, and what is deleted."""
    before = ["{0}\n{1}".format(item.name, item.before) for item in objects.differences if item.before]
    after = ["{0}\n{1}".format(item.name, item.after) for item in objects.differences]
    gone = [name + "\n" for name in (result["pruned"] or (result["changed_objects"] if objects.params["state"] == "absent" else []))]
    return {"before": "".join(before + gone), "after": "".join(after)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            # no_log keeps them out of the journal and of errors of the arguments; main() narrows it to what is a secret.
            "objects": {"type": "list", "elements": "dict", "required": True, "no_log": True},
            "force_conflicts": {"type": "bool", "default": False},
            "prune_label": {"type": "str"},
            "prune_kinds": {"type": "list", "elements": "str", "default": []},
            "rollouts": {"type": "list", "elements": "str", "default": []},
            "wait_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    module.no_log_values = pure.secret_values(module.params["objects"])
    objects = Objects(module)
    conclude(module, lambda: unprinted(objects), "objects", lambda result: shown(objects, result))


if __name__ == "__main__":
    main()
