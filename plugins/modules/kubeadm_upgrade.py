#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_upgrade
short_description: Upgrade the control plane or one node to another version of Kubernetes
version_added: 0.1.0
description:
  - Runs C(kubeadm upgrade) on the machine it is called for, one step of an upgrade at a time. The packages are not its work; kubeadm of the
    new version must be there first, see M(kubewright.cluster.kube_package).
  - The order of an upgrade is kubeadm's package on the first control plane, then O(action=apply) there, once for the cluster; then on every other
    machine, control planes first, kubeadm's package and O(action=node); and on each machine, after its step, drain, the kubelet's package, uncordon.
    The playbook C(kubewright.cluster.upgrade) does all this.
  - Does nothing where nothing is left to do. For O(action=apply) that is when the cluster is noted as being at O(version) in its kubeadm-config, the
    static pods' manifests of this machine have the version's images, and those are what runs and is Ready. For O(action=node) the same holds,
    and the kubelet's configuration is the cluster's; on a worker, that alone and the cluster's version.
  - Refuses with a sentence, before kubeadm runs, a downgrade, a skipped minor version, kubelets that are too old or too new, a kubeadm of another
    version, O(action=node) before O(action=apply), a machine that is no healthy member, and a control plane beside one that is in the middle.
  - An upgrade that was interrupted is finished by the next run, whatever it was killed at. Nothing is ever reset. kubeadm keeps the manifests
    and the etcd data of before in C(/etc/kubernetes/tmp).
options:
  action:
    description:
      - V(plan) asks kubeadm what an upgrade would bring. To look at the cluster's health, kubeadm runs a Job for a moment; nothing else is touched.
      - V(apply) upgrades the cluster and the control plane of this machine.
      - V(node) upgrades the control plane of this machine, if it has one, and the kubelet's configuration, to what V(apply) made of the cluster.
    type: str
    choices: [plan, apply, node]
    required: true
  version:
    description: Version of Kubernetes to have, as x.y.z.
    type: str
    required: true
  certificate_renewal:
    description: Whether certificates of the components that are upgraded are renewed.
    type: bool
    default: true
  etcd_upgrade:
    description: Whether etcd is upgraded, too, when this version of kubeadm brings a newer one.
    type: bool
    default: true
  ignore_preflight_errors:
    description: Checks of kubeadm's whose errors become warnings.
    type: list
    elements: str
    default: []
  patches:
    description: Folder on this machine with kubeadm's patches; the same ones that init or join had, or their effect is gone afterwards. Kubernetes 1.19.
    type: str
  document:
    description:
      - An UpgradeConfiguration, for what the other options do not say, such as timeouts. kubeadm gets it on standard input. Kubernetes 1.31.
      - Options that are not at their default are put into it.
    type: dict
  seconds:
    description: Longest time in seconds that kubeadm may take.
    type: int
    default: 1800
requirements:
  - kubeadm of the version that is asked for, kubelet and kubectl on the machine
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kube_node
  - module: kubewright.cluster.kube_package
"""

EXAMPLES = r"""
- name: Ask what the upgrade would bring
  kubewright.cluster.kubeadm_upgrade:
    action: plan
    version: 1.31.4
  register: upgrade

- name: Upgrade the cluster from its first control plane
  kubewright.cluster.kubeadm_upgrade:
    action: apply
    version: 1.31.4

- name: Let this machine follow
  kubewright.cluster.kubeadm_upgrade:
    action: node
    version: 1.31.4
    patches: /etc/kubernetes/patches
"""

RETURN = r"""
components:
  description: Components of this machine and of the cluster that were upgraded, or would be. An empty current version is one that is not known.
  returned: always
  type: list
  elements: dict
  sample:
    - name: kube-apiserver
      current: 1.31.2
      target: 1.31.4
