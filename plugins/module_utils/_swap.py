# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swap: off now, and not back after a reboot, whoever would bring it: fstab, units, generators, services. Private to the collection."""

import configparser
import os
import re
from functools import partial
from typing import Any, Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import MARK, commented, in_force, read, rewrite
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

FSTAB = "/etc/fstab"
ADMIN_UNITS = "/etc/systemd/system"
# All swap of a boot hangs on it. systemd-gpt-auto-generator finds a partition as soon as no line of fstab names swap any more, under a name of its own.
TARGET = "swap.target"
# As systemd looks for units; what is found first hides the others.
UNITS = (ADMIN_UNITS, "/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
         "/run/systemd/generator.late")
# Services that make swap by themselves: Debian's zram-tools, Ubuntu's zram-config, Raspberry Pi OS, Armbian, swapspace.
SERVICES = ("zramswap.service", "zram-config.service", "dphys-swapfile.service", "armbian-zram-config.service", "swapspace.service")
ZRAM_GENERATORS = ("/usr/lib/systemd/system-generators/zram-generator", "/lib/systemd/system-generators/zram-generator")
ZRAM_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")


def is_swap_line(line: str) -> bool:
    fields = line.split()
    return len(fields) > 2 and not fields[0].startswith("#") and fields[2] == "swap"


def comment_out(fstab: str) -> str:
    """The text with each line of type swap as a comment."""
    return commented(fstab, is_swap_line)


def in_use() -> List[str]:
    return [line.split()[0] for line in read("/proc/swaps").splitlines()[1:]]


def unit_files() -> Dict[str, str]:
    """Path of each swap unit, and of each service of ours to know, by name."""
    found: Dict[str, str] = {}
    for folder in UNITS:
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith(".swap") or name in SERVICES:
                found.setdefault(name, os.path.join(folder, name))
    return found


def zram_units() -> List[str]:
    """What zram-generator makes of its configuration at the next boot."""
    if not any(os.path.exists(path) for path in ZRAM_GENERATORS):
        return []
    main = [path for path in (folder + "/zram-generator.conf" for folder in ZRAM_FOLDERS) if os.path.lexists(path)][:1]
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    for path in main + in_force(*(folder + "/zram-generator.conf.d" for folder in ZRAM_FOLDERS)):
        try:
            parser.read_string(read(path))
        except configparser.Error as error:
            raise KubewrightError("{0} cannot be read: {1}. It says which swap comes at boot; repair it.".format(path, str(error).splitlines()[0])) from error
    devices = [name for name in parser.sections() if re.match(r"zram\d+\Z", name)]
    return ["dev-{0}.swap".format(name) for name in devices if not parser.has_option(name, "mount-point") and not parser.has_option(name, "fs-type")]


def was_here() -> bool:
    """Signs of swap, also of one that is off already."""
    lines = read(FSTAB).replace(MARK, "").splitlines()
    return bool(in_use() or any(map(is_swap_line, lines)) or unit_files() or zram_units())


def is_masked(name: str) -> bool:
    path = os.path.join(ADMIN_UNITS, name)
    return os.path.lexists(path) and not read(path).strip()


def returning() -> Dict[str, str]:
    """What would bring swap back, by name, with its path; that of fstab goes with its line there."""
    files = unit_files()
    found = {name: path for name, path in files.items() if _returns(name, path)}
    found.update({name: "" for name in zram_units() if name not in files})
    if was_here() and not is_masked(TARGET):
        found[TARGET] = ""
    return found


def _returns(name: str, path: str) -> bool:
    text = read(path)
    if not text.strip() or re.search(r"^SourcePath={0}\s*$".format(FSTAB), text, re.MULTILINE):
        return False  # masked, or made of a line that is a comment now
    return os.path.dirname(path) != ADMIN_UNITS or _enabled(name)


def _enabled(name: str) -> bool:
    folders = [os.path.join(ADMIN_UNITS, folder) for folder in os.listdir(ADMIN_UNITS) if folder.endswith((".wants", ".requires"))]
    return any(os.path.lexists(os.path.join(folder, name)) for folder in folders)


def _fstab_steps() -> List[Step]:
    fstab = read(FSTAB)
    without = comment_out(fstab)
    return [Step("comment swap out in " + FSTAB, lambda: rewrite(FSTAB, without))] if without != fstab else []


def steps(run: Any) -> List[Step]:
    """Services end before swapoff, which they would undo; units are not stopped one by one: several stand for one device, and would be left failed."""
    found = _fstab_steps()
    units = returning()
    services = sorted(name for name in units if name in SERVICES)
    own = sorted(name for name in units if os.path.dirname(units[name]) == ADMIN_UNITS)  # systemctl masks no unit that a person wrote
    others = sorted(name for name in units if name not in own and name not in services)
    for name in services:
        verb = "disable" if name in own else "mask"
        found.append(Step("{0} and stop {1}".format(verb, name), partial(run, ["systemctl", verb, "--now", name])))
    own = [name for name in own if name not in services]
    if in_use():
        found.append(Step("turn off swap on " + ", ".join(in_use()), lambda: run(["swapoff", "-a"], seconds=600)))
    if others:
        found.append(Step("mask " + ", ".join(others), lambda: run(["systemctl", "mask", *others])))
    if own:
        found.append(Step("disable " + ", ".join(own), lambda: run(["systemctl", "disable", *own])))
    return found
