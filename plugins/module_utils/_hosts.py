# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of machines: what /etc/hosts says, and what a machine may be called. Pure. Private to the collection."""

import re
from typing import Dict, List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._files import MARK

BEGIN = "# BEGIN Kubewright: nodes of the cluster"
END = "# END Kubewright: nodes of the cluster"
_BLOCK = re.compile(r"^{0}\n.*?^{1}\n?".format(BEGIN, END), re.MULTILINE | re.DOTALL)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
LONGEST = 64  # of Linux
# cloud-init writes /etc/hosts anew at every boot where it is told to, and says so in it.
_TEMPLATE = re.compile(r"^# .*(/etc/cloud/templates/\S+\.tmpl)", re.MULTILINE)


class Line(NamedTuple):
    address: str
    names: List[str]


def name_problem(name: str) -> Optional[str]:
    """Why RFC 1123, as Kubernetes reads it, does not take the name."""
    if len(name) > LONGEST:
        return "it has {0} characters, Linux takes {1}".format(len(name), LONGEST)
    bad = [label for label in name.split(".") if not _LABEL.match(label)]
    if not bad:
        return None
    return "RFC 1123 wants lower-case letters, digits and hyphens between dots, at most 63, neither beginning nor ending with a hyphen" + (
        "; {0} would do".format(name.lower()) if name != name.lower() and not name_problem(name.lower()) else "")


def lines(text: str) -> List[Line]:
    found = [line.split("#")[0].split() for line in text.splitlines()]
    return [Line(words[0], words[1:]) for words in found if len(words) > 1]


def with_own_name(block: str, node_name: str, hostname: str, outside: str) -> str:
    """The machine's own name beside its node's, where nothing else says where it is."""
    if any(hostname in line.names for line in lines(block) + lines(outside)):
        return block
    return "\n".join(line + " " + hostname if node_name in line.split()[1:] else line for line in block.splitlines())


def outside(text: str) -> str:
    return _BLOCK.sub("", text)


def with_block(text: str, block: str) -> str:
    """The block where it was, or at the end; an empty one is none."""
    whole = "{0}\n{1}\n{2}\n".format(BEGIN, block.strip("\n"), END) if block.strip() else ""
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _match: whole, text, count=1)
    return text + ("\n" if text and whole and not text.endswith("\n") else "") + whole


def contradicting(text: str, block: str) -> Dict[str, List[str]]:
    """Lines outside the block, with the names that they lead elsewhere: the first line that has a name wins. Loopback is the machine itself."""
    ours = {name: line.address for line in lines(block) for name in line.names}
    found = {}
    for raw in outside(text).splitlines():
        for line in lines(raw):
            names = [name for name in line.names if name in ours and ours[name] != line.address and (":" in line.address) == (":" in ours[name])]
            if names and not line.address.startswith(("127.", "::1")):
                found[raw] = names
    return found


def without(text: str, raw: str, names: List[str]) -> str:
    """The line as a comment, and its other names in a line of their own."""
    others = [(line.address, [name for name in line.names if name not in names]) for line in lines(raw)]
    kept = ["{0} {1}".format(address, " ".join(left)) for address, left in others if left]
    return "".join("".join(part + "\n" for part in [MARK + raw, *kept]) if line.rstrip("\n") == raw else line for line in text.splitlines(True))


def template(text: str) -> Optional[str]:
    """The file that cloud-init makes /etc/hosts of at every boot; None where it does not."""
    match = _TEMPLATE.search(text) if "manage_etc_hosts" in text else None
    return match.group(1) if match else None
