# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test instrument, not kubeadm: kill_phases.py puts it on a node as /usr/local/bin/kubeadm. It runs the real one and kills at one exact point.

Each line of the real kubeadm goes through a pipe that holds one line. The line of the point is looked at and left in the pipe, so kubeadm does
the work that follows it and then stands still in printing the next line: that is the moment. What to kill is in ORDER, what was seen in RECORD.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REAL = "/usr/bin/kubeadm"
ORDER, RECORD, DONE = Path("/run/kubewright-kill.json"), Path("/run/kubewright-kill.record"), Path("/run/kubewright-kill.done")
MARKER = Path("/var/lib/kubewright/operation.json")
F_SETPIPE_SZ, ONE_LINE = 1031, 65536
WRITE = {"1", "64"}  # the system call on x86_64 and arm64
LIBC = ctypes.CDLL(None, use_errno=True)


def masked(line: str) -> str:
    """A line without what differs from run to run."""
    return re.sub(r"[0-9a-f]{12,}|[0-9][0-9.]*", "#", line.strip())[:160]


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


def phase() -> str:
    try:
        return str(json.loads(MARKER.read_text()).get("phase", ""))
    except (OSError, ValueError):
        return ""


def kill(order: dict[str, Any], child: int) -> None:
    """The module is two above: between it and this program is `timeout`."""
    ORDER.unlink()
    DONE.write_text(json.dumps(dict(order, phase=phase(), at=time.time())))
    timeout = os.getppid()
    module = parent(timeout)
    victims = {"both": [module, timeout, child], "kubeadm": [child], "module": [module]}[order["variant"]]
    for process in victims:
        if process:
            os.kill(process, signal.SIGKILL)
    if order["variant"] != "module":
        os.kill(os.getpid(), signal.SIGKILL)


def peek(pipe: int) -> bytes:
    """The pipe's line, which stays in it; empty at the end."""
    copy, into = os.pipe()
    try:
        LIBC.tee(pipe, into, ONE_LINE, 0)
        os.close(into)
        return os.read(copy, ONE_LINE)
    finally:
        os.close(copy)


def stands_still(child: subprocess.Popen[bytes]) -> bool:
    """It has ended, or one of its threads is in writing to its standard output."""
    if child.poll() is not None:
        return True
    try:
        for thread in Path(f"/proc/{child.pid}/task").iterdir():
            words = (thread / "syscall").read_text().split()
            if len(words) > 1 and words[0] in WRITE and words[1] == "0x1":
                return True
    except OSError:
        return child.poll() is not None
    return False


def watched(order: dict[str, Any], argv: list[str]) -> int:
    reader, writer = os.pipe2(os.O_DIRECT)
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    child = subprocess.Popen([REAL, *argv], stdout=writer, close_fds=False)
    os.close(writer)
    left = order.get("nth", 1)
    while True:
        text = peek(reader)
        if not text:
            break
        for line in text.decode("utf-8", "replace").splitlines():
            record({"line": masked(line), "phase": phase()})
            if order.get("line") and masked(line) == order["line"]:
                left -= 1
                if left == 0:
                    if order["mode"] == "after":
                        while not stands_still(child):
                            time.sleep(0.005)
                    kill(order, child.pid)
        sys.stdout.buffer.write(os.read(reader, ONE_LINE))
        sys.stdout.flush()
    return child.wait()


def record(entry: dict[str, str]) -> None:
    with RECORD.open("a") as stream:
        stream.write(json.dumps(entry) + "\n")


def main() -> int:
    argv = sys.argv[1:]
    if argv[:1] not in (["init"], ["join"], ["token"]) or argv[:2] in (["token", "list"], ["token", "create"]):
        os.execv(REAL, [REAL, *argv])
    call = "token delete" if argv[0] == "token" else " ".join(argv).split(" --config", maxsplit=1)[0]
    record({"call": call, "phase": phase()})
    order = json.loads(ORDER.read_text()) if ORDER.exists() else {}
    if order.get("call") == call and not order.get("line") and order["mode"] == "before":
        kill(order, 0)
    here = order if order.get("call") == call else {}
    code = watched(here, argv)
    if here and not here.get("line") and here["mode"] == "after":
        kill(here, 0)
    return code


if __name__ == "__main__":
    sys.exit(main())
