# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _phases as phases


@pytest.mark.parametrize("operation", sorted(phases.PHASES))
def test_an_operation_names_each_of_its_phases_once(operation: str) -> None:
    names = phases.PHASES[operation]
    assert len(set(names)) == len(names) >= 2 and phases.RESET not in names


def test_a_phase_is_skipped_with_all_below_it() -> None:
    assert phases.skipped("preflight", "control-plane-prepare all") == ("preflight", "control-plane-prepare")
    assert phases.skipped() == ()
