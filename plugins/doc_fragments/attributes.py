# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wording that every module's documentation shares."""


class ModuleDocFragment:
    """Standard fragment: full support of check mode and diff, Debian family tested."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Predicts the change without touching the machine or the cluster.
    support: full
  diff_mode:
    description: Shows what the change means, never a secret.
    support: full
  platform:
    description: Target systems; needs root.
    platforms: linux
    support: full
"""

    # Modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Reads only, so check mode makes no difference.
    support: full
  diff_mode:
    description: Reads only, so there is nothing to show.
    support: none
  platform:
    description: Target systems; needs root.
    platforms: linux
    support: full
"""
