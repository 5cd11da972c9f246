#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: etcd_snapshot
short_description: Save, look at and restore a cluster's data
version_added: 0.1.0
description:
  - Runs on a control plane that runs etcd as kubeadm set it up. Uses the C(etcdctl) and C(etcdutl) of the image that etcd runs from, else those of the node.
  - V(save) asks the local member for a snapshot, verifies it, and only then gives it its name. It holds every Secret of the cluster; it is for root only.
  - V(restore) puts a snapshot's data in the place of etcd's. Everything that was written since the snapshot was taken is gone from the cluster. The old
    data is renamed, not deleted. The control plane of this machine stands still meanwhile; what runs on the nodes goes on running.
  - A run that was killed at any moment is finished by the next one with the same arguments.
options:
  state:
    description: V(save) writes a snapshot, V(status) says what O(path) holds, V(restore) goes back to it.
    type: str
    choices: [save, status, restore]
    default: save
  directory:
    description: Folder that V(save) writes to; it is made for root only. It should be of another machine, or be fetched from there.
    type: path
    default: /var/backups/kubewright
  keep:
    description:
      - How many snapshots of this node to keep in O(directory). Only files that this module named are removed, the oldest first, after a new one was
        verified. V(0) keeps all.
    type: int
    default: 7
  pki:
    description:
      - Also writes C(/etc/kubernetes/pki) into a tar file beside the snapshot, for root only.
      - A snapshot without the cluster's CAs does not bring back a lost control plane. They are the cluster's keys; guard the folder accordingly.
    type: bool
    default: true
  path:
    description: The snapshot to look at or to go back to, on the machine.
    type: path
  confirm:
    description: For V(restore), the name of this machine's etcd member, which is its node's name. Without it, nothing is touched.
    type: str
    default: ''
  initial_cluster:
    description:
      - For V(restore) of a cluster of several members, every member's name with its peer URL. Not needed with one member.
      - Run the task on all control planes at once (not C(serial)), with the same value and the same file. Each waits until most of them are there.
    type: dict
    default: {}
  force:
    description: Goes back to a snapshot that this machine was restored from last, again. Without it that is no change.
    type: bool
    default: false
  wait_seconds:
    description: Longest time in seconds for etcd's tool, and to wait until the control plane is well after a restore.
    type: int
    default: 600
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_certs
"""

EXAMPLES = r"""
- name: Save the cluster's data
  kubewright.cluster.etcd_snapshot:
    keep: 14
  register: saved

- name: Take it to the controller
  ansible.builtin.fetch:
    src: "{{ saved.snapshot.path }}"
    dest: backups/
    flat: true

- name: Look at a snapshot
  kubewright.cluster.etcd_snapshot:
    state: status
    path: /var/backups/kubewright/etcd-cp1-20261121T100000Z.db

- name: Go back to it
  kubewright.cluster.etcd_snapshot:
    state: restore
    path: /var/backups/kubewright/etcd-cp1-20261121T100000Z.db
    confirm: cp1
"""

RETURN = r"""
snapshot:
  description: The snapshot. Before a first save, in check mode, its path only.
  returned: always
  type: dict
  sample:
    path: /var/backups/kubewright/etcd-cp1-20261121T100000Z.db
    sha256: 5b0a5e1a3f5d5c2b1f4c0c2d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f
    size: 3584032
    revision: 4711
    keys: 912
pki:
  description: The tar file with the certificates and keys; empty where none was written.
  returned: always
  type: str
  sample: /var/backups/kubewright/etcd-cp1-20261121T100000Z.pki.tar
removed:
  description: Older files that were removed, or would be.
  returned: always
  type: list
  elements: str
  sample: []
actions:
  description: What was done, or would be, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [save etcd to /var/backups/kubewright/etcd-cp1-20261121T100000Z.db]
before:
  description: After a restore, the folder that holds the data of before. Remove it when nothing in it is needed.
  returned: always
  type: str
  sample: /var/lib/etcd/kubewright-before-20261121T103000Z
