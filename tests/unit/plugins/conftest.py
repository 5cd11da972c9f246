# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake machine, for every test of the plugins."""

import contextlib
import os
import tempfile
from typing import Any, Callable

import pytest
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, captured_text


@pytest.fixture
def machine(tmp_path: Any, monkeypatch: Any) -> FakeMachine:
    """A machine without anything on it."""
    fake = FakeMachine(str(tmp_path / "machine"))
    fake.install(monkeypatch)
    return fake


@pytest.fixture
def captured() -> Callable[[str], str]:
    """What a program once printed, by its name below tests/unit/fixtures."""
    return captured_text


with contextlib.suppress(ImportError):
    import hypothesis
    from hypothesis import configuration

    # The same examples everywhere, nothing kept in the clone, no limit that a busy machine breaks.
    configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "kubewright-hypothesis"))
    hypothesis.settings.register_profile("kubewright", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("kubewright")
