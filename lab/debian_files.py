"""Files out of Debian's packages, of any suite, without installing them."""

from dataclasses import dataclass
from pathlib import Path

from . import apt, cache
from .workshop import SCRIPTS, Job, perform

# Maintainer scripts' tools: what they serve is never run in an image.
LEFT_OUT = "debconf perl-base dpkg tar init-system-helpers"


@dataclass(frozen=True)
class Extracted:
    root: Path
    versions: dict[str, str]
    suite: str

    def origin(self, package: str) -> str:
        return f"Debian {self.suite}, package {package} {self.versions[package]}"


def extract(image: str, suite: str, packages: tuple[str, ...], *, dependencies: bool = False) -> Extracted:
    inputs = {
        "suite": suite,
        "packages": list(packages),
        "dependencies": dependencies,
        "left out": LEFT_OUT,
        "script": cache.digest(SCRIPTS / "extract-packages.sh"),
    }
    settings = {
        "SOURCES": apt.sources(apt.archive(), suite),
        "PACKAGES": " ".join(packages),
        "DEPENDENCIES": "yes" if dependencies else "no",
        "LEFT_OUT": LEFT_OUT,
    }

    def build(folder: Path) -> None:
        title = f"{packages[0]} of {suite}"
        perform(Job("extract-packages", title, settings, writes={"/out": folder}), image)

    made = cache.entry("debian-files", inputs, build)
    lines = (made / "versions").read_text().split("\n")
    return Extracted(made / "root", dict(line.split(" ", 1) for line in lines if line), suite)
