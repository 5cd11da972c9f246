# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are found in every form that a log may hold them in, and nothing else is."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "molecule" / "resources"))

import secret_search
from secret_search import Secret

PASSWORD = 'pass"word/of\\registry'
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{'k' * 64}\n{'l' * 64}\nAbc=\n-----END RSA PRIVATE KEY-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("text", [
    PASSWORD, json.dumps({"a": PASSWORD}), f"https://user:{quote(PASSWORD, safe='')}@registry",
    encoded(PASSWORD), encoded("x" + PASSWORD + "tail"), encoded("xy" + PASSWORD), encoded("user:" + PASSWORD + "\n")])
def test_a_secret_is_found_in_every_form(text: str, tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "1.json").write_bytes(b"\0\xff before " + text.encode() + b" after")
    assert secret_search.files_with([Secret("password", PASSWORD)], tmp_path) == [("events/1.json", "password")]


def test_what_holds_it_on_purpose_is_passed_over_and_others_are_clean(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "ssh_key").write_text(PASSWORD)
    (tmp_path / "stdout").write_text("pass word of registry")
    assert secret_search.files_with([Secret("password", PASSWORD)], tmp_path, ("env/ssh_key",)) == []


@pytest.mark.parametrize("item,values", [
    ({"type": "bootstrap.kubernetes.io/token", "data": {"token-id": encoded("abcdef"), "token-secret": encoded("0123456789abcdef")}},
     ["abcdef.0123456789abcdef", "0123456789abcdef"]),
    ({"type": "Opaque", "data": {"tls.key": encoded(PEM), "ca.crt": encoded("public" * 9), "short": encoded("abc")}}, ["k" * 64, "l" * 64]),
    ({"type": "kubernetes.io/service-account-token", "data": {"token": encoded("eyJhbGciOi.x.y"), "namespace": encoded("kube-system")}}, ["eyJhbGciOi.x.y"]),
    ({"type": "Opaque"}, [])])
def test_secrets_of_objects(item: dict[str, Any], values: list[str]) -> None:
    found = secret_search.of_objects([{**item, "metadata": {"namespace": "n", "name": "s"}}])
    assert [secret.value for secret in found] == values and {secret.name for secret in found} <= {"Secret n/s"}


def test_secrets_of_files() -> None:
    files = {"/etc/kubernetes/pki/ca.key": PEM, "/etc/kubernetes/admin.conf": f"users:\n- user:\n    client-key-data: {encoded(PEM)}\n",
             "/etc/kubernetes/pki/encryption-at-rest.yaml": json.dumps({"keys": [{"name": "key1", "secret": "JYP4gBy4"}]})}

    def read(command: str) -> str:
        return "\n".join(files) if command.startswith("find") else next(text for path, text in files.items() if path in command)

    assert {secret.value for secret in secret_search.of_files(read)} == {"k" * 64, "l" * 64, encoded(PEM), "JYP4gBy4"}


@pytest.mark.parametrize("text,found", [("token abcdef.0123456789abcdef!", 1), ("key " + "0a" * 32, 1), ("sha256:" + "0a" * 32, 0), ("1.2.3 v1.20.2", 0)])
def test_what_looks_like_a_secret(text: str, found: int) -> None:
    assert len(secret_search.alike(text)) == found
