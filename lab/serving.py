"""Serve a bundle to the nodes: one container on the lab's network, read-only, plain HTTP as a mirror would."""

import hashlib
import ipaddress
from pathlib import Path

from . import docker
from .network import BUNDLE_HOST
from .state import State

PORT = 8080


def url(state: State) -> str:
    return f"http://{ipaddress.IPv4Network(state.subnet)[BUNDLE_HOST]}:{PORT}"


def trust_anchor(bundle: Path) -> str:
    """What a node has to know to trust everything in the bundle."""
    return hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()


def ensure(state: State, image: str) -> None:
    found = docker.inspect("container", state.bundle_container)
    if found is not None:
        serves = next((mount["Source"] for mount in found["Mounts"] if mount["Destination"] == "/bundle"), None)
        if serves == state.bundle and found["State"]["Running"]:
            return
        docker.remove(state.bundle_container)
    docker.docker(
        "run",
        "--detach",
        f"--name={state.bundle_container}",
        f"--label={docker.LABEL}={state.name}",
        f"--network={state.name}",
        f"--ip={ipaddress.IPv4Network(state.subnet)[BUNDLE_HOST]}",
        "--restart=unless-stopped",
        "--init",
        "--entrypoint=python3",
        f"--volume={state.bundle}:/bundle:ro",
        image,
        "-u",
        "-m",
        "http.server",
        "--directory",
        "/bundle",
        str(PORT),
    )
