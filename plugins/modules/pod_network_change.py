#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: pod_network_change
short_description: Take the objects of every other pod network out of a cluster
version_added: 0.1.0
description:
  - Runs on a control plane. Finds pod networks by their DaemonSets, and deletes what belongs to those that are not O(network), whoever applied them.
  - Calico's CustomResourceDefinitions go as well, and with them its network policies and what it has noted of addresses. Network policies of Kubernetes stay.
  - Refuses where a network is there of which it does not know all objects; it knows those of flannel and Calico.
  - It is one step of changing from one pod network to another. The role C(pod_network) has them all.
options:
  network:
    description: The network that stays, or comes.
    type: str
    choices: [flannel, calico, bridge]
    required: true
  wait_seconds:
    description: Longest time in seconds to wait until the objects are gone.
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
- name: Have nothing but flannel in the cluster
  kubewright.cluster.pod_network_change:
    network: flannel
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [delete daemonsets.apps kube-system/calico-node]
others:
  description: Other pod networks that were there.
  returned: always
  type: list
  elements: str
  sample: [calico]
"""

import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class Change:
    """Find the others, delete what is theirs."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.wanted: str = module.params["network"]
        self.kubectl = Kubectl(Runner(module))
        self.actions: List[str] = []

    def execute(self) -> Dict[str, Any]:
        if self.module.check_mode and not os.path.exists(ADMIN_CONF):  # a dry run before the cluster is made
            return {"changed": False, "actions": [], "others": []}
        items = with_retries(lambda: self.kubectl.json("get", "daemonsets", "--all-namespaces"))["items"]
        found = [item for item in network.in_cluster(items) if item.name != self.wanted]
        others = sorted({item.name for item in found})
        if any(name not in network.REMOVABLE for name in others):
            raise KubewrightError(network.refusal(self.wanted, others, "the cluster"))
        for item in found:
            for kind, namespace, name in network.known_objects(item.name, item.place):
                self._delete(kind, namespace, name)
        for name in network.REMOVABLE:
            if name != self.wanted:
                self._delete_labelled(name)
        return {"changed": bool(self.actions), "actions": self.actions, "others": others}

    def _delete_labelled(self, network_name: str) -> None:
        """Also where a run was stopped after the DaemonSet had gone."""
        selector = "{0}={1}".format(network.LABEL, network_name)
        for kind in network.LABELLED:
            for item in self._get(kind, "--all-namespaces", "-l", selector):
                self._delete(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"])
        definitions = [item["metadata"]["name"] for item in self._get(DEFINITIONS)]
        for name in network.definitions(definitions, network_name):
            self._delete(DEFINITIONS, "", name)

    def _get(self, kind: str, *words: str) -> List[Dict[str, Any]]:
        try:
            return list(with_retries(lambda: self.kubectl.json("get", kind, *words))["items"])
        except CommandError as error:
            if "the server doesn't have a resource type" in error.stderr:
                return []
            raise

    def _delete(self, kind: str, namespace: str, name: str) -> None:
        where = ["-n", namespace] if namespace else []
        try:
            there = self.kubectl("get", kind, name, *where, "--ignore-not-found", "-o", "name").stdout.strip()
        except CommandError as error:
            if "the server doesn't have a resource type" in error.stderr:
                return
            raise
        sentence = "delete {0} {1}".format(kind, "/".join(part for part in (namespace, name) if part))
        if not there or sentence in self.actions:
            return
        self.actions.append(sentence)
        if not self.module.check_mode:
            seconds = self.module.params["wait_seconds"]
            self.kubectl("delete", kind, name, *where, "--ignore-not-found", "--timeout={0}s".format(seconds), seconds=seconds + 30)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "network": {"type": "str", "choices": ["flannel", "calico", "bridge"], "required": True},
            "wait_seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Change(module).execute(), "pod network", sentences("actions"))


if __name__ == "__main__":
    main()
