#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_certs
short_description: How long a control plane's certificates last, and their renewal
version_added: 0.1.0
description:
  - Runs on a control plane. Lists every certificate and CA that kubeadm keeps there, and the kubelet's own.
  - Renews those that kubeadm made, with kubeadm and the CAs on this machine; names and addresses are those of the certificate before. The API
    server need not answer, and expired certificates are renewed, too.
  - Then starts again those components of this control plane, one after another, that have read a certificate older than the file, and waits until
    each is well. Which those are is seen from the system, so a run that was killed at any moment is finished by the next one.
  - Certificate authorities are never renewed, and what is signed by a CA whose key is elsewhere is refused.
  - Run it on one control plane after another (C(serial) 1).
options:
  state:
    description: V(expiry) only reads. V(renewed) renews what is due and starts again what has to be.
    type: str
    choices: [expiry, renewed]
    default: expiry
  certificates:
    description:
      - What to renew, by kubeadm's names, for example V(apiserver), V(etcd-server), V(admin.conf); or V(all).
      - With V(all), what is missing or signed elsewhere is left out with a warning; what is named and cannot be renewed is an error.
    type: list
    elements: str
    default: [all]
  renew_before_days:
    description: Renews only certificates with fewer days left than this.
    type: int
    default: 90
  force:
    description: Renews whatever is left. A second run renews again.
    type: bool
    default: false
  keep:
    description:
      - How many runs' copies of replaced files to keep, each in a folder of its own under C(/etc/kubernetes/kept-by-kubewright), for root only.
    type: int
    default: 5
  refresh_copies:
    description:
      - Replaces C(~/.kube/config) of this machine's users by the new C(admin.conf) where it was a whole copy of an old one.
      - A file that somebody has changed stays as it is. Whether or not they are replaced, they are listed in RV(kubeconfig_copies).
    type: bool
    default: false
  wait_seconds:
    description: Longest time in seconds to wait for each component that is started again.
    type: int
    default: 420
requirements:
  - kubeadm, kubelet and kubectl on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.etcd_snapshot
  - module: kubewright.cluster.kubeadm_info
"""

EXAMPLES = r"""
- name: Look how long the certificates last
  kubewright.cluster.kubeadm_certs:
  register: looked

- name: Fail a month before the first one expires
  ansible.builtin.assert:
    that: looked.certificates | rejectattr('missing') | map(attribute='days_left') | min > 30

- name: Renew what lasts less than 60 days
  kubewright.cluster.kubeadm_certs:
    state: renewed
    renew_before_days: 60

- name: Renew the API server's own certificate now
  kubewright.cluster.kubeadm_certs:
    state: renewed
    certificates: [apiserver]
    force: true
"""

RETURN = r"""
certificates:
  description: Every certificate as it is afterwards. C(kind) is certificate, authority, or kubelet (which the kubelet renews by itself).
  returned: always
  type: list
  elements: dict
  sample:
    - name: apiserver
      path: /etc/kubernetes/pki/apiserver.crt
      kind: certificate
      authority: ca
      externally_managed: false
      missing: false
      expires: '2027-11-21T10:00:00Z'
      seconds_left: 31535990
      days_left: 364
renewed:
  description: What was renewed, or would be.
  returned: always
  type: list
  elements: str
  sample: [apiserver]
restarted:
  description: Which components were started again, or would be; with O(state=expiry), which have read a certificate older than the file.
  returned: always
  type: list
  elements: str
  sample: [kube-apiserver]
actions:
  description: What was done, or would be, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["renew apiserver: 2026-12-01T10:00:00Z -> 2027-11-21T10:00:00Z", "start kube-apiserver again"]
kept:
  description: Folder with copies of what was replaced; empty where nothing was.
  returned: always
  type: str
  sample: /etc/kubernetes/kept-by-kubewright/20261121T100000Z
