"""Manifests of objects that somebody brings beside the images: which a role asks for, and of which version."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .place import CLONE


@dataclass(frozen=True)
class Found:
    name: str  # as its project calls it
    purpose: str
    version: str


CALICO = re.compile(r"^\s*(?:- )?image: *[\"']?\S*calico[/-]node:v(\d+\.\d+\.\d+)", re.MULTILINE)
# Calico publishes it in several forms. The role takes the plain one, and what it has to have and must not have tells it.
NEEDED = tuple(re.compile(line, re.MULTILINE) for line in (r"^kind: DaemonSet$", r"^  calico_backend: ", r"^kind: CustomResourceDefinition$"))
OTHERS = (re.compile(r"^  etcd_endpoints: ", re.MULTILINE), re.compile(r"calico[/-]typha:v"), re.compile(r"FELIX_BPFENABLED\W+value: *\W?true"))


def look(path: Path) -> Found | None:
    """calico.yaml, by what is in it, whatever the file is called."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found = CALICO.search(text)
    if found and all(part.search(text) for part in NEEDED) and not any(part.search(text) for part in OTHERS):
        return Found("calico.yaml", "calico", found[1])
    return None


def elsewhere() -> list[Path]:
    """Where the tests have manifests from; a folder of images may lack the one that belongs to them."""
    folder = Path(os.environ.get("KUBEWRIGHT_MANIFESTS") or CLONE.parent / "shared" / "manifests")
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def fitting(paths: Sequence[Path], versions: Sequence[str]) -> list[Path]:
    """Of these, for each version its own; else the newest of its line, which the role takes with the other's images."""
    known = {found.version: path for path in paths if (found := look(path))}
    chosen = [best(version, list(known)) for version in versions]
    return [known[version] for version in dict.fromkeys(filter(None, chosen))]


def best(wanted: str, known: Sequence[str]) -> str:
    line = [version for version in known if numbers(version)[:2] == numbers(wanted)[:2]]
    return wanted if wanted in known else max(line, key=numbers, default="")


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
