# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a kubeconfig has to be replaced by another one. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import base64
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import Certificate, certificates

OWN = ("client-certificate-data", "client-key-data")
RENEWED_BELOW = 90 * 86400  # seconds: where playbooks/renew_certificates.yml begins


def serves(there: str, offered: str, now: float) -> bool:
    """Does the file that is there do the same as the offered one, and for long enough?

    Every control plane has a certificate of its own for the administrator. One is as good as another, so the file does not change with who was asked.
    """
    if there == offered:
        return True
    mine, other = _read(there), _read(offered)
    if mine is None or other is None or mine[0] != other[0] or mine[1].common_name != other[1].common_name:
        return False
    return mine[1].not_before <= now and mine[1].not_after >= min(now + RENEWED_BELOW, other[1].not_after)


def _read(text: str) -> tuple[Any, Certificate] | None:
    """What is the same in all of a cluster's, and the certificate; None where it is no kubeconfig with one user's certificate."""
    try:
        document = yaml.safe_load(text)
        user = document["users"][0]["user"]
        found = certificates(base64.b64decode(user["client-certificate-data"]).decode())[0]
        has_key = bool(user["client-key-data"])
    except (yaml.YAMLError, KubewrightError, LookupError, TypeError, ValueError):
        return None
    document["users"] = [{**entry, "user": {name: value for name, value in entry["user"].items() if name not in OWN}} for entry in document["users"]]
    return (document, found) if has_key and len(document["users"]) == 1 else None
