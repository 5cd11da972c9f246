#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_reach
short_description: Prove that pods reach each other, a Service by its DNS name, and the cluster's DNS
version_added: 0.1.0
description:
  - Runs on a control plane. From every pod that a selector names, fetches a page of every other such pod by address, and of a Service by its name.
  - Tries again until it works or the time is over, since endpoints and names need a moment after a rollout.
options:
  namespace:
    description: Namespace of the pods.
    type: str
    required: true
  selector:
    description: Label selector of the pods. Each must have C(wget) and serve O(path) on O(port).
    type: str
    required: true
  service:
    description: Full DNS name of a Service on port 80 in front of the pods.
    type: str
    required: true
  port:
    description: Port of the pods.
    type: int
    default: 8080
  path:
    description: Page to fetch.
    type: str
    default: /hostname
  wait_seconds:
    description: Longest time in seconds until everything is reached.
    type: int
    default: 120
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Prove that the pods reach each other
  kubewright.cluster.cluster_reach:
    namespace: example
    selector: app=web
    service: web.example.svc.cluster.local
"""

RETURN = r"""
reached:
  description: Every pair that was tried, with the answer.
  returned: always
  type: list
  elements: dict
  sample: [{source: web-x1, source_node: worker1, target: web-x2, target_node: worker2, ok: true}]
"""

import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl


class Reach:
    """Every pair once, those that failed again until the time is over."""

    def __init__(self, module: AnsibleModule) -> None:
        self.params = module.params
        self.kubectl = Kubectl(Runner(module))

    def pods(self) -> List[Dict[str, Any]]:
        items: List[Dict[str, Any]] = self.kubectl.json("get", "pods", "-n", self.params["namespace"], "-l", self.params["selector"])["items"]
        if not items:
            raise KubewrightError("no pod carries the label {0} in {1}".format(self.params["selector"], self.params["namespace"]))
        starting = [pod["metadata"]["name"] for pod in items if not pod.get("status", {}).get("podIP")]
        if starting:
            raise KubewrightError("pods without an address: {0}. Wait until they have started.".format(", ".join(starting)))
        return items

    def pairs(self) -> List[Dict[str, Any]]:
        pods = self.pods()
        found = []
        for source in pods:
            targets = [(pod["metadata"]["name"], pod["spec"]["nodeName"], pod["status"]["podIP"], self.params["port"])
                       for pod in pods if pod is not source]
            targets.append((self.params["service"], "", self.params["service"], 80))
            for name, node, address, port in targets:
                host = "[{0}]".format(address) if ":" in address else address
                found.append({"source": source["metadata"]["name"], "source_node": source["spec"]["nodeName"], "target": name,
                              "target_node": node, "url": "http://{0}:{1}{2}".format(host, port, self.params["path"]), "ok": False})
        return found

    def run(self) -> List[Dict[str, Any]]:
        pairs, limit = self.pairs(), time.time() + self.params["wait_seconds"]
        while True:
            for pair in pairs:
                pair["ok"] = pair["ok"] or self._reaches(pair)
            if all(pair["ok"] for pair in pairs) or time.time() > limit:
                return pairs
            progress.tell("pods and Service reached", sum(pair["ok"] for pair in pairs), len(pairs))
            time.sleep(2)

    def _reaches(self, pair: Dict[str, Any]) -> bool:
        words = ("exec", "-n", self.params["namespace"], pair["source"], "--", "timeout", "5", "wget", "-q", "-O", "-", pair["url"])
        try:
            return bool(self.kubectl(*words, seconds=30).stdout.strip())
        except CommandError as error:
            pair["told"] = str(error)
            return False


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "namespace": {"type": "str", "required": True},
            "selector": {"type": "str", "required": True},
            "service": {"type": "str", "required": True},
            "port": {"type": "int", "default": 8080},
            "path": {"type": "str", "default": "/hostname"},
            "wait_seconds": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    try:
        reached = Reach(module).run()
    except CommandError as error:
        module.fail_json(msg="reach: {0}".format(error), **error.evidence)
    except KubewrightError as error:
        module.fail_json(msg=str(error), **error.evidence)
    finally:
        progress.forget()
    failed = ["{0} on {1} to {2} {3}".format(pair["source"], pair["source_node"], pair["target"], pair["target_node"])
              for pair in reached if not pair["ok"]]
    if failed:
        module.fail_json(msg="not reached: {0}. Look at the routes and at kube-proxy on these nodes.".format("; ".join(failed)), reached=reached)
    module.exit_json(changed=False, reached=reached)


if __name__ == "__main__":
    main()
