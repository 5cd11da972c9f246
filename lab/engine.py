"""The Docker engine: use the one that answers, else install Debian's and start it. What we did is remembered, so that
`make distclean` undoes exactly that."""

import json
import os
import shutil
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import apt, docker
from .command import run, start_daemon
from .errors import LabError
from .machine import Machine, look
from .place import cache_folder
from .progress import say

PACKAGES = ["debootstrap", "iproute2", "openssh-client"]
START_LIMIT = 60  # seconds until a started engine has to answer
# A killed engine leaves these, and a new one refuses to start when some other process has got the number since.
PID_FILES = {Path("/var/run/docker.pid"): "dockerd", Path("/var/run/docker/containerd/containerd.pid"): "containerd"}


@dataclass
class Remembered:
    """What this lab changed on the machine."""

    pid: int | None = None
    started_at: int | None = None  # clock ticks since boot; tells our process from a later one with the same pid
    unit: bool = False  # started as a systemd unit
    packages: list[str] = field(default_factory=list)


def ensure() -> Machine:
    """An engine that answers, and the facts of this machine."""
    answers = docker.answers()
    install(PACKAGES if answers or shutil.which("dockerd") else [*PACKAGES, "docker.io"])
    facts = look()
    if not answers:
        start(facts)
    limits = run(["docker", "info", "--format", "{{.OSType}}/{{.Architecture}}"]).strip()
    if limits != "linux/x86_64":
        raise LabError(f"The Docker engine that answers here runs {limits}; the lab needs linux/x86_64.")
    return facts


def install(needed: list[str]) -> None:
    """Install what is missing of these packages, and remember what came with it."""
    missing = sorted(set(needed) - apt.installed_packages())
    if not missing:
        return
    say(f"installing {', '.join(missing)} from Debian")
    added = apt.install(missing)
    remembered = recall()
    remembered.packages = sorted({*remembered.packages, *added})
    remember(remembered)


def start(machine: Machine) -> None:
    remembered = recall()
    if machine.systemd:
        say("starting the Docker engine (systemctl start docker)")
        run(["systemctl", "start", "docker"])
        remembered.unit = True
    else:
        say("starting the Docker engine by hand (process 1 is not systemd)")
        log = cache_folder() / "engine.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        for path, program in PID_FILES.items():
            remove_stale(path, program)
        remembered.pid = start_daemon(["dockerd", "--mtu", str(machine.mtu)], log)
        remembered.started_at = start_time(remembered.pid)
    remember(remembered)
    wait_until_it_answers()


def remove_stale(pid_file: Path, program: str) -> None:
    """Remove a file that names a process which is not this program (any more)."""
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text())
    if start_time(pid) is None or Path(f"/proc/{pid}/comm").read_text().strip() != program:
        pid_file.unlink()


def wait_until_it_answers() -> None:
    limit = time.monotonic() + START_LIMIT
    while not docker.answers():
        if time.monotonic() > limit:
            log = cache_folder() / "engine.log"
            raise LabError(f"The Docker engine gave no answer within {START_LIMIT} s; {log} says why.")
        time.sleep(0.5)


def stop() -> list[str]:
    """Stop the engine if we started it; returns the packages that stay installed because of us."""
    remembered = recall()
    if remembered.unit:
        run(["systemctl", "stop", "docker", "docker.socket"])
    elif remembered.pid and remembered.started_at and start_time(remembered.pid) == remembered.started_at:
        os.kill(remembered.pid, signal.SIGTERM)
        wait_until_gone(remembered.pid)
    remember(Remembered(packages=remembered.packages))
    return remembered.packages


def wait_until_gone(pid: int) -> None:
    limit = time.monotonic() + START_LIMIT
    while start_time(pid) is not None:
        if time.monotonic() > limit:
            raise LabError(f"The Docker engine (process {pid}) did not stop within {START_LIMIT} s after SIGTERM.")
        time.sleep(0.2)


def start_time(pid: int) -> int | None:
    """When a process started; None when it is gone (or only its exit status is left)."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] == "Z" else int(after_name[19])


def memory() -> Path:
    return cache_folder() / "engine.json"


def recall() -> Remembered:
    if memory().is_file():
        return Remembered(**json.loads(memory().read_text()))
    return Remembered()


def remember(remembered: Remembered) -> None:
    memory().parent.mkdir(parents=True, exist_ok=True)
    memory().write_text(json.dumps(asdict(remembered), indent=2) + "\n")
