#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_join
short_description: Join this machine to a cluster
version_added: 0.1.0
description:
  - Runs C(kubeadm join) with a configuration document on standard input. Token and certificate key never are in an argument list or a file.
  - Does nothing on a machine that already belongs to the cluster, and refuses one that belongs to another.
  - A join that was interrupted is finished where the kubelet already has its certificate, and otherwise begun anew after a reset; a machine
    with etcd data older than the interrupted join is never reset.
  - Runs with pipelining whatever ansible is told, so that the secrets among its arguments are never written to the node.
options:
  control_plane:
    description: Whether the machine becomes one more control plane.
    type: bool
    default: false
  document:
    description: The JoinConfiguration without C(discovery) and certificate key, which the other options give.
    type: dict
    required: true
  endpoint:
    description: C(host:port) of the API server.
    type: str
    required: true
  token:
    description: Bootstrap token. M(kubewright.cluster.kubeadm_join_material) makes one that lives for minutes.
    type: str
    required: true
  ca_cert_hashes:
    description: Accepted public keys of the cluster's CA, as C(sha256:…).
    type: list
    elements: str
    required: true
  certificate_key:
    description: Key of the uploaded certificates; needed by control planes only.
    type: str
  seconds:
    description: Longest time in seconds that the join may take.
    type: int
    default: 600
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_join_material
"""

EXAMPLES = r"""
- name: Ask a control plane for what joining needs
  kubewright.cluster.kubeadm_join_material:
    description: "{{ inventory_hostname }}"
  delegate_to: cp1
  register: material

- name: Join
  kubewright.cluster.kubeadm_join:
    endpoint: "{{ material.endpoint }}"
    token: "{{ material.token }}"
    ca_cert_hashes: "{{ material.ca_cert_hashes }}"
    document:
      apiVersion: kubeadm.k8s.io/v1beta4
      kind: JoinConfiguration
      nodeRegistration:
        name: "{{ inventory_hostname }}"
        criSocket: unix:///run/containerd/containerd.sock
"""

RETURN = r"""
node:
  description: State of the machine afterwards, as M(kubewright.cluster.kubeadm_info) returns it.
  returned: always
  type: dict
warnings_of_kubeadm:
  description: kubeadm's preflight warnings with what to do about each.
  returned: changed
  type: list
  elements: dict
findings:
  description: kubeadm's own preflight findings.
  returned: when kubeadm failed
  type: list
  elements: dict
steps:
  description: What kubeadm had begun when it failed, in order, as it names it itself.
  returned: when kubeadm failed
  type: list
  elements: str
  sample: [preflight, kubelet-start, kubelet-check]
journal:
  description: The kubelet's last journal lines.
  returned: when kubeadm failed
  type: list
  elements: str
containers:
  description: Containers as the runtime lists them.
  returned: when kubeadm failed
  type: list
  elements: str
