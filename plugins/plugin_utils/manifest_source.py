# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A published file, had by the controller: from its disk, or fetched once and kept by its digest. Private to the collection."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._files import write_whole


def text_of(place: str, sha256: str) -> str:
    """place: a file, or an address, which needs a digest: what the internet answers today is not what somebody has looked at."""
    if "://" not in place:
        return _checked(_read(Path(place).expanduser()), sha256, place)
    if not sha256:
        raise KubewrightError(f"{place} is to be fetched, and nothing says what it has to be. Give its SHA-256 beside it, or a file on the controller.")
    kept = _folder() / sha256
    if kept.is_file():
        return _checked(kept.read_bytes(), sha256, str(kept))
    text = _checked(fetch(place, 120), sha256, place)
    write_whole(str(kept), text)
    return text


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KubewrightError(f"{path} cannot be read on the controller: {error.strerror}") from error


def _checked(content: bytes, sha256: str, place: str) -> str:
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise KubewrightError(f"{place} has the SHA-256 {found}, expected was {sha256}. It is another file, or it was altered; it is not used.")
    return content.decode("utf-8")


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubewright" / "files"
