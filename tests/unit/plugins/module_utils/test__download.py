# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import io
import os
import tarfile
from typing import Any, Dict, List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _download as download
from ansible_collections.kubewright.cluster.plugins.module_utils import _fetch as fetching
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

CONTENT = b"#!/bin/sh\necho 1.31.2\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Answer(io.BytesIO):
    """Of a server, from wherever it sent its client in the end."""

    def __init__(self, content: bytes, url: str) -> None:
        super().__init__(content)
        self.url = url
        self.headers: Dict[str, str] = {}


@pytest.fixture
def url(tmp_path: Any) -> str:
    (tmp_path / "kubelet").write_bytes(CONTENT)
    (tmp_path / "kubelet.sha256").write_text(DIGEST.upper() + "  kubelet\n")
    return "file://{0}/kubelet".format(tmp_path)


def serve(monkeypatch: Any, content: bytes, answered: str = "") -> List[str]:
    asked: List[str] = []

    def ask(request: Any, **_options: Any) -> Answer:
        asked.append(request.full_url)
        return Answer(content, answered or request.full_url)

    monkeypatch.setattr(fetching, "_ask", ask)
    return asked


def test_a_given_digest_is_the_one_to_trust() -> None:
    assert download.trusted_digest("http://192.0.2.1/kubelet", "AB" * 32) == "ab" * 32


@pytest.mark.parametrize("given", ["abc", "g" * 64, "0" * 65])
def test_what_is_no_digest_is_refused(given: str) -> None:
    with pytest.raises(KubewrightError, match="must be 64 hexadecimal digits"):
        download.trusted_digest("https://example.com/kubelet", given)


def test_without_a_given_one_the_file_beside_it_says_the_digest(url: str, monkeypatch: Any) -> None:
    assert download.trusted_digest(url, None) == DIGEST
    assert serve(monkeypatch, DIGEST.encode()) == []
    assert download.trusted_digest("https://example.com/kubelet", None) == DIGEST


def test_plain_http_without_a_given_digest_is_refused(monkeypatch: Any) -> None:
    asked = serve(monkeypatch, DIGEST.encode())
    with pytest.raises(KubewrightError, match=r"http://192\.0\.2\.1/kubelet is plain http and no SHA-256 is given"):
        download.trusted_digest("http://192.0.2.1/kubelet", None)
    assert asked == []


def test_https_that_leads_to_plain_http_is_refused(monkeypatch: Any) -> None:
    serve(monkeypatch, DIGEST.encode(), "http://192.0.2.1/kubelet.sha256")
    with pytest.raises(KubewrightError, match="leads to http://192.0.2.1/kubelet.sha256, which nothing protects"):
        download.trusted_digest("https://example.com/kubelet", None)


@pytest.mark.parametrize("content", [b"", b"<html>", b"0123", b"\xff\xfe"])
def test_a_file_beside_it_that_holds_no_digest_is_an_error(monkeypatch: Any, content: bytes) -> None:
    serve(monkeypatch, content)
    with pytest.raises(KubewrightError, match=r"https://example.com/kubelet\.sha256 holds no SHA-256"):
        download.trusted_digest("https://example.com/kubelet", None)


def test_what_is_not_there_is_an_error(url: str) -> None:
    download.require(url)
    with pytest.raises(KubewrightError, match="cannot be fetched"):
        download.require(url + "-absent")


def test_the_digest_of_a_file(tmp_path: Any) -> None:
    (tmp_path / "there").write_bytes(CONTENT)
    assert download.file_digest(str(tmp_path / "there")) == DIGEST
    assert download.file_digest(str(tmp_path / "absent")) is None
    assert download.file_digest(str(tmp_path / "there" / "below")) is None


def test_a_program_is_placed_whole_and_executable(url: str, tmp_path: Any) -> None:
    path = tmp_path / "bin" / "kubelet"
    assert download.place(url, DIGEST, str(path)) == {str(path): DIGEST}
    assert path.read_bytes() == CONTENT and path.stat().st_mode & 0o777 == 0o755
    assert os.listdir(str(path.parent)) == ["kubelet"]


def test_a_program_with_another_digest_leaves_the_old_one(url: str, tmp_path: Any) -> None:
    path = tmp_path / "bin" / "kubelet"
    path.parent.mkdir()
    path.write_text("old")
    with pytest.raises(KubewrightError, match="expected was 0000"):
        download.place(url, "0" * 64, str(path))
    assert path.read_text() == "old" and os.listdir(str(path.parent)) == ["kubelet"]


def archive(tmp_path: Any, members: Dict[str, Tuple[bytes, int]]) -> Tuple[str, str]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as stream:
        folder = tarfile.TarInfo("./")
        folder.type = tarfile.DIRTYPE
        stream.addfile(folder)
        link = tarfile.TarInfo("./evil")
        link.type, link.linkname, link.mode = tarfile.SYMTYPE, "/etc/passwd", 0o777
        stream.addfile(link)
        for name, (content, mode) in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            stream.addfile(info, io.BytesIO(content))
    (tmp_path / "archive.tgz").write_bytes(packed.getvalue())
    return "file://{0}/archive.tgz".format(tmp_path), hashlib.sha256(packed.getvalue()).hexdigest()


def test_of_an_archive_only_its_programs_are_unpacked(tmp_path: Any) -> None:
    url, digest = archive(tmp_path, {"./bridge": (b"b", 0o755), "./LICENSE": (b"l", 0o644), "../up": (b"u", 0o755), "deep/er": (b"d", 0o755),
                                     "/tmp/absolute": (b"a", 0o755)})
    folder = tmp_path / "opt"
    assert download.unpack(url, digest, str(folder)) == {str(folder / "bridge"): hashlib.sha256(b"b").hexdigest()}
    assert os.listdir(str(folder)) == ["bridge"] and (folder / "bridge").stat().st_mode & 0o777 == 0o755


def test_of_an_archive_one_program_alone_may_be_meant(tmp_path: Any) -> None:
    url, digest = archive(tmp_path, {"crictl": (b"c", 0o755), "critest": (b"t", 0o755)})
    assert list(download.unpack(url, digest, str(tmp_path / "bin"), "crictl")) == [str(tmp_path / "bin" / "crictl")]
    with pytest.raises(KubewrightError, match="holds no program other"):
        download.unpack(url, digest, str(tmp_path / "bin"), "other")


def test_what_is_no_archive_is_an_error_and_nothing_is_left(url: str, tmp_path: Any) -> None:
    with pytest.raises(KubewrightError, match="is no archive that can be read"):
        download.unpack(url, DIGEST, str(tmp_path / "opt"))
    assert os.listdir(str(tmp_path / "opt")) == []


def test_an_archive_without_programs_is_an_error(tmp_path: Any) -> None:
    url, digest = archive(tmp_path, {"README": (b"r", 0o644)})
    with pytest.raises(KubewrightError, match=r"holds no program\. Check the address"):
        download.unpack(url, digest, str(tmp_path / "opt"))
