#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_reset
short_description: Take a cluster off this machine, with what it left
version_added: 0.1.0
description:
  - Runs C(kubeadm reset) and then removes what kubeadm leaves behind, the files of the pod network, its interfaces, the firewall rules of
    Kubernetes and no others, and kubeconfigs of this cluster. What it left, and why, is in RV(left).
  - The Node stays in the cluster until M(kubewright.cluster.kube_node) removes it on a control plane. Drain it there first. The playbook
    C(kubewright.cluster.reset) does both.
  - A control plane that the cluster cannot do without is refused, unless O(destroy_cluster) is set. That is so when no other API server is
    ready, when too few etcd members would be left, and when no API server answers, so that nobody can tell.
  - Data of etcd is not deleted, unless O(etcd_data=remove). Data in C(/var/lib/etcd) of a machine that is no member of its cluster's etcd is
    never touched; kubeadm since 1.26 would empty that folder on workers, too.
  - Files that were below C(/etc/kubernetes/pki) before Kubewright began, such as a CA of your own, stay.
  - A reset that was killed is finished by the next one. Until then the machine is refused by M(kubewright.cluster.kubeadm_init) and
    M(kubewright.cluster.kubeadm_join).
options:
  confirm:
    description:
      - Name of the machine that is meant, so that a wrong host pattern resets nothing. It must be the Node's name as the kubelet's certificate
        on the machine has it, or the host name of a machine without one. Where there is nothing to remove, it is not looked at.
    type: str
    required: true
  destroy_cluster:
    description: Reset a control plane although the cluster ends with it, or although nobody can tell.
    type: bool
    default: false
  etcd_data:
    description:
      - V(backup) moves this member's data to a folder beside its own, named in RV(backup). Where the cluster ends, the folder gets a copy of
        C(/etc/kubernetes/pki), too, since the data is of little use without its CA. Whoever has that folder has the cluster's secrets.
      - V(remove) deletes the data.
    type: str
    choices: [backup, remove]
    default: backup
  cri_socket:
    description:
      - Socket of the container runtime whose pods are removed, as C(unix:///run/containerd/containerd.sock). By default the one that the kubelet
        was told to use, or the only one there is.
    type: str
    default: ''
  leftovers:
    description:
      - What to remove beside what kubeadm removes.
      - V(cni) is the configuration and the state of the pod networks that Kubewright knows; V(interfaces) are their interfaces; V(firewall) are
        the chains of Kubernetes and its pod networks in iptables, ip6tables and nft, and the rules that lead there; V(kubeconfigs) are the files
        in O(kubeconfigs); V(temporary) is what kubeadm keeps in C(/etc/kubernetes/tmp); V(pod_logs) are the logs of the pods.
    type: list
    elements: str
    choices: [cni, interfaces, firewall, kubeconfigs, temporary, pod_logs]
    default: [cni, interfaces, firewall, kubeconfigs, temporary]
  cni_files:
    description: More names of files in C(/etc/cni/net.d) to remove. What nobody knows there stays, and C(/var/lib/cni) with it.
    type: list
    elements: str
    default: []
  kubeconfigs:
    description: Kubeconfigs to remove where each CA in them is of this cluster.
    type: list
    elements: path
    default: [/root/.kube/config]
requirements:
  - kubeadm, kubelet and kubectl on the machine
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kube_node
  - module: kubewright.cluster.kubeadm_info
"""

EXAMPLES = r"""
- name: See what a reset would remove
  kubewright.cluster.kubeadm_reset:
    confirm: worker2
  check_mode: true
  register: prediction

- name: Take the machine out of its cluster
  kubewright.cluster.kubeadm_reset:
    confirm: "{{ kube_node_name | default(inventory_hostname) }}"

- name: End a cluster of one control plane, and keep nothing
  kubewright.cluster.kubeadm_reset:
    confirm: cp1
    destroy_cluster: true
    etcd_data: remove
    leftovers: [cni, interfaces, firewall, kubeconfigs, temporary, pod_logs]
"""

RETURN = r"""
removed:
  description: What was removed, or would be.
  returned: always
  type: list
  elements: str
  sample: ["the cluster's part of the machine, by kubeadm reset", the interface cni0]
left:
  description: What is still there, and why.
  returned: always
  type: list
  elements: dict
  contains:
    what:
      description: The thing.
      type: str
    why:
      description: The reason.
      type: str
  sample: [{what: /etc/cni/net.d/87-podman.conflist, why: "nobody knows whose it is; name it in cni_files if it goes, too"}]
backup:
  description: Folder that etcd's data was moved to; empty where there was none.
  returned: always
  type: str
  sample: /var/lib/etcd.kubewright-20260131T120000Z
node:
  description: State of the machine afterwards, as M(kubewright.cluster.kubeadm_info) returns it.
  returned: always
  type: dict
  sample: {state: clean, healthy: true, ours: false, reset_allowed: false, reason: no cluster has been here, operation: "", phase: ""}
findings:
  description: kubeadm's own findings.
  returned: when kubeadm failed
  type: list
  elements: dict
  sample: [{id: Port-10250, level: error, message: Port 10250 is in use, remedy: "…"}]
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

import os
import socket
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils import _reset as pure
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._leftovers import GROUPS, Kept, Leftovers
from ansible_collections.kubewright.cluster.plugins.module_utils._module import as_lines, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._trees import copy_tree, link_tree, move_tree, remove_tree

BY_KUBEADM = "the cluster's part of the machine, by kubeadm reset"
NOTES = "Kubewright's notes in " + os.path.dirname(node.MARKER)
BACKUP = ".kubewright-"
COPY = "a copy of etcd's data; delete it when nobody needs it"
KUBERNETES = "/etc/kubernetes"
KUBELET = (node.KUBELET_CLIENT, node.KUBELET_FLAGS, node.KUBELET_INSTANCE)


class Reset:
    """Read what the machine is, refuse or plan, act."""

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        self.params, self.run = module.params, runner
        self.look = node.look()
        self.state = ns.node_state(self.look)
        self.interrupted = pure.noted()
        self.kept: List[Kept] = []
        self.removed: List[str] = []
        self.backup = ""

    def plan(self) -> bool:
        """Whether there is anything to remove; raises where it must not be."""
        kubeadm = self.interrupted.kubeadm if self.interrupted else self._has_traces()
        self.ca_hashes = list(self.interrupted.ca_hashes) if self.interrupted else cluster_hashes()
        leftovers = self._leftovers()
        notes = [path for path in (node.MARKER, node.RESET_NOTE) if os.path.exists(path)]
        if kubeadm or leftovers.going or notes:
            self.member = self._member(kubeadm)
            etcd = "etcd's data in " + self.member.etcd_dir + (", moved beside it" if self.member.backup else "")
            whole = [(BY_KUBEADM, kubeadm), (etcd, self.member.etcd), *((item.what, True) for item in leftovers.going), (NOTES, notes)]
            self.removed = [what for what, there in whole if there]
            self._keep_of_member()
        self._keep_of_others()
        self.kept += leftovers.kept
        return bool(self.removed)

    def _has_traces(self) -> bool:
        manifests = os.path.join(KUBERNETES, "manifests")
        files = [*KUBELET, *node.KUBECONFIGS, *(os.path.join(manifests, name) for name in (os.listdir(manifests) if os.path.isdir(manifests) else []))]
        return bool(self.look.files - {ns.CA_CERTIFICATE}) or any(os.path.lexists(path) for path in files) or self.state.state == "partial"

    def _leftovers(self) -> Leftovers:
        names = ("leftovers", "kubeconfigs", "cni_files")
        groups, kubeconfigs, cni_files = (self.params[name] for name in names)
        return Leftovers(self.run, groups, self.ca_hashes, kubeconfigs, cni_files, self.params["etcd_data"] == "remove")

    def _member(self, kubeadm: bool) -> pure.Member:
        name = self.interrupted.name if self.interrupted else node.node_name()
        pure.refuse_wrong_name(self.params["confirm"], name or socket.gethostname().lower(), bool(name))
        if self.interrupted:
            return self.interrupted
        why = self._obstacle(name)
        if why and pure.holds_a_cluster(self.look, self.state) and not self.params["destroy_cluster"]:
            raise KubewrightError("this control plane is not reset: {0}. Nothing was touched. Add or repair another control plane first; if the "
                                  "cluster is to end with this machine, set destroy_cluster: true.".format(why))
        etcd = pure.etcd_of(self.look, not why)
        folder = node.etcd_dir()
        return pure.Member(
            name or self.params["confirm"], kubeadm, self.ca_hashes, pure.choose_socket(self.params["cri_socket"], node.cri_socket(), node.cri_endpoints()),
            etcd, folder, self._backup_folder(etcd, folder), list(self.look.marker.pki_before) if self.look.marker else [])

    def _obstacle(self, name: str) -> str:
        if not self.look.files & {ns.APISERVER_MANIFEST, ns.ETCD_MANIFEST}:
            return ""
        if not name:
            return "nobody can tell which of the cluster's control planes it is, since its kubelet has no certificate that can be read"
        try:
            pods = Kubectl(self.run).json("get", "pods", "--namespace", "kube-system", "--selector", "tier=control-plane")["items"]
        except KubewrightError as error:
            return "nobody can tell whether the cluster lives on without it, since no API server answers here ({0})".format(error)
        return pure.obstacle(pods, name, ns.ETCD_MANIFEST in self.look.files)

    def _backup_folder(self, etcd: str, folder: str) -> str:
        if not etcd or self.params["etcd_data"] == "remove":
            return ""
        if etcd == "leave" and os.stat(folder).st_dev != os.stat(os.path.dirname(folder)).st_dev:
            self.kept.append(Kept("no copy of " + folder, "it is a filesystem of its own, and the other members hold its data"))
            return ""
        return "{0}{1}{2}".format(folder, BACKUP, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))

    # What stays.

    def _keep_of_member(self) -> None:
        self.backup = self.member.backup
        if self.backup:
            self.kept.append(Kept(self.backup, COPY))
        if self.member.kubeadm and self.member.etcd != "alone":
            self.kept.append(Kept("the Node {0} in the cluster".format(self.member.name), "kube_node removes it, on a control plane"))
        self.kept += [Kept(path, "it was there before the cluster") for path in self.member.kept_pki]

    def _keep_of_others(self) -> None:
        if self.look.etcd_oldest is not None and not (self.removed and self.member.etcd):
            self.kept.append(Kept(node.ETCD_DATA, "there is data in it, and nothing on this machine says that it is of its cluster's etcd"))
        above, prefix = os.path.split(node.ETCD_DATA + BACKUP)
        copies = [os.path.join(above, name) for name in sorted(os.listdir(above)) if name.startswith(prefix)]
        self.kept += [Kept(path, COPY) for path in copies if path != self.backup]
        kubeadms = {*node.KUBECONFIGS, ns.BOOTSTRAP_CONF, *(os.path.join(KUBERNETES, name) for name in ("manifests", "pki", "tmp"))}
        names = sorted(os.listdir(KUBERNETES)) if os.path.isdir(KUBERNETES) else []
        self.kept += [Kept(os.path.join(KUBERNETES, name), "kubeadm did not make it") for name in names if os.path.join(KUBERNETES, name) not in kubeadms]

    # What goes.

    def act(self) -> None:
        pure.note(self.member)
        if self.member.kubeadm:
            self._keep_copies()
            self._kubeadm()
        if self.member.etcd:
            self._clear_etcd()
        leftovers = self._leftovers()
        self.removed += [item.what for item in leftovers.going if item.what not in self.removed]
        for item in leftovers.going:
            try:
                item.remove()
            except (CommandError, OSError) as error:
                self.removed.remove(item.what)
                self.kept.append(Kept(item.what, "it could not be removed: {0}".format(error)))
        for path in (node.MARKER, node.RESET_NOTE):
            remove_tree(path)
        if not os.listdir(os.path.dirname(node.MARKER)):
            os.rmdir(os.path.dirname(node.MARKER))

    def _keep_copies(self) -> None:
        """Before kubeadm, what it would remove: of a member that leaves, since kubeadm empties its folder; of the last one, the CA."""
        if not self.member.backup or not os.path.isdir(self.member.etcd_dir):
            return
        if self.member.etcd == "leave":
            for name in os.listdir(self.member.etcd_dir):
                link_tree(os.path.join(self.member.etcd_dir, name), os.path.join(self.member.backup, name))
        elif os.path.exists(ns.CA_CERTIFICATE):
            copy_tree(node.PKI, os.path.join(self.member.backup, "pki"))

    def _kubeadm(self) -> None:
        # Without a member of its own the machine's /var/lib/etcd is somebody else's; since 1.26 kubeadm would empty it all the same.
        leaving = self.member.etcd == "leave" and os.path.exists(ns.ETCD_MANIFEST)
        skipped = () if leaving else ("remove-etcd-member",)
        progress.tell("kubeadm reset")
        output = operation.reset_keeping(Kubeadm(self.run), self.member.cri_socket, skipped, self.member.kept_pki)
        for words, what, remedy in FAILURES:
            if words in output.stderr.lower():
                self.kept.append(Kept(what, remedy))

    def _clear_etcd(self) -> None:
        folder = self.member.etcd_dir
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if self.member.backup:
                move_tree(os.path.join(folder, name), os.path.join(self.member.backup, name))
            else:
                remove_tree(os.path.join(folder, name))


