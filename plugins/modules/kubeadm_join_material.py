#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_join_material
short_description: Make, revoke or sweep what a machine needs to join a cluster
version_added: 0.1.0
description:
  - Runs on a control plane that answers. With O(state=present) it makes a bootstrap token that lives for minutes and is described by the name
    of the machine that is to join, and returns it with the endpoint and the CA's public key hashes; for a control plane it also uploads the
    certificates and returns the key that decrypts them.
  - Tokens that an interrupted run made for the same machine are removed first, and whatever Kubewright made that has expired and that the
    cluster did not clear away. The token of another machine is left alone while it can still be used; that machine may be joining right now.
  - A token whose material cannot be completed is removed again at once.
  - A Node of the same name that belongs to a machine which is gone is removed, but only on proof. Its machine id must differ from the joining
    machine's, and its kubelet must have stopped renewing its lease. With O(control_plane=true), its etcd member goes, too, if nothing
    answers there any more and a majority of the members is healthy.
  - What it returns is a secret. The task's result is censored even at C(-vvv), while the registered variable can be used; do not store it in a
    fact cache. Runs with pipelining whatever ansible is told.
options:
  state:
    description: Make the material, remove one token by its id, or remove all that Kubewright has made, whether somebody needs it or not.
    type: str
    choices: [present, absent, swept]
    default: present
  description:
    description: Name of the machine that is to join. Needed with O(state=present).
    type: str
  seconds:
    description: Life of the token in seconds, from one minute to one day. It is removed as soon as the machine has joined; this is for runs that die.
    type: int
    default: 900
  control_plane:
    description: Whether the machine becomes a control plane, so that the certificates are uploaded under a new key.
    type: bool
    default: false
  node_name:
    description: Name of the Node that the machine will become. Without it, no stale Node is looked for.
    type: str
  machine_id:
    description: The joining machine's C(/etc/machine-id). Needed with O(node_name).
    type: str
  address:
    description: The joining control plane's address, for RV(etcd_manifest).
    type: str
  token_id:
    description: Public part of the token to remove, six characters. Needed with O(state=absent).
    type: str
requirements:
  - kubeadm, kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_join
"""

EXAMPLES = r"""
- name: Make what this machine needs to join
  kubewright.cluster.kubeadm_join_material:
    description: "{{ inventory_hostname }}"
    node_name: "{{ inventory_hostname }}"
    machine_id: "{{ machine.node.host.machine_id }}"
  delegate_to: cp1
  register: material

- name: Remove the token
  kubewright.cluster.kubeadm_join_material:
    state: absent
    token_id: "{{ material.token_id }}"
  delegate_to: cp1

- name: Let a control plane join and remove its token, whether the join went well or not
  block:
    - name: Make what it needs
      kubewright.cluster.kubeadm_join_material:
        description: "{{ inventory_hostname }}"
        control_plane: true
        node_name: cp2
        machine_id: "{{ machine.node.host.machine_id }}"
        address: 192.0.2.12
      delegate_to: cp1
      register: material

    - name: Join
      kubewright.cluster.kubeadm_join:
        control_plane: true
        document: "{{ '1.34.2' | kubewright.cluster.kubeadm_join_document(me, true) }}"
        endpoint: "{{ material.endpoint }}"
        token: "{{ material.token }}"
        ca_cert_hashes: "{{ material.ca_cert_hashes }}"
        certificate_key: "{{ material.certificate_key }}"
        etcd_manifest: "{{ material.etcd_manifest }}"
        files: "{{ material.files }}"
      vars:
        me:
          name: cp2
          address: 192.0.2.12
          cri_socket: unix:///run/containerd/containerd.sock
  always:
    - name: Remove its token
      kubewright.cluster.kubeadm_join_material:
        state: absent
        token_id: "{{ material.token_id }}"
      delegate_to: cp1
      when: material.token_id is defined

- name: Remove every token that Kubewright has made, while nothing joins
  kubewright.cluster.kubeadm_join_material:
    state: swept
  delegate_to: cp1
  run_once: true
"""

RETURN = r"""
endpoint:
  description: C(host:port) of the API server.
  returned: state is present
  type: str
  sample: cluster.example.com:6443
token:
  description: The bootstrap token. A secret.
  returned: state is present
  type: str
  sample: abcdef.0123456789abcdef
token_id:
  description: Its public part, to remove it by.
  returned: state is present
  type: str
  sample: abcdef
ca_cert_hashes:
  description: Public key hashes of every CA of the cluster, computed from its certificate and compared with what kubeadm printed.
  returned: state is present
  type: list
  elements: str
  sample: ["sha256:00440886e68dc7c9e0d62a24e864c0b97fb41f1d968bd7d2f97356a2b121a249"]
certificate_key:
  description: Key of the uploaded certificates, empty for a worker. A secret; the next upload makes it worthless.
  returned: state is present
  type: str
  sample: "0000000000000000000000000000000000000000000000000000000000000000"
