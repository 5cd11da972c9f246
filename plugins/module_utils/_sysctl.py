# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel parameters: live, in a file of ours, and not set to something else by a file that is read after it. Private to the collection."""

import os
import re
from functools import partial
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import commented, in_force, read, rewrite, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
LAST = "/etc/sysctl.conf"  # for systemd where a link in sysctl.d leads to it, for `sysctl --system` always
FORWARDING = "net.ipv6.conf.all.forwarding"
_DEFAULT, _ADVERTISED = 0x00010000, 0x00040000  # flags of a route, from the kernel's ipv6_route.h
_LINE = re.compile(r"\s*-?\s*([^\s=#;][^\s=]*)\s*=\s*(.*?)\s*$")


class Overriding(NamedTuple):
    """A line that wins over ours at boot."""

    path: str
    key: str
    value: str


def normal(value: object) -> str:
    """Values have blanks or tabs between their parts."""
    return " ".join(str(value).split())


def dotted(key: str) -> str:
    """A key may be written with slashes; dots are then part of a name, as of a VLAN's."""
    first = re.search(r"[./]", key)
    return key.translate(str.maketrans("./", "/.")) if first and first.group() == "/" else key


def proc_path(key: str) -> str:
    return "/proc/sys/" + key.translate(str.maketrans("./", "/."))


def settings(text: str) -> Iterator[Tuple[str, str]]:
    """Key and value of every line that sets one."""
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            yield dotted(match.group(1)), normal(match.group(2))


def overriding(wanted: Dict[str, str], own: str) -> List[Overriding]:
    """Only what is read after our own file can win over it."""
    after = [path for path in in_force(*FOLDERS) if os.path.basename(path) > os.path.basename(own)]
    linked = {os.path.realpath(path) for path in after}
    paths = after + ([LAST] if os.path.realpath(LAST) not in linked else [])
    return [Overriding(path, key, value) for path in paths for key, value in settings(read(path)) if wanted.get(key, value) != value]


def with_advertised_routes(wanted: Dict[str, str], own: str) -> Dict[str, str]:
    """A kernel that forwards drops the default route that a router advertised, and takes no other, unless accept_ra is 2: the machine would be out of reach.

    Where NetworkManager or systemd-networkd listens to routers, accept_ra is 0 and the route is theirs.
    """
    if wanted.get(FORWARDING) != "1":
        return wanted
    found = {key: value for key, value in settings(read(own)) if key.endswith(".accept_ra") and os.path.exists(proc_path(key))}
    for name in advertised(read("/proc/net/ipv6_route")):
        key = "net.ipv6.conf.{0}.accept_ra".format(name.replace(".", "/"))
        if read(proc_path(key)).strip() == "1":
            found[key] = "2"
    found.update(wanted)
    return found


def advertised(routes: str) -> Set[str]:
    """Interfaces with a default route that the kernel learned from a router."""
    rows = [line.split() for line in routes.splitlines()]
    return {row[9] for row in rows if len(row) == 10 and int(row[8], 16) & _DEFAULT and int(row[8], 16) & _ADVERTISED}


def steps(wanted: Dict[str, str], own: str, header: str) -> List[Step]:
    """What is missing; raises where a file wins that is not for people to edit."""
    found = []
    wanted = with_advertised_routes(wanted, own)
    text = header + "".join("{0} = {1}\n".format(key, value) for key, value in sorted(wanted.items()))
    if wanted and read(own) != text:
        found.append(Step("write " + own, lambda: write_whole(own, text)))
    for line in overriding(wanted, own):
        found.append(_comment_out(line, own))
    for key, value in sorted(wanted.items(), key=lambda item: (not item[0].endswith(".accept_ra"), item)):  # before the kernel forwards
        if normal(read(proc_path(key))) != value:
            found.append(Step("set {0} to {1}".format(key, value), partial(_set, key, value)))
    return found


def _comment_out(line: Overriding, own: str) -> Step:
    if not line.path.startswith("/etc/"):
        raise KubewrightError("{0} sets {1} to {2} and is read after {3}, so the next boot would undo it. Put a file of that name into /etc/sysctl.d "
                              "that does without this line.".format(line.path, line.key, line.value, own))
    sentence = "comment {0} = {1} out in {2}, which is read after {3}".format(line.key, line.value, line.path, own)
    return Step(sentence, lambda: rewrite(line.path, commented(read(line.path), lambda text: (line.key, line.value) in settings(text))))


def _set(key: str, value: str) -> None:
    try:
        with open(proc_path(key), "w", encoding="ascii") as stream:
            stream.write(value)
    except OSError as error:
        raise KubewrightError("cannot set {0} to {1}: {2}{3}".format(key, value, error, _hint(key))) from error
    found = normal(read(proc_path(key)))
    if found != value:
        raise KubewrightError("set {0} to {1}, but the kernel says {2}".format(key, value, found))


def _hint(key: str) -> str:
    if key.startswith("net.ipv6.") and not os.path.isdir("/proc/sys/net/ipv6"):
        return ". IPv6 is off in this kernel (ipv6.disable=1 on its command line?); take that away and reboot, or leave the IPv6 networks out"
    if key.startswith("net.bridge.") and not os.path.isdir("/proc/sys/net/bridge"):
        return ". The module br_netfilter brings it; is it among the modules?"
    return ""
