# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the machines' clocks agree. Pure; runs on the controller. Private to the collection.

The controller notes its own time before and after it asks a machine for its clock. So how far that is from the controller's is not known, but lies between
two bounds. Two clocks certainly differ by the gap between their bounds, and by no more is anybody accused.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, machine_of, warning

# A certificate that was just made is not valid yet for a machine that is behind: a join follows within a minute, and so fails.
ERROR_SECONDS = 30
# etcd warns from one second on; logs of different machines are no longer in their order.
WARNING_SECONDS = 2
REMEDY = "Let chrony (or what keeps the time there) set the clock, `chronyc makestep`, and see that it runs: `timedatectl`."


class Offset(NamedTuple):
    """Bounds of what a machine's clock is ahead of the controller's, in seconds."""

    host: str
    low: float
    high: float


def clocks(inputs: Inputs) -> list[Located]:
    known = offsets(inputs)
    if len(known) < 2:
        return []
    low, high = agreed(known)
    right = [item.host for item in known if item.low <= high and item.high >= low]
    found = []
    for item in known:
        gap = max(item.low - high, low - item.high)
        if gap > WARNING_SECONDS:
            way = "ahead of" if item.low > high else "behind"
            message = f"its clock is at least {gap:.0f} s {way} {_others(right)}{', as against the controller' if low <= 0 <= high else ''}"
            found.append((error if gap > ERROR_SECONDS else warning)(item.host, "ClockSkew", message, REMEDY))
    return found


def _others(right: list[str]) -> str:
    return f"that of {right[0]}" if len(right) == 1 else f"those of {len(right)} other machines"


def offsets(inputs: Inputs) -> list[Offset]:
    found = {}
    for look in inputs.looks:
        clock, asked = machine_of(look).get("clock"), machine_of(look).get("asked")
        if clock and asked:
            found[look.host] = Offset(look.host, clock - asked[1], clock - asked[0])
    return list(found.values())


def agreed(known: list[Offset]) -> tuple[float, float]:
    """The bounds that most machines have in common; between equals, those nearest to the controller's clock."""
    edges = sorted([(item.low, 0) for item in known] + [(item.high, 1) for item in known])
    best, open_now = 0, 0
    regions: list[tuple[float, float]] = []
    for index, (position, closing) in enumerate(edges):
        open_now += -1 if closing else 1
        if not closing and open_now >= best:
            regions = regions if open_now == best else []
            best = open_now
            regions.append((position, edges[index + 1][0]))
    return min(regions, key=lambda region: max(region[0], -region[1], 0.0))


JUDGES = (clocks,)
