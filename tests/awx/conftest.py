"""Controllers for the tests: one that has nothing, one that has everything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from workstation import Bench, bench  # noqa: E402 - its folder has to be found first


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Bench]:
    """A controller that has nothing yet."""
    with bench(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One that a first run has given everything. Each test leaves it as it was."""
    with bench(tmp_path_factory.mktemp("workstation")) as found:
        found.first_run = found.well("-vvv")
        found.first_written = found.written
        yield found