etcd_manifest:
  description:
    - Up to Kubernetes 1.28, the manifest of etcd that M(kubewright.cluster.kubeadm_join) puts on a control plane before its member is announced. Empty
      otherwise.
  returned: state is present
  type: str
  sample: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd\n…"
files:
  description:
    - With O(control_plane=true), the files that this control plane's API server reads beside kubeadm's own, which the new one needs, too. The audit policy
      and the keys of encryption at rest, by path; a path that ends with a slash is a folder.
  returned: state is present
  type: dict
  sample: {/etc/kubernetes/audit/policy.yaml: "apiVersion: audit.k8s.io/v1\nkind: Policy\n…", /var/log/kubernetes/audit/: ""}
removed_tokens:
  description: Ids of the tokens that were removed.
  returned: always
  type: list
  elements: str
  sample: [abcdef]
removed_node:
  description: Whether a Node of a machine that is gone was removed.
  returned: state is present
  type: bool
removed_member:
  description: Whether the etcd member of a control plane that is gone was removed.
  returned: state is present
  type: bool
"""

import contextlib
import secrets
import time
from functools import partial
from typing import Any, Dict, List, Optional, Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _api_server_files as api_server_files
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._etcd_members import manifest_for, remove_replaced
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, as_lines, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import APISERVER_MANIFEST

OURS = "kubewright: "
PREFIX = OURS + "join "
SHORTEST = 60
LONGEST = 86400
# How far the clocks of two control planes may be apart before one of them sweeps what the other has just made.
CLOCKS_APART = 300
# A kubelet renews its lease every 10 seconds; three missed renewals are proof enough that it is gone.
LEASE_SILENCE = 35
# kubeadm's own documented placeholder, for predictions.
PLACEHOLDER = {"token": "abcdef.0123456789abcdef", "certificate_key": "0" * 64, "etcd_manifest": "", "files": {}}


class Material:
    """Tokens and certificate keys of the cluster whose control plane this is."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        runner = Runner(module)
        self.kubeadm = Kubeadm(runner)
        self.kubectl = Kubectl(runner)

    def tokens(self) -> List[parse.Token]:
        found: List[parse.Token] = with_retries(self.kubeadm.token_list)
        return found

    def leftovers(self, name: str) -> List[str]:
        """Ids of our tokens that nobody needs: this machine's, and those that have expired."""
        long_ago = time.time() - CLOCKS_APART
        return [item.id for item in self.tokens() if item.description == PREFIX + name or (
            item.description.startswith(OURS) and item.expires is not None and item.expires < long_ago)]

    def swept(self, name: Optional[str]) -> List[str]:
        """Ids of our tokens, of one machine or of all, whether somebody needs them or not."""
        return [item.id for item in self.tokens() if item.description.startswith(OURS) and (name is None or item.description == PREFIX + name)]

    def remove(self, token_ids: List[str]) -> List[str]:
        if not self.module.check_mode:
            for token_id in token_ids:
                with_retries(partial(self.kubeadm.token_delete, token_id))
        return token_ids

    def make(self) -> Dict[str, Any]:
        name = self.params["description"]
        files = api_server_files.of_this_machine(node.read(APISERVER_MANIFEST)) if self.params["control_plane"] else {}
        removed = self.remove(self.leftovers(name))
        removed_member, removed_node = self._remove_stale_node()
        if self.module.check_mode:
            made: Dict[str, Any] = dict(PLACEHOLDER, endpoint=node.server_of("/etc/kubernetes/admin.conf"), ca_cert_hashes=node.ca_hashes())
        else:
            made = self._mint(name)
        made["token_id"] = made["token"].split(".")[0]
        return dict(made, files={} if self.module.check_mode else files, removed_tokens=removed, removed_node=removed_node, removed_member=removed_member)

    def _mint(self, name: str) -> Dict[str, Any]:
        output = with_retries(lambda: self.kubeadm.token_create(self.params["seconds"], PREFIX + name))
        command = None
        try:
            command = parse.join_command(output.stdout)
            return self._complete(command)
        except KubewrightError:
            self._take_back(name, command)
            raise

    def _take_back(self, name: str, command: Optional[parse.JoinCommand]) -> None:
        """As well as it goes: the error that is on its way is the one to tell, and the token lives minutes."""
        with contextlib.suppress(KubewrightError):
            self.remove([command.token.split(".")[0]] if command else self.swept(name))

    def _complete(self, command: parse.JoinCommand) -> Dict[str, Any]:
        hashes = node.ca_hashes()
        if not set(command.ca_cert_hashes) <= set(hashes):
            raise KubewrightError("kubeadm printed the CA hash {0}, but /etc/kubernetes/pki/ca.crt gives {1}. Somebody exchanged the CA on this "
                                  "control plane; joining would trust the wrong one.".format(command.ca_cert_hashes, hashes))
        key = self._upload_certs() if self.params["control_plane"] else ""
        return {"endpoint": command.endpoint, "token": command.token, "ca_cert_hashes": hashes, "certificate_key": key, "etcd_manifest": self._etcd_manifest()}

    def _upload_certs(self) -> str:
        stored = with_retries(lambda: self.kubectl.json("get", "configmap", "kubeadm-config", "-n", "kube-system"))
        configuration = stored["data"]["ClusterConfiguration"]
        version = next(line.split(":", 1)[1].strip() for line in configuration.splitlines() if line.startswith("apiVersion:"))
        key = secrets.token_hex(32)
        init = {"apiVersion": version, "kind": "InitConfiguration", "certificateKey": key}
        init.update(self._registration())
        try:
            return str(with_retries(lambda: self.kubeadm.upload_certs([init], configuration)))
        except KubewrightError:
            self.module.no_log_values.add(key)  # only now: a successful answer must hold it
            raise

    @staticmethod
    def _registration() -> Dict[str, Any]:
        """Beside cri-dockerd there is containerd's socket, and older releases of kubeadm ask which of them it is, also for what needs none."""
        socket = node.cri_socket()
        return {"nodeRegistration": {"criSocket": socket}} if "cri-dockerd" in socket else {}

    def _etcd_manifest(self) -> str:
        name, address = self.params["node_name"], self.params["address"]
        return manifest_for(name, address, self.kubeadm.version()) if self.params["control_plane"] and name and address else ""

    def _remove_stale_node(self) -> Tuple[bool, bool]:
        """The etcd member before the Node, which is the proof."""
        name = self.params["node_name"]
        found = with_retries(lambda: self.kubectl.find("node", name)) if name else None
        if not found:
            return False, False
        registered, mine = (value.replace("-", "") for value in (found["status"]["nodeInfo"]["machineID"], self.params["machine_id"]))
        if not mine or registered == mine:
            return False, False  # nobody knows, or the same machine comes back: kubeadm and the kubelet take the Node over
        self._prove_gone(name, found)
        addresses = [item["address"] for item in found["status"].get("addresses", [])]
        member = self.params["control_plane"] and remove_replaced(name, addresses, self.module.check_mode)
        if not self.module.check_mode:
            with_retries(lambda: self.kubectl("delete", "node", name, "--ignore-not-found", "--wait=true"))
        return member, True

    def _prove_gone(self, name: str, found: Dict[str, Any]) -> None:
        before, limit = self._renewed(name), time.time() + LEASE_SILENCE
        while time.time() < limit and not _long_not_ready(found):
            time.sleep(5)
            if self._renewed(name) != before:
                addresses = [item["address"] for item in found["status"].get("addresses", [])]
                raise KubewrightError("another living machine is the Node {0} (machine id {1}, addresses {2}). Nothing was removed. Give this "
                                      "machine another name, or take the other one out of the cluster.".format(
                                          name, found["status"]["nodeInfo"]["machineID"], ", ".join(addresses)))

    def _renewed(self, name: str) -> Optional[str]:
        lease = with_retries(lambda: self.kubectl.find("lease", name, "-n", "kube-node-lease"))
        return lease["spec"].get("renewTime") if lease else None


