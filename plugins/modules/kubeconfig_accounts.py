#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeconfig_accounts
short_description: Give accounts of a control plane the administrator's kubeconfig
version_added: 0.1.0
description:
  - Copies C(/etc/kubernetes/admin.conf) to C(~/.kube/config) of the accounts, for each account alone (mode 0600), so that its C(kubectl) works. It is what
    kubeadm tells people to do at the end of its init.
  - A copy that is older than admin.conf, whose certificate was renewed since, is replaced. Any other file that is there is refused before anything is
    written, whoever wrote it.
  - Whoever has such a file can do everything in the cluster. C(super-admin.conf), which no RBAC can stop, is never given away.
options:
  accounts:
    description: Names of accounts that are on the machine.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeconfig_users
  - module: kubewright.cluster.kubeconfig_fetch
"""

EXAMPLES = r"""
- name: Let alice use kubectl on the control planes
  kubewright.cluster.kubeconfig_accounts:
    accounts: [alice]
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [give alice /home/alice/.kube/config]
"""

import contextlib
import os
import pwd
import re
import stat
from typing import Any, Dict, Iterator, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

# What a renewal changes.
_CERTIFICATE = re.compile(r"(client-(?:certificate|key)-data): *\S+")


def account(name: str) -> Any:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise KubewrightError("there is no account {0} on this machine; make it first, or leave it out of kube_kubeconfig_accounts".format(name)) from None


def path_of(entry: Any) -> str:
    return os.path.join(entry.pw_dir, ".kube", "config")


@contextlib.contextmanager
def acting_as(entry: Any) -> Iterator[None]:
    """In somebody's home folder root is whom it belongs to, and can do no more: whatever links are there."""
    before, groups = (os.geteuid(), os.getegid()), os.getgroups()
    if before[0] == entry.pw_uid:
        yield
        return
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(before[0])
        os.setegid(before[1])
        os.setgroups(groups)


def held(entry: Any) -> str:
    """What the account has; empty where there is nothing."""
    with acting_as(entry):
        return read(path_of(entry))


def is_private(entry: Any) -> bool:
    found = os.stat(path_of(entry))
    return stat.S_IMODE(found.st_mode) == 0o600 and found.st_uid == entry.pw_uid


def is_copy(text: str, admin_conf: str) -> bool:
    """Of admin.conf, as it is or as it was before its certificate was renewed."""
    return _CERTIFICATE.sub(r"\1:", text).split() == _CERTIFICATE.sub(r"\1:", admin_conf).split()


def refuse(entry: Any) -> KubewrightError:
    return KubewrightError(
        "{0} is there and is no copy of this cluster's admin.conf, so it is not overwritten: it may hold the access of {1} to other clusters. Nothing was "
        "touched. Move it away and run again, or merge by hand: KUBECONFIG={0}:<a copy of admin.conf> kubectl config view --flatten.".format(
            path_of(entry), entry.pw_name))


def write(entry: Any, text: str) -> None:
    with acting_as(entry):
        path = path_of(entry)
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            write_atomically(os.path.realpath(path), text, 0o600)
        except OSError as error:
            raise KubewrightError("{0} may not write {1}: {2}. The home folder and .kube in it must be there and belong to that account (chown), then run "
                                  "again.".format(entry.pw_name, path, error.strerror)) from error


def execute(module: AnsibleModule) -> Dict[str, Any]:
    admin_conf = read(ADMIN_CONF)
    entries = [account(name) for name in dict.fromkeys(module.params["accounts"])]
    if not admin_conf and not module.check_mode:
        raise KubewrightError("{0} is not there; this machine is no control plane. Run this where kubeadm made one.".format(ADMIN_CONF))
    due = []
    for entry in entries:
        text = held(entry)
        if admin_conf and text.strip() and not is_copy(text, admin_conf):
            raise refuse(entry)
        if text != admin_conf or not text or not is_private(entry):
            due.append(entry)
    actions: List[str] = ["give {0} {1}".format(entry.pw_name, path_of(entry)) for entry in due]
    if not module.check_mode:
        for entry in due:
            write(entry, admin_conf)
    return {"changed": bool(due), "actions": actions}


def main() -> None:
    module = AnsibleModule(argument_spec={"accounts": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True)
    conclude(module, lambda: execute(module), "kubeconfig", sentences("actions"))


if __name__ == "__main__":
    main()
