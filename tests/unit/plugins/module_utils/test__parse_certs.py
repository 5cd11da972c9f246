# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_certs as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_output as fake

NAMES = ["admin.conf", "apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "controller-manager.conf", "etcd-healthcheck-client",
         "etcd-peer", "etcd-server", "front-proxy-client", "scheduler.conf", "super-admin.conf"]
YEAR_2027 = 1830297480  # 2027-12-31 23:58 UTC
ROW = ["apiserver", "Dec 31, 2027 23:58 UTC", "364d", "ca", "no      "]
CA_ROW = ["ca", "Dec 31, 2027 23:58 UTC", "9y", "no      "]


def one(row: List[str]) -> parse.Certificate:
    return parse.check_expiration(fake.expirations([row], [CA_ROW]))[0]


@pytest.mark.parametrize("name", ["certs-check-expiration.txt", "certs-check-expiration.json"])
def test_captured_expirations_are_read(captured: Callable[[str], str], name: str) -> None:
    found = parse.check_expiration(captured("kubeadm/1.34.2/" + name))
    assert [item.name for item in found] == [*NAMES, "ca", "etcd-ca", "front-proxy-ca"]
    assert {item.expires // 60 * 60 for item in found if not item.is_authority} == {1826755080}
    assert {item.expires // 60 * 60 for item in found if item.is_authority} == {2110579080}
    assert [item.authority for item in found] == ["ca", "ca", "etcd-ca", "ca", "ca", "etcd-ca", "etcd-ca", "etcd-ca", "front-proxy-ca", "ca", "ca"] + [""] * 3
    assert [item.is_authority for item in found] == [False] * 11 + [True] * 3
    assert not [item for item in found if item.missing or item.externally_managed]


def test_a_kubeconfig_s_row_may_be_without_its_ca() -> None:
    """So do 1.17 to 1.20."""
    assert one(["admin.conf", ROW[1], ROW[2], "", "no"]) == parse.Certificate("admin.conf", YEAR_2027, "", False, False, False)


@pytest.mark.parametrize("residual", ["9y", "364d", "23h", "59m", "1s", "0s", "<invalid>"])
def test_what_is_left_of_a_certificate_may_have_any_unit(residual: str) -> None:
    assert one([ROW[0], ROW[1], residual, *ROW[3:]]) == parse.Certificate("apiserver", YEAR_2027, "ca", False, False, False)


def test_a_certificate_of_somebody_else_s_ca_is_told() -> None:
    assert one([*ROW[:4], "yes     "]).externally_managed


def test_what_is_missing_is_told() -> None:
    found = parse.check_expiration(fake.expirations([ROW, ["!MISSING! etcd-peer", "", "", "", ""]], [CA_ROW, ["!MISSING! etcd-ca", "", "", ""]]))
    assert [(item.name, item.missing, item.is_authority, item.expires) for item in found] == [
        ("apiserver", False, False, YEAR_2027), ("etcd-peer", True, False, 0), ("ca", False, True, YEAR_2027), ("etcd-ca", True, True, 0)]


def test_warnings_between_the_rows_are_skipped() -> None:
    text = fake.expirations([ROW], [CA_ROW]).replace("\nca ", "\nW1121 00:00:04.410822    1305 version.go:108] could not\nca ")
    found = parse.check_expiration('Command "check-expiration" is deprecated, please use the same command under "kubeadm certs"\n' + text)
    assert [item.name for item in found] == ["apiserver", "ca"]


@pytest.mark.parametrize(("item", "expected"), [
    ('{"name": "ca", "missing": true}', parse.Certificate("ca", 0, "", False, True, False)),
    ('{"name": "x", "expirationDate": "2027-12-31T23:58:00Z", "externallyManaged": true}', parse.Certificate("x", YEAR_2027, "", True, False, False)),
    ('{"name": "x", "expirationDate": "2028-01-01T07:58:00+08:00", "caName": "ca"}', parse.Certificate("x", YEAR_2027, "ca", False, False, False)),
])
def test_json_may_leave_out_what_is_not_so(item: str, expected: parse.Certificate) -> None:
    text = '{"kind": "CertificateExpirationInfo", "certificates": [' + item + '], "certificateAuthorities": null}'
    assert parse.check_expiration(text) == [expected]


@pytest.mark.parametrize("text", [
    "", "error", fake.table([fake.CERTIFICATE]), '{"kind": "CertificateExpirationInfo"}', '{"kind": "Images"}', "{",
    '{"kind": "CertificateExpirationInfo", "certificates": {}}', '{"kind": "CertificateExpirationInfo", "certificates": [1]}',
    '{"kind": "CertificateExpirationInfo", "certificates": [{"name": "ca"}]}',
    '{"kind": "CertificateExpirationInfo", "certificates": [{"name": "ca", "expirationDate": "soon"}]}',
    '{"kind": "CertificateExpirationInfo", "certificates": [{"name": 1, "missing": true}]}',
])
def test_what_tells_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed"):
        parse.check_expiration(text)


@pytest.mark.parametrize("row", [
    ["apiserver", "Dec 32, 2027 23:58 UTC", *ROW[2:]], ["apiserver", "Dez 31, 2027 23:58 UTC", *ROW[2:]], ["apiserver", "Dec 31, 2027 23:58 CET", *ROW[2:]],
    ["apiserver", "2027-12-31", *ROW[2:]], [*ROW[:2], "long", *ROW[3:]], [*ROW[:4], "perhaps"], ["apiserver", "", "", "", ""],
])
def test_a_row_that_cannot_be_read_is_an_error(row: List[str]) -> None:
    with pytest.raises(KubewrightError):
        one(row)


@pytest.mark.parametrize(("name", "expected"), [("certs-renew-all.txt", NAMES), ("certs-renew-one.txt", ["apiserver"])])
def test_a_captured_renewal_is_read(captured: Callable[[str], str], name: str, expected: List[str]) -> None:
    assert parse.renewal(captured("kubeadm/1.34.2/" + name)) == parse.Renewal(expected, [], [])


@pytest.mark.parametrize(("text", "expected"), [
    ("MISSING! certificate for serving etcd\n", ([], ["etcd-server"], [])),
    ("Detected external front-proxy-ca, certificate for the front proxy client can't be renewed\n", ([], [], ["front-proxy-client"])),
    ("certificate of a later version renewed\n", (["certificate of a later version"], [], [])),
])
def test_what_was_not_renewed_is_told(text: str, expected: Any) -> None:
    assert parse.renewal(text) == parse.Renewal(*expected)


@pytest.mark.parametrize("text", ["", "error", "[renew] nothing was renewed\n"])
def test_a_renewal_of_nothing_is_an_error(text: str) -> None:
    with pytest.raises(KubewrightError, match="nothing about certificates"):
        parse.renewal(text)