remaining:
  description: After a restore, what is left for a person to do.
  returned: always
  type: list
  elements: str
  sample: []
"""

import fcntl
import os
import tarfile
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd as etcd
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd_restore as restoring
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

PARTIAL = ".partial"


class Save:
    """A verified file, or none."""

    def __init__(self, module: AnsibleModule, me: etcd.Member) -> None:
        self.module = module
        self.params = module.params
        self.me = me
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time()))
        self.path = "{0}/etcd-{1}-{2}.db".format(self.params["directory"], me.name, stamp)
        self.pki = etcd.certificates_beside(self.path) if self.params["pki"] else ""

    def execute(self) -> Dict[str, Any]:
        names = sorted(os.listdir(self.params["directory"])) if os.path.isdir(self.params["directory"]) else []
        gone = etcd.to_prune([*names, os.path.basename(self.path)], self.me.name, self.params["keep"])
        removed = [os.path.join(self.params["directory"], name) for name in gone]
        found: Dict[str, Any] = {"path": self.path}
        if not self.module.check_mode:
            found = self._save(removed)
        actions = ["save etcd to {0}".format(self.path)] + ["remove {0}".format(path) for path in removed]
        return {"changed": True, "snapshot": found, "pki": self.pki, "removed": removed, "actions": actions, "before": "", "remaining": []}

    def _save(self, removed: List[str]) -> Dict[str, Any]:
        os.makedirs(self.params["directory"], mode=0o700, exist_ok=True)
        lock = os.open(self.params["directory"], os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._remove_what_was_not_finished()
            self._refuse_a_full_disk()
            partial = self.path + PARTIAL
            with etcd.Tools(Runner(self.module)) as tools:
                progress.tell("saving etcd to " + self.path, 1, 2)
                tools.save(partial, self.params["wait_seconds"])
                os.chmod(partial, 0o600)
                progress.tell("verifying " + partial, 2, 2)
                found = tools.status(partial)
            operation.sync(partial)
            if self.pki:
                self._save_certificates()
            os.replace(partial, self.path)
            os.fsync(lock)
            for path in removed:
                os.unlink(path)
        finally:
            os.close(lock)
        return found._replace(path=self.path).as_dict()

    def _remove_what_was_not_finished(self) -> None:
        """Of killed runs: they hold the folder's lock while they live. etcdctl writes beside the name it is given."""
        for name in os.listdir(self.params["directory"]):
            if name.startswith("etcd-{0}-".format(self.me.name)) and (PARTIAL in name):
                os.unlink(os.path.join(self.params["directory"], name))

    def _refuse_a_full_disk(self) -> None:
        data = self.me.folder() + "/snap/db"
        size = os.stat(data).st_size if os.path.exists(data) else 0
        disk = os.statvfs(self.params["directory"])
        free = disk.f_bavail * disk.f_frsize
        if free < size:
            raise KubewrightError("{0} has {1} MB left, and etcd's data takes {2} MB. Make room there, or choose another directory.".format(
                self.params["directory"], free >> 20, size >> 20))

    def _save_certificates(self) -> None:
        partial = self.pki + PARTIAL
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
            archive.add(node.PKI, arcname="pki")
        operation.sync(partial)
        os.replace(partial, self.pki)


