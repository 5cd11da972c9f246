# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's kubeconfig as text: what one is that is there, and the one that is written. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import Certificate, certificates


def held(text: str, name: str, path: str) -> dict[str, Any]:
    """What is known of it without its key; an error where it is not this user's alone."""
    try:
        document = yaml.safe_load(text)
        ((cluster,), (user,)) = document["clusters"], document["users"]
        own = _certificates(user["user"]["client-certificate-data"])[0]
        authorities = _certificates(cluster["cluster"]["certificate-authority-data"])
        server = str(cluster["cluster"]["server"])
    except (yaml.YAMLError, KubewrightError, binascii.Error, KeyError, IndexError, TypeError, ValueError):
        raise _not_theirs(path, name, "something else") from None
    if own.common_name != name:
        raise _not_theirs(path, name, f"the kubeconfig of {own.common_name}")
    return {"groups": list(own.organizations), "begins": own.not_before, "expires": own.not_after, "server": server,
            "ca_hashes": [item.public_key_hash for item in authorities]}


def written(printed: str, name: str, server: str) -> str:
    """From what kubeadm printed, which may have warnings in front of it."""
    name, server = str(name), str(server)  # ansible's own kinds of texts are none to YAML
    start = printed.find("apiVersion: v1")
    try:
        document: Any = yaml.safe_load(printed[start:]) if start >= 0 else None
        authority = document["clusters"][0]["cluster"]["certificate-authority-data"]
        user = {key: document["users"][0]["user"][key] for key in ("client-certificate-data", "client-key-data")}
    except (yaml.YAMLError, KeyError, IndexError, TypeError):
        raise KubewrightError(f"kubeadm printed no kubeconfig for {name}. Look at `kubeadm kubeconfig user --help` on the control plane") from None
    return str(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": f"{name}@kubernetes", "preferences": {},
        "clusters": [{"name": "kubernetes", "cluster": {"certificate-authority-data": authority, "server": server}}],
        "contexts": [{"name": f"{name}@kubernetes", "context": {"cluster": "kubernetes", "user": name}}],
        "users": [{"name": name, "user": user}],
    }, sort_keys=True))


def moved(text: str, server: str) -> str:
    """The same with another server."""
    document = yaml.safe_load(text)
    document["clusters"][0]["cluster"]["server"] = server
    return str(yaml.safe_dump(document, sort_keys=True))


def _certificates(data: str) -> list[Certificate]:
    return certificates(base64.b64decode(data, validate=True).decode("utf-8", "replace"))


def _not_theirs(path: str, name: str, what: str) -> KubewrightError:
    return KubewrightError(f"{path} holds {what}, so it is not overwritten. Nothing was made. Move it away, or give the user {name} another path")
