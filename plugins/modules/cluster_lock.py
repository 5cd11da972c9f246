#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_lock
short_description: Let one run at a time change a cluster
version_added: 0.1.0
description:
  - Takes, gives back or breaks a lock that is held on the cluster itself, as the Lease C(kubewright) in C(kube-system), with owner, start and expiry.
  - Runs on a control plane whose API server answers. The owner is the C(ansible-playbook) process; every host and task of one run is the same owner.
  - A lock that has expired is taken over. So is one whose owner ran on this controller and has ended, for example because it was killed.
  - Any other lock is refused with its owner, start and expiry. O(force) breaks it on purpose.
options:
  state:
    description:
      - V(present) takes the lock, or makes one that this run holds already last longer.
      - V(absent) gives it back, and leaves somebody else's alone.
    type: str
    choices: [present, absent]
    default: present
  purpose:
    description: What the run does, for whom it keeps out.
    type: str
    default: ''
  seconds:
    description: How long the lock lasts if nobody gives it back, in seconds.
    type: int
    default: 3600
  force:
    description: Take or remove the lock whoever holds it.
    type: bool
    default: false
  owner:
    description: Filled in by the action plugin of the same name.
    type: str
  dead_owner:
    description: Filled in by the action plugin of the same name; the owner that it knows to have ended.
    type: str
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_info
"""

EXAMPLES = r"""
- name: Take the lock before changing the cluster
  kubewright.cluster.cluster_lock:
    purpose: upgrade to 1.34.2
  delegate_to: cp1

- name: Give it back
  kubewright.cluster.cluster_lock:
    state: absent
  delegate_to: cp1
"""

RETURN = r"""
holder:
  description: Who holds the lock afterwards, or whose it is that keeps this run out. Times are seconds since the epoch of the control plane's clock.
  returned: when somebody does
  type: dict
  sample: {identity: "root@ci1/8f2c91d0.41ab77c2.4026531836.5121.881200", purpose: site.yml, taken: 1795258800, expires: 1795262400, seconds_left: 3600}
taken_from:
  description: Whose lock it was before, where that had expired, had ended or was broken.
  returned: when it was somebody else's
  type: str
  sample: root@ci2
"""

import time
from typing import Any, Dict, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl, as_list
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude

# The API server's words for: somebody else was faster.
LOST_RACE = ("AlreadyExists", "Conflict", "the object has been modified", "NotFound")
ATTEMPTS = 3


class Lock:
    """Read, decide, act; and all of it again where another run was faster or the API server did not answer for a moment."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.kubectl = Kubectl(Runner(module))

    def execute(self) -> Dict[str, Any]:
        action = self._take if self.params["state"] == "present" else self._give_back
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return dict(with_retries(action))
            except CommandError as error:
                if attempt == ATTEMPTS or not any(text in error.stderr for text in LOST_RACE):
                    raise
        return {"changed": False}

    def _take(self) -> Dict[str, Any]:
        before, now = self._lease(), time.time()
        held = run_lock.holder(before)
        reason = run_lock.obstacle(held, self.params["owner"], now, self.params["dead_owner"])
        if held and reason and not self.params["force"]:
            raise KubewrightError(reason, holder=held.as_dict(now))
        wanted = run_lock.lease(self.params["owner"], self.params["purpose"], now, self.params["seconds"], before)
        if not self.module.check_mode:
            self.kubectl("replace" if before else "create", "-f", "-", stdin=as_list([wanted]))
        taken = run_lock.holder(wanted)
        return dict(self._previous(held), changed=True, holder=taken.as_dict(now) if taken else None)

    def _previous(self, held: Optional[run_lock.Holder]) -> Dict[str, str]:
        return {"taken_from": run_lock.who(held.identity)} if held and held.identity != self.params["owner"] else {}

    def _give_back(self) -> Dict[str, Any]:
        held = run_lock.holder(self._lease())
        mine = bool(held and (held.identity in (self.params["owner"], self.params["dead_owner"]) or self.params["force"]))
        if mine and not self.module.check_mode:
            self.kubectl("delete", "lease", run_lock.NAME, "--namespace", run_lock.NAMESPACE, "--ignore-not-found")
        return dict(self._previous(held) if mine else {}, changed=mine)

    def _lease(self) -> Optional[Dict[str, Any]]:
        return self.kubectl.find("lease", run_lock.NAME, "--namespace", run_lock.NAMESPACE)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "purpose": {"type": "str", "default": ""},
            "seconds": {"type": "int", "default": 3600},
            "force": {"type": "bool", "default": False},
            "owner": {"type": "str"},
            "dead_owner": {"type": "str"},
        },
        supports_check_mode=True,
    )
    there = module.params["state"] == "present"
    conclude(module, lambda: Lock(module).execute(), "run lock",
             lambda _result: {"before": "" if there else "held\n", "after": "held\n" if there else ""})


if __name__ == "__main__":
    main()
