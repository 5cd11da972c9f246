# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubeadm certs` prints, read. Pure; tolerant of wording, strict on values. Private to the collection."""

import re
from typing import Any, List, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_text as text_of
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADER = re.compile(r"CERTIFICATE( +AUTHORITY)?\s+EXPIRES\b")
_ROW = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._/-]*)\s+([A-Z][a-z]{2})\s+([0-9]{2}),\s+([0-9]{4})\s+([0-9]{2}:[0-9]{2})\s+(?:UTC|GMT)"
    r"\s+(?:[0-9]+[smhdy]|<invalid>)(?:\s+([A-Za-z0-9][A-Za-z0-9._/-]*))??\s+(yes|no)\Z")
_MISSING = re.compile(r"!MISSING!\s+(\S+)\Z")


class Certificate(NamedTuple):
    """One row of `kubeadm certs check-expiration`."""

    name: str  # kubeadm's own: "apiserver", "admin.conf", "etcd-ca"
    expires: int  # seconds since the epoch; the table for people is exact to the minute. 0 where it is missing
    authority: str  # name of the CA that signed it; empty for a CA, and where kubeadm does not say (kubeconfigs up to 1.20)
    externally_managed: bool
    missing: bool
    is_authority: bool


class Renewal(NamedTuple):
    """What `kubeadm certs renew` did, by kubeadm's names; a description that is not known stays a description."""

    renewed: List[str]
    missing: List[str]
    external: List[str]


def check_expiration(text: str) -> List[Certificate]:
    """Every certificate and CA of `kubeadm certs check-expiration`, from the table for people or from `-o json` (1.30 and later)."""
    documents = text_of.documents_of(text, "CertificateExpirationInfo")
    found = _from_table(text) if documents is None else [
        _from_json(item, name == "certificateAuthorities")
        for document in documents for name in ("certificates", "certificateAuthorities") for item in text_of.value(document, name, list, [])]
    if not found:
        raise KubewrightError("kubeadm printed no certificates where `kubeadm certs check-expiration` was asked")
    return found


def _from_json(item: Any, is_authority: bool) -> Certificate:
    missing = text_of.value(item, "missing", bool, False)
    return Certificate(
        text_of.value(item, "name", str),
        0 if missing else text_of.timestamp(text_of.value(item, "expirationDate", str)),
        text_of.value(item, "caName", str, ""),
        text_of.value(item, "externallyManaged", bool, False),
        missing,
        is_authority,
    )


def _from_table(text: str) -> List[Certificate]:
    found: List[Certificate] = []
    header = None
    for line in text.splitlines():
        before, header = header, _HEADER.match(line.strip()) or header
        if header is before and header is not None and line.strip() and not text_of.is_noise(line):
            found.append(_from_row(line.strip(), bool(header.group(1))))
    return found


def _from_row(line: str, is_authority: bool) -> Certificate:
    missing = _MISSING.match(line)
    if missing:
        return Certificate(missing.group(1), 0, "", False, True, is_authority)
    row = _ROW.match(line)
    if not row or row.group(2) not in _MONTHS:
        raise KubewrightError("kubeadm printed a row about a certificate that cannot be read: {0!r}".format(line))
    date = "{0}-{1:02d}-{2} {3}".format(row.group(4), _MONTHS.index(row.group(2)) + 1, row.group(3), row.group(5))
    return Certificate(row.group(1), text_of.seconds(date, "%Y-%m-%d %H:%M"), row.group(6) or "", row.group(7) == "yes", False, is_authority)


# kubeadm's long names, as `certs renew` prints them, and the names that all else knows them by.
_LONG_NAMES = {
    "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself": "admin.conf",
    "certificate embedded in the kubeconfig file for the super-admin": "super-admin.conf",
    "certificate embedded in the kubeconfig file for the controller manager to use": "controller-manager.conf",
    "certificate embedded in the kubeconfig file for the scheduler manager to use": "scheduler.conf",
    "certificate for serving the Kubernetes API": "apiserver",
    "certificate the apiserver uses to access etcd": "apiserver-etcd-client",
    "certificate for the API server to connect to kubelet": "apiserver-kubelet-client",
    "certificate for liveness probes to healthcheck etcd": "etcd-healthcheck-client",
    "certificate for etcd nodes to communicate with each other": "etcd-peer",
    "certificate for serving etcd": "etcd-server",
    "certificate for the front proxy client": "front-proxy-client",
}
_RENEWED = re.compile(r"(\S.*\S) renewed\Z")
_GONE = re.compile(r"MISSING! (\S.*\S)\Z")
_EXTERNAL = re.compile(r"Detected external [^,]*, (\S.*\S) can't be renewed\Z")


def renewal(text: str) -> Renewal:
    """What `kubeadm certs renew` renewed and what it could not."""
    found = Renewal([], [], [])
    for line in (item.strip() for item in text.splitlines() if not text_of.is_noise(item)):
        for form, names in ((_EXTERNAL, found.external), (_GONE, found.missing), (_RENEWED, found.renewed)):
            match = form.match(line)
            if match:
                names.append(_LONG_NAMES.get(" ".join(match.group(1).split()), match.group(1)))
                break
    if not any(found):
        raise KubewrightError("kubeadm printed nothing about certificates where it was to renew some")
    return found
