#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_node
short_description: Labels, taints, scheduling, draining and presence of a cluster's nodes, and what they are
version_added: 0.1.0
description:
  - Runs on a control plane and takes any number of nodes in one call, so that a cluster of a thousand nodes costs one task.
  - Only what is given is managed. Labels and taints that are not named stay as they are.
  - Draining goes through the Eviction API, so budgets hold. Every pod that draining would lose, and every budget that could never be
    met, is told before anything is touched. Nodes are drained one after the other, in the order of O(nodes).
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
      drained:
        description:
          - V(true) cordons the node and waits until every pod has left that O(drain) lets go. Pods of DaemonSets and static pods stay.
          - A node that is cordoned and has no such pod is drained, so a second run changes nothing. O(nodes[].schedulable=true) takes it back.
          - Pods that tolerate the taint of a cordoned node may come back to it; the next run evicts them again.
        type: bool
        default: false
  drain:
    description: How nodes with O(nodes[].drained=true) are drained.
    type: dict
    suboptions:
      force:
        description: Also remove pods that have no controller. Nobody makes them anew; without this option such a pod is an error.
        type: bool
        default: false
      delete_emptydir_data:
        description: Also remove pods with an emptyDir, whose content goes with them. With V(false) such a pod is an error.
        type: bool
        default: true
      disable_eviction:
        description: Delete the pods instead of evicting them, past every budget. Needs kubectl 1.18.
        type: bool
        default: false
      grace_seconds:
        description: Time in seconds that each pod gets to end; without it, what the pod itself asks for.
        type: int
      pod_selector:
        description: Only pods with these labels leave, as C(kubectl) takes selectors. The node counts as drained when none of them is left.
        type: str
      seconds:
        description: Longest time in seconds that draining one node may take. What has left by then stays gone, and the node stays cordoned.
        type: int
        default: 300
  pod_ranges:
    description: Also wait until every node of O(nodes) that is not absent has its pod range, which it gets a moment after it joined.
    type: bool
    default: false
  wait_seconds:
    description: Longest time in seconds to wait for nodes to be Ready.
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

- name: Empty a node before its machine is worked on
  kubewright.cluster.kube_node:
    nodes:
      - name: worker1
        drained: true
    drain:
      seconds: 600

- name: Let it take pods again
  kubewright.cluster.kube_node:
    nodes:
      - name: worker1
        state: ready
        schedulable: true

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
  sample: [label worker1 example.com/rack=r1, cordon worker2, evict default/web-7d4b9c-x2x5v from worker2]
drains:
  description: For each node that is to be drained, the pods that left or would leave, and those that stay.
  returned: when a node is to be drained
  type: list
  elements: dict
  contains:
    node:
      description: Name of the Node.
      type: str
      sample: worker2
    evicted:
      description: Pods that left, or would leave, as C(namespace/name).
      type: list
      elements: str
      sample: [default/web-7d4b9c-x2x5v]
    left:
      description: Pods that stay on the node, with the reason.
      type: list
      elements: dict
      sample:
        - pod: kube-system/kube-proxy-x8j2p
          reason: pod of a DaemonSet
    waits_for:
      description: Budgets that allowed no disruption when draining began; it waited, or would wait, until they did.
      type: list
      elements: dict
      sample:
        - id: PodDisruptionBudget
          level: error
          message: >-
            default/web-7d4b9c-x2x5v is guarded by the PodDisruptionBudget default/web, which allows no disruption now: 2 of 3 pods are healthy and 2
            must be
          remedy: >-
            Run more replicas, see why replicas are not ready, or change the budget; drain.disable_eviction goes past it.
findings:
  description: The pods that keep a node from being drained, with what to do about each.
  returned: when a node cannot be drained
  type: list
  elements: dict
  sample:
    - id: PodDisruptionBudget
      level: error
      message: >-
        default/web-7d4b9c-x2x5v is guarded by the PodDisruptionBudget default/web, which never allows one less: 2 of 2 pods are healthy and 2
        must be
      remedy: >-
        Run more replicas, see why replicas are not ready, or change the budget; drain.disable_eviction goes past it.
