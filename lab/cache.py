"""Built things, kept by content: an entry is named by the hash of everything that decides what it holds.

An entry appears by one rename when it is whole, so an interrupted build leaves nothing that is taken for an entry; a
lock per entry lets two builds at the same time make it once.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .place import cache_folder
from .progress import say

Build = Callable[[Path], None]


def entry(kind: str, inputs: Mapping[str, Any], build: Build) -> Path:
    """The folder that `build` filled for these inputs, now or earlier."""
    place = cache_folder() / kind / key(inputs)
    if place.is_dir():
        return place
    with locked(place.with_suffix(".lock")):
        if not place.is_dir():
            make(place, inputs, build)
    return place


def make(place: Path, inputs: Mapping[str, Any], build: Build) -> None:
    partial = place.with_suffix(".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    build(partial)
    place.with_suffix(".json").write_text(json.dumps(inputs, indent=2, sort_keys=True) + "\n")
    flush(partial)
    partial.rename(place)


def key(inputs: Mapping[str, Any]) -> str:
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@contextmanager
def locked(place: Path) -> Iterator[None]:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build of {place.stem} in {place.parent.name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def flush(folder: Path) -> None:
    """Have the disk hold every file before the name says that they are whole."""
    for parent, _folders, files in os.walk(folder):
        for name in files:
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                flush_one(path)
        flush_one(Path(parent))


def flush_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(*paths: Path) -> str:
    """One hash of files and folders, by name and content."""
    total = hashlib.sha256()
    for top in paths:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(f"{path.relative_to(top.parent)}\0{sha256(path)}\n".encode())
    return total.hexdigest()


def sha256(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def folder(kind: str) -> Path:
    """A folder that only speeds things up: whatever is in it may be missing or old."""
    place = cache_folder() / kind
    place.mkdir(parents=True, exist_ok=True)
    return place


def remove() -> None:
    shutil.rmtree(cache_folder(), ignore_errors=True)
