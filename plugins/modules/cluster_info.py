#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_info
short_description: Tell what a cluster is made of
version_added: 0.1.0
description:
  - Runs on a control plane and asks the API server for nodes, the control planes' components, pod networks and what is left of joins.
  - Never fails because there is no cluster or because it does not answer; RV(problems) says what could not be asked.
  - Nothing secret is returned. Of a bootstrap token that is its id, of the certificate key that there is one.
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_info
  - module: kubewright.cluster.cluster_report
"""

EXAMPLES = r"""
- name: Ask what the cluster is made of
  kubewright.cluster.cluster_info:
  register: cluster

- name: Say which tokens are left
  ansible.builtin.debug:
    msg: "{{ cluster.tokens | map(attribute='id') | join(', ') }}"
"""

RETURN = r"""
exists:
  description: Whether this machine has an administrator's kubeconfig of a cluster.
  returned: always
  type: bool
  sample: true
problems:
  description: What could not be asked, and why, one sentence each.
  returned: always
  type: list
  elements: str
  sample: []
kubernetes:
  description: Version of the API server that answered; empty where none did.
  returned: always
  type: str
  sample: 1.31.4
proxy:
  description: Version of kube-proxy that its DaemonSet asks for; empty without one.
  returned: always
  type: str
  sample: 1.31.4
nodes:
  description: Every Node as M(kubewright.cluster.kube_node) tells it, with its system and its state of readiness.
  returned: always
  type: list
  elements: dict
  sample:
    - name: worker1
      ready: true
      ready_since: "2026-11-20T10:12:13Z"
      ready_reason: kubelet is posting ready status
      roles: []
      version: 1.31.4
      runtime: containerd://1.7.24
      kernel: 6.1.0-18-amd64
      os: Debian GNU/Linux 12 (bookworm)
      architecture: amd64
      address: 192.0.2.11
      pod_cidrs: [10.244.1.0/24]
      machine_id: 0123456789abcdef0123456789abcdef
      schedulable: true
      taints: []
      labels: {kubernetes.io/os: linux}
      created: "2026-11-20T10:11:12Z"
components:
  description: The static pods of the control planes, etcd among them.
  returned: always
  type: list
  elements: dict
  sample: [{name: kube-apiserver, node: cp1, version: 1.31.4, ready: true}]
networks:
  description: Pod networks, as M(kubewright.cluster.pod_network_info) tells them.
  returned: always
  type: list
  elements: dict
  sample: [{name: flannel, place: kube-flannel/kube-flannel-ds, ours: true}]
tokens:
  description: Bootstrap tokens by their public part. C(expires) is empty for one that never expires.
  returned: always
  type: list
  elements: dict
  sample:
    - id: abcdef
      description: "kubewright: join worker2"
      expires: "2026-11-20T10:26:13Z"
      usages: [authentication, signing]
      created: "2026-11-20T10:11:13Z"
certificate_key:
  description: When certificates of control planes were uploaded, and the token that they live as long as; none where there are none.
  returned: always
  type: dict
  sample: {created: "2026-11-20T10:11:13Z", token_id: uvwxyz}
"""

import os
from typing import Any, Callable, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _cluster_info as pure
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude

NOTHING: Dict[str, Any] = {"kubernetes": "", "proxy": "", "nodes": [], "components": [], "networks": [], "tokens": [], "certificate_key": None}


class Cluster:
    """Asks for one thing after the other; what fails is a problem, and the next is asked."""

    def __init__(self, module: AnsibleModule) -> None:
        self.kubectl = Kubectl(Runner(module))
        self.problems: List[str] = []

    def execute(self) -> Dict[str, Any]:
        found: Dict[str, Any] = dict(NOTHING, changed=False, exists=os.path.exists(ADMIN_CONF), problems=self.problems)
        if not found["exists"]:
            return found
        found["kubernetes"] = self._ask("version", self._version, "")
        if self.problems:  # whoever does not tell its version tells nothing else, and each question would wait for its time to be over
            return found
        daemon_sets = self._ask("DaemonSets", lambda: self._items("daemonsets", "--all-namespaces"), [])
        return dict(
            found,
            nodes=[pure.node(item) for item in self._ask("nodes", lambda: self._items("nodes"), [])],
            components=[pure.component(item) for item in self._ask("pods", lambda: self._items("pods", "-n", "kube-system", "-l", "tier=control-plane"), [])],
            networks=[item.as_dict() for item in network.in_cluster(daemon_sets)],
            proxy=pure.proxy_version(daemon_sets),
            tokens=[pure.token(item) for item in self._ask("bootstrap tokens", self._tokens, [])],
            certificate_key=pure.certificate_key(self._ask("the certificate key", self._certificate_key, None)),
        )

    def _ask(self, what: str, question: Callable[[], Any], nothing: Any) -> Any:
        try:
            return question()
        except KubewrightError as error:
            self.problems.append("{0}: {1}".format(what, error))
            return nothing

    def _items(self, *words: str) -> List[Dict[str, Any]]:
        return list(self.kubectl.json("get", *words)["items"])

    def _version(self) -> str:
        return str(self.kubectl.json("version")["serverVersion"]["gitVersion"]).lstrip("v").split("-", 1)[0].split("+", 1)[0]

    def _certificate_key(self) -> Optional[Dict[str, Any]]:
        return self.kubectl.find("secret/kubeadm-certs", "-n", "kube-system")

    def _tokens(self) -> List[Dict[str, Any]]:
        return self._items("secrets", "-n", "kube-system", "--field-selector", "type=bootstrap.kubernetes.io/token")


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    conclude(module, lambda: Cluster(module).execute(), "cluster")


if __name__ == "__main__":
    main()
