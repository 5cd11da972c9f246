#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_hostname
short_description: A node's own name and the names of all nodes in /etc/hosts, in one call
version_added: 0.1.0
description:
  - Sets the host name, live and in C(/etc/hostname), and keeps one block of C(/etc/hosts) with all nodes.
  - The name of a machine that is a node already is never changed, since certificates, etcd and the Node carry it.
  - A line elsewhere in C(/etc/hosts) that leads one of these names to another address becomes a comment, since the first line wins.
  - Where cloud-init writes C(/etc/hosts) anew at every boot, its template gets the block, too.
options:
  hostname:
    description: The host name to have. Left out or empty, the machine keeps the one it has.
    type: str
    default: ''
  hosts:
    description:
      - Lines of the block, as P(kubewright.cluster.hosts_block#filter) makes them. An empty text takes the block away. Left out, C(/etc/hosts) is left alone.
    type: str
  node_name:
    description: Name of this machine's Node; its line in the block gets the host name, too, where C(/etc/hosts) does not have it otherwise.
    type: str
    default: ''
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Let the nodes know each other
  kubewright.cluster.node_hostname:
    hostname: worker1
    node_name: worker1
    hosts: |
      192.0.2.10 cp1 cluster-endpoint
      192.0.2.11 worker1
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [name the machine worker1, write the nodes into /etc/hosts]
hostname:
  description: The host name that the machine had before.
  returned: always
  type: str
  sample: localhost
"""

import os
from functools import partial
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _hosts as pure
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

LIVE = "/proc/sys/kernel/hostname"
BOOT = "/etc/hostname"
HOSTS = "/etc/hosts"
MEMBER = "/etc/kubernetes/kubelet.conf"


def hostname_steps(wanted: str) -> List[Step]:
    found, live, boot = [], read(LIVE).strip(), read(BOOT).strip()
    if not wanted:
        return []
    told = pure.name_problem(wanted)
    if told:
        raise KubewrightError("{0!r} is no host name: {1}.".format(wanted, told))
    if live != wanted:
        if os.path.exists(MEMBER):
            raise KubewrightError("this machine is called {0} and is a node of a cluster ({1} is there); {2} is asked for. A node's name is in its "
                                  "certificates and in etcd, so it is not changed. Keep the name, or reset the machine (playbooks/reset.yml) and let "
                                  "it join under the new one.".format(live, MEMBER, wanted))
        found.append(Step("name the machine {0}, which was {1}".format(wanted, live), partial(set_live, wanted)))
    if boot != wanted:
        found.append(Step("write {0} into {1}".format(wanted, BOOT), partial(rewrite, BOOT, wanted + "\n")))
    return found


def set_live(name: str) -> None:
    try:
        with open(LIVE, "w", encoding="ascii") as stream:
            stream.write(name)
    except OSError as error:
        raise KubewrightError("the kernel does not take the host name {0}: {1}. Run with become; a container's name is set from outside."
                              .format(name, error)) from error


def hosts_steps(block: Optional[str], node_name: str, hostname: str) -> List[Step]:
    if block is None:
        return []
    text = read(HOSTS)
    found = []
    for raw, names in pure.contradicting(text, block).items():
        found.append(Step("comment `{0}` out in {1}, which leads {2} elsewhere".format(raw, HOSTS, ", ".join(names)), partial(take_out, raw, names)))
    own = pure.with_own_name(block, node_name, hostname, pure.outside(text))
    files = [HOSTS] + [path for path in [pure.template(text)] if path and os.path.exists(path)]
    for path in files:
        if pure.with_block(read(path), own) != read(path):
            found.append(Step("write the nodes into " + path, partial(put_in, path, own)))
    return found


def take_out(raw: str, names: List[str]) -> None:
    rewrite(HOSTS, pure.without(read(HOSTS), raw, names))


def put_in(path: str, block: str) -> None:
    rewrite(path, pure.with_block(read(path), block))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "hostname": {"type": "str", "default": ""},
            "hosts": {"type": "str"},
            "node_name": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    wanted, before = module.params["hostname"], read(LIVE).strip()

    def still_to_do() -> List[Step]:
        return hostname_steps(wanted) + hosts_steps(module.params["hosts"], module.params["node_name"], wanted or before)

    def execute() -> Dict[str, Any]:
        return dict(carried_out(still_to_do, module.check_mode), hostname=before)

    conclude(module, execute, "host name", sentences("actions"))


if __name__ == "__main__":
    main()