plan:
  description: What kubeadm offers.
  returned: action is plan, not in check mode
  type: dict
  contains:
    cluster:
      description: Version of the cluster.
      type: str
      sample: 1.31.2
    kubeadm:
      description: Version of kubeadm.
      type: str
      sample: 1.31.4
    targets:
      description: Versions to upgrade to, each with its components.
      type: list
      elements: dict
      sample:
        - version: 1.31.4
          description: version in the v1.31 series
          kubeadm: 1.31.4
          components:
            - name: kube-apiserver
              current: 1.31.2
              target: 1.31.4
              node: cp1
              nodes: 1
    config_versions:
      description: Configurations of components, and whether somebody must rewrite one before the upgrade.
      type: list
      elements: dict
      sample:
        - group: kubelet.config.k8s.io
          current: v1beta1
          preferred: v1beta1
          manual_upgrade_required: false
resumed:
  description: Whether this run finished an upgrade that had been interrupted.
  returned: action is apply or node
  type: bool
waits_for:
  description: What has to be done before; outside of check mode that is an error.
  returned: check mode
  type: str
  sample: kubeadm 1.31.2 is installed here, and an upgrade to 1.31.4 needs kubeadm 1.31.4 or a later patch of 1.31.
warnings_of_kubeadm:
  description: kubeadm's preflight warnings with what to do about each.
  returned: when kubeadm ran
  type: list
  elements: dict
  sample: [{id: SystemVerification, level: warning, message: "cgroups v1 support is in maintenance mode", remedy: "…"}]
findings:
  description: kubeadm's own preflight findings.
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

import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils import _upgrade as pure
from ansible_collections.kubewright.cluster.plugins.module_utils import _upgrade_look as look
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubeadmError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import Result, as_lines, conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONF, NodeState, node_state
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_findings import findings
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_plan import Plan, upgrade_plan
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import version

# A control plane that was killed in the middle comes up by itself: the kubelet starts what the manifests say.
RECOVERY_SECONDS = 180
SETTLING_SECONDS = 120


