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
  - A join that was interrupted is finished where the kubelet already has its certificate, or where a control plane's etcd member was
    announced; otherwise it is begun anew after a reset. A machine with etcd data older than the interrupted join is never reset.
  - A phase that failed by something that passes by itself, such as a refused connection or a timeout, is tried again after 15 seconds. In all it is
    tried at most 4 times, within O(seconds).
  - kubeadm goes on when the connection to the machine is lost. The next run waits for it.
  - Runs with pipelining whatever ansible is told, so that the secrets among its arguments are never written to the node.
options:
  control_plane:
    description: Whether the machine becomes one more control plane.
    type: bool
    default: false
  document:
    description:
      - The JoinConfiguration without C(discovery) and certificate key, which the other options give.
      - C(nodeRegistration.name) and C(nodeRegistration.criSocket) must be set. P(kubewright.cluster.kubeadm_join_document#filter) writes it.
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
  etcd_manifest:
    description:
      - What M(kubewright.cluster.kubeadm_join_material) gives to a control plane of Kubernetes 1.28 or older. With it, etcd waits on this machine before
        its member is announced, so that the majority comes back by itself if the machine stops in between. kubeadm replaces it.
    type: str
    default: ''
  files:
    description:
      - Files that API servers of this cluster read, which M(kubewright.cluster.kubeadm_join_material) gives to a control plane, as a mapping of absolute
        paths to texts; a path that ends with a slash is a folder. They are for root alone. The keys of encryption at rest are among them.
    type: dict
    default: {}
  seconds:
    description: Longest time in seconds that the join may take.
    type: int
    default: 600
requirements:
  - kubeadm, kubelet and kubectl on the machine
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_join_material
  - plugin: kubewright.cluster.kubeadm_join_document
    plugin_type: filter
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

- name: Join one more control plane, and leave no token behind
  vars:
    me:
      name: cp2
      address: 192.0.2.12
      cri_socket: unix:///run/containerd/containerd.sock
  block:
    - name: Look at the machine
      kubewright.cluster.kubeadm_info:
        gather: [host]
      register: machine

    - name: Ask a control plane for what joining needs
      kubewright.cluster.kubeadm_join_material:
        description: "{{ inventory_hostname }}"
        control_plane: true
        node_name: "{{ me.name }}"
        machine_id: "{{ machine.node.host.machine_id }}"
        address: "{{ me.address }}"
      delegate_to: cp1
      register: material

    - name: Join as control plane
      kubewright.cluster.kubeadm_join:
        control_plane: true
        document: "{{ '1.34.2' | kubewright.cluster.kubeadm_join_document(me, true) }}"
        endpoint: "{{ material.endpoint }}"
        token: "{{ material.token }}"
        ca_cert_hashes: "{{ material.ca_cert_hashes }}"
        certificate_key: "{{ material.certificate_key }}"
        etcd_manifest: "{{ material.etcd_manifest }}"
  always:
    - name: Remove the token
      kubewright.cluster.kubeadm_join_material:
        state: absent
        token_id: "{{ material.token_id }}"
      delegate_to: cp1
      when: material.token_id is defined
"""

RETURN = r"""
phases:
  description: What ran, in order, with its seconds. In check mode those that a beginning from nothing has, without seconds.
  returned: changed
  type: list
  elements: dict
  sample: [{phase: preflight, seconds: 0.9}, {phase: kubelet and finish, seconds: 4.1}]
node:
  description: State of the machine afterwards, as M(kubewright.cluster.kubeadm_info) returns it.
  returned: always
  type: dict
  sample: {state: worker, healthy: true, ours: false, reset_allowed: false, reason: the kubelet has its kubeconfig and configuration, operation: "", phase: ""}
warnings_of_kubeadm:
  description: kubeadm's preflight warnings with what to do about each.
  returned: changed
  type: list
  elements: dict
  sample: [{id: SystemVerification, level: warning, message: "cgroups v1 support is in maintenance mode", remedy: "…"}]
findings:
  description: kubeadm's own preflight findings.
  returned: when kubeadm failed
  type: list
  elements: dict
  sample: [{id: Port-10250, level: error, message: Port 10250 is in use, remedy: "…"}]
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
  sample: ['I1121 10:00:07.112233    2201 kubelet.go:2263] "Skipping pod synchronization" err="PLEG is not healthy"']
containers:
  description: Containers as the runtime lists them.
  returned: when kubeadm failed
  type: list
  elements: str
  sample:
    - CONTAINER      IMAGE          CREATED         STATE    NAME            ATTEMPT  POD ID
    - 1a2b3c4d5e6f7  86b6af7dd652c  2 minutes ago   Exited   kube-apiserver  3        7f6e5d4c3b2a1
"""

import copy
import os
import time
from functools import partial
from typing import Any, Callable, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _api_server_files as api_server_files
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils import _phases as phases
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner, evidence, with_retries, worth_retrying
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import (
    ADMIN_CONF,
    APISERVER_MANIFEST,
    BOOTSTRAP_CONF,
    ETCD_MANIFEST,
    KUBELET_CONF,
    cluster_identity,
    refuse_foreign_remains,
)
from ansible_collections.kubewright.cluster.plugins.module_utils._operation import Operation, perform

CRI_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
WAITING_ETCD = "/etc/kubernetes/kubewright-etcd.yaml"
# kubeadm says so while the Node of a machine that has just gone is not yet NotReady (at most 40 s and a bit).
STILL_READY = 'and status "Ready" already exists'
# The kubelet's own certificate is missing or is not of this cluster. A server's that has expired says nothing about this machine.
NO_MEMBER = ("Unauthorized", "signed by unknown authority", "bad certificate", "client-cert", "client-key", "tls: private key", "tls: failed to find")


class Join(Operation):
    """kubeadm join, phase by phase."""

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        super().__init__(runner)
        self.params = module.params
        self.kind = phases.JOIN_CONTROL_PLANE if module.params["control_plane"] else phases.JOIN
        self.limit = time.time() + module.params["seconds"]

    def needed(self) -> bool:
        if self.state.state in ("worker", "control_plane"):
            self._refuse_other_cluster()
            if self.params["control_plane"] and self.state.state == "worker":
                raise KubewrightError("this machine is a worker of the cluster, and it is to be a control plane. Nothing was touched. Drain it, remove "
                                      "its Node and reset it, then run again.")
            return False
        if self.state.state == "partial":
            refuse_foreign_remains(self.state, node.ca_hashes(), node.server_of(KUBELET_CONF))
            # An interrupted init has a CA of its own, but no cluster yet.
            if os.path.exists(KUBELET_CONF) and self.state.operation != phases.INIT:
                self._refuse_other_cluster()
            self._refuse_other_operation()
        return True

    def _refuse_other_cluster(self) -> None:
        hashes = node.ca_hashes()
        if hashes and not set(hashes) & set(self.params["ca_cert_hashes"]):
            raise KubewrightError("this machine belongs to {0}, not to {1}. Nothing was touched. Reset it first if it is to change clusters."
                                  .format(cluster_identity(hashes, node.server_of(KUBELET_CONF) or node.server_of(ADMIN_CONF)),
                                          cluster_identity(self.params["ca_cert_hashes"], self.params["endpoint"])))

    def _refuse_other_operation(self) -> None:
        if self.state.healthy and self._interrupted(phases.INIT):
            raise KubewrightError("an init was interrupted on this machine after its API server had come up, and now it is to join another cluster. "
                                  "Nothing was touched. Let kubeadm_init finish it, or reset this machine by hand if nothing there is needed.")
        if self._is_etcd_member():
            self._refuse_other_cluster()
            if not self.params["control_plane"]:
                raise KubewrightError("a join as control plane was interrupted on this machine after its etcd had been announced, and now it is to be a "
                                      "worker. Nothing was touched: without it the others may have no majority. Let it become a control plane again, "
                                      "then remove it from the cluster.")

    @staticmethod
    def _interrupted(operation: str) -> bool:
        begun = node.marker()
        return bool(begun and begun.finished is None and begun.operation == operation)

    def _is_etcd_member(self) -> bool:
        return self._interrupted(phases.JOIN_CONTROL_PLANE) and os.path.exists(ETCD_MANIFEST)

    def prepare(self) -> None:
        """Reset what an interrupted join left, unless it came so far that it can go on."""
        if self.state.state == "clean" or self._goes_on():
            return
        if not self.state.reset_allowed:
            raise KubewrightError("the join was interrupted and cannot be begun anew: {0}. Look at /var/lib/etcd, keep a copy, then reset "
                                  "this machine by hand.".format(self.state.reason))
        # A worker has no etcd member; since 1.26 kubeadm would empty /var/lib/etcd all the same.
        skip = () if self.params["control_plane"] else ("remove-etcd-member",)
        self.undo(partial(self.reset, self._registration()["criSocket"], skip))
        self.state = self.state._replace(state="clean")

    def _goes_on(self) -> bool:
        """A reset of a control plane whose etcd is announced could leave the others without a majority."""
        if self.params["control_plane"]:
            return self._is_etcd_member()
        return self._interrupted(phases.JOIN) and self._surely_joined()

    def act(self) -> None:
        resumed = self.state.state == "partial"
        if not self.params["control_plane"]:
            self._worker(resumed)
        else:
            self._control_plane(resumed)

    def _worker(self, resumed: bool) -> None:
        if resumed:
            self.phase(phases.JOIN_REST, self._finish_bootstrap)
            return
        for name in phases.JOIN_PHASES:
            self._kubeadm_phase(name)
        self._tried(phases.JOIN_REST, self._rest)

    def _control_plane(self, resumed: bool) -> None:
        if not resumed:
            for name in phases.CONTROL_PLANE_PHASES:
                self._kubeadm_phase(name)
            self._place_files()
            self._let_etcd_wait()
        self._tried(phases.CONTROL_PLANE_REST, self._control_plane_rest)

    def _place_files(self) -> None:
        """The manifest is there, and the kubelet that would read it is not started yet."""
        api_server_files.place(self.params["files"])
        api_server_files.refuse_missing(node.read(APISERVER_MANIFEST))

    def _let_etcd_wait(self) -> None:
        """The kubelet takes every file of its folder for a manifest, so this one is made outside."""
        if self.params["etcd_manifest"]:
            write_atomically(WAITING_ETCD, self.params["etcd_manifest"], 0o600)
            os.replace(WAITING_ETCD, ETCD_MANIFEST)

    def _kubeadm_phase(self, name: str) -> None:
        self._tried(name, lambda seconds: self.kubeadm.join_phase(name, [self._document()], seconds))

    def _rest(self, seconds: int, *more: str) -> Output:
        done = phases.CONTROL_PLANE_PHASES if self.params["control_plane"] else phases.JOIN_PHASES
        return self.kubeadm.join([self._document()], phases.skipped(*done, *more), seconds)

    def _control_plane_rest(self, seconds: int) -> Output:
        """Where the Node is there already it may be Ready, and then kubeadm refuses to start the kubelet."""
        if not self._already_joined():
            return self._rest(seconds)
        self._finish_bootstrap()
        return self._rest(seconds, phases.KUBELET_START)

    def _tried(self, name: str, action: Callable[[int], Output]) -> None:
        self.tried(name, action, self.limit, lambda error: worth_retrying(error) or STILL_READY in error.stderr)

    def _registration(self) -> Dict[str, Any]:
        return dict(self.params["document"].get("nodeRegistration", {}))

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

    def _knows_its_node(self) -> bool:
        if not node.server_of(KUBELET_CONF):
            return False
        return bool(self._as_kubelet().find("node", self._registration()["name"]))

    def _already_joined(self) -> bool:
        """The kubelet has its certificate and knows its Node; a control plane's may have to ask an API server that is not there yet."""
        try:
            return self._knows_its_node()
        except CommandError:
            return False

    def _surely_joined(self) -> bool:
        """A worker that only lacks our finish marker may run somebody's pods, so it takes an answer to reset it."""
        try:
            return bool(with_retries(self._knows_its_node))
        except CommandError as error:
            if worth_retrying(error) or not any(text in error.stderr for text in NO_MEMBER):
                raise KubewrightError("cannot tell whether this machine has joined the cluster at {0}: {1}. Nothing was touched. Run again when that API "
                                      "server answers; if that cluster is gone for good, reset this machine first.".format(
                                          node.server_of(KUBELET_CONF), error)) from error
            return False

    def _as_kubelet(self) -> Kubectl:
        return Kubectl(self.run, KUBELET_CONF)

    def _finish_bootstrap(self) -> Output:
        name, annotation = self._registration()["name"], "{0}={1}".format(CRI_ANNOTATION, self._registration()["criSocket"])
        output: Output = with_retries(lambda: self._as_kubelet()("annotate", "--overwrite", "node", name, annotation))
        if os.path.exists(BOOTSTRAP_CONF):
            os.unlink(BOOTSTRAP_CONF)
        return output


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


def execute(module: AnsibleModule) -> Result:
    check_material(module.params)
    return perform(module, partial(Join, module))


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
            "etcd_manifest": {"type": "str", "default": ""},
            "files": {"type": "dict", "default": {}, "no_log": True},
            "seconds": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "join failed", lambda _result: joined(module.params), evidence)


if __name__ == "__main__":
    main()
