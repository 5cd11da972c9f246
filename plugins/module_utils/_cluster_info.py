# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a cluster's objects, without anything secret in them. Pure. Private to the collection."""

import base64
import binascii
import re
from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _nodes as nodes

TOKEN = "bootstrap-token-"  # noqa: S105 - how the names of their Secrets begin
_IMAGE_VERSION = re.compile(r":v?(\d+(?:\.\d+)+(?:-\d+)?)")


def node(item: Dict[str, Any]) -> Dict[str, Any]:
    """A Node's summary, its system, and since when and why it is Ready or is not."""
    info = item.get("status", {}).get("nodeInfo", {})
    ready: Dict[str, Any] = next((entry for entry in item.get("status", {}).get("conditions", []) if entry.get("type") == "Ready"), {})
    return dict(
        nodes.summary(item), kernel=info.get("kernelVersion", ""), os=info.get("osImage", ""), architecture=info.get("architecture", ""),
        ready_since=ready.get("lastTransitionTime") or "", ready_reason=ready.get("message") or "",
        created=item["metadata"].get("creationTimestamp") or "")


def component(pod: Dict[str, Any]) -> Dict[str, Any]:
    """A static pod of the control plane: of what, where, which version, and whether it is well."""
    containers = pod["spec"].get("containers", [])
    found = _IMAGE_VERSION.search(containers[0].get("image", "").split("@")[0].rpartition("/")[2]) if containers else None
    ready = any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in pod.get("status", {}).get("conditions", []))
    return {"name": (pod["metadata"].get("labels") or {}).get("component", ""), "node": pod["spec"].get("nodeName", ""),
            "version": found.group(1) if found else "", "ready": ready}


def token(secret: Dict[str, Any]) -> Dict[str, Any]:
    """A bootstrap token by its id, which is public; its secret half is read by nobody."""
    data = secret.get("data") or {}
    usages = sorted(name[len("usage-bootstrap-"):] for name in data if name.startswith("usage-bootstrap-") and _text(data, name) == "true")
    return {"id": _text(data, "token-id") or secret["metadata"]["name"][len(TOKEN):], "description": _text(data, "description"),
            "expires": _text(data, "expiration"), "usages": usages, "created": secret["metadata"].get("creationTimestamp") or ""}


def certificate_key(secret: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """The Secret of `kubeadm init phase upload-certs`; it lives as long as the token that owns it."""
    if not secret:
        return None
    owners = [owner["name"][len(TOKEN):] for owner in secret["metadata"].get("ownerReferences") or [] if owner.get("name", "").startswith(TOKEN)]
    return {"created": secret["metadata"].get("creationTimestamp") or "", "token_id": owners[0] if owners else ""}


def _text(data: Dict[str, Any], name: str) -> str:
    try:
        return base64.b64decode(data.get(name) or "", validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def proxy_version(daemon_sets: Sequence[Dict[str, Any]]) -> str:
    """Of kube-proxy, as its DaemonSet asks for it; empty where there is none."""
    images: List[str] = [container.get("image", "") for item in daemon_sets if item["metadata"].get("name") == "kube-proxy"
                         for container in item.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])]
    found = _IMAGE_VERSION.search(images[0].split("@")[0].rpartition("/")[2]) if images else None
    return found.group(1) if found else ""
