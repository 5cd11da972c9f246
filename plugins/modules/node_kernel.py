#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_kernel
short_description: Kernel modules, sysctls, swap and SELinux of a node, now and after a reboot, in one call
version_added: 0.1.0
description:
  - Loads kernel modules, sets sysctls, turns swap off and sets SELinux's mode, writes what makes it so after a reboot, and proves each by reading it back.
  - What cannot be had is one error before anything is touched. A module that is built into the kernel counts as loaded; one that the kernel does not have,
    one whose package is not that of the running kernel, and one that is denied by C(/etc/modprobe.d) are told apart.
  - Lines of C(/etc/fstab), C(/etc/sysctl.conf), C(/etc/sysctl.d) and C(/etc/selinux/config) that stand against it are commented out, never removed.
options:
  modules:
    description:
      - Kernel modules to have. V(nf_conntrack) brings V(nf_conntrack_ipv4), too, on kernels before 4.19 that have it.
    type: list
    elements: str
    default: []
  sysctls:
    description:
      - Kernel parameters to have, by dotted name. A file that is read after ours at boot and says something else is put right.
    type: dict
    default: {}
  swap:
    description:
      - V(off) turns swap off for good. Lines of C(/etc/fstab) become comments, units of swap are masked (also generated ones, and those of zram-generator),
        and so are the services that make swap of zram or of files. V(keep) leaves swap alone.
    type: str
    choices: ["off", keep]
    default: keep
  selinux:
    description:
      - SELinux's mode, now and at boot. V(enforcing) wants the package container-selinux. Where SELinux is disabled, V(permissive) leaves it so and
        V(enforcing) is refused. Without effect on machines that have no SELinux. V(keep) leaves it alone.
    type: str
    choices: [permissive, enforcing, keep]
    default: keep
  name:
    description: Base name of the files under C(/etc/modules-load.d) and C(/etc/sysctl.d).
    type: str
    default: kubewright
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: What Kubernetes needs of the kernel
  kubewright.cluster.node_kernel:
    modules: [overlay, br_netfilter]
    sysctls:
      net.ipv4.ip_forward: 1
      net.bridge.bridge-nf-call-iptables: 1
    swap: "off"
    selinux: permissive
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [load br_netfilter, set net.ipv4.ip_forward to 1]
builtin:
  description: Modules that are part of the kernel itself.
  returned: always
  type: list
  elements: str
  sample: [overlay]
notes:
  description: What was left as it is, and why.
  returned: always
  type: list
  elements: str
  sample: ["SELinux is disabled here, and stops no container: it is left so"]
"""

from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _kernel_modules as modules
from ansible_collections.kubewright.cluster.plugins.module_utils import _selinux as selinux
from ansible_collections.kubewright.cluster.plugins.module_utils import _swap as swap
from ansible_collections.kubewright.cluster.plugins.module_utils import _sysctl as sysctl
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

HEADER = "# Written by Kubewright (node_kernel). Changes here are undone by its next run.\n"


def execute(module: AnsibleModule) -> Dict[str, Any]:
    params, run = module.params, Runner(module)
    kernel = modules.look(params["modules"])
    names = modules.fitting(params["modules"], kernel)
    sysctls = {key: sysctl.normal(value) for key, value in params["sysctls"].items()}

    def still_to_do() -> List[Step]:
        return [
            *modules.steps(names, kernel, "/etc/modules-load.d/{0}.conf".format(params["name"]), HEADER, run),
            *sysctl.steps(sysctls, "/etc/sysctl.d/99-{0}.conf".format(params["name"]), HEADER),
            *(swap.steps(run) if params["swap"] == "off" else []),
            *selinux.steps(params["selinux"], module.check_mode, run),
        ]

    builtin = [name for name in names if modules.is_builtin(name, kernel)]
    return dict(carried_out(still_to_do, module.check_mode), builtin=builtin, notes=[told for told in [selinux.note(params["selinux"])] if told])


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "modules": {"type": "list", "elements": "str", "default": []},
            "sysctls": {"type": "dict", "default": {}},
            "swap": {"type": "str", "choices": ["off", "keep"], "default": "keep"},
            "selinux": {"type": "str", "choices": ["permissive", "enforcing", "keep"], "default": "keep"},
            "name": {"type": "str", "default": "kubewright"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "kernel", sentences("actions"))


if __name__ == "__main__":
    main()
