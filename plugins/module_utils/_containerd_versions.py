# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of containerd, and the versions of CRI that they speak. Pure. Private to the collection."""

from typing import List, Tuple


def numbers(version: str) -> Tuple[int, ...]:
    """Of a version in any form that packages and programs have: 1.7.24~ds1, 1.6.33-1, 2:1.2.0, 2.1.9+unknown."""
    plain = version.rpartition(":")[2].lstrip("v")
    for mark in "-~+":
        plain = plain.partition(mark)[0]
    parts = plain.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def spoken(version: Tuple[int, ...]) -> List[str]:
    """v1alpha2 until 1.7, and v1 from 1.6 on."""
    return [name for name, speaks in (("v1", version >= (1, 6)), ("v1alpha2", version < (2,))) if speaks]
