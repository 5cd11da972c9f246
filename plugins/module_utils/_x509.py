# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The little that must be read of an X.509 certificate with the standard library alone. Private to the collection.

Nodes have no `cryptography`, and calling openssl per file costs more than reading six fields of DER.
"""

import base64
import binascii
import calendar
import hashlib
import re
import time
from typing import List, NamedTuple, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _EXPLICIT_VERSION = 0x30, 0x17, 0x18, 0xA0
_COMMON_NAME, _ORGANIZATION = b"\x55\x04\x03", b"\x55\x04\x0a"


class Certificate(NamedTuple):
    """What kubeadm's rules need of a certificate."""

    public_key_hash: str  # "sha256:<64 hex>" of the SubjectPublicKeyInfo, as kubeadm pins it
    not_before: int  # seconds since the epoch
    not_after: int
    common_name: str = ""  # of whom it is about
    algorithm: str = ""  # as kubeadm names it; empty for keys that kubeadm does not make
    organizations: Tuple[str, ...] = ()  # which Kubernetes takes for groups


# Length of the SubjectPublicKeyInfo by kubeadm's names; no two of them are alike.
_ALGORITHMS = {294: "RSA-2048", 422: "RSA-3072", 550: "RSA-4096", 91: "ECDSA-P256", 120: "ECDSA-P384"}


def certificates(pem: str) -> List[Certificate]:
    """Every certificate of a PEM text, in its order; KubewrightError where one cannot be read."""
    return [_parse(_decode(body)) for body in _PEM.findall(pem)]


def fingerprints(pem: str) -> List[str]:
    """Of every certificate of a PEM text: SHA-256 of the whole, in hexadecimal, as browsers and openssl show it."""
    return [hashlib.sha256(_decode(body)).hexdigest() for body in _PEM.findall(pem)]


def _decode(body: str) -> bytes:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise KubewrightError("a certificate is not base64: {0}".format(error)) from error


def _element(data: bytes, offset: int) -> Tuple[int, int, int]:
    """Tag, start and end of the value of the DER element at offset."""
    try:
        tag, length, start = data[offset], data[offset + 1], offset + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[start:start + size], "big")
            start += size
    except IndexError as error:
        raise KubewrightError("a certificate ends in the middle of a field") from error
    if start + length > len(data):
        raise KubewrightError("a certificate is shorter than it says")
    return tag, start, start + length


def _children(data: bytes, start: int, end: int) -> List[Tuple[int, int, int, int]]:
    found = []
    while start < end:
        tag, inner, stop = _element(data, start)
        found.append((tag, start, inner, stop))
        start = stop
    return found


def _parse(der: bytes) -> Certificate:
    tag, start, end = _element(der, 0)
    outer = _children(der, start, end) if tag == _SEQUENCE else []
    fields = _children(der, *outer[0][2:]) if outer else []
    if fields and fields[0][0] == _EXPLICIT_VERSION:
        fields = fields[1:]
    if len(fields) < 6:
        raise KubewrightError("a file that should hold an X.509 certificate holds something else")
    validity = _children(der, *fields[3][2:])
    if len(validity) != 2:
        raise KubewrightError("a certificate's validity is no pair of times")
    key = der[fields[5][1]:fields[5][3]]
    return Certificate(
        "sha256:" + hashlib.sha256(key).hexdigest(),
        _timestamp(der, validity[0]),
        _timestamp(der, validity[1]),
        "".join(_subject(der, fields[4], _COMMON_NAME)[:1]),
        _ALGORITHMS.get(len(key), ""),
        tuple(_subject(der, fields[4], _ORGANIZATION)),
    )


def _subject(der: bytes, subject: Tuple[int, int, int, int], wanted: bytes) -> List[str]:
    found = []
    for _tag, _start, inner, stop in _children(der, *subject[2:]):
        for attribute in _children(der, inner, stop):
            parts = _children(der, *attribute[2:])
            if len(parts) == 2 and der[parts[0][2]:parts[0][3]] == wanted:
                found.append(der[parts[1][2]:parts[1][3]].decode("utf-8", "replace"))
    return found


def _timestamp(der: bytes, field: Tuple[int, int, int, int]) -> int:
    text = der[field[2]:field[3]].decode("ascii", "replace")
    if field[0] == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        if field[0] not in (_UTC_TIME, _GENERALIZED_TIME):
            raise ValueError("it is of another type")
        return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ"))
    except ValueError as error:
        raise KubewrightError("a certificate's validity is no time: {0}".format(error)) from error