class Upgrade:
    """Read the machine and its cluster, decide, run kubeadm, read again."""

    def __init__(self, module: AnsibleModule, runner: Runner) -> None:
        self.module = module
        self.params = module.params
        self.action = module.params["action"]
        self.target = version(module.params["version"])
        self.kubeadm = Kubeadm(runner)
        self.role = self._member().state
        kubeconfig = ADMIN_CONF if self.role == "control_plane" else KUBELET_CONF
        self.cluster = look.Cluster(Kubectl(runner, kubeconfig), self.target)
        self.view = self.cluster.view(self.role, self.kubeadm.version())

    def _member(self) -> NodeState:
        limit = time.time() + (RECOVERY_SECONDS if look.interrupted() and not self.module.check_mode else 0)
        state = node_state(node.look())
        while state.state == "control_plane" and not state.healthy and time.time() < limit:
            progress.tell("waiting for the API server, which an interrupted upgrade left")
            time.sleep(3)
            state = node_state(node.look())
        if state.state not in ("control_plane", "worker") or not state.healthy:
            raise KubewrightError("this machine cannot be upgraded as it is: {0}. Nothing was touched. {1}".format(
                state.reason, "Look at `journalctl -u kubelet` and `crictl ps -a`; the manifests of before an upgrade are in /etc/kubernetes/tmp."
                if state.state == "control_plane" else "It must be a whole member of the cluster; run site.yml first."))
        return state

    def _view(self) -> pure.View:
        return self.cluster.view(self.role, self.view.kubeadm)

    def settled(self) -> bool:
        """Whether nothing is left to do; what is only restarting is waited for."""
        limit = time.time() + (0 if self.module.check_mode else SETTLING_SECONDS)
        while not pure.done(self.view, self.action, self.target):
            at_rest = pure.done(self.view._replace(running=True, static_pods={self.view.node: self.view.manifests}), self.action, self.target)
            if not at_rest or time.time() > limit:
                return False
            progress.tell("waiting for the static pods to be as their manifests say")
            time.sleep(3)
            self.view = self._view()
        return True

    def components(self) -> List[Dict[str, str]]:
        action = "node" if self.action == "node" else "apply"  # a plan tells what apply would do
        found = pure.changes(self.view, action, self.target, self.params["etcd_upgrade"])
        return [dict(change._asdict()) for change in found]

    def plan(self) -> Dict[str, Any]:
        if self.role != "control_plane":
            raise KubewrightError("this machine is a worker; a plan is made on a control plane, which may read the whole cluster")
        result: Dict[str, Any] = {"changed": False, "components": self.components()}
        if self.module.check_mode:
            return dict(result, waits_for="")
        output = self._run()
        found = upgrade_plan(output.stdout)
        return dict(result, plan=described(found, self.view), warnings_of_kubeadm=warnings(output.stderr))

    def predict(self) -> Dict[str, Any]:
        if self.settled():
            return {"changed": False, "components": [], "resumed": False, "waits_for": ""}
        pure.refuse(self.view, self.action, self.target)
        missing = pure.not_yet(self.view, self.action, self.target)
        return {"changed": True, "components": self.components(), "resumed": bool(self.view.interrupted), "waits_for": missing or ""}

    def upgrade(self) -> Dict[str, Any]:
        if self.settled():
            return {"changed": False, "components": [], "resumed": False}
        pure.refuse(self.view, self.action, self.target)
        missing = pure.not_yet(self.view, self.action, self.target)
        if missing:
            raise KubewrightError(missing)
        components, interrupted, before = self.components(), self.view.interrupted, self._state()
        stderr = self._guarded().stderr
        self.view = self._view()
        self.settled()
        changed = bool(interrupted) or before != self._state()
        return {"changed": changed, "components": components if changed else [], "resumed": bool(interrupted), "warnings_of_kubeadm": warnings(stderr)}

    def _state(self) -> Dict[str, Any]:
        return look.state(self.view, self.cluster.kubelet_config())

    def _guarded(self) -> Any:
        """Between our two notes, so that the next run knows of a run that did not end."""
        look.begin(self.action, self.target)
        try:
            output = self._run()
        except KubeadmError as error:
            if not self.view.interrupted and any(finding.level == "error" for finding in error.findings):
                look.forget()  # the preflight checks refused, so nothing has begun
            raise
        look.end(self.cluster.kubelet_config())
        return output

    def _run(self) -> Any:
        wishes = pure.Wishes(self.params["certificate_renewal"], self.params["etcd_upgrade"], tuple(self.params["ignore_preflight_errors"]),
                             self.params["patches"] or "", self.params["document"])
        words, document = pure.command(self.action, self.target, wishes)
        progress.tell("kubeadm upgrade " + self.action)
        return self.kubeadm.upgrade(words, document, self.params["seconds"])


def warnings(stderr: str) -> List[Dict[str, Any]]:
    return [Finding.as_dict(finding) for finding in findings(stderr)]


def described(plan: Plan, view: pure.View) -> Dict[str, Any]:
    targets = [dict(target._asdict(), components=[dict(item._asdict()) for item in target.components]) for target in plan.targets]
    return {"cluster": plan.cluster or view.cluster, "kubeadm": plan.kubeadm or view.kubeadm, "targets": targets,
            "config_versions": [dict(item._asdict()) for item in plan.config_versions]}


def execute(module: AnsibleModule) -> Dict[str, Any]:
    with operation.locked(module) as runner:
        upgrade = Upgrade(module, runner)
        if upgrade.action == "plan":
            return upgrade.plan()
        return upgrade.predict() if module.check_mode else upgrade.upgrade()


def from_to(result: Result) -> Dict[str, str]:
    return {side: as_lines(["{0} {1}".format(item["name"], item[key] or "?") for item in result["components"]])
            for side, key in (("before", "current"), ("after", "target"))}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "action": {"type": "str", "choices": ["plan", "apply", "node"], "required": True},
            "version": {"type": "str", "required": True},
            "certificate_renewal": {"type": "bool", "default": True},
            "etcd_upgrade": {"type": "bool", "default": True},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
            "patches": {"type": "str"},
            "document": {"type": "dict"},
            "seconds": {"type": "int", "default": 1800},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "upgrade failed", from_to, evidence)


if __name__ == "__main__":
    main()
