# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the kernel: loaded, built in, or why they cannot be had now or after a reboot. Private to the collection."""

import os
import re
from functools import partial
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import in_force, read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

MODULES = "/lib/modules"
CONFIGURATION = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")
# The name before the other came to stand for both: asked for is what this kernel has.
FORMERLY = {"nf_conntrack": "nf_conntrack_ipv4"}
ONE_CONNTRACK = (4, 19)  # and RHEL 8's 4.18
# Where a built-in part shows, for kernels whose modules.builtin is not installed (containers, custom kernels).
PROOF = {
    "overlay": lambda: "\toverlay\n" in read("/proc/filesystems"),
    "br_netfilter": lambda: os.path.exists("/proc/sys/net/bridge/bridge-nf-call-iptables"),
    "nf_conntrack": lambda: os.path.exists("/proc/sys/net/netfilter/nf_conntrack_max"),
}


class Kernel(NamedTuple):
    """What is installed for the kernel that runs. Names have underscores."""

    release: str
    installed: List[str]  # releases whose modules are here
    known: Set[str]  # modules and their other names; empty where no list says
    builtin: Set[str]
    denied: Dict[str, str]  # what keeps a module from being loaded at boot


def flat(name: str) -> str:
    """As /sys has it."""
    return name.replace("-", "_")


def look(names: List[str]) -> Kernel:
    """The long lists only where something is not loaded, or the kernel is an old one."""
    release = os.uname().release
    folder = os.path.join(MODULES, release)
    installed = sorted(os.listdir(MODULES)) if os.path.isdir(MODULES) else []
    known: Set[str] = set()
    if _version(release) < ONE_CONNTRACK or not all(map(is_loaded, names)):
        known = names_of(read(folder + "/modules.dep")) | aliases_of(read(folder + "/modules.alias"))
    return Kernel(release, installed, known, names_of(read(folder + "/modules.builtin")), denied())


def names_of(listed: str) -> Set[str]:
    """Of modules.dep and modules.builtin, which have a path at the beginning of each line."""
    return {flat(name) for name in re.findall(r"^(?:\S*/)?([^/\s]+)\.ko\b", listed, re.MULTILINE)}


def aliases_of(listed: str) -> Set[str]:
    return {flat(name) for name in re.findall(r"^alias ([\w-]+) ", listed, re.MULTILINE)}


def denied() -> Dict[str, str]:
    """By the files of modprobe.d, where `install` may stand for doing nothing, and by the kernel's command line."""
    found = {}
    for path in in_force(*CONFIGURATION):
        for words in (line.split() for line in read(path).splitlines()):
            nothing = words[:1] == ["install"] and words[2:3] and os.path.basename(words[2]) in ("true", "false")
            if len(words) > 1 and (words[0] == "blacklist" or nothing):
                found[flat(words[1])] = "the line `{0}` of {1}".format(" ".join(words), path)
    for names in re.findall(r"(?:^|\s)(?:module_blacklist|modprobe\.blacklist)=(\S+)", read("/proc/cmdline")):
        found.update({flat(name): "the kernel's command line (/proc/cmdline)" for name in names.split(",")})
    return found


def fitting(names: List[str], kernel: Kernel) -> List[str]:
    """Each once. Before 4.19 the old name, too, where this kernel has it; never a name that only older kernels have."""
    found: List[str] = []
    for name in names:
        now = next((new for new, old in FORMERLY.items() if flat(name) == old), name)
        old = FORMERLY.get(flat(now))
        found += [one for one in ([now, old] if old and old in kernel.known and _version(kernel.release) < ONE_CONNTRACK else [now]) if one not in found]
    return found


def _version(release: str) -> Tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", release)[:2])


def is_builtin(name: str, kernel: Kernel) -> bool:
    return flat(name) in kernel.builtin or (not is_loaded(name) and PROOF.get(flat(name), lambda: False)())


def is_loaded(name: str) -> bool:
    return os.path.isdir("/sys/module/" + flat(name))


def problem(name: str, kernel: Kernel) -> Optional[str]:
    """Why a module is not there now, or would not be after a reboot; a sentence with what to do."""
    if is_builtin(name, kernel):
        return None
    if flat(name) in kernel.denied:
        return ("{0} is kept from being loaded by {1}, now or after a reboot; Kubernetes needs it, take that away"
                .format(name, kernel.denied[flat(name)]))
    if is_loaded(name) or flat(name) in kernel.known:
        return None
    if kernel.release not in kernel.installed:
        return _not_installed(name, kernel)
    return _unknown(name, kernel) if kernel.known else None


def _not_installed(name: str, kernel: Kernel) -> str:
    if not kernel.installed:
        return ("{0} is not loaded, and no kernel's modules are installed in {1}. In a container the machine below has to load it; a kernel of "
                "your own has to have it built in".format(name, MODULES))
    return ("{0} is not loaded, and the modules of the running kernel {1} are not installed, only those of {2}: the kernel was upgraded since the "
            "machine booted. Reboot into it, then run again".format(name, kernel.release, ", ".join(kernel.installed)))


def _unknown(name: str, kernel: Kernel) -> str:
    return ("the kernel {0} has no module {1}, neither built in nor in {2}/{0}. Install the rest of its modules (Ubuntu: linux-modules-extra-{0}; "
            "RHEL: kernel-modules-{0} or kernel-modules-extra-{0}), boot a kernel that has it, or choose what does without it"
            .format(kernel.release, name, MODULES))


def steps(names: List[str], kernel: Kernel, path: str, header: str, run: Any) -> List[Step]:
    """What is missing; raises what cannot be had, all of it at once."""
    problems = [told for told in (problem(name, kernel) for name in names) if told]
    if problems:
        raise KubewrightError("; ".join(problems), problems=problems)
    missing = [name for name in names if not is_loaded(name) and not is_builtin(name, kernel)]
    found = [Step("load " + name, partial(_load, name, kernel, run)) for name in missing]
    text = header + "".join(name + "\n" for name in names)
    if names and read(path) != text:
        found.append(Step("write " + path, lambda: write_whole(path, text)))
    return found


def _load(name: str, kernel: Kernel, run: Any) -> None:
    try:
        run(["modprobe", name])
    except CommandError as error:
        raise KubewrightError("{0}: {1}".format(_unknown(name, kernel), error)) from error