kubeconfig_copies:
  description: Kubeconfigs of this cluster in the home folders of this machine, and whether they hold the certificate of C(admin.conf).
  returned: always
  type: list
  elements: dict
  sample:
    - path: /root/.kube/config
      expires: '2026-12-01T10:00:00Z'
      current: false
from_cluster:
  description: Whether the API server said how the cluster is configured. Else it was derived from this machine's files.
  returned: always
  type: bool
"""

import os
import time
from typing import Any, Dict, List, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _certs as certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _certs_files as files
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences


class Certificates:
    """Look, decide, renew, start again what has to be, look again."""

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        self.module = module
        self.params = module.params
        self.runner = runner
        self.kubeadm = Kubeadm(self.runner)
        self.actions: List[str] = []
        self.kept = ""
        if not pods.manifest("kube-apiserver"):
            raise KubewrightError("this machine is no control plane that kubeadm made: {0}/kube-apiserver.yaml is not there. "
                                  "Run this on a control plane; other nodes' certificates are the kubelet's, which renews them.".format(pods.MANIFESTS))
        self.pki = os.path.dirname(pods.flag("kube-apiserver", "client-ca-file") or node.PKI + "/ca.crt")
        self.documents: List[Dict[str, Any]] = []

    def execute(self) -> Dict[str, Any]:
        acts = self.params["state"] == "renewed" and not self.module.check_mode
        if acts:
            self._put_back_what_is_damaged()
        held = self._look()
        due = certs.Renewals([], [])
        if self.params["state"] == "renewed":
            due = certs.to_renew(held, self.params["certificates"], self.params["renew_before_days"], self.params["force"], time.time())
        for sentence in [*due.left_out, *certs.expired_kubelets(held, time.time())]:
            self.module.warn(sentence)
        restarted = sorted({*certs.readers_of(due.names), *self._stale()}, key=pods.COMPONENTS.index)
        if acts:
            self._renew(due.names, held)
            restarted = self._start_again()
            held = self._look() if due.names else held
        elif self.params["state"] == "renewed":
            self.actions += ["renew {0}: {1}".format(name, _expiry(held, name)) for name in due.names]
            self.actions += ["start {0} again".format(name) for name in restarted]
        return self._result(held, due.names, restarted, self._copies(acts))

    def _result(self, held: Sequence[certs.Held], renewed: List[str], restarted: List[str], copies: List[Dict[str, Any]]) -> Dict[str, Any]:
        return {
            "changed": bool(self.actions), "actions": self.actions, "renewed": renewed, "restarted": restarted, "kept": self.kept,
            "certificates": [item.as_dict(time.time()) for item in held], "kubeconfig_copies": copies, "from_cluster": not self.documents,
        }

    # Looking.

    def _look(self) -> List[certs.Held]:
        version = self.kubeadm.version()
        self.documents = [] if self._cluster_tells() else self._derived(version)
        held = [self._held(item) for item in self.kubeadm.check_expiration(version, self.documents)]
        return held + files.kubelet_certificates()

    def _held(self, item: Any) -> certs.Held:
        path = certs.path_of(item.name, self.pki)
        found = None if item.missing else files.certificate(path)
        kind = certs.AUTHORITY if item.is_authority else certs.CERTIFICATE
        authority = "" if item.is_authority else item.authority or certs.signer(item.name)
        return certs.Held(item.name, path, kind, authority, item.externally_managed, found.not_after if found else None)

    def _cluster_tells(self) -> bool:
        """kubeadm asks the API server how the cluster is configured; where that cannot answer, kubeadm takes its defaults."""
        try:
            return Kubectl(self.runner).find("configmap", "kubeadm-config", "--namespace", "kube-system") is not None
        except KubewrightError:
            return False

    def _derived(self, version: str) -> List[Dict[str, Any]]:
        own = files.certificate(self.pki + "/apiserver.crt")
        etcd: Dict[str, Any] = {}
        if not pods.manifest("etcd"):
            etcd = {key: pods.flag("kube-apiserver", "etcd-" + key.lower()) for key in ("caFile", "certFile", "keyFile")}
            etcd["endpoints"] = pods.flag("kube-apiserver", "etcd-servers").split(",")
        algorithm = own.algorithm if own else ""
        return certs.fallback_documents(version, self.pki, pods.endpoint("kube-apiserver"), node.cri_socket(), algorithm, etcd)

    def _stale(self) -> List[str]:
        return [component for component in pods.COMPONENTS if self._is_stale(component)]

    def _is_stale(self, component: str) -> bool:
        """Has it read a certificate that is older than the file?"""
        process = pods.running(component)
        paths = [path for name in certs.READERS[component] for path in certs.files_of(name, self.pki) if os.path.exists(path)]
        return process is not None and any(os.stat(path).st_mtime > pods.started(process) for path in paths)

    # Acting.

    def _put_back_what_is_damaged(self) -> None:
        names = [name for read in certs.READERS.values() for name in read]
        for name in [*names, "etcd-healthcheck-client", "admin.conf", "super-admin.conf"]:
            paths = certs.files_of(name, self.pki)
            if files.damaged(paths) and files.put_back(paths):
                self.actions.append("put back {0}, which an interrupted renewal had damaged".format(name))

    def _renew(self, names: Sequence[str], before: Sequence[certs.Held]) -> None:
        if not names:
            return
        paths = [path for name in names for path in certs.files_of(name, self.pki)]
        self.kept = files.keep(paths)
        version = self.kubeadm.version()
        for name in names:
            if not self.kubeadm.renew(version, name, self.documents).renewed:
                raise KubewrightError("kubeadm did not renew {0}, and gave no error. Look at `kubeadm certs check-expiration`.".format(name))
            new = files.certificate(certs.path_of(name, self.pki))
            self.actions.append("renew {0}: {1} -> {2}".format(name, _expiry(before, name), certs.date(new.not_after) if new else "nothing"))
        files.sync(paths)
        files.forget(max(1, self.params["keep"]))

    def _start_again(self) -> List[str]:
        restarted = []
        for component in pods.COMPONENTS:
            if self._is_stale(component):
                self._replace(component)
                self.actions.append("start {0} again".format(component))
                restarted.append(component)
        return restarted

    def _replace(self, component: str) -> None:
        process = pods.running(component)
        if process:
            pods.end(process, component)
        shown = files.certificate(certs.path_of(certs.SHOWN[component], self.pki)) if component in certs.SHOWN else None
        try:
            pods.wait(component, process, shown.public_key_hash if shown else "", time.time() + self.params["wait_seconds"])
        except KubewrightError as error:
            error.evidence.update(evidence(self.module), renewed=self.actions)
            raise

    def _copies(self, acts: bool) -> List[Dict[str, Any]]:
        found = files.copies(ADMIN_CONF)
        if not acts or not self.params["refresh_copies"]:
            return found
        for item in found:
            if not item["current"] and files.refresh(item["path"], ADMIN_CONF):
                self.actions.append("replace {0} by the new admin.conf".format(item["path"]))
        return files.copies(ADMIN_CONF)


def _expiry(held: Sequence[certs.Held], name: str) -> str:
    return next((certs.date(item.expires) for item in held if item.name == name and item.expires is not None), "nothing")


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["expiry", "renewed"], "default": "expiry"},
            "certificates": {"type": "list", "elements": "str", "default": ["all"]},
            "renew_before_days": {"type": "int", "default": 90},
            "force": {"type": "bool", "default": False},
            "keep": {"type": "int", "default": 5},
            "refresh_copies": {"type": "bool", "default": False},
            "wait_seconds": {"type": "int", "default": 420},
        },
        supports_check_mode=True,
    )

    def execute() -> Dict[str, Any]:
        with operation.locked(module, module.params["state"] == "renewed") as runner:
            return Certificates(module, runner).execute()

    conclude(module, execute, "certificates", sentences("actions"), evidence)


if __name__ == "__main__":
    main()