# kubeadm warns of these and goes on.
FAILURES = (
    ("failed to remove etcd member", "this machine's etcd member in the cluster",
     "kubeadm could not remove it: `etcdctl member remove` on another control plane does; until then etcd counts it as lost"),
    ("failed to remove containers", "containers of the cluster", "kubeadm could not remove them: look at `crictl pods`"),
    ("failed to unmount", "mounts below /var/lib/kubelet", "kubeadm could not take them away: look at /proc/mounts"),
)


def cluster_hashes() -> List[str]:
    """Of this machine's cluster; the kubelet's kubeconfig tells where ca.crt is gone."""
    found = node.ca_hashes()
    return found or [item.public_key_hash for item in node.certificates_of(ns.KUBELET_CONF, "certificate-authority-data")]


def execute(module: AnsibleModule) -> Dict[str, Any]:
    with operation.locked(module) as runner:
        reset = Reset(module, runner)
        changed = reset.plan()
        if changed and not module.check_mode:
            reset.act()
    return {"changed": changed, "removed": reset.removed, "left": [item.as_dict() for item in reset.kept], "backup": reset.backup,
            "node": ns.node_state(node.look()).as_dict()}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "confirm": {"type": "str", "required": True},
            "destroy_cluster": {"type": "bool", "default": False},
            "etcd_data": {"type": "str", "choices": ["backup", "remove"], "default": "backup"},
            "cri_socket": {"type": "str", "default": ""},
            "leftovers": {"type": "list", "elements": "str", "choices": list(GROUPS), "default": [name for name in GROUPS if name != "pod_logs"]},
            "cni_files": {"type": "list", "elements": "str", "default": []},
            "kubeconfigs": {"type": "list", "elements": "path", "default": ["/root/.kube/config"]},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "reset failed", lambda result: {"before": as_lines(result["removed"]), "after": ""}, evidence)


if __name__ == "__main__":
    main()
