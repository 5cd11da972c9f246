"""What the user sees during long steps: which of how many, for how long, and the end of the log when one fails."""

import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .command import logged_process
from .errors import LabError

MARK = "==> "  # a line of a build script that is meant for the user
SILENCE = 20.0  # seconds without news before the user is told that it still runs
LAST_LINES = 30

_started = time.monotonic()


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def say(text: str) -> None:
    print(f"[lab {clock(time.monotonic() - _started)}] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """A step that says when it starts and how long it took."""
    began = time.monotonic()
    say(f"{title} …")
    yield
    say(f"{title}: done in {clock(time.monotonic() - began)}")


def build(argv: Sequence[str], log: Path, *, data: bytes = b"", title: str) -> None:
    """Run a long build: everything into its log, its marked lines to the user, the log's end if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as record, logged_process(argv, data) as process:
        follow(process, record.write, title)
    if process.returncode != 0:
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        shown = "\n    ".join(lines)
        raise LabError(f"{title} failed ({process.returncode}). The end of {log}:\n    {shown}")


def follow(process: "subprocess.Popen[bytes]", keep: Callable[[bytes], int], title: str) -> None:
    began, news = time.monotonic(), title
    if process.stdout is None:
        raise LabError(f"{title}: nothing to follow")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        pending = b""
        while True:
            if not selector.select(timeout=SILENCE):
                say(f"  {news}, {clock(time.monotonic() - began)}")
                continue
            chunk = process.stdout.read1(65536)  # type: ignore[attr-defined]
            if not chunk:
                return
            keep(chunk)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                if text.startswith(MARK):
                    news = text.removeprefix(MARK)
                    say(f"  {news}, {clock(time.monotonic() - began)}")
