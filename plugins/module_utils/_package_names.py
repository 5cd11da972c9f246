# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One name for a package on every family of distributions: Debian's, and what the RPM families call the same. Pure. Private to the collection."""

from typing import Callable, List

_OF_RPM = {
    "apparmor": "",  # SELinux is there instead
    "apt-transport-https": "",
    "conntrack": "conntrack-tools",
    "gnupg": "gnupg2",
    "iproute2": "iproute",
    "iputils-ping": "iputils",
    "libseccomp2": "libseccomp",
    "mount": "util-linux",
    "nfs-common": "nfs-utils",
    "open-iscsi": "iscsi-initiator-utils",
    "procps": "procps-ng",
}
_OF_RPM_ALONE = ("container-selinux",)


def wanted(entries: List[str], is_there: Callable[[str], bool]) -> List[str]:
    """The packages to have. Behind a package, with bars between them, may stand files of other programs that do its work: one is enough."""
    parts = [[part.strip() for part in entry.split("|")] for entry in entries]
    return [package for package, *others in parts if not any(map(is_there, others))]


def of_apt(names: List[str]) -> List[str]:
    return [name for name in names if name not in _OF_RPM_ALONE]


def of_rpm(names: List[str]) -> List[str]:
    """The names there, each once; what has no counterpart is left out."""
    found: List[str] = []
    for name in names:
        other = _OF_RPM.get(name, name)
        if other and other not in found:
            found.append(other)
    return found
