# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control plane tells of its cluster: its identity, who holds the run lock, and how it is configured. Reads only. Private to the collection."""

import time
from typing import Any, Dict

from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl

# What kubeadm keeps in the cluster, and under which key; all in the namespace of the run lock.
SETTINGS = {"kubeadm-config": "ClusterConfiguration", "kube-proxy": "config.conf"}


def cluster(kubectl: Kubectl) -> Dict[str, Any]:
    """Never raises: a control plane that does not answer has a reason instead of an identity."""
    found: Dict[str, Any] = {"uid": "", "lock": None, "reason": "", "settings": {}}
    words = ("namespace/" + run_lock.NAMESPACE, "lease/" + run_lock.NAME, *("configmap/" + name for name in SETTINGS), "--namespace", run_lock.NAMESPACE)
    try:
        answer = kubectl.find(*words) or {}
    except KubewrightError as error:
        return dict(found, reason=str(error))
    for item in answer.get("items", [answer]):
        if item.get("kind") == "Namespace":
            found["uid"] = item["metadata"]["uid"]
        elif item.get("kind") == "Lease":
            held = run_lock.holder(item)
            found["lock"] = held.as_dict(time.time()) if held else None
        elif item.get("kind") == "ConfigMap":
            name = item["metadata"]["name"]
            found["settings"][name] = (item.get("data") or {}).get(SETTINGS[name], "")
    return found