class Restore:
    """Everything is prepared and verified before anything stands still."""

    def __init__(self, module: AnsibleModule, me: etcd.Member) -> None:
        self.module = module
        self.params = module.params
        self.me = me

    def execute(self) -> Dict[str, Any]:
        with etcd.Tools(Runner(self.module)) as tools:
            self.snapshot = tools.status(self.params["path"])
            last = restoring.note()
            if last and last.finished and last.sha256 == self.snapshot.sha256 and not self.params["force"]:
                return self._result(False, [], last)
            cluster = self._decide(tools, last)
            actions = ["stop the kubelet and the control plane of {0}".format(self.me.name),
                       "replace etcd's data by that of {0}".format(self.params["path"]), "start the kubelet, and with it the control plane"]
            if self.module.check_mode:
                return self._result(True, actions, None)
            with operation.locked(self.module):
                done = self._restore(tools, cluster)
        return self._result(True, actions, done)

    def _decide(self, tools: etcd.Tools, last: Any) -> Dict[str, str]:
        if self.params["confirm"] != self.me.name:
            raise KubewrightError(
                "going back to {0} loses what was written to the cluster since. Nothing was touched. If that is what you want, set confirm to {1}, the name "
                "of this machine's member.".format(self.params["path"], self.me.name))
        interrupted = last is not None and last.finished is None
        return etcd.cluster_of(self.me, self.params["initial_cluster"], [] if interrupted else tools.members())

    def _restore(self, tools: etcd.Tools, cluster: Dict[str, str]) -> restoring.Note:
        begun = restoring.begin(self.snapshot.sha256, self.me)
        run = Runner(self.module)
        if not restoring.is_exchanged(begun, self.me):
            if not restoring.is_prepared(begun, self.me):
                token = "kubewright-" + self.snapshot.sha256[:16]  # the same on every member, of this snapshot alone
                progress.tell("making etcd's data from the snapshot", 1, 3)
                folder = restoring.clear(self.me)
                bumped = tools.restore(self.params["path"], self.me, cluster, token, folder, self.params["wait_seconds"])
                begun = restoring.write(begun._replace(bumped=bumped))
            try:
                progress.tell("stopping the kubelet and the control plane", 2, 3)
                restoring.stop(run)
                restoring.exchange(begun, self.me)
            except Exception:
                run(("systemctl", "start", "kubelet"))
                raise
        progress.tell("waiting for the control plane with the data of the snapshot", 3, 3)
        restoring.start(run, self.params["wait_seconds"])
        return restoring.write(begun._replace(finished=time.time()))

    def _result(self, changed: bool, actions: List[str], done: Any) -> Dict[str, Any]:
        remaining = []
        if changed and done and not done.bumped:
            remaining.append("This etcd's tool cannot raise revisions, so what runs elsewhere may take what it remembers for newer than what it is "
                             "told: restart the kubelet of every other node, and the pods of kube-system on the nodes.")
        return {"changed": changed, "snapshot": self.snapshot.as_dict(), "pki": "", "removed": [], "actions": actions,
                "before": done.before if done else "", "remaining": remaining}


def status(module: AnsibleModule) -> Dict[str, Any]:
    with etcd.Tools(Runner(module)) as tools:
        found = tools.status(module.params["path"])
    return {"changed": False, "snapshot": found.as_dict(), "pki": "", "removed": [], "actions": [], "before": "", "remaining": []}


def execute(module: AnsibleModule) -> Dict[str, Any]:
    path = module.params["path"]
    if module.params["state"] != "save" and not os.path.isfile(path):
        raise KubewrightError("there is no file {0} on this machine; copy the snapshot there first".format(path))
    me = etcd.member()
    if module.params["state"] == "save":
        return Save(module, me).execute()
    return Restore(module, me).execute() if module.params["state"] == "restore" else status(module)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["save", "status", "restore"], "default": "save"},
            "directory": {"type": "path", "default": "/var/backups/kubewright"},
            "keep": {"type": "int", "default": 7},
            "pki": {"type": "bool", "default": True},
            "path": {"type": "path"},
            "confirm": {"type": "str", "default": ""},
            "initial_cluster": {"type": "dict", "default": {}},
            "force": {"type": "bool", "default": False},
            "wait_seconds": {"type": "int", "default": 600},
        },
        required_if=[("state", "status", ["path"]), ("state", "restore", ["path"])],
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "snapshot", sentences("actions"), evidence)


if __name__ == "__main__":
    main()
