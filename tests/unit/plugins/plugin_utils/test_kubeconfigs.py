# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import datetime
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.plugin_utils import kubeconfigs

x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
KEY = ec.generate_private_key(ec.SECP256R1())


def kubeconfig(days: int, begins: int = -1, name: str = "kubernetes-admin", ca: str = "AAAA", server: str = "https://192.0.2.10:6443", **user: Any) -> str:
    """The administrator's, with a certificate that begins and ends so many days from now."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key()).serial_number(x509.random_serial_number())
    begin, end = NOW + datetime.timedelta(days=begins), NOW + datetime.timedelta(days=days)
    made = builder.not_valid_before(begin).not_valid_after(end).sign(KEY, hashes.SHA256())
    given = {"client-certificate-data": base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode(), "client-key-data": "c2VjcmV0", **user}
    return yaml.safe_dump({"clusters": [{"name": "k", "cluster": {"server": server, "certificate-authority-data": ca}}],
                           "users": [{"name": "kubernetes-admin", "user": given}]})


@pytest.mark.parametrize(("there", "offered"), [
    ({"days": 200}, {"days": 365}),  # another control plane's, made later
    ({"days": 365}, {"days": 200}), ({"days": 60}, {"days": 60}), ({"days": 60}, {"days": 50}), ({"days": 90}, {"days": 365}),
])
def test_the_administrator_s_access_stays_as_it_is_whoever_was_asked(there: dict[str, Any], offered: dict[str, Any]) -> None:
    assert kubeconfigs.serves(kubeconfig(**there), kubeconfig(**offered), NOW.timestamp())


@pytest.mark.parametrize(("there", "offered"), [
    ({"days": 89}, {"days": 365}),  # renewed
    ({"days": -1, "begins": -9}, {"days": 365}), ({"days": 365, "begins": 1}, {"days": 365}),
    ({"days": 365, "ca": "BBBB"}, {"days": 365}), ({"days": 365, "server": "https://192.0.2.11:6443"}, {"days": 365}),
    ({"days": 365, "name": "jane"}, {"days": 365}), ({"days": 365, "token": "x"}, {"days": 365}), ({"days": 365, "client-key-data": ""}, {"days": 365}),
])
def test_what_ends_soon_or_is_another_access_is_replaced(there: dict[str, Any], offered: dict[str, Any]) -> None:
    assert not kubeconfigs.serves(kubeconfig(**there), kubeconfig(**offered), NOW.timestamp())


@pytest.mark.parametrize("text", [
    "", "old", "users: []", "{", "users: [{user: {client-certificate-data: '!'}}]", "users: [{user: {client-certificate-data: QUE=}}]",
])
def test_what_is_no_kubeconfig_is_replaced_unless_it_is_just_what_is_offered(text: str) -> None:
    assert not kubeconfigs.serves(text, kubeconfig(365), NOW.timestamp())
    assert not kubeconfigs.serves(kubeconfig(365), text, NOW.timestamp())
    assert kubeconfigs.serves(text, text, NOW.timestamp())
