"""What somebody brings in a folder, and in the folders in it, told by what is in the files and not by what they are called."""

import os
from collections.abc import Iterator
from pathlib import Path

from . import cache
from .errors import LabError
from .progress import say

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tar.zst", ".docker", ".oci")
GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PACKERS = {GZIP: "gzip", ZSTANDARD: "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}  # by how a file begins
TAR, TAR_AT = b"ustar", 257
LISTED = 5


def files(folder: Path) -> list[Path]:
    """Archives, image layouts and manifests of objects; what else is there is said and left."""
    if not folder.is_dir():
        raise LabError(f"IMAGES={folder} is no folder; give one that holds image archives (docker save, or OCI layouts).")
    found: list[Path] = []
    left: list[Path] = []
    for path in everything(folder):
        (found if is_archive(path) or is_manifest(path) else left).append(path)
    if left:
        named = ", ".join(str(path.relative_to(folder)) for path in left[:LISTED])
        say(f"  neither image archives nor manifests, left out: {named}{f' and {len(left) - LISTED} more' if len(left) > LISTED else ''}")
    if not any(is_archive(path) for path in found):
        raise LabError(f"IMAGES={folder} holds no image archive; expected are files of `docker save` or `ctr images export`, or OCI layouts, packed or not.")
    return found


def everything(folder: Path) -> Iterator[Path]:
    """Files, and folders that are images by themselves."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not is_image_folder(path):
            yield from [] if path.is_symlink() else everything(path)
        elif path.exists():
            yield path


def is_image_folder(path: Path) -> bool:
    return (path / "index.json").is_file() or (path / "manifest.json").is_file()


def is_archive(path: Path) -> bool:
    if path.is_dir():
        return is_image_folder(path)
    return not is_manifest(path) and (path.name.endswith(ENDINGS) or bool(packer(path)) or is_tar(path))


def is_manifest(path: Path) -> bool:
    return path.is_file() and path.suffix in (".yaml", ".yml")


def packer(path: Path) -> str:
    """The program that a file was packed with as a whole; empty where it was not."""
    first = beginning(path)
    return next((program for start, program in PACKERS.items() if first.startswith(start)), "")


def is_tar(path: Path) -> bool:
    return beginning(path)[TAR_AT:].startswith(TAR)


def beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(512)
    except OSError as error:
        raise LabError(f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error


def digests(folder: Path) -> dict[str, str]:
    """What decides what a bundle gets from the folder."""
    return {str(path.relative_to(folder)): cache.digest(path) if path.is_dir() else cache.sha256(path) for path in files(folder)}
