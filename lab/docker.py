"""What the lab asks of the Docker engine, through its own command line client."""

import json
import tarfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from .command import attempt, feed, run, succeeds
from .errors import LabError

BUILD = "build"  # the label's value on what only lives while something is built
LABEL = "kubewright.lab"  # on every container, volume, network and image that the lab makes; its value names the lab


def docker(*arguments: str, data: str | None = None) -> str:
    return run(["docker", *arguments], data=data).strip()


def answers() -> bool:
    return succeeds(["docker", "info"], timeout=30)


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """What the engine knows of one object; None when it is not there."""
    found = attempt(["docker", kind, "inspect", name])
    if found.returncode != 0:
        if "no such" in found.stderr.lower() or "not found" in found.stderr.lower():
            return None
        raise LabError(f"docker {kind} inspect {name}: {found.stderr.strip()}")
    described: dict[str, Any] = json.loads(found.stdout)[0]
    return described


def labelled(kind: str, value: str | None = None) -> list[str]:
    """Identities of the objects of one lab, or of every lab."""
    wanted = LABEL if value is None else f"{LABEL}={value}"
    everything = ["--all"] if kind == "container" else []
    return docker(kind, "ls", *everything, "--quiet", "--filter", f"label={wanted}").split()


def running(container: str) -> bool:
    found = inspect("container", container)
    return bool(found and found["State"]["Running"])


def remove(container: str) -> None:
    """Remove a container with its own volumes, if it is there."""
    if inspect("container", container) is not None:
        docker("rm", "--force", "--volumes", container)


def archive(files: Mapping[str, bytes | Path], executable: Sequence[str] = ()) -> bytes:
    """A small tar of files by their absolute name, to be unpacked at / of a container."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            body = content if isinstance(content, bytes) else content.read_bytes()
            member = tarfile.TarInfo(name.lstrip("/"))
            member.size = len(body)
            member.mode = 0o755 if name in executable else 0o644
            tar.addfile(member, BytesIO(body))
    return packed.getvalue()


def unpack(container: str, packed: bytes) -> None:
    """Put a tar's files at their place in a container, running or not."""
    feed(["docker", "cp", "-", f"{container}:/"], packed)
