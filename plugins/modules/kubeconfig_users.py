#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeconfig_users
short_description: Kubeconfigs for named users, each with a certificate of its own
version_added: 0.1.0
description:
  - Lets kubeadm on a control plane make a client certificate for each user, and writes a kubeconfig with it on the controller, for its owner alone
    (mode 0600). The key is on no machine but the controller.
  - A file that is there is made anew where its certificate has fewer than O(renew_before_days) days left, or is of other groups. Where
    only the server differs, that is changed and the certificate stays. A file of another user or of another cluster is refused, and
    no certificate is made then.
  - What a user may do is decided by RoleBindings and ClusterRoleBindings to the name or its groups. Without one, nothing.
  - A certificate cannot be taken back before it ends. Remove the bindings of a user that leaves.
  - Runs with pipelining whatever ansible is told; keys are in no argument list, output or log.
options:
  users:
    description: Who gets a kubeconfig.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The user's name, as RBAC knows it. Names that begin with C(system:) are Kubernetes' own and refused.
        type: str
        required: true
      groups:
        description: The user's groups, as RBAC knows them. Those that begin with C(system:) are refused.
        type: list
        elements: str
        default: []
      path:
        description: File on the controller.
        type: path
        required: true
      valid_days:
        description: Days that the certificate lasts, 365 at most. Up to Kubernetes 1.21 it is 365 whatever is asked.
        type: int
        default: 365
      held:
        description: What the file on the controller is. The action plugin fills it in; leave it out.
        type: dict
        default: {}
  server:
    description: Address of the API server as the users reach it, C(https://host:port).
    type: str
    required: true
  renew_before_days:
    description: Certificates with fewer days left are made anew. One that lasts shorter than three times that is made anew in its last third.
    type: int
    default: 30
requirements:
  - kubeadm, kubectl and the cluster's CA with its key on the control plane that it runs on
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeconfig_accounts
"""

EXAMPLES = r"""
- name: A kubeconfig for jane, who is a developer
  kubewright.cluster.kubeconfig_users:
    server: https://cluster.example.com:6443
    users:
      - name: jane
        groups: [developers]
        path: ./kubeconfigs/jane.conf
        valid_days: 90
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [make a certificate for jane, who has none]
users:
  description: Names, files and groups of all that were asked for.
  returned: always
  type: list
  elements: dict
  sample: [{name: jane, path: /home/me/kubeconfigs/jane.conf, groups: [developers]}]
"""

import time
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

DAY = 86400
LONGEST = 365


def check(users: Any) -> None:
    names = [user["name"] for user in users]
    for user in users:
        own = [text for text in (user["name"], *user["groups"]) if text.startswith("system:")]
        if own or not user["name"].strip():
            raise KubewrightError("the user {0!r} with the groups {1} would be {2} to Kubernetes, which no RBAC takes back. Choose names of your own and bind "
                                  "roles to them.".format(user["name"], user["groups"], ", ".join(own) or "nobody"))
        if any("," in group for group in user["groups"]):
            raise KubewrightError("a group of {0} has a comma: {1}. Write groups as a list of names.".format(user["name"], user["groups"]))
        if not 1 <= user["valid_days"] <= LONGEST:
            raise KubewrightError("the certificate of {0} is to last {1} days; expected are 1 to {2}, since it cannot be taken back".format(
                user["name"], user["valid_days"], LONGEST))
        if names.count(user["name"]) > 1:
            raise KubewrightError("the user {0} is listed twice; give each a name of its own".format(user["name"]))


def why(user: Dict[str, Any], params: Dict[str, Any], now: float) -> str:
    """Why a certificate is made; empty where the one that is there will do."""
    held = user["held"]
    if not held:
        return "who has none"
    if sorted(held["groups"]) != sorted(user["groups"]):
        return "whose groups are {0} in it".format(", ".join(held["groups"]) or "none")
    before = min(params["renew_before_days"] * DAY, (held["expires"] - held["begins"]) / 3)
    return "whose certificate ends on {0}".format(time.strftime("%Y-%m-%d", time.gmtime(held["expires"]))) if held["expires"] - now < before else ""


def refuse_other_clusters(users: Any) -> None:
    authorities = set(node.ca_hashes())
    for user in users:
        if user["held"] and authorities and not authorities & set(user["held"]["ca_hashes"]):
            raise KubewrightError("{0} is of another cluster, so it is not overwritten. Nothing was made. Move it away, or give the user {1} another "
                                  "path.".format(user["path"], user["name"]))


def execute(module: AnsibleModule) -> Dict[str, Any]:
    users = module.params["users"]
    check(users)
    refuse_other_clusters(users)
    reasons = {user["name"]: why(user, module.params, time.time()) for user in users}
    due = [user for user in users if reasons[user["name"]]]
    result = {"changed": bool(due), "actions": ["make a certificate for {0}, {1}".format(user["name"], reasons[user["name"]]) for user in due], "made": {},
              "users": [{key: user[key] for key in ("name", "path", "groups")} for user in users]}
    if due and not module.check_mode:
        result["made"] = _made(Runner(module), due)
    return result


def _made(runner: Runner, due: Any) -> Dict[str, str]:
    kubeadm = Kubeadm(runner)
    version = kubeadm.version()
    stored = with_retries(lambda: Kubectl(runner).json("get", "configmap", "kubeadm-config", "-n", "kube-system"))
    configuration = stored["data"]["ClusterConfiguration"]
    try:
        return {user["name"]: kubeadm.user_kubeconfig(version, user["name"], user["groups"], user["valid_days"], configuration) for user in due}
    except CommandError as error:  # what it has printed may hold a key
        error.evidence.pop("stdout", None)
        raise


def main() -> None:
    user = {
        "name": {"type": "str", "required": True},
        "groups": {"type": "list", "elements": "str", "default": []},
        "path": {"type": "path", "required": True},
        "valid_days": {"type": "int", "default": LONGEST},
        "held": {"type": "dict", "default": {}},
    }
    module = AnsibleModule(
        argument_spec={
            "users": {"type": "list", "elements": "dict", "required": True, "options": user},
            "server": {"type": "str", "required": True},
            "renew_before_days": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "kubeconfigs of users", sentences("actions"))


if __name__ == "__main__":
    main()
