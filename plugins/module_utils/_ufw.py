# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw: which rules it has, and which of them are ours. Private to the collection."""

import re
import shlex
from functools import partial
from typing import List, NamedTuple, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite
from ansible_collections.kubewright.cluster.plugins.module_utils._openings import PROTOCOL_NUMBERS, Opening
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

COMMENT = "kubewright"
CONFIGURATION, BEFORE_RULES = "/etc/ufw/ufw.conf", "/etc/ufw/before.rules"
BEGIN, END = "# BEGIN Kubewright: protocols that ufw has no word for", "# END Kubewright"
_BLOCK = re.compile("{0}\n.*?{1}\n".format(re.escape(BEGIN), re.escape(END)), re.DOTALL)
_WORDLESS = ("ipip",)
Command = Tuple[str, List[str]]  # what a person reads, and ufw's arguments


class Rule(NamedTuple):
    """As `ufw show added` prints it, without its comment."""

    text: str
    is_own: bool


def enabled() -> bool:
    """ufw's rules are loaded now and at every boot, or never."""
    return re.search(r"^ENABLED=yes\s*$", read(CONFIGURATION), re.MULTILINE) is not None


def rules(added: str) -> List[Rule]:
    found = []
    for line in added.splitlines():
        if line.startswith("ufw "):
            words = shlex.split(line)[1:]
            own = words[-2:] == ["comment", COMMENT]
            found.append(Rule(" ".join(words[:words.index("comment")] if "comment" in words else words), own))
    return found


def wanted(openings: Sequence[Opening], cluster_networks: Sequence[str]) -> List[str]:
    """In the spelling of `ufw show added`."""
    found = [_rule(opening._replace(network=_spelled(opening.network))) for opening in openings if opening.protocol not in _WORDLESS]
    for network in map(_spelled, cluster_networks):
        found += ["allow from " + network, "route allow from " + network, "route allow to " + network]
    return found


def _spelled(network: str) -> str:
    """A network of one address is printed as the address."""
    return re.sub(r"/32\Z" if ":" not in network else r"/128\Z", "", network)


def _rule(opening: Opening) -> str:
    ports = opening.ports.replace("-", ":")
    if not ports:
        return "allow {0} proto {1}".format("from " + opening.network if opening.network else "to any", opening.protocol)
    if not opening.network:
        return "allow {0}/{1}".format(ports, opening.protocol)
    return "allow from {0} to any port {1} proto {2}".format(opening.network, ports, opening.protocol)


def steps(present: Sequence[Rule], needed: Sequence[str]) -> List[Command]:
    """Rules of ours that are no longer needed go; a rule that somebody else has made already is theirs."""
    there = {rule.text for rule in present}
    closed = [rule.text for rule in present if rule.is_own and rule.text not in needed]
    opened = [text for text in needed if text not in there]
    return [("ufw: take back " + text, _deletion(text)) for text in closed] + [("ufw: " + text, [*text.split(), "comment", COMMENT]) for text in opened]


def _deletion(text: str) -> List[str]:
    words = text.split()
    return ["--force", "route", "delete", *words[1:]] if words[0] == "route" else ["--force", "delete", *words]


def with_block(before_rules: str, openings: Sequence[Opening]) -> str:
    """before.rules with our lines at the end of its filter table, and without them where there are none."""
    lines = ["-A ufw-before-input -p {0}{1} -j ACCEPT".format(PROTOCOL_NUMBERS[opening.protocol], " -s " + opening.network if opening.network else "")
             for opening in openings if opening.protocol in _WORDLESS and ":" not in opening.network]
    block = "\n".join([BEGIN, *lines, END, ""]) if lines else ""
    without = _BLOCK.sub("", before_rules)
    head, filter_table, rest = without.partition("*filter\n")
    at = re.search(r"^COMMIT\s*$", rest, re.MULTILINE)
    return head + filter_table + rest[:at.start()] + block + rest[at.start():] if at else before_rules


class Ufw:
    """Reads what ufw has, and says what is missing, each sentence with what does it."""

    def __init__(self, run: Runner) -> None:
        self.run = run

    def pending(self, openings: Sequence[Opening], cluster_networks: Sequence[str]) -> List[Step]:
        commands = steps(rules(self.run(["ufw", "show", "added"]).stdout), wanted(openings, cluster_networks))
        found = [Step(sentence, partial(self.run, ["ufw", *words])) for sentence, words in commands]
        before = read(BEFORE_RULES)
        after = with_block(before, openings)
        if after != before:
            found.append(Step("ufw: write {0} with the rules for {1}, and reload it".format(BEFORE_RULES, ", ".join(_WORDLESS)), partial(self._load, after)))
        return found

    def _load(self, text: str) -> None:
        rewrite(BEFORE_RULES, text)
        self.run(["ufw", "reload"])

    def off(self) -> None:
        self.run(["ufw", "disable"])
