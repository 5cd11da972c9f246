# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Join material that kubeadm prints, read. Pure; tolerant of wording, strict on values. Private to the collection.

No error of these repeats what it found: it may be a secret.
"""

import re
from typing import List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_text as text_of
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

TOKEN = re.compile(r"\A[a-z0-9]{6}\.[a-z0-9]{16}\Z")
CERTIFICATE_KEY = re.compile(r"\A[0-9a-f]{64}\Z")
CA_HASH = re.compile(r"\Asha256:[0-9a-f]{64}\Z")
ENDPOINT = re.compile(r"\A(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):[0-9]{1,5}\Z")
_LIFE = re.compile(r"\A(?:[0-9]+[smhdy]|<forever>|<invalid>)\Z")
_WITHHELD = "<withheld>"


class JoinCommand(NamedTuple):
    """The parts of a printed `kubeadm join`."""

    endpoint: str
    token: str  # empty where kubeadm was told to keep it back
    ca_cert_hashes: List[str]
    control_plane: bool = False
    certificate_key: str = ""  # empty for a worker, where it was kept back, and where nothing was uploaded


class Token(NamedTuple):
    """A bootstrap token of the cluster."""

    token: str
    expires: Optional[int]  # seconds since the epoch; None: never
    usages: List[str]
    description: str
    groups: List[str]

    @property
    def id(self) -> str:
        """Its public part."""
        return self.token.split(".")[0]


def join_commands(text: str) -> List[JoinCommand]:
    """Every `kubeadm join HOST:PORT …` of a text; runs of blanks, line continuations and several hashes are fine."""
    words = text.replace("<value withheld>", _WITHHELD).replace("\\\r\n", " ").replace("\\\n", " ").split()
    starts = [index for index in range(len(words) - 2) if words[index:index + 2] == ["kubeadm", "join"] and not words[index + 2].startswith("--")]
    return [_command(words[start + 2], words[start + 3:end]) for start, end in zip(starts, [*starts[1:], len(words)])]


def join_command(text: str) -> JoinCommand:
    """The last one, of `kubeadm token create --print-join-command`."""
    found = join_commands(text)
    if not found:
        raise KubewrightError("kubeadm printed no join command")
    if not found[-1].token:
        raise KubewrightError("kubeadm printed a join command without its token")
    return found[-1]


def _command(endpoint: str, options: List[str]) -> JoinCommand:
    tokens, hashes, keys = (_values(options, name) for name in ("--token", "--discovery-token-ca-cert-hash", "--certificate-key"))
    if not ENDPOINT.match(endpoint):
        raise KubewrightError("kubeadm printed a join command without a host:port to join")
    if not tokens or not (TOKEN.match(tokens[-1]) or tokens[-1] == _WITHHELD):
        raise KubewrightError("kubeadm printed a join command without a well-formed token")
    if not hashes or not all(CA_HASH.match(value) for value in hashes):
        raise KubewrightError("kubeadm printed a join command without a well-formed CA certificate hash")
    if keys and not (CERTIFICATE_KEY.match(keys[-1]) or keys[-1] == _WITHHELD):
        raise KubewrightError("kubeadm printed a join command without a well-formed certificate key")
    return JoinCommand(endpoint, _told(tokens), hashes, "--control-plane" in options, _told(keys))


def _values(words: List[str], name: str) -> List[str]:
    return [value for option, value in zip(words, words[1:]) if option == name]


def _told(values: List[str]) -> str:
    return values[-1] if values and values[-1] != _WITHHELD else ""


def certificate_keys(text: str) -> List[str]:
    """Every line of 64 hexadecimal digits and nothing else."""
    return [line.strip() for line in text.splitlines() if CERTIFICATE_KEY.match(line.strip())]


def certificate_key(text: str) -> str:
    """The key of `kubeadm init phase upload-certs` or `kubeadm certs certificate-key`."""
    keys = certificate_keys(text)
    if len(keys) != 1:
        raise KubewrightError("kubeadm printed {0} certificate keys where one was expected".format(len(keys)))
    return keys[0]


def tokens(text: str) -> List[Token]:
    """`kubeadm token list`: JSON documents one after another, or the table for people. No output is no token."""
    documents = text_of.documents_of(text, "BootstrapToken")
    if documents is not None:
        return [_from_json(document) for document in documents]
    lines = [line.strip() for line in text.splitlines() if line.strip() and not text_of.is_noise(line)]
    if lines and lines[0].split()[:3] != ["TOKEN", "TTL", "EXPIRES"]:
        raise KubewrightError("kubeadm printed something else where a list of tokens was asked")
    return [_from_row(line) for line in lines[1:]]


def _from_json(document: object) -> Token:
    expires = text_of.value(document, "expires", str, "")
    strings = [text_of.value(document, name, list, []) for name in ("usages", "groups")]
    if not all(isinstance(item, str) for items in strings for item in items):
        raise KubewrightError("kubeadm printed a token whose usages or groups are not words")
    return _token(text_of.value(document, "token", str), text_of.timestamp(expires) if expires else None, strings[0],
                  text_of.value(document, "description", str, ""), strings[1])


def _from_row(line: str) -> Token:
    """Only the description may have blanks in it, so the others are counted from both ends."""
    cells = line.split(None, 4)
    tail = cells[4].rsplit(None, 1) if len(cells) == 5 else []
    if len(tail) != 2 or not TOKEN.match(cells[0]) or not _LIFE.match(cells[1]):
        raise KubewrightError("kubeadm printed a row about a token that cannot be read")
    return _token(cells[0], None if cells[2] == "<never>" else text_of.timestamp(cells[2]), _list(cells[3]),
                  "" if tail[0] == "<none>" else tail[0], _list(tail[1]))


def _list(cell: str) -> List[str]:
    return [] if cell == "<none>" else cell.split(",")


def _token(token: str, expires: Optional[int], usages: List[str], description: str, groups: List[str]) -> Token:
    if not TOKEN.match(token):
        raise KubewrightError("kubeadm printed a token that is not well-formed")
    return Token(token, expires, usages, description, groups)
