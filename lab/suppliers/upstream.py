"""Kubernetes as its project publishes it: packages of pkgs.k8s.io, images of registry.k8s.io. Needs internet."""

import shutil
import threading
import urllib.error
import urllib.request
from pathlib import Path

from .. import assembly, cache
from ..errors import LabError
from ..filling import Filling
from ..workshop import SCRIPTS, Job, perform

REPOSITORY = "https://pkgs.k8s.io"
RELEASES = "https://dl.k8s.io/release"
FINGERPRINT = "DE15B14486CD377B9E876E1A234654DA9A296436"  # isv:kubernetes OBS Project
OLDEST_MINOR, NEWEST_MINOR = 24, 37  # oldest: the repository has no earlier one; newest: what this project knows
PATIENCE = 3.0  # seconds


class Upstream:
    name = "upstream"

    def __init__(self, builder: str) -> None:
        self.builder = builder

    def default_versions(self) -> list[str]:
        return [newest_patch(NEWEST_MINOR)]

    def inputs(self, versions: list[str]) -> dict[str, object]:
        for version in versions:
            require_published(version)
        return {"repository": REPOSITORY, "key": FINGERPRINT}

    def fill(self, filling: Filling, versions: list[str]) -> None:
        for version in versions:
            self.add(filling, version, self.fetch(version))
        assembly.add_verification_image(filling)

    def fetch(self, version: str) -> Path:
        inputs = {"version": version, "script": cache.digest(SCRIPTS / "upstream.sh"), "key": FINGERPRINT}
        settings = {"VERSION": version, "REPOSITORY": REPOSITORY, "FINGERPRINT": FINGERPRINT}

        def build(folder: Path) -> None:
            require_reachable()
            perform(Job("upstream", f"upstream {version}", settings, writes={"/out": folder}), self.builder)

        return cache.entry("upstream", inputs, build)

    def add(self, filling: Filling, version: str, fetched: Path) -> None:
        for file in sorted((fetched / "packages").glob("*.deb")):
            if not filling.has_package(file.name):
                filling.add_package(file, f"{REPOSITORY}, signed by {FINGERPRINT}")
        for name, ref in listed_images((fetched / "images" / "list").read_text()):
            if not filling.has_image(ref):
                with filling.new_archive([ref], image_version(ref, version), ref.partition("/")[0]) as target:
                    shutil.copyfile(fetched / "images" / name, target)
        filling.add_release(version, {})


def listed_images(text: str) -> list[tuple[str, str]]:
    return [(line.split()[0], line.split()[1]) for line in text.splitlines()]


def image_version(ref: str, version: str) -> str | None:
    """The Kubernetes version an image belongs to; etcd, DNS and pause have versions of their own."""
    return version if ref.endswith(f":v{version}") and "/kube-" in ref else None


def require_published(version: str) -> None:
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise LabError(f"VERSION={version} is not a full version such as 1.{NEWEST_MINOR}.0.")
    if not OLDEST_MINOR <= int(parts[1]) <= NEWEST_MINOR:
        raise LabError(
            f"VERSION={version}: the upstream supplier has 1.{OLDEST_MINOR} to 1.{NEWEST_MINOR} "
            f"({REPOSITORY} holds nothing older). For 1.20 use SUPPLIER=debian, for your own builds SUPPLIER=directory."
        )


def newest_patch(minor: int) -> str:
    try:
        return get(f"{RELEASES}/stable-1.{minor}.txt").strip().removeprefix("v")
    except OSError as problem:
        advice = f"give VERSION=1.{minor}.x"
        raise LabError(f"{RELEASES} does not tell its newest 1.{minor} ({problem}); {advice}.") from problem


def require_reachable() -> None:
    if not answers():
        raise LabError(
            f"{REPOSITORY} does not answer from this machine within {PATIENCE:.0f} s, and the upstream supplier "
            "needs it. Check the internet connection and proxy, or use SUPPLIER=debian (needs only Debian's mirror)."
        )


def answers() -> bool:
    """Whether the project's repository can be used from here; name resolution that hangs counts as no."""
    heard: list[bool] = []

    def listen() -> None:
        try:
            get(f"{REPOSITORY}/core:/stable:/v1.{NEWEST_MINOR - 1}/deb/Release.key")
            heard.append(True)
        except OSError:
            heard.append(False)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listener.join(PATIENCE)
    return heard == [True]


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - constants of this file, all https
        text: str = answer.read().decode()
        return text
