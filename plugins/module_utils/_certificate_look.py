# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every certificate of this machine as a report shows it. Reads only, and no key. Private to the collection."""

import os
from typing import Any, Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONF
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import fingerprints

# What the kubelet serves with; it signs this one itself unless the cluster rotates it.
KUBELET_SERVING = ("/var/lib/kubelet/pki/kubelet.crt", "/var/lib/kubelet/pki/kubelet-server-current.pem")


def certificates() -> List[Dict[str, Any]]:
    """The first certificate of each file; one that cannot be read has an error instead."""
    return [row for path in [*node.certificate_paths(), *KUBELET_SERVING] for row in _of(path)]


def _of(path: str) -> List[Dict[str, Any]]:
    try:
        found = node.certificates_of(path)[:1]
        prints = fingerprints(node.pem_of(path))
    except KubewrightError as error:
        return [{"path": path, "kind": kind(path), "error": str(error)}]
    return [{"path": path, "kind": kind(path), "subject": item.common_name, "organizations": list(item.organizations),
             "not_before": item.not_before, "not_after": item.not_after, "algorithm": item.algorithm, "fingerprint": "sha256:" + prints[0]}
            for item in found]


def kind(path: str) -> str:
    """authority, certificate, kubeconfig or kubelet."""
    if path == node.KUBELET_CLIENT or path in KUBELET_SERVING or path == KUBELET_CONF:
        return "kubelet"
    if path.endswith(".conf"):
        return "kubeconfig"
    return "authority" if os.path.basename(path) in ("ca.crt", "front-proxy-ca.crt") else "certificate"
