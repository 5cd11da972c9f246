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

    # The same few examples everywhere, nothing kept in the clone, no limit that a busy machine breaks; `make fuzz` looks for new ones.
    configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "kubewright-hypothesis"))
    hypothesis.settings.register_profile("kubewright", max_examples=50, derandomize=True, database=None, deadline=None)
    hypothesis.settings.register_profile(
        "fuzz", max_examples=int(os.environ.get("KUBEWRIGHT_FUZZ") or 1), database=None, deadline=None, print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("fuzz" if os.environ.get("KUBEWRIGHT_FUZZ") else "kubewright")
