# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake printer: tables as kubeadm prints them. For versions of which nothing was captured, and for values that a test makes up."""

from typing import List, Sequence

CERTIFICATE = ["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"]
AUTHORITY = ["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"]
CONFIGS = ["API GROUP", "CURRENT VERSION", "PREFERRED VERSION", "MANUAL UPGRADE REQUIRED"]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell and three blanks more, at least ten; the last cell stands as it is."""
    widths = [max(10, *(len(cell) + 3 for cell in column)) for column in zip(*[row[:-1] for row in rows])]
    return "".join("".join(cell.ljust(width) for cell, width in zip(row, widths)) + row[-1] + "\n" for row in rows)


def expirations(certificates: Sequence[Sequence[str]], authorities: Sequence[Sequence[str]]) -> str:
    """`kubeadm certs check-expiration`"""
    head = "[check-expiration] Reading configuration from the cluster...\n\n"
    return head + table([CERTIFICATE, *certificates]) + "\n" + table([AUTHORITY, *authorities])


def plan(description: str, header: List[str], manual: Sequence[Sequence[str]], components: Sequence[Sequence[str]], version: str, note: str = "") -> str:
    """One offer of `kubeadm upgrade plan`"""
    lines = []
    if manual:
        lines += ["Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':\n",
                  table([header, *manual]), "\n"]
    lines += ["Upgrade to the latest {0}:\n\n".format(description), table([header, *components]), "\n",
              "You can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply {0}\n\n".format(version)]
    if note:
        lines.append("Note: Before you can perform this upgrade, you have to update kubeadm to {0}.\n\n".format(note))
    return "".join([*lines, "_" * 69, "\n\n"])
