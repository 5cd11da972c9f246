import os
from pathlib import Path

from lab import engine


def test_a_pid_file_of_a_process_that_is_gone_or_another_is_removed(tmp_path: Path) -> None:
    gone, other = tmp_path / "gone.pid", tmp_path / "other.pid"
    gone.write_text("4194305\n")  # above the kernel's largest process number
    other.write_text(f"{os.getpid()}\n")
    for path in (gone, other, tmp_path / "none.pid"):
        engine.remove_stale(path, "dockerd")
    assert not gone.exists() and not other.exists()


def test_a_pid_file_of_the_program_itself_stays(tmp_path: Path) -> None:
    path = tmp_path / "own.pid"
    path.write_text(f"{os.getpid()}\n")
    engine.remove_stale(path, Path("/proc/self/comm").read_text().strip())
    assert path.exists()
