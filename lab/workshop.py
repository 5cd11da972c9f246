"""Run the scripts of lab/builder/ in a throw-away container of the builder image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import docker
from .place import LAB, cache_folder
from .progress import build

SCRIPTS = LAB / "builder"


@dataclass(frozen=True)
class Job:
    """One script, what it is told, and the folders it sees (place in the container: folder of this machine)."""

    script: str
    title: str
    settings: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, Path] = field(default_factory=dict)
    writes: Mapping[str, Path] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()  # places in memory


def perform(job: Job, image: str) -> None:
    docker.remove(container_name(job))  # left by a run that was killed; the entry's lock is ours
    text = (SCRIPTS / f"{job.script}.sh").read_bytes()
    log = cache_folder() / "logs" / f"{job.title.replace(' ', '-').replace('/', '-')}.log"
    build(command(job, image), log, data=text, title=job.title)


def container_name(job: Job) -> str:
    """One name per cache entry that is being built."""
    entry = next(iter(job.writes.values()))
    return f"kubewright-lab-{entry.parent.name}-{entry.stem}"


def command(job: Job, image: str) -> list[str]:
    return [
        "docker",
        "run",
        "--rm",
        f"--name={container_name(job)}",
        "--interactive",
        "--init",
        f"--label={docker.LABEL}={docker.BUILD}",
        *(f"--env={name}={value}" for name, value in job.settings.items()),
        *(f"--volume={folder}:{place}:ro" for place, folder in job.reads.items()),
        *(f"--volume={folder}:{place}" for place, folder in job.writes.items()),
        *(f"--tmpfs={place}:exec" for place in job.scratch),
        image,
        "/bin/sh",
        "-s",
    ]