def _long_not_ready(found: Dict[str, Any]) -> bool:
    """The node controller itself has already given the kubelet up."""
    return any(item["type"] == "Ready" and item["status"] == "Unknown" for item in found["status"].get("conditions", []))


def check_life(seconds: int) -> None:
    """kubeadm takes 0 for a token that never expires."""
    if not SHORTEST <= seconds <= LONGEST:
        raise KubewrightError("a token's life of {0} seconds was asked; expected are {1} to {2}. The default of 900 is long enough for "
                              "one machine.".format(seconds, SHORTEST, LONGEST))


def execute(module: AnsibleModule) -> Dict[str, Any]:
    check_life(module.params["seconds"])
    material = Material(module)
    if module.params["state"] == "present":
        return dict(material.make(), changed=True)
    if module.params["state"] == "absent":
        removed = material.remove([item.id for item in material.tokens() if item.id == module.params["token_id"]])
    else:
        removed = material.remove(material.swept(module.params["description"]))
    return {"changed": bool(removed), "removed_tokens": removed}


def unprinted(module: AnsibleModule) -> Dict[str, Any]:
    """What a failed command printed on standard output may hold a token; nobody is told."""
    try:
        return execute(module)
    except CommandError as error:
        del error.evidence["stdout"]
        raise


def difference(params: Dict[str, Any], result: Result) -> Dict[str, str]:
    made = "a token for {0}\n".format(params["description"]) if params["state"] == "present" else ""
    return {"before": as_lines(["token " + token_id for token_id in result["removed_tokens"]]), "after": made}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent", "swept"], "default": "present"},
            "description": {"type": "str"},
            "seconds": {"type": "int", "default": 900},
            "control_plane": {"type": "bool", "default": False},
            "node_name": {"type": "str"},
            "machine_id": {"type": "str"},
            "address": {"type": "str"},
            "token_id": {"type": "str", "no_log": False},
        },
        required_by={"node_name": "machine_id"},
        required_if=[("state", "present", ["description"]), ("state", "absent", ["token_id"])],
        supports_check_mode=True,
    )
    conclude(module, lambda: unprinted(module), "join material", lambda result: difference(module.params, result))


if __name__ == "__main__":
    main()
