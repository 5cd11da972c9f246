# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd says of its units. Private to the collection."""

from typing import Dict, List, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner


def told(shown: str) -> List[Dict[str, str]]:
    """What `systemctl show` prints: a block of lines for each unit."""
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in shown.split("\n\n")]


def units(run: Runner, names: Sequence[str], *properties: str) -> List[Dict[str, str]]:
    """The properties of each unit, in the order of the names; of a unit that is not installed systemd tells LoadState=not-found."""
    return told(run(["systemctl", "show", "--property=" + ",".join(properties), *names]).stdout)


def unit(run: Runner, name: str, *properties: str) -> Dict[str, str]:
    return units(run, [name], *properties)[0]
