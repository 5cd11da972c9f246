# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs from an address to their place, each proven by its SHA-256 before it is there. Private to the collection."""

import contextlib
import hashlib
import os
import re
import tarfile
from typing import Callable, Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch, fetch_to, size

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def trusted_digest(url: str, given: Optional[str]) -> str:
    """The given one, else what the file beside it says, which counts only where nobody on the way can have written it."""
    if given:
        found = given.lower()
        if not _DIGEST.match(found):
            raise KubewrightError("the SHA-256 given for {0} is {1!r}; it must be 64 hexadecimal digits".format(url, given))
        return found
    if url.startswith("http://"):
        raise KubewrightError("{0} is plain http and no SHA-256 is given for it; whoever is on the way could answer with anything. "
                              "Give its digest, or an address with https://.".format(url))
    words = fetch(url + ".sha256").decode("ascii", "replace").lower().split()
    if not words or not _DIGEST.match(words[0]):
        raise KubewrightError("{0}.sha256 holds no SHA-256. Check the address, or give the digest yourself.".format(url))
    return words[0]


def require(url: str) -> None:
    """KubewrightError where nothing is to be had there."""
    size(url)


def file_digest(path: str) -> Optional[str]:
    """None where there is no such file."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return digest.hexdigest()


def place(url: str, sha256: str, path: str) -> Dict[str, str]:
    """A program: whole and proven, or the old one. Returns what is there now, path and digest."""
    _into(path, lambda part: fetch_to(url, part, sha256))
    return {path: sha256}


def unpack(url: str, sha256: str, folder: str, only: Optional[str] = None) -> Dict[str, str]:
    """The programs of an archive, all at its top or the one that is named with its place, in a folder; each whole or the old one."""
    os.makedirs(folder, mode=0o755, exist_ok=True)
    packed = "{0}/.kubewright-{1}.tar".format(folder, os.getpid())
    try:
        fetch_to(url, packed, sha256)
        with open(packed, "rb") as stream, tarfile.open(fileobj=stream) as archive:
            placed = [_extracted(archive, member, folder) for member in _programs(archive, only)]
    except tarfile.TarError as error:
        raise KubewrightError("{0} is no archive that can be read: {1}".format(url, error)) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(packed)
    if not placed:
        raise KubewrightError("{0} holds no program{1}. Check the address.".format(url, " " + only if only else ""))
    return {path: str(file_digest(path)) for path in placed}


def _programs(archive: tarfile.TarFile, only: Optional[str]) -> List[tarfile.TarInfo]:
    """Executable files; folders, links and texts are left."""
    found = []
    for member in archive.getmembers():
        name = os.path.normpath(member.name)
        if member.isfile() and member.mode & 0o100 and (name == only or (only is None and "/" not in name)):
            found.append(member)
    return found


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: str) -> str:
    path = "{0}/{1}".format(folder, os.path.basename(os.path.normpath(member.name)))
    source = archive.extractfile(member)

    def write(part: str) -> None:
        with open(part, "wb") as stream:
            for block in iter(lambda: source.read(1 << 20) if source else b"", b""):
                stream.write(block)

    _into(path, write)
    return path


def _into(path: str, write: Callable[[str], None]) -> None:
    """In the same folder first, since only there a rename replaces what is there in one step."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    part = "{0}/.{1}.kubewright-{2}".format(os.path.dirname(path), os.path.basename(path), os.getpid())
    try:
        write(part)
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fchmod(descriptor, 0o755)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
