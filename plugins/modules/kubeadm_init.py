#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_init
short_description: Make this machine the first control plane of a new cluster
version_added: 0.1.0
description:
  - Runs kubeadm's init phases one after another with documents on standard input, and waits for the control plane.
  - Does nothing on a machine that already is a control plane, whether its API server answers or not.
  - An init that was interrupted is finished by the next run. Where the API server already answers, the remaining phases run; otherwise the
    machine is reset and begun anew, but only where Kubewright itself began the init and no older etcd data is there.
  - What passes by itself once the API server answers (a refused connection, a timeout) is tried again, 4 times in all, 15 seconds apart, within O(seconds).
    Anything else is an error, and the next run treats it as an interrupted init.
  - It does not look at other machines. The C(control_plane) role does that before, so that no second cluster is made.
options:
  documents:
    description:
      - kubeadm's configuration documents, InitConfiguration and ClusterConfiguration and those of the kubelet and kube-proxy, as dictionaries.
      - C(bootstrapTokens) must not be set; the module uses a token of its own that is deleted when init has ended.
      - C(nodeRegistration.criSocket) must be set. P(kubewright.cluster.kubeadm_init_documents#filter) writes all of them.
    type: list
    elements: dict
    required: true
  files:
    description:
      - Files that the API server reads, as a mapping of absolute paths to texts; a path that ends with a slash is a folder. They are for root alone.
      - P(kubewright.cluster.kubeadm_init_files#filter) tells those that go with the documents.
    type: dict
    default: {}
  encryption_at_rest:
    description:
      - How the API server encrypts what it gives to etcd. The key is made on this machine, in C(/etc/kubernetes/pki/encryption-at-rest.yaml), and leaves
        it by M(kubewright.cluster.kubeadm_join_material) alone. A file that is there already is used as it is.
      - The ClusterConfiguration must have the flag C(encryption-provider-config) with that path, as P(kubewright.cluster.kubeadm_init_documents#filter)
        writes it. Without O(encryption_at_rest) no key is made.
    type: dict
    suboptions:
      provider:
        description: What it encrypts with.
        type: str
        choices: [secretbox, aescbc]
        default: secretbox
      resources:
        description: What it encrypts.
        type: list
        elements: str
        default: [secrets]
  seconds:
    description: Longest time in seconds that the control plane may take to come up.
    type: int
    default: 600
requirements:
  - kubeadm, kubelet and kubectl on the machine
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_info
  - module: kubewright.cluster.kubeadm_join
  - plugin: kubewright.cluster.kubeadm_init_documents
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Make the first control plane
  kubewright.cluster.kubeadm_init:
    documents:
      - apiVersion: kubeadm.k8s.io/v1beta4
        kind: InitConfiguration
        nodeRegistration:
          name: cp1
          criSocket: unix:///run/containerd/containerd.sock
      - apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        kubernetesVersion: v1.34.2
        controlPlaneEndpoint: cluster.example.com:6443

- name: Make it with documents that fit the release
  kubewright.cluster.kubeadm_init:
    documents: "{{ cluster | kubewright.cluster.kubeadm_init_documents(node) }}"
  vars:
    cluster:
      version: 1.34.2
      control_plane_endpoint: cluster.example.com:6443
      pod_subnets: [10.244.0.0/16]
      service_subnets: [10.96.0.0/12]
    node:
      name: cp1
      address: 192.0.2.10
      cri_socket: unix:///run/containerd/containerd.sock
"""

RETURN = r"""
phases:
  description: What ran, in order, with its seconds. In check mode those that a beginning from nothing has, without seconds.
  returned: changed
  type: list
  elements: dict
  sample: [{phase: certs all, seconds: 1.9}]
warnings_of_kubeadm:
  description: kubeadm's preflight warnings with what to do about each.
  returned: changed
  type: list
  elements: dict
  sample: [{id: SystemVerification, level: warning, message: "cgroups v1 support is in maintenance mode", remedy: "…"}]
node:
  description: State of the machine afterwards, as M(kubewright.cluster.kubeadm_info) returns it.
  returned: always
  type: dict
  sample: {state: control_plane, healthy: true, ours: false, reset_allowed: false, reason: its API server answers, operation: "", phase: ""}
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
  sample: [init, wait-control-plane, kubelet-check]
journal:
  description: The kubelet's last journal lines.
  returned: when kubeadm failed
  type: list
  elements: str
  sample: ['I1121 10:00:07.112233    2201 kubelet.go:2263] "Skipping pod synchronization" err="PLEG is not healthy"']
containers:
  description: Containers of the control plane as the runtime lists them.
  returned: when kubeadm failed
  type: list
  elements: str
  sample:
    - CONTAINER      IMAGE          CREATED         STATE    NAME            ATTEMPT  POD ID
    - 1a2b3c4d5e6f7  86b6af7dd652c  2 minutes ago   Exited   kube-apiserver  3        7f6e5d4c3b2a1
"""

import copy
import os
import secrets
import shutil
import string
import time
from functools import partial
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _api_server_files as api_server_files
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _phases as phases
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner, evidence, worth_retrying
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, as_lines, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import (
    APISERVER_MANIFEST,
    KUBELET_CONF,
    cluster_identity,
    refuse_foreign_remains,
)
from ansible_collections.kubewright.cluster.plugins.module_utils._operation import Operation, perform

TOKEN_SECONDS = 600


def new_token() -> str:
    letters = string.ascii_lowercase + string.digits
    return ".".join("".join(secrets.choice(letters) for _place in range(length)) for length in (6, 16))


class Init(Operation):
    """kubeadm init, phase by phase."""

    kind = phases.INIT

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        super().__init__(runner)
        self.module = module
        self.documents = module.params["documents"]

    def needed(self) -> bool:
        if self.state.state == "control_plane":
            return False
        if self.state.state == "worker":
            raise KubewrightError("this machine is a worker of {0}; it cannot become the first control plane of another. Nothing was touched. "
                                  "Reset it first if it is to be one.".format(cluster_identity(node.ca_hashes(), node.server_of(KUBELET_CONF))))
        if self.state.state == "partial":
            refuse_foreign_remains(self.state, node.ca_hashes(), node.server_of(KUBELET_CONF))
            refuse_interrupted_join()
        return True

    def _resumes(self) -> bool:
        """The API server answers already, so only the rest is missing."""
        return self.state.state == "partial" and self.state.healthy

    def prepare(self) -> None:
        if self.state.state == "partial" and not self._resumes():
            if not self.state.reset_allowed:
                raise KubewrightError("init was interrupted and cannot be begun anew: {0}. Keep a copy of /var/lib/etcd, then reset this "
                                      "machine by hand.".format(self.state.reason))
            self.undo(self._reset)

    def act(self) -> None:
        if not self._resumes():
            for name in phases.INIT_PHASES:
                if name == phases.KUBELET_START:
                    self._place_files()
                self.phase(name, partial(self.kubeadm.init_phase, name, self.documents))
        self._finish()

    def _place_files(self) -> None:
        """Before anything reads the manifests, and after the start is noted: a reset takes them away again."""
        wanted = self.module.params["encryption_at_rest"]
        if wanted:
            api_server_files.make_encryption(wanted["provider"], wanted["resources"])
        api_server_files.place(self.module.params["files"])
        api_server_files.refuse_missing(node.read(APISERVER_MANIFEST))

    def _reset(self) -> Output:
        """Back to what the machine was; kubeadm leaves etcd's data where its manifest was not there any more."""
        output = self.reset(self._registration()["criSocket"])
        shutil.rmtree(os.path.join(node.ETCD_DATA, "member"), ignore_errors=True)
        return output

    def _finish(self) -> None:
        token = new_token()
        skipped = [*phases.skipped(*phases.INIT_PHASES), *self._document("InitConfiguration").get("skipPhases", [])]
        self.module.no_log_values.add(token)
        documents = self._with_token(token)
        # Without an API server there is nothing to try again: kubeadm has waited for it long enough.
        self.tried(phases.INIT_REST, partial(self.kubeadm.init, documents, skipped), time.time() + self.module.params["seconds"],
                   lambda error: worth_retrying(error) and node.api_answers())
        self.kubeadm.token_delete(token.split(".", 1)[0])

    def _with_token(self, token: str) -> List[Dict[str, Any]]:
        documents: List[Dict[str, Any]] = copy.deepcopy(self.documents)
        for document in documents:
            if document.get("kind") == "InitConfiguration":
                document["bootstrapTokens"] = [{
                    "token": token, "ttl": "{0}s".format(TOKEN_SECONDS), "description": "kubewright: init",
                    "usages": ["signing", "authentication"],
                    "groups": ["system:bootstrappers:kubeadm:default-node-token"],
                }]
        return documents

    def _document(self, kind: str) -> Dict[str, Any]:
        return dict(next((document for document in self.documents if document.get("kind") == kind), {}))

    def _registration(self) -> Dict[str, Any]:
        return dict(self._document("InitConfiguration").get("nodeRegistration", {}))


def refuse_interrupted_join() -> None:
    """Such a machine may hold the last copy of the data and the CA of the cluster that it was joining; a reset would remove both."""
    begun = node.marker()
    if begun and begun.operation != "init":
        raise KubewrightError("a {0} was interrupted on this machine, and now it is to make a cluster. Nothing was touched: it may hold the last copy "
                              "of the cluster that it was joining. Bring up a control plane of that cluster and run again, or reset this machine by "
                              "hand if that cluster is lost for good.".format(begun.operation))


def check_documents(documents: List[Dict[str, Any]]) -> None:
    kinds = [document.get("kind") for document in documents]
    for kind in ("InitConfiguration", "ClusterConfiguration"):
        if kinds.count(kind) != 1:
            raise KubewrightError("documents must hold one {0}, found kinds {1}".format(kind, kinds))
    init = documents[kinds.index("InitConfiguration")]
    if "bootstrapTokens" in init:
        raise KubewrightError("bootstrapTokens is set; leave it out, the module uses a token of its own and deletes it")
    if not init.get("nodeRegistration", {}).get("criSocket"):
        raise KubewrightError("nodeRegistration.criSocket is not set; name the runtime's socket, kubeadm must not guess")


def execute(module: AnsibleModule) -> Result:
    check_documents(module.params["documents"])
    return perform(module, partial(Init, module))


# Of the documents, what a person asks kubeadm for.
TOLD = (("InitConfiguration", ("nodeRegistration", "name")), ("InitConfiguration", ("localAPIEndpoint", "advertiseAddress")),
        ("InitConfiguration", ("nodeRegistration", "criSocket")), ("ClusterConfiguration", ("kubernetesVersion",)),
        ("ClusterConfiguration", ("controlPlaneEndpoint",)), ("ClusterConfiguration", ("imageRepository",)),
        ("ClusterConfiguration", ("networking", "podSubnet")), ("ClusterConfiguration", ("networking", "serviceSubnet")))


def made(documents: List[Dict[str, Any]]) -> Dict[str, str]:
    by_kind = {document.get("kind"): document for document in documents}
    lines = ["a cluster, with this machine as its first control plane"]
    for kind, path in TOLD:
        value: Any = by_kind.get(kind, {})
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value:
            lines.append("{0}: {1}".format(".".join(path), value))
    return {"before": "no cluster\n", "after": as_lines(lines)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "files": {"type": "dict", "default": {}},
            "encryption_at_rest": {"type": "dict", "options": {
                "provider": {"type": "str", "choices": ["secretbox", "aescbc"], "default": "secretbox"},
                "resources": {"type": "list", "elements": "str", "default": ["secrets"]},
            }},
            "seconds": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "init failed", lambda _result: made(module.params["documents"]), evidence)


if __name__ == "__main__":
    main()
