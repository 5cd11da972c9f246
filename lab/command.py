"""Run programs of this machine: argument lists only, and an error that shows what the program said."""

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from .errors import LabError


def run(
    argv: Sequence[str],
    *,
    data: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Standard output of a program that has to succeed."""
    finished = attempt(argv, data=data, env=env, timeout=timeout)
    if finished.returncode != 0:
        said = (finished.stderr or finished.stdout).strip() or "it said nothing"
        raise LabError(f"{shlex.join(argv[:6])} … ended with {finished.returncode}: {said[-2000:]}")
    return finished.stdout


def attempt(
    argv: Sequence[str],
    *,
    data: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program whose failure is an answer."""
    try:
        return subprocess.run(  # noqa: S603 - argument lists only, never a shell
            argv, input=data, env=env, timeout=timeout, text=True, capture_output=True, check=False
        )
    except FileNotFoundError as missing:
        raise LabError(f"{argv[0]} is not installed on this machine; install it and run again.") from missing
    except subprocess.TimeoutExpired as late:
        raise LabError(f"{shlex.join(argv[:6])} … gave no answer within {timeout:.0f} s.") from late


def succeeds(argv: Sequence[str], timeout: float | None = None) -> bool:
    try:
        return attempt(argv, timeout=timeout).returncode == 0
    except LabError:
        return False


def feed(argv: Sequence[str], data: bytes) -> None:
    """Run a program that reads bytes."""
    finished = subprocess.run(argv, input=data, capture_output=True, check=False)  # noqa: S603 - as above
    if finished.returncode != 0:
        said = finished.stderr.decode(errors="replace").strip()
        raise LabError(f"{shlex.join(argv[:6])} … ended with {finished.returncode}: {said[-2000:]}")


def start_daemon(argv: Sequence[str], log: Path) -> int:
    """Start a program that outlives this one, in a session of its own; returns its process id."""
    with log.open("ab") as record:
        return subprocess.Popen(  # noqa: S603 - as above
            argv, stdin=subprocess.DEVNULL, stdout=record, stderr=record, start_new_session=True
        ).pid


@contextmanager
def logged_process(argv: Sequence[str], data: bytes) -> "Iterator[subprocess.Popen[bytes]]":
    """A program with its input given and both its outputs in one pipe; it does not survive its reader."""
    with TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - as above
            argv, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    try:
        yield process
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
