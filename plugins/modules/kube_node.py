#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_node
short_description: Labels, taints, scheduling and presence of a cluster's nodes, and what they are
version_added: 0.1.0
description:
  - Runs on a control plane and takes any number of nodes in one call, so that a cluster of a thousand nodes costs one task.
  - Only what is given is managed. Labels and taints that are not named stay as they are.
  - Returns every node of the cluster. With an empty O(nodes) it only reads.
options:
  nodes:
    description: The nodes as they are to be.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the Node.
        type: str
        required: true
      state:
        description:
          - V(present) manages labels, taints and scheduling of a Node that must exist; V(ready) also waits until it is Ready; V(absent) removes it.
        type: str
        choices: [present, ready, absent]
        default: present
      labels:
        description: Labels to have. A value of null removes the label.
        type: dict
        default: {}
      taints:
        description: Taints to have, as C(key=value:Effect) or C(key:Effect); a trailing C(-) removes one.
        type: list
        elements: str
        default: []
      schedulable:
        description: V(false) cordons the node, V(true) uncordons it; without it, scheduling stays as it is.
        type: bool
  pod_ranges:
    description: Also wait until every node of O(nodes) that is not absent has its pod range, which it gets a moment after it joined.
    type: bool
    default: false
  wait_seconds:
    description: Longest time in seconds to wait for nodes to be Ready.
    type: int
    default: 300
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Label two nodes and wait until they are Ready
  kubewright.cluster.kube_node:
    nodes:
      - name: worker1
        state: ready
        labels: {example.com/rack: r1}
      - name: worker2
        state: ready
        taints: ["example.com/gpu=yes:NoSchedule"]

- name: Let the only node take workloads
  kubewright.cluster.kube_node:
    nodes:
      - name: cp1
        taints: ["node-role.kubernetes.io/control-plane:NoSchedule-"]

- name: Read the nodes
  kubewright.cluster.kube_node:
  register: cluster
"""

RETURN = r"""
nodes:
  description: Every node of the cluster afterwards.
  returned: always
  type: list
  elements: dict
  sample:
    - name: worker1
      ready: true
      roles: []
      version: 1.31.2
      runtime: containerd://1.7.24
      address: 192.0.2.11
      pod_cidrs: [10.244.1.0/24]
      machine_id: 0123456789abcdef0123456789abcdef
      schedulable: true
      taints: []
      labels: {kubernetes.io/os: linux}
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [label worker1 example.com/rack=r1]
"""

import os
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _nodes as pure
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

NODE_SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "ready", "absent"], "default": "present"},
    "labels": {"type": "dict", "default": {}},
    "taints": {"type": "list", "elements": "str", "default": []},
    "schedulable": {"type": "bool"},
}


class Nodes:
    """Read the nodes, plan, act, wait."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.wanted = module.params["nodes"]
        self.kubectl = Kubectl(Runner(module))

    def read(self) -> List[Dict[str, Any]]:
        items: List[Dict[str, Any]] = with_retries(lambda: self.kubectl.json("get", "nodes")["items"])
        return items

    def execute(self) -> Dict[str, Any]:
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):  # a dry run before the cluster is made
            return {"changed": bool(self.wanted), "actions": [], "nodes": []}
        items = self._wait_until_known() if not self.module.check_mode else self.read()
        actions = pure.plan(items, self.wanted, tolerant=self.module.check_mode)
        if actions and not self.module.check_mode:
            for action in actions:
                self._act(action)
        items = self._wait_until_ready(items if not actions else self.read())
        return {"changed": bool(actions), "actions": [action.sentence for action in actions], "nodes": [pure.summary(item) for item in items]}

    def _act(self, action: pure.Action) -> None:
        with_retries(lambda: self.kubectl(*action.words))

    def _wait_until_known(self) -> List[Dict[str, Any]]:
        """A machine that has just joined needs a moment until its Node is there."""
        names = {node["name"] for node in self.wanted if node["state"] != "absent"}
        items = self._wait(lambda items: names - {item["metadata"]["name"] for item in items}, "the cluster does not know {0}")
        if not self.module.params["pod_ranges"]:
            return items
        return self._wait(lambda items: names - pure.names_with_pod_ranges(items), "no pod range for {0}")

    def _wait_until_ready(self, items: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        names = {node["name"] for node in self.wanted if node["state"] == "ready"}
        if self.module.check_mode or not names - pure.ready_names(items):
            return items
        return self._wait(lambda items: names - pure.ready_names(items), "not Ready: {0}")

    def _wait(self, missing: Any, sentence: str) -> List[Dict[str, Any]]:
        limit = time.time() + self.module.params["wait_seconds"]
        while True:
            items = self.read()
            names = sorted(missing(items))
            if not names:
                return items
            if time.time() > limit:
                reasons = pure.reasons(items, names)
                raise KubewrightError((sentence + " after {1} seconds. {2}").format(
                    ", ".join(names), self.module.params["wait_seconds"], reasons or "Look at the kubelet there: `journalctl -u kubelet`."))
            time.sleep(2)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "dict", "default": [], "options": NODE_SPEC},
            "pod_ranges": {"type": "bool", "default": False},
            "wait_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Nodes(module).execute(), "nodes", sentences("actions"))


if __name__ == "__main__":
    main()