"""

import copy
import os
import time
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence, worth_retrying
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import (
    BOOTSTRAP_CONF,
    KUBELET_CONF,
    cluster_identity,
    node_state,
    refuse_foreign_remains,
)
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_findings import findings

CRI_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
ATTEMPTS = 4
# kubeadm says so while the Node of a machine that has just gone is not yet NotReady (at most 40 s and a bit).
STILL_READY = 'and status "Ready" already exists'


class Join:
    """Read the state, decide, act."""

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        self.params = module.params
        self.run_command = runner
        self.kubeadm = Kubeadm(runner)
        self.kind = "join-control-plane" if module.params["control_plane"] else "join"
        self.state = node_state(node.look())
        self.stderr = ""

    def needed(self) -> bool:
        hashes = node.ca_hashes()
        if self.state.state in ("worker", "control_plane"):
            if hashes and not set(hashes) & set(self.params["ca_cert_hashes"]):
                raise KubewrightError("this machine belongs to {0}, not to {1}. Nothing was touched. Reset it first if it is to change clusters."
                                      .format(cluster_identity(hashes, node.server_of(KUBELET_CONF)),
                                              cluster_identity(self.params["ca_cert_hashes"], self.params["endpoint"])))
            if self.params["control_plane"] and self.state.state == "worker":
                raise KubewrightError("this machine is a worker of the cluster, and it is to be a control plane. Nothing was touched. Drain it, remove "
                                      "its Node and reset it, then run again.")
            return False
        if self.state.state != "partial":
            return True
        refuse_foreign_remains(self.state)
        if self.state.healthy and self._interrupted_init():
            raise KubewrightError("an init was interrupted on this machine after its API server had come up, and now it is to join another cluster. "
                                  "Nothing was touched. Let kubeadm_init finish it, or reset this machine by hand if nothing there is needed.")
        return True

    @staticmethod
    def _interrupted_init() -> bool:
        begun = node.marker()
        return bool(begun and begun.operation == "init")

    def run(self) -> None:
        if self.state.state == "partial" and self._already_joined():
            self._finish_bootstrap()
        else:
            self._clear()
            operation.start(self.kind)
            self._join()
        operation.finish()

    def _registration(self) -> Dict[str, Any]:
        return dict(self.params["document"].get("nodeRegistration", {}))

    def _clear(self) -> None:
        """Reset what an interrupted join left."""
        if self.state.state == "clean":
            return
        if not self.state.reset_allowed:
            raise KubewrightError("the join was interrupted and cannot be begun anew: {0}. Look at /var/lib/etcd, keep a copy, then reset "
                                  "this machine by hand.".format(self.state.reason))
        # A worker has no etcd member; since 1.26 kubeadm would empty /var/lib/etcd all the same.
        skip = () if self.params["control_plane"] else ("remove-etcd-member",)
        self.kubeadm.reset(self._registration()["criSocket"], skip)

    def _join(self) -> None:
        document = self._document()
        limit = time.time() + self.params["seconds"]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.stderr += self.kubeadm.join([document], max(60, int(limit - time.time()))).stderr
                return
            except CommandError as error:
                passing = worth_retrying(error) or STILL_READY in error.stderr
                if attempt == ATTEMPTS or not passing or time.time() > limit:
                    raise
            time.sleep(15)
            self.state = node_state(node.look())
            self._clear()

    def _document(self) -> Dict[str, Any]:
        document: Dict[str, Any] = copy.deepcopy(self.params["document"])
        document["discovery"] = dict(document.get("discovery", {}), bootstrapToken={
            "token": self.params["token"],
            "apiServerEndpoint": self.params["endpoint"],
            "caCertHashes": self.params["ca_cert_hashes"],
        })
        if self.params["control_plane"]:
            document["controlPlane"] = dict(document.get("controlPlane", {}), certificateKey=self.params["certificate_key"])
        return document

    def _already_joined(self) -> bool:
        """Only the last, small steps of a worker's join are missing: the kubelet has its certificate and knows its Node."""
        if self.params["control_plane"] or not os.path.exists(KUBELET_CONF):
            return False
        try:
            return bool(self._as_kubelet().find("node", self._registration()["name"]))
        except CommandError:
            return False

    def _as_kubelet(self) -> Kubectl:
        return Kubectl(self.run_command, KUBELET_CONF)

    def _finish_bootstrap(self) -> None:
        name, annotation = self._registration()["name"], "{0}={1}".format(CRI_ANNOTATION, self._registration()["criSocket"])
        self._as_kubelet()("annotate", "--overwrite", "node", name, annotation)
        if os.path.exists(BOOTSTRAP_CONF):
            os.unlink(BOOTSTRAP_CONF)


def check_material(params: Dict[str, Any]) -> None:
    wrong = [name for name, pattern, value in (
        ("token", parse.TOKEN, params["token"]),
        *(("ca_cert_hashes", parse.CA_HASH, value) for value in params["ca_cert_hashes"] or [""]),
    ) if not pattern.match(value or "")]
    if params["control_plane"] and not parse.CERTIFICATE_KEY.match(params["certificate_key"] or ""):
        wrong.append("certificate_key")
    registration = params["document"].get("nodeRegistration", {})
    wrong += ["document.nodeRegistration." + key for key in ("name", "criSocket") if not registration.get(key)]
    if wrong:
        raise KubewrightError("not well-formed or missing: {0}. The role takes them from kubeadm_join_material; a caller that passes its "
                              "own must pass all of them.".format(", ".join(wrong)))


def execute(module: AnsibleModule) -> Dict[str, Any]:
    check_material(module.params)
    if module.check_mode:
        join = Join(module, Runner(module))
        return {"changed": join.needed(), "node": join.state.as_dict()}
    lock = operation.NodeLock()
    try:
        join = Join(module, Runner(module, pass_fds=[lock.descriptor]))
        if not join.needed():
            return {"changed": False, "node": join.state.as_dict()}
        join.run()
    finally:
        lock.release()
    warnings = [finding.as_dict() for finding in findings(join.stderr)]
    return {"changed": True, "warnings_of_kubeadm": warnings, "node": node_state(node.look()).as_dict()}


def joined(params: Dict[str, Any]) -> Dict[str, str]:
    role = "control plane" if params["control_plane"] else "worker"
    return {"before": "no member\n", "after": "{0} of the cluster at {1}\n".format(role, params["endpoint"])}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "control_plane": {"type": "bool", "default": False},
            "document": {"type": "dict", "required": True},
            "endpoint": {"type": "str", "required": True},
            "token": {"type": "str", "required": True, "no_log": True},
            "ca_cert_hashes": {"type": "list", "elements": "str", "required": True},
            "certificate_key": {"type": "str", "no_log": True},
            "seconds": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "join failed", lambda _result: joined(module.params), evidence)


if __name__ == "__main__":
    main()
