# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a real cluster, and whether a text or a folder holds any of them, as they are or in the forms that programs write them in."""

from __future__ import annotations

import base64
import binascii
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
KEY = re.compile(r"\b[0-9a-f]{64}\b")
# What may look like one of the two: digests with their algorithm's name before them.
DIGEST = re.compile(r"sha256[:\"', ]+[0-9a-f]{64}")
# Of a PEM only the lines in its middle are random enough to be searched for; the last one may be a few letters.
LINE = 40
SHORTEST = 8


class Secret(NamedTuple):
    """name: where it was found, for whoever reads a failure, which must not show the value."""

    name: str
    value: str


def alike(text: str) -> list[str]:
    """What looks like a bootstrap token or a certificate key, whoever made it."""
    return TOKEN.findall(text) + KEY.findall(DIGEST.sub("", text))


def of_files(read: Callable[[str], str]) -> list[Secret]:
    """read: runs a command as root on a control plane. Private keys, kubeconfigs with their keys and tokens, keys of encryption at rest."""
    found: list[Secret] = []
    for path in read("find /etc/kubernetes /var/lib/kubelet/pki -name '*.key' -o -path '*/pki/*.pem' -o -name '*.conf' -o -name '*encryption*'").split():
        text = read(f"test -f {path} && cat {path} || true")
        found += [Secret(path, line) for line in pem_lines(text)]
        for value in re.findall(r"(?:client-key-data|token|secret)\"?: *[\"']?([^\s\"']+)", text):
            found += [Secret(path, value), *(Secret(path, line) for line in pem_lines(decoded(value)))]
    return [secret for secret in found if len(secret.value) >= SHORTEST]


def of_objects(items: list[dict[str, Any]]) -> list[Secret]:
    """Every value of Secrets: bootstrap tokens, certificate keys of upload-certs, ServiceAccounts' tokens, what people put there."""
    return [secret for item in items for secret in _of_object(item)]


def _of_object(item: dict[str, Any]) -> Iterator[Secret]:
    name = f"Secret {item['metadata']['namespace']}/{item['metadata']['name']}"
    values = {key: decoded(value) for key, value in (item.get("data") or {}).items()}
    if item.get("type") == "bootstrap.kubernetes.io/token":
        yield Secret(name, f"{values['token-id']}.{values['token-secret']}")
        values = {"token-secret": values["token-secret"]}
    public = ("ca.crt", "namespace", "description", "expiration", "auth-extra-groups")
    for key, value in values.items():
        if key not in public and len(value) >= SHORTEST:
            yield from (Secret(name, line) for line in pem_lines(value) or value.splitlines()[:1])


def pem_lines(text: str) -> list[str]:
    """Of private keys only; certificates are public."""
    keys = re.findall(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", text, re.DOTALL)
    return [line for key in keys for line in key.split() if len(line) >= LINE]


def decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""


def forms(value: str) -> set[str]:
    """As it is, in JSON, in an address, and in base64 at each of the three places that it may begin at."""
    raw = value.encode()
    found = {value, json.dumps(value)[1:-1], quote(value, safe="")}
    for begin in range(3):
        # The letters at both ends depend on the neighbours.
        encoded = base64.b64encode(b"\0" * begin + raw).decode()[4 if begin else 0:]
        found.add(encoded.rstrip("=")[: -2 if len(raw) + begin & 3 else None])
    return {form for form in found if len(form) >= SHORTEST}


def files_with(secrets: list[Secret], folder: Path, passed_over: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(file, name of the secret). passed_over: paths below the folder that hold them on purpose."""
    patterns = {form: secret.name for secret in secrets for form in forms(secret.value)}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as listed:  # readable by its owner only
        listed.write("\n".join(patterns) + "\n")
        listed.flush()
        command = ["grep", "--recursive", "--text", "--fixed-strings", "--only-matching", "--no-messages", "--file", listed.name, "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    hits = (line.partition(":") for line in done.stdout.splitlines())
    return sorted({(path.removeprefix("./"), patterns.get(match, "?")) for path, _colon, match in hits
                   if not path.removeprefix("./").startswith(passed_over or ("\0",))})
