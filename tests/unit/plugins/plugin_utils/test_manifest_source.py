# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import manifest_source

TEXT = "kind: Namespace\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "calico.yaml").write_text(TEXT)
    return tmp_path / "calico.yaml"


def test_a_file_needs_no_digest_but_heeds_one(file: Path) -> None:
    assert manifest_source.text_of(str(file), "") == manifest_source.text_of(str(file), DIGEST) == TEXT
    with pytest.raises(KubewrightError, match="expected was 00"):
        manifest_source.text_of(str(file), "00")
    with pytest.raises(KubewrightError, match="cannot be read on the controller"):
        manifest_source.text_of(str(file) + "x", "")


def test_an_address_is_fetched_once_and_kept_by_its_digest(file: Path) -> None:
    address = file.as_uri()
    assert manifest_source.text_of(address, DIGEST) == TEXT
    file.unlink()
    assert manifest_source.text_of(address, DIGEST) == TEXT


def test_an_address_without_a_digest_and_with_a_wrong_one_is_not_used(file: Path) -> None:
    with pytest.raises(KubewrightError, match="nothing says what it has to be"):
        manifest_source.text_of(file.as_uri(), "")
    with pytest.raises(KubewrightError, match="it is not used"):
        manifest_source.text_of(file.as_uri(), "0" * 64)
    assert not list(file.parent.glob("cache/**/*.yaml")) and not (file.parent / "cache").exists()
