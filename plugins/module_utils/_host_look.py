# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells a machine from its clones, and its size. Reads only. Private to the collection."""

import os
import re
import socket
import time
from typing import Any, Dict

from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._proxy_files import ENVIRONMENT


def host() -> Dict[str, Any]:
    """What tells this machine from its clones, and its size."""
    memory = re.search(r"^MemTotal:\s+(\d+) kB", read("/proc/meminfo"), re.MULTILINE)
    return {
        "hostname": socket.gethostname(),
        "machine_id": read("/etc/machine-id").strip(),
        "product_uuid": read("/sys/class/dmi/id/product_uuid").strip().lower(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mb": int(memory.group(1)) // 1024 if memory else 0,
        "kernel": os.uname().release,
        "cgroup_version": 2 if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else 1,
        "address": default_address(),
        "time": int(time.time()),
        "proxied": os.path.exists(ENVIRONMENT),
    }


def default_address() -> str:
    """The address that this machine's default route sends from; no packet is sent to find out."""
    for family, anywhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return ""
