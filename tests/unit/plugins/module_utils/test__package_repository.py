# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import json
from pathlib import Path
from typing import Any, Dict

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_repository as repositories
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

ONE, TWO = b"\x99\x01" + b"one" * 40, b"\x99\x01" + b"two" * 40


def given(**more: Any) -> Dict[str, Any]:
    empty: Dict[str, Any] = {"uri": None, "suite": "./", "components": "", "key": None, "key_url": [], "key_sha256": [], "apt": None, "rpm": None,
                             "repo_gpgcheck": True, "bundle_url": None, "bundle_sha256": None}
    return dict(empty, name="kubernetes", **more)


def test_a_family_s_own_values_come_before_the_common_ones() -> None:
    asked = given(uri="https://example.com/both", key="x", rpm={"uri": "https://example.com/rpm", "key": None, "key_url": ["https://example.com/key"]})
    assert repositories.of_family(asked, "apt")["uri"] == "https://example.com/both"
    found = repositories.of_family(asked, "rpm")
    assert (found["uri"], found["key"], found["key_url"]) == ("https://example.com/rpm", "x", ["https://example.com/key"])


def test_a_bundle_has_a_folder_for_each_family() -> None:
    assert [repositories.unread(given(bundle_url="http://192.0.2.5/"), family).uri for family in ("apt", "rpm")] == [
        "http://192.0.2.5/apt", "http://192.0.2.5/rpm"]


@pytest.mark.parametrize(("more", "words"), [
    ({}, "the repository kubernetes has neither uri nor bundle_url for apt"),
    ({"rpm": {"uri": "https://example.com"}}, "has neither uri nor bundle_url for apt"),
    ({"uri": "https://example.com"}, "the repository https://example.com has neither key nor key_url; unsigned repositories are not used"),
])
def test_what_is_incomplete_is_told(more: Dict[str, Any], words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        repositories.read(given(**more), "apt")


def test_keys_are_fetched_each_with_its_digest(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(ONE)
    (tmp_path / "two").write_text(repositories.armoured(TWO))
    urls = ["file://{0}/{1}".format(tmp_path, name) for name in ("one", "two")]
    digest = hashlib.sha256(ONE).hexdigest()
    found = repositories.read(given(uri="https://example.com", key_url=urls, key_sha256=[digest]), "rpm")
    assert found.keys == [ONE, TWO] and len(repositories.unread(given(uri="https://example.com", key_url=urls), "rpm").keys) == 2
    with pytest.raises(KubewrightError, match="has the SHA-256 {0}, expected was aa. Nothing was changed".format(digest)):
        repositories.read(given(uri="https://example.com", key_url=urls[:1], key_sha256=["aa"]), "rpm")


def test_the_key_of_a_bundle_is_the_one_its_manifest_names(tmp_path: Path) -> None:
    (tmp_path / "rpm.asc").write_text(repositories.armoured(ONE))
    key = {"path": "rpm.asc", "sha256": hashlib.sha256((tmp_path / "rpm.asc").read_bytes()).hexdigest()}
    manifest = {"schema": "kubewright.bundle/1", "kubernetes": {}, "images": [], "repositories": {"rpm": {"key": key}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    asked = given(bundle_url="file://{0}/".format(tmp_path))
    assert repositories.read(asked, "rpm").keys == [ONE]
    with pytest.raises(KubewrightError, match="has no apt repository; build one for this family of distributions"):
        repositories.read(asked, "apt")


@pytest.mark.parametrize("content", [b"", b"\x99", ONE, ONE * 9])
def test_a_key_is_the_same_as_text_and_as_bytes(content: bytes) -> None:
    assert repositories.binary(repositories.armoured(content).encode()) == content


def test_the_checksum_is_that_of_the_standard() -> None:
    assert repositories.armoured(b"\x99").splitlines() == [
        "-----BEGIN PGP PUBLIC KEY BLOCK-----", "", "mQ==", "=sK08", "-----END PGP PUBLIC KEY BLOCK-----"]


def test_a_text_may_have_headers_and_hold_several_keys() -> None:
    head = "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\nVersion: GnuPG v2\r\n\r\n"
    first = head + "\r\n".join(repositories.armoured(ONE).splitlines()[2:])
    assert repositories.binary((first + "\n" + repositories.armoured(TWO)).encode()) == ONE + TWO
    assert repositories.binary(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----") == b"\x99"
