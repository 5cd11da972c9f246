"""Where things are: the clone, one lab's folder, the cache that survives `make clean`."""

import os
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
LAB = CLONE / "lab"


def lab_folder(name: str) -> Path:
    return CLONE / ".lab" / name


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "kubewright"