"""

import os
import re
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _drain as drain
from ansible_collections.kubewright.cluster.plugins.module_utils import _nodes as pure
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

NODE_SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "ready", "absent"], "default": "present"},
    "labels": {"type": "dict", "default": {}},
    "taints": {"type": "list", "elements": "str", "default": []},
    "schedulable": {"type": "bool"},
    "drained": {"type": "bool", "default": False},
}
DRAIN_SPEC = {
    "force": {"type": "bool", "default": False},
    "delete_emptydir_data": {"type": "bool", "default": True},
    "disable_eviction": {"type": "bool", "default": False},
    "grace_seconds": {"type": "int"},
    "pod_selector": {"type": "str"},
    "seconds": {"type": "int", "default": 300},
}


class Drain:
    """One node's pods: look, say what would leave, make them leave, look again."""

    def __init__(self, kubectl: Kubectl, node: str, options: Dict[str, Any]) -> None:
        self.kubectl = kubectl
        self.node = node
        self.options = options
        self.sorted = self._pods()
        self.budgets = self._budgets() if self.sorted.leave else []

    def _pods(self) -> drain.Sorted:
        selector = ["-l", self.options["pod_selector"]] if self.options["pod_selector"] else []
        items = with_retries(lambda: self.kubectl.json(
            "get", "pods", "--all-namespaces", "--field-selector", "spec.nodeName=" + self.node, *selector)["items"])
        return drain.sort_pods(items, self.options)

    def _budgets(self) -> List[Dict[str, Any]]:
        if self.options["disable_eviction"]:
            return []
        items: List[Dict[str, Any]] = with_retries(lambda: self.kubectl.json("get", "poddisruptionbudgets", "--all-namespaces")["items"])
        return items

    def obstacles(self) -> List[Finding]:
        return self.sorted.forbidden + drain.never_allowed(self.sorted.leave, self.budgets)

    def actions(self) -> List[str]:
        verb = "delete" if self.options["disable_eviction"] else "evict"
        return ["{0} {1} from {2}".format(verb, drain.pod_name(pod), self.node) for pod in self.sorted.leave]

    def report(self) -> Dict[str, Any]:
        return {"node": self.node, "evicted": [drain.pod_name(pod) for pod in self.sorted.leave], "left": self.sorted.stay,
                "waits_for": [finding.as_dict() for finding in drain.blocked_now(self.sorted.leave, self.budgets)]}

    def run(self) -> None:
        if not self.sorted.leave:
            return
        minor = int(re.sub(r"\D", "", self.kubectl.json("version", "--client")["clientVersion"]["minor"]))
        try:
            with_retries(lambda: self.kubectl(*drain.words(self.node, self.options, minor), seconds=self.options["seconds"] + 60))
        except CommandError as error:
            self._explain(error)

    def _explain(self, error: CommandError) -> None:
        pods = self._pods().leave
        if not pods:
            raise error
        ready = self.node in pure.ready_names([self.kubectl.json("get", "node", self.node)])
        findings = drain.remaining(pods, self._budgets(), ready)
        raise KubewrightError("{0} was not drained within {1} seconds. {2}. The node stays cordoned, and what has left it stays gone; run again "
                              "to go on.".format(self.node, self.options["seconds"], "; ".join(finding.message for finding in findings)),
                              findings=[finding.as_dict() for finding in findings], stdout=error.stdout, stderr=error.stderr) from error


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
        drains = self._drains(items)
        told = [action.sentence for action in actions] + [sentence for one in drains for sentence in one.actions()]
        if told and not self.module.check_mode:
            self._act(actions, drains)
        items = self._wait_until_ready(items if not told else self.read())
        result = {"changed": bool(told), "actions": told, "nodes": [pure.summary(item) for item in items]}
        return dict(result, drains=[one.report() for one in drains]) if drains else result

    def _drains(self, items: List[Dict[str, Any]]) -> List[Drain]:
        """Refuses for all nodes at once what draining would lose or could never do."""
        known = {item["metadata"]["name"] for item in items}
        drains = [Drain(self.kubectl, node["name"], self.module.params["drain"])
                  for node in self.wanted if node["drained"] and node["name"] in known]
        obstacles = [finding for one in drains for finding in one.obstacles()]
        if obstacles:
            raise KubewrightError("cannot drain {0}; nothing was touched. {1}".format(
                ", ".join(one.node for one in drains), " ".join("{0}. {1}".format(finding.message, finding.remedy) for finding in obstacles)),
                findings=[finding.as_dict() for finding in obstacles])
        return drains

    def _act(self, actions: List[pure.Action], drains: List[Drain]) -> None:
        for action in actions:
            self._run(action)
        for one in drains:
            progress.tell("draining {0}, pods to leave: {1}".format(one.node, len(one.sorted.leave)))
            one.run()

    def _run(self, action: pure.Action) -> None:
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
            progress.tell("waiting; " + sentence.format(progress.some(names)), max(0, len(self.wanted) - len(names)), len(self.wanted))
            if time.time() > limit:
                reasons = pure.reasons(items, names)
                raise KubewrightError((sentence + " after {1} seconds. {2}").format(
                    ", ".join(names), self.module.params["wait_seconds"], reasons or "Look at the kubelet there: `journalctl -u kubelet`."))
            time.sleep(2)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "dict", "default": [], "options": NODE_SPEC},
            "drain": {"type": "dict", "apply_defaults": True, "options": DRAIN_SPEC},
            "pod_ranges": {"type": "bool", "default": False},
            "wait_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Nodes(module).execute(), "nodes", sentences("actions"))


if __name__ == "__main__":
    main()
