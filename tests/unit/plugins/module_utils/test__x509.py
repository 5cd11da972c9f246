# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import base64
import contextlib
import datetime
import hashlib
import time
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _x509
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils import self_signed

x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402

pytest.importorskip("hypothesis")
from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

UTC = datetime.timezone.utc


def certificate(key: Any, begin: datetime.datetime, end: datetime.datetime) -> Any:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    return builder.serial_number(1).not_valid_before(begin).not_valid_after(end).sign(key, hashes.SHA256())


def pem(item: Any) -> str:
    return str(item.public_bytes(serialization.Encoding.PEM).decode())


def armoured(der: bytes) -> str:
    return "-----BEGIN CERTIFICATE-----\n{0}\n-----END CERTIFICATE-----\n".format(base64.b64encode(der).decode())


def pinned(key: Any) -> str:
    info = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "sha256:" + hashlib.sha256(info).hexdigest()


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
BEGIN, END = datetime.datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC), datetime.datetime(2036, 11, 19, 23, 59, 59, tzinfo=UTC)
DER = certificate(P256, BEGIN, END).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("key", [RSA, P256, P384])
def test_the_public_key_hash_is_that_of_the_subject_public_key_info(key: Any) -> None:
    assert [item.public_key_hash for item in _x509.certificates(pem(certificate(key, BEGIN, END)))] == [pinned(key)]


@pytest.mark.parametrize(("key", "algorithm"), [
    (RSA, "RSA-2048"), (P256, "ECDSA-P256"), (P384, "ECDSA-P384"), (ec.generate_private_key(ec.SECP521R1()), ""),
])
def test_the_kind_of_key_is_told_as_kubeadm_names_it(key: Any, algorithm: str) -> None:
    assert [item.algorithm for item in _x509.certificates(pem(certificate(key, BEGIN, END)))] == [algorithm]


@pytest.mark.parametrize(("begin", "end"), [
    (BEGIN, END),
    (datetime.datetime(1950, 1, 1, tzinfo=UTC), datetime.datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (datetime.datetime(1999, 12, 31, tzinfo=UTC), datetime.datetime(2126, 1, 1, tzinfo=UTC)),
])
def test_both_kinds_of_time_are_read(begin: datetime.datetime, end: datetime.datetime) -> None:
    found = _x509.certificates(pem(certificate(P256, begin, end)))[0]
    assert (found.not_before, found.not_after) == (begin.timestamp(), end.timestamp())


def test_the_time_zone_of_the_machine_does_not_matter(monkeypatch: Any) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert _x509.certificates(pem(certificate(P256, BEGIN, END)))[0].not_after == END.timestamp()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_several_certificates_come_in_their_order_and_text_around_them_is_ignored() -> None:
    keys: List[Any] = [RSA, P256, P384]
    text = "# comment\n".join(pem(certificate(key, BEGIN, END)) for key in keys) + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert [item.public_key_hash for item in _x509.certificates(text)] == [pinned(key) for key in keys]


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_text_without_a_whole_certificate_holds_none(text: str) -> None:
    assert _x509.certificates(text) == []


def test_the_committed_certificates_have_the_hashes_that_openssl_gives(captured: Callable[[str], str]) -> None:
    text = captured("x509/ca-rsa.crt") + captured("x509/ca-ecdsa.crt")
    assert [item.public_key_hash for item in _x509.certificates(text)] == [
        "sha256:ea1fb8cd2aefd01952a75d44345eebdddb503ac1b69377aafc179a72366082ae",
        "sha256:5d686124155a482a7b29a7accd016f7705056ef4b0490367d7bcfe3c23abbf64",
    ]


@pytest.mark.parametrize(("text", "words"), [
    ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", "not base64"),
    (armoured(b"\x30"), "middle of a field"),
    (armoured(b"\x30\x82"), "something else|shorter|middle"),
    (armoured(DER[:100]), "shorter than it says"),
    (armoured(b"\x02\x01\x00"), "something else"),
    (armoured(b"\x30\x00"), "something else"),
    (armoured(b"\x30\x02\x30\x00"), "something else"),
    (armoured(DER.replace(b"\x17\x0d", b"\x04\x0d")), "validity is no time: it is of another type"),
    (armoured(DER.replace(b"\x30\x1e\x17\x0d", b"\x30\x1e\x17\x1c")), "validity is no pair of times"),
    (armoured(DER.replace(b"\x17\x0d26", b"\x17\x0dxx")), "validity"),
    (armoured(DER.replace(b"\x17\x0d2611", b"\x17\x0d2699")), "validity"),
])
def test_garbage_is_an_error_that_a_person_can_read(text: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        _x509.certificates(text)


@given(st.binary(max_size=200))
def test_no_garbage_crashes_the_reader(data: bytes) -> None:
    with contextlib.suppress(KubewrightError):
        _x509.certificates(armoured(data))


@given(st.data())
def test_no_damaged_certificate_crashes_the_reader(data: Any) -> None:
    damaged = bytearray(DER)
    for _change in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(DER) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(KubewrightError):
        _x509.certificates(armoured(bytes(damaged)))


@pytest.mark.parametrize("groups", [[], ["developers"], ["developers", "testers"]])
def test_groups_of_a_client_certificate_are_told(groups: List[str]) -> None:
    (found,) = _x509.certificates(self_signed.pair("jane", groups=groups)[0])
    assert (found.common_name, list(found.organizations)) == ("jane", groups)
