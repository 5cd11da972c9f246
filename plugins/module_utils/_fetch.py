# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching by address: http(s) and file alike, with a digest where one is known. Private to the collection."""

import hashlib
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any, Iterator, Optional
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._proxies import proxies_for

_SCHEMES = ("http://", "https://", "file:///")
_CHUNK = 1 << 20


def _ask(request: Request, timeout: int) -> Any:
    """Not ansible's urls.py, which would multiply what a node imports for a task."""
    return build_opener(ProxyHandler(proxies_for(request.full_url))).open(request, timeout=timeout)


@contextmanager
def _open(url: str, method: str, seconds: int) -> Iterator[Any]:
    """The answer; what goes wrong while it is read is told like what goes wrong before."""
    if not url.startswith(_SCHEMES):
        raise KubewrightError("{0!r} is no address; it must begin with http://, https:// or file:///".format(url))
    try:
        with _ask(Request(url, method=method), timeout=seconds) as answer:  # noqa: S310 - the scheme is checked above
            _refuse_a_way_down(url, getattr(answer, "url", url))
            yield answer
    except (OSError, HTTPException, ValueError) as error:  # URLError is an OSError
        status = {"status": error.code} if isinstance(error, HTTPError) else {}
        raise KubewrightError("{0} cannot be fetched: {1}. Check the address, the network and the proxy of this machine."
                              .format(url, getattr(error, "reason", error)), **status) from error


def _refuse_a_way_down(asked: str, answered: str) -> None:
    """Whoever asks by https trusts the answer for that."""
    if asked.startswith("https://") and not answered.startswith("https://"):
        raise KubewrightError("{0} leads to {1}, which nothing protects on the way. Give the address that is meant.".format(asked, answered))


def fetch(url: str, seconds: int = 30) -> bytes:
    """The whole content, for what is small."""
    with _open(url, "GET", seconds) as answer:
        return bytes(answer.read())


def size(url: str, seconds: int = 30) -> Optional[int]:
    """Its length in bytes, where the server tells."""
    with _open(url, "HEAD", seconds) as answer:
        length = answer.headers.get("Content-Length")
        return int(length) if length else None


def fetch_to(url: str, path: str, sha256: str, seconds: int = 60) -> None:
    """Into a file; KubewrightError where the digest differs."""
    digest = hashlib.sha256()
    with _open(url, "GET", seconds) as answer, open(path, "wb") as stream:
        for block in iter(lambda: answer.read(_CHUNK), b""):
            digest.update(block)
            stream.write(block)
    if digest.hexdigest() != sha256:
        raise KubewrightError("{0} has the SHA-256 {1}, expected was {2}. It was altered or did not arrive whole; it is not used."
                              .format(url, digest.hexdigest(), sha256))
