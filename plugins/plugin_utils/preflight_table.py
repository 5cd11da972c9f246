# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as people read them: the same of many machines said once, in lines of 120 letters. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Located

WIDTH = 120
INDENT = " " * 9
# Different words under one id, as of different sizes; of more than these the machines are named together.
MOST = 8
TITLE = f"{'LEVEL':9}{'ID':20}MACHINES"


class Said(NamedTuple):
    """One sentence and whom it is about."""

    level: str
    id: str
    message: str
    remedy: str
    hosts: list[str]


def table(found: Iterable[Located], waived: int = 0) -> str:
    """Errors first."""
    rows = sorted(said(found), key=lambda row: (row.level != "error", row.id, row.hosts))
    if not rows:
        return "preflight: nothing stands in the way" + (f"; {counted(waived, 'finding')} waived" if waived else "")
    blocks: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for row in rows:
        blocks[(row.level, row.id)].append(row)
    lines = [TITLE]
    for group in blocks.values():
        lines += _block(group)
    return "\n".join([*lines, *_end(rows, waived)])


def said(found: Iterable[Located]) -> list[Said]:
    """Each sentence once, with its machines."""
    hosts: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for item in found:
        hosts[(item.finding.level, item.finding.id, item.finding.message, item.finding.remedy or "")].append(item.host)
    return [Said(*key, list(dict.fromkeys(owners))) for key, owners in hosts.items()]


def _block(rows: list[Said]) -> list[str]:
    lines = []
    rest = rows[MOST:] if len(rows) > MOST + 1 else []
    shown = rows[:MOST] if rest else rows
    for index, row in enumerate(shown):
        lines += _wrapped(f"{row.level.upper():9}{row.id:20}{folded(row.hosts)}", INDENT + " " * 20)
        lines += _wrapped(INDENT + row.message, INDENT)
        last = index + 1 == len(shown) or shown[index + 1].remedy != row.remedy
        if row.remedy and last:
            lines += _wrapped(f"{INDENT}-> {row.remedy}", INDENT + "   ")
    if rest:
        lines += _wrapped(f"{INDENT}The like of {len(rest)} more: {folded([host for row in rest for host in row.hosts])}", INDENT)
    return lines


def _wrapped(text: str, indent: str) -> list[str]:
    return [line for part in text.splitlines() or [""]
            for line in textwrap.wrap(part, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)]


def folded(hosts: Iterable[str]) -> str:
    """Names that count up as Ansible's own range, which --limit takes, too: node[01:12]."""
    ranges: list[tuple[str, str, list[str]]] = []
    for host in sorted(dict.fromkeys(hosts), key=counted_up):
        match = re.fullmatch(r"(.*?)(\d+)(\D*)", host)
        if match and ranges and ranges[-1][:2] == (match[1], match[3]) and _follows(ranges[-1][2][-1], match[2]):
            ranges[-1][2].append(match[2])
        else:
            ranges.append((match[1], match[3], [match[2]]) if match else (host, "", []))
    return ", ".join(_range(*entry) for entry in ranges)


def counted_up(host: str) -> list[tuple[str, int, str]]:
    return [(text, int(number or 0), number) for text, number in re.findall(r"(\D*)(\d*)", host)]


def _follows(one: str, other: str) -> bool:
    return int(other) == int(one) + 1 and (len(one) == len(other) or (not other.startswith("0") and not one.startswith("0")))


def _range(before: str, after: str, numbers: list[str]) -> str:
    if len(numbers) < 3:
        return ", ".join(f"{before}{number}{after}" for number in numbers) or before
    return f"{before}[{numbers[0]}:{numbers[-1]}]{after}"


def _end(rows: list[Said], waived: int) -> list[str]:
    errors, warnings = ([row for row in rows if row.level == level] for level in ("error", "warning"))
    machines = len({host for row in rows for host in row.hosts} - {"inventory"})
    told = f"{counted(len(errors), 'error')} and {counted(len(warnings), 'warning')}"
    ids = ", ".join(dict.fromkeys(row.id for row in rows))
    where = f" on {counted(machines, 'machine')}" if machines else ""
    more = f"; {counted(waived, 'finding')} waived" if waived else ""
    lines = [f"{told}{where}{more}."]
    return lines + _wrapped(f"To accept one: kube_preflight_waived: [{ids}] for the machine. docs/preflight.md tells of each.", "  ")


def summary(errors: Iterable[Located]) -> str:
    """What a failed run says last, after the table."""
    rows = said(errors)
    told = "; ".join(f"[{row.id}] {folded(row.hosts)}: {row.message}" for row in rows[:MOST])
    more = f"; and {len(rows) - MOST} more" if len(rows) > MOST else ""
    return f"{counted(len(rows), 'error')} must be settled before anything is changed; nothing was. {told}{more}. The table above has the remedies."


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
