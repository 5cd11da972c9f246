"""The bundle: everything a cluster needs without internet. docs/bundle.md is its specification.

This file knows the manifest: how it is written, read and checked. What goes into a bundle is the suppliers' business.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .cache import sha256
from .errors import LabError

SCHEMA = "kubewright.bundle/1"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    architecture: str
    path: str
    sha256: str
    size: int
    origin: str


@dataclass(frozen=True)
class Image:
    refs: list[str]
    kubernetes: str | None
    architecture: str
    path: str
    sha256: str
    size: int
    origin: str


class Purpose(NamedTuple):
    """What a file is called by its project, and which role takes it."""

    name: str
    purpose: str  # "for" in the manifest
    version: str


@dataclass(frozen=True)
class File:
    """A manifest of objects that a role applies, or an archive that it unpacks."""

    name: str
    purpose: str  # "for" in the manifest
    version: str
    path: str
    sha256: str
    size: int
    origin: str

    def document(self) -> dict[str, Any]:
        fields = asdict(self)
        return {"name": fields.pop("name"), "for": fields.pop("purpose"), **fields}


@dataclass(frozen=True)
class Release:
    """One version of Kubernetes in the bundle, and what a cluster's configuration has to say to use it."""

    architectures: list[str]
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    path: str
    sha256: str
    fingerprint: str


@dataclass(frozen=True)
class Manifest:
    supplier: str
    kubernetes: dict[str, Release]
    key: Key
    packages: list[Package]
    images: list[Image]
    files: list[File] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "supplier": self.supplier,
            "kubernetes": {version: asdict(release) for version, release in self.kubernetes.items()},
            "repositories": {
                "apt": {"path": "apt", "key": asdict(self.key), "packages": [asdict(one) for one in self.packages]},
                "rpm": None,
            },
            "images": [asdict(one) for one in self.images],
            "files": [one.document() for one in self.files],
        }


def write(manifest: Manifest, folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest.document(), indent=2) + "\n")


def read(folder: Path) -> dict[str, Any]:
    place = folder / "manifest.json"
    if not place.is_file():
        raise LabError(f"{folder} is no bundle: it has no manifest.json.")
    document: dict[str, Any] = json.loads(place.read_text())
    if document.get("schema") != SCHEMA:
        raise LabError(f"{place} says schema {document.get('schema')!r}; this lab knows {SCHEMA!r}.")
    return document


def verify(folder: Path) -> list[str]:
    """What differs between a bundle and its manifest; empty when nothing does."""
    document = read(folder)
    apt = document["repositories"]["apt"]
    problems = []
    for described in [apt["key"], *apt["packages"], *document["images"], *document.get("files", [])]:
        problems += differences(folder, described)
    return problems


def differences(folder: Path, described: dict[str, Any]) -> list[str]:
    name = described["path"]
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute():
        return [f"{name}: leads out of the bundle"]
    if not path.is_file():
        return [f"{name}: missing"]
    size = described.get("size")
    if size is not None and path.stat().st_size != size:
        return [f"{name}: {path.stat().st_size} bytes, the manifest says {size}"]
    found = sha256(path)
    if found != described["sha256"]:
        return [f"{name}: sha256 {found}, the manifest says {described['sha256']}"]
    return []


def require_whole(folder: Path) -> None:
    problems = verify(folder)
    if problems:
        raise LabError(f"The bundle {folder} does not match its manifest: {'; '.join(problems)}.")
