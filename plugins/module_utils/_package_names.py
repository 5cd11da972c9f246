# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One name for a package on every family of distributions: Debian's, and what the RPM families call the same. Pure. Private to the collection."""

from typing import List

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


def of_rpm(names: List[str]) -> List[str]:
    """The names there, each once; what has no counterpart is left out."""
    found: List[str] = []
    for name in names:
        other = _OF_RPM.get(name, name)
        if other and other not in found:
            found.append(other)
    return found
