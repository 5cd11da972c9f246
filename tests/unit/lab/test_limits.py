import os
from pathlib import Path

import pytest

from lab import engine, limits
from lab.command import start_daemon


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel of two files, and a memory of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(limits, "_setting", lambda name: tmp_path / "sys" / name)
    for name, value in (("fs/inotify/max_user_instances", 128), ("fs/inotify/max_user_watches", 1000000)):
        (tmp_path / "sys" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys" / name).write_text(f"{value}\n")
    return tmp_path / "sys" / "fs" / "inotify"


def test_a_limit_that_is_too_low_is_raised_and_put_back(kernel: Path) -> None:
    limits.ensure()
    limits.ensure()
    assert (kernel / "max_user_instances").read_text() == "8192"
    assert (kernel / "max_user_watches").read_text() == "1000000\n"
    limits.restore()
    assert (kernel / "max_user_instances").read_text() == "128"
    limits.restore()
    assert (kernel / "max_user_instances").read_text() == "128"


def test_a_limit_that_somebody_else_has_set_since_stays(kernel: Path) -> None:
    limits.ensure()
    (kernel / "max_user_instances").write_text("9000\n")
    limits.restore()
    assert (kernel / "max_user_instances").read_text() == "9000\n"


def test_only_the_engine_that_we_started_is_stopped(tmp_path: Path) -> None:
    pid = start_daemon(["sleep", "600"], tmp_path / "log")
    engine.remember(engine.Remembered(pid=pid, started_at=0, packages=["docker.io"]))
    assert engine.stop() == ["docker.io"]
    assert engine.start_time(pid) is not None
    engine.remember(engine.Remembered(pid=pid, started_at=engine.start_time(pid)))
    engine.stop()
    assert engine.start_time(pid) is None
    os.waitpid(pid, 0)
