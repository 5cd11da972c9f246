# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which firewalls are on, and what Kubernetes left in them. Reads only. Private to the collection."""

import os
import re
from typing import Any, List

from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._firewall import is_own

UNITS = ("firewalld", "nftables", "iptables", "ip6tables")


def firewalls(module: Any) -> List[str]:
    """Those that are on. ufw's unit is active whether it is on or not; its own file tells."""
    found = ["ufw"] if re.search(r"^ENABLED=[\"']?yes", read("/etc/ufw/ufw.conf"), re.MULTILINE) else []
    if module.get_bin_path("systemctl"):
        states = module.run_command(["systemctl", "is-active", *UNITS])[1].split()
        found += [unit for unit, state in zip(UNITS, states) if state == "active"]
    return found


def chains(module: Any) -> int:
    """Chains of Kubernetes and of pod networks, asked for only where the kernel has tables, since asking would load them."""
    kinds = {"iptables-nft-save": os.path.isdir("/sys/module/nf_tables"), "iptables-legacy-save": bool(read("/proc/net/ip_tables_names").strip())}
    found = [module.run_command([kind])[1] for kind, used in kinds.items() if used and module.get_bin_path(kind)]
    return sum(1 for text in found for line in text.splitlines() if line.startswith(":") and is_own(line[1:].split()[0]))
