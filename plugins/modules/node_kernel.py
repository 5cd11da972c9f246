#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_kernel
short_description: Kernel modules, sysctls and swap of a node, now and after a reboot, in one call
version_added: 0.1.0
description:
  - Loads kernel modules, sets sysctls and turns swap off, writes what makes it so after a reboot, and proves each by reading it back.
  - A module that is built into the kernel counts as loaded; one that the kernel does not have is an error that says so.
  - Lines of C(/etc/fstab) are commented out, never removed.
options:
  modules:
    description: Kernel modules to have.
    type: list
    elements: str
    default: []
  sysctls:
    description: Kernel parameters to have, by dotted name.
    type: dict
    default: {}
  swap:
    description: Turn swap off for good, or leave it alone.
    type: str
    choices: ["off", keep]
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
"""

import os
import re
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

HEADER = "# Written by Kubewright (node_kernel). Changes here are undone by its next run.\n"


def comment_out_swap(fstab: str) -> str:
    """The text with each line of type swap as a comment."""
    lines = []
    for line in fstab.splitlines(True):
        fields = line.split()
        is_swap = len(fields) > 2 and not line.lstrip().startswith("#") and fields[2] == "swap"
        lines.append("# kubewright: " + line if is_swap else line)
    return "".join(lines)


def module_state(name: str, modules_builtin: str) -> str:
    """loaded or absent; names in /sys have underscores."""
    flat = name.replace("-", "_")
    pattern = r"/{0}\.ko".format(re.escape(flat).replace("_", "[-_]"))
    if os.path.isdir("/sys/module/" + flat):
        return "builtin" if re.search(pattern, modules_builtin) else "loaded"
    return "builtin" if re.search(pattern, modules_builtin) else "absent"


class Kernel:
    """Each part reads, and acts only where it must."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.run = Runner(module)
        self.actions: List[str] = []
        self.builtin: List[str] = []

    def _do(self, sentence: str, action: Any) -> None:
        self.actions.append(sentence)
        if not self.module.check_mode:
            action()

    def _file(self, path: str, text: str) -> None:
        if read(path) != text:
            self._do("write " + path, lambda: self._write(path, text))

    @staticmethod
    def _write(path: str, text: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, text)

    def execute(self) -> Dict[str, Any]:
        self._modules()
        self._sysctls()
        if self.params["swap"] == "off":
            self._swap_off()
        return {"changed": bool(self.actions), "actions": self.actions, "builtin": self.builtin}

    def _modules(self) -> None:
        wanted = self.params["modules"]
        if not wanted:
            return
        modules_builtin = read("/lib/modules/{0}/modules.builtin".format(os.uname().release))
        for name in wanted:
            state = module_state(name, modules_builtin)
            if state == "builtin":
                self.builtin.append(name)
            elif state == "absent":
                self._load(name)
        self._file("/etc/modules-load.d/{0}.conf".format(self.params["name"]), HEADER + "".join(name + "\n" for name in wanted))

    def _load(self, name: str) -> None:
        if PROOF.get(name, lambda: False)():
            self.builtin.append(name)
            return
        self._do("load " + name, lambda: self._modprobe(name))

    def _modprobe(self, name: str) -> None:
        try:
            self.run(["modprobe", name])
        except CommandError as error:
            raise KubewrightError("the kernel {0} has no module {1}: {2}. Install the kernel's modules package, or boot the kernel whose "
                                  "modules are installed.".format(os.uname().release, name, error)) from error

    def _sysctls(self) -> None:
        wanted = {key: " ".join(str(value).split()) for key, value in sorted(self.params["sysctls"].items())}
        if not wanted:
            return
        text = HEADER + "".join("{0} = {1}\n".format(key, value) for key, value in wanted.items())
        self._file("/etc/sysctl.d/99-{0}.conf".format(self.params["name"]), text)
        for key, value in wanted.items():
            if " ".join(read(sysctl_path(key)).split()) != value:
                self._do("set {0} to {1}".format(key, value), lambda key=key, value=value: self._set(key, value))

    @staticmethod
    def _set(key: str, value: str) -> None:
        try:
            with open(sysctl_path(key), "w", encoding="ascii") as stream:
                stream.write(value)
        except OSError as error:
            raise KubewrightError("cannot set {0} to {1}: {2}".format(key, value, error)) from error
        found = " ".join(read(sysctl_path(key)).split())
        if found != value:
            raise KubewrightError("set {0} to {1}, but the kernel says {2}".format(key, value, found))

    def _swap_off(self) -> None:
        devices = [line.split()[0] for line in read("/proc/swaps").splitlines()[1:]]
        fstab = read("/etc/fstab")
        without = comment_out_swap(fstab)
        if without != fstab:
            self._do("comment swap out in /etc/fstab", lambda: write_atomically("/etc/fstab", without))
        units = self._swap_units()
        if devices:
            self._do("turn off swap on " + ", ".join(devices), lambda: self.run(["swapoff", "-a"]))
        if units:
            self._do("mask " + ", ".join(units), lambda: self.run(["systemctl", "mask", *units]))

    def _swap_units(self) -> List[str]:
        """Swap units that would come back: those with a file of their own. Several others stand for each device in use; those go when it does."""
        try:
            text = self.run(["systemctl", "show", "--property=" + ",".join(UNIT_PROPERTIES), "*.swap"]).stdout
        except (CommandError, KubewrightError):
            return []  # no systemd here, so no units
        units = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
        return [unit["Id"] for unit in units if comes_back(unit)]


UNIT_PROPERTIES = ("Id", "LoadState", "ActiveState", "FragmentPath", "SourcePath")


def comes_back(unit: Dict[str, str]) -> bool:
    """True for an active unit that is not made of /etc/fstab, whose line is a comment from now on."""
    return (unit.get("ActiveState") == "active" and unit.get("LoadState") == "loaded" and bool(unit.get("FragmentPath"))
            and unit.get("SourcePath") != "/etc/fstab")


def sysctl_path(key: str) -> str:
    return "/proc/sys/" + key.replace(".", "/")


# Where a built-in part shows, for kernels whose modules.builtin is not installed (containers, custom kernels).
PROOF = {
    "overlay": lambda: "\toverlay\n" in read("/proc/filesystems"),
    "br_netfilter": lambda: os.path.exists("/proc/sys/net/bridge/bridge-nf-call-iptables"),
    "nf_conntrack": lambda: os.path.exists("/proc/sys/net/netfilter/nf_conntrack_max"),
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "modules": {"type": "list", "elements": "str", "default": []},
            "sysctls": {"type": "dict", "default": {}},
            "swap": {"type": "str", "choices": ["off", "keep"], "default": "keep"},
            "name": {"type": "str", "default": "kubewright"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Kernel(module).execute(), "kernel", sentences("actions"))


if __name__ == "__main__":
    main()
