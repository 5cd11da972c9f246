"""Manifests of objects that somebody brings beside the images: which a role asks for, and of which version."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Found:
    name: str  # as its project calls it
    purpose: str
    version: str


CALICO = re.compile(r"^\s*(?:- )?image: *[\"']?\S*calico/node:v(\d+\.\d+\.\d+)", re.MULTILINE)


def look(path: Path) -> Found | None:
    """calico.yaml, by the image of its node daemon, whatever the file is called."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found = CALICO.search(text)
    if found and "kind: DaemonSet" in text and "customresourcedefinition" in text.lower():
        return Found("calico.yaml", "calico", found[1])
    return None
