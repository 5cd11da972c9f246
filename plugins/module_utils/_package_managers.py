# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package manager a node has. Private to the collection."""

import os
import re
from typing import Any, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._apt import Apt
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._rpm import Rpm

PROGRAMS = {"apt": "apt-get", "dnf": "dnf", "yum": "yum"}
Manager = Union[Apt, Rpm]


def manager(module: Any, asked: str, repository: str = "") -> Manager:
    """That which is asked for; with auto, that of the node's family. repository: the name of the one that is given."""
    name = chosen(asked, read("/etc/os-release"), {name: bool(module.get_bin_path(program)) for name, program in PROGRAMS.items()})
    if name == "apt":
        return Apt(Runner(module))
    if os.path.basename(os.path.realpath(module.get_bin_path(name))) == "dnf5":
        raise KubewrightError("this machine's {0} is dnf5, which Kubewright does not know yet; it knows dnf 4 and yum. Install the packages yourself and set "
                              "kube_package_source: none.".format(name))
    return Rpm(Runner(module), name, repository)


def chosen(asked: str, os_release: str, there: Any) -> str:
    if asked != "auto":
        if not there[asked]:
            raise KubewrightError("this machine has no {0}, which kube_package_manager names; leave that out, or name what is there".format(PROGRAMS[asked]))
        return asked
    family = re.search(r"^(ID|ID_LIKE)=.*(debian|ubuntu)", os_release, re.MULTILINE)
    order = ("apt", "dnf", "yum") if family else ("dnf", "yum", "apt")
    found = [name for name in order if there[name]]
    if not found:
        raise KubewrightError("this machine has no apt-get, dnf or yum, which Kubewright installs packages by. Install the packages yourself and set "
                              "kube_package_source: none.")
    return found[0]
