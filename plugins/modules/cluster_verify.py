#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_verify
short_description: Prove that a cluster works, without changing it
version_added: 0.1.0
description:
  - Runs on a control plane. Asks the API server about itself, the expected nodes, the pods of kube-system and the cluster's DNS, and waits for
    what is still starting.
  - Pods on a node that is not Ready and not among O(nodes), such as one of a machine that is switched off, are left out, and that is told.
  - Fails with one message that names each check that failed. In check mode it asks once and warns instead, since the run that would mend or join
    something has not happened.
options:
  nodes:
    description: Nodes that must be there and Ready.
    type: list
    elements: str
    default: []
  version:
    description: Version that every one of them must run.
    type: str
  wait_seconds:
    description: Longest time in seconds to wait until all checks are well.
    type: int
    default: 180
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Prove that the cluster works
  kubewright.cluster.cluster_verify:
    nodes: [cp1, worker1]
    version: 1.31.2
"""

RETURN = r"""
checks:
  description: Every check with its answer.
  returned: always
  type: list
  elements: dict
  sample: [{name: node worker1, ok: true, told: "Ready, 1.31.2, containerd://1.7.24"}]
"""

import os
import time
from typing import List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils import _verify as verify
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl


def ask(module: AnsibleModule) -> List[verify.Check]:
    kubectl = Kubectl(Runner(module))
    ready = kubectl("get", "--raw", "/readyz?verbose", ok=(0, 1))
    return verify.checks(
        kubectl.json("get", "nodes")["items"], kubectl.json("get", "pods", "-n", "kube-system")["items"],
        module.params["nodes"], module.params["version"], ready.stdout + ready.stderr,
    )


def patiently(module: AnsibleModule) -> List[verify.Check]:
    limit = time.time() + module.params["wait_seconds"]
    while True:
        try:
            found = ask(module)
        except CommandError as error:
            found = [verify.Check("API server", False, str(error))]
        if all(check.ok for check in found) or time.time() > limit or module.check_mode:
            return found
        progress.tell("not well yet: " + verify.failures([check for check in found if not check.ok][:1]), sum(check.ok for check in found), len(found))
        time.sleep(2)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "str", "default": []},
            "version": {"type": "str"},
            "wait_seconds": {"type": "int", "default": 180},
        },
        supports_check_mode=True,
    )
    if module.check_mode and not os.path.exists(ADMIN_CONF):  # a dry run before the cluster is made
        module.exit_json(changed=False, checks=[])
    try:
        found = patiently(module)
    except KubewrightError as error:
        module.fail_json(msg=str(error), **error.evidence)
    finally:
        progress.forget()
    result = {"checks": [check.as_dict() for check in found]}
    broken = [check for check in found if not check.ok]
    if module.check_mode:  # the run that would mend it has not happened
        for check in broken:
            module.warn("not well yet: " + verify.failures([check]))
    elif broken:
        module.fail_json(msg="the cluster is not well: " + verify.failures(found), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
