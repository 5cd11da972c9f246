# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that keep the time: which one this machine has, its servers, and whether the clock is right. Private to the collection."""

import ctypes
import os
import re
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import commented

CHRONY = ("chrony.service", "chronyd.service")  # Debian, RHEL
TIMESYNCD = "systemd-timesyncd.service"
# What is tried first, first; the units of one program stand together.
SERVICES = (*CHRONY, TIMESYNCD, "ntpsec.service", "ntp.service", "ntpd.service", "openntpd.service")
CHRONY_FILES = ("/etc/chrony/chrony.conf", "/etc/chrony.conf")
TIMESYNCD_FILE = "/etc/systemd/timesyncd.conf.d/kubewright.conf"
BEGIN, END = "# BEGIN Kubewright: time servers", "# END Kubewright: time servers"
_BLOCK = re.compile(r"^{0}\n.*?^{1}\n".format(BEGIN, END), re.MULTILINE | re.DOTALL)
_TIME_ERROR = 5  # adjtimex: the clock is not synchronised


class Service(NamedTuple):
    """A unit that is installed."""

    unit: str
    active: bool
    at_boot: bool


def services(units: List[Dict[str, str]]) -> List[Service]:
    """From Id, LoadState, ActiveState and UnitFileState of each; a name that stands for another unit is told once."""
    found: Dict[str, Service] = {}
    for told in units:
        if told.get("LoadState") == "loaded":
            found[told["Id"]] = Service(told["Id"], told.get("ActiveState") in ("active", "activating"), told.get("UnitFileState", "") != "disabled")
    return sorted(found.values(), key=lambda service: SERVICES.index(service.unit) if service.unit in SERVICES else len(SERVICES))


def keeper(found: List[Service]) -> Optional[Service]:
    """The one that runs; or else the one to start."""
    return next((service for service in found if service.active), found[0] if found else None)


def chrony_file() -> str:
    return next((path for path in CHRONY_FILES if os.path.exists(path)), CHRONY_FILES[-1])


def with_servers(text: str, servers: List[str]) -> str:
    """chrony's configuration with these servers alone; the distribution's become comments."""
    rest = commented(_BLOCK.sub("", text), lambda line: bool(re.match(r"\s*(server|pool|peer)\s", line)))
    block = "".join("server {0}\n".format(server if " " in server else server + " iburst") for server in servers)
    return "{0}{1}{2}\n{3}{4}\n".format(rest, "" if not rest or rest.endswith("\n") else "\n", BEGIN, block, END)


def timesyncd_text(servers: List[str]) -> str:
    return "# Written by Kubewright (node_time).\n[Time]\nNTP={0}\n".format(" ".join(server.split()[0] for server in servers))


def is_synchronised(service: Service, run: Any) -> bool:
    """chrony says so itself; of all others the kernel knows."""
    if service.unit not in CHRONY:
        return _kernel_synchronised()
    try:
        return bool(re.search(r"^Leap status\s*:\s*(Normal|Insert second|Delete second)", run(["chronyc", "-n", "tracking"]).stdout, re.MULTILINE))
    except CommandError:
        return False  # it does not answer yet


def _kernel_synchronised() -> bool:
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))  # zeros: only asks
    return 0 <= int(answer) < _TIME_ERROR


def not_synchronised(service: Service, seconds: int, run: Any) -> KubewrightError:
    """With what the service says of its servers."""
    asked = [["chronyc", "-n", "tracking"], ["chronyc", "-n", "sources"]] if service.unit in CHRONY else [["timedatectl", "status"]]
    told: List[str] = []
    for words in asked:
        try:
            told += [" ".join(words) + ":", *run(words).stdout.strip().splitlines()]
        except KubewrightError as error:
            told.append(str(error))
    return KubewrightError("the clock is not synchronised after {0} seconds of {1}. Its servers must be reachable (UDP port 123): name yours in "
                           "kube_time_servers, or set prereqs_time to keep where somebody else sets the clock. {2}"
                           .format(seconds, service.unit, " | ".join(told)), told=told)
