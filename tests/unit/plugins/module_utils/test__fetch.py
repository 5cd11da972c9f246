# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import http.client
import io
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _fetch as fetching
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

CONTENT = b"content" * 1000


@pytest.fixture
def url(tmp_path: Any) -> str:
    (tmp_path / "file").write_bytes(CONTENT)
    return "file://" + str(tmp_path / "file")


def test_a_file_is_fetched_whole(url: str) -> None:
    assert fetching.fetch(url) == CONTENT
    assert fetching.size(url) == len(CONTENT)


def test_a_file_with_the_right_digest_is_kept(url: str, tmp_path: Any) -> None:
    fetching.fetch_to(url, str(tmp_path / "copy"), hashlib.sha256(CONTENT).hexdigest())
    assert (tmp_path / "copy").read_bytes() == CONTENT


def test_a_file_with_another_digest_is_an_error_that_says_both(url: str, tmp_path: Any) -> None:
    with pytest.raises(KubewrightError, match="has the SHA-256 {0}, expected was f{{64}}.*not used".format(hashlib.sha256(CONTENT).hexdigest())):
        fetching.fetch_to(url, str(tmp_path / "copy"), "f" * 64)


@pytest.mark.parametrize("address", ["", "registry.example.com", "/etc/passwd", "ftp://192.0.2.1/x", "file://host/x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(KubewrightError, match="must begin with http://, https:// or file:///"):
        fetching.fetch(address)


def test_an_absent_file_is_an_error_with_the_address(tmp_path: Any) -> None:
    with pytest.raises(KubewrightError, match="cannot be fetched: .*No such file.*Check the address"):
        fetching.fetch("file://{0}/absent".format(tmp_path))


@pytest.mark.parametrize("failure", [URLError("refused"), ConnectionResetError("reset"), http.client.BadStatusLine("garbage"), ValueError("Invalid URL")])
def test_a_server_that_does_not_answer_properly_is_one_error(monkeypatch: Any, failure: Exception) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise failure

    monkeypatch.setattr(fetching, "_ask", broken)
    for action in (fetching.fetch, fetching.size):
        with pytest.raises(KubewrightError, match="http://192.0.2.1/x cannot be fetched"):
            action("http://192.0.2.1/x")


class Torn(io.BytesIO):
    """A connection that is reset in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.headers = {"Content-Length": None}

    def read(self, *_args: Any) -> bytes:
        raise ConnectionResetError("reset by peer")


def test_a_connection_that_is_torn_in_the_middle_is_one_error(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(fetching, "_ask", lambda *_args, **_options: Torn())
    with pytest.raises(KubewrightError, match="cannot be fetched: reset by peer"):
        fetching.fetch("http://192.0.2.1/x")
    with pytest.raises(KubewrightError, match="cannot be fetched: reset by peer"):
        fetching.fetch_to("http://192.0.2.1/x", str(tmp_path / "copy"), "0" * 64)


def test_a_size_that_the_server_does_not_tell_is_unknown(monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "_ask", lambda *_args, **_options: Torn())
    assert fetching.size("http://192.0.2.1/x") is None


def test_the_status_of_an_answer_is_kept_as_evidence(monkeypatch: Any) -> None:
    def absent(*_args: Any, **_options: Any) -> None:
        raise HTTPError("http://192.0.2.1/x", 404, "Not Found", {}, None)  # type: ignore[arg-type]

    monkeypatch.setattr(fetching, "_ask", absent)
    with pytest.raises(KubewrightError, match="cannot be fetched: Not Found") as caught:
        fetching.fetch("http://192.0.2.1/x")
    assert caught.value.evidence == {"status": 404}


def test_a_machine_s_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "proxies_for", lambda url: {"http": "http://127.0.0.1:1"} if url == "http://192.0.2.1/x" else {})
    with pytest.raises(KubewrightError, match="refused"):
        fetching.fetch("http://192.0.2.1/x", seconds=5)
