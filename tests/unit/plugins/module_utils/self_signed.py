# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that tests make for themselves. Python 3.6."""

import base64
import datetime
import ipaddress
from typing import Any, Sequence, Tuple

import pytest


def pair(name: str, days: float = 1, groups: Sequence[str] = ()) -> Tuple[str, str]:
    """A self-signed certificate for 127.0.0.1 that lasts so long yet, and its key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    organizations = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject = x509.Name([*organizations, x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - datetime.timedelta(days=400)).not_valid_after(now + datetime.timedelta(days=days))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return str(certificate.public_bytes(serialization.Encoding.PEM).decode()), str(text.decode())


def issued(folder: Any, name: str) -> Any:
    """The same as files: name.crt, and name.pem with the key."""
    certificate, key = pair(name)
    (folder / (name + ".crt")).write_text(certificate)
    (folder / (name + ".pem")).write_text(certificate + key)
    return folder / (name + ".pem")


def kubeconfig(certificate: str, key: str, ca: str = "") -> str:
    """One with everything in it, as kubeadm writes it."""
    parts = (("certificate-authority-data", ca or certificate), ("client-certificate-data", certificate), ("client-key-data", key))
    return "".join("    {0}: {1}\n".format(name, base64.b64encode(text.encode()).decode()) for name, text in parts)
