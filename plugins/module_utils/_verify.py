# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the cluster well? From what the API server shows to a list of checks. Pure. Private to the collection."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._nodes import summary


class Check(NamedTuple):
    """One question about the cluster and its answer."""

    name: str
    ok: bool
    told: str

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


def checks(nodes: List[Dict[str, Any]], pods: List[Dict[str, Any]], expected: List[str], version: Optional[str], ready_text: str) -> List[Check]:
    lost = lost_nodes(nodes, expected)
    left_out = [pod for pod in pods if pod["spec"].get("nodeName") in lost]
    return [api_check(ready_text), *node_checks(nodes, expected, version), pod_check([pod for pod in pods if pod not in left_out], lost), dns_check(pods)]


def lost_nodes(nodes: List[Dict[str, Any]], expected: List[str]) -> List[str]:
    """Nodes that are not Ready and of which nobody asks: switched off, or out of reach. Nothing that waits for their pods ends well."""
    return sorted(name for name, node in known(nodes).items() if expected and name not in expected and not node["ready"])


def known(nodes: List[Dict[str, Any]]) -> Dict[str, Dict[str, Any]]:
    return {item["metadata"]["name"]: summary(item) for item in nodes}


def api_check(ready_text: str) -> Check:
    """Well only where it says so: of an answer of code 500, kubectl tells the lines quoted in an error, and nothing on standard output."""
    failing = re.findall(r"\[-\][^\\\n\"]+", ready_text)
    if not failing and "check passed" in ready_text:
        return Check("API server", True, "every part of /readyz is well")
    return Check("API server", False, "; ".join(failing) or ready_text.strip() or "it said nothing about itself")


def node_checks(nodes: List[Dict[str, Any]], expected: List[str], version: Optional[str]) -> List[Check]:
    found, there = [], known(nodes)
    for name in expected:
        node = there.get(name)
        if not node:
            found.append(Check("node " + name, False, "the cluster does not know it"))
        elif not node["ready"]:
            found.append(Check("node " + name, False, "not Ready"))
        elif version and node["version"] != version:
            found.append(Check("node " + name, False, "its kubelet is {0}, kube_version says {1}".format(node["version"], version)))
        else:
            found.append(Check("node " + name, True, "Ready, {0}, {1}".format(node["version"], node["runtime"])))
    return found


def _problem(pod: Dict[str, Any]) -> Optional[str]:
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded":
        return None
    for container in status.get("containerStatuses", []):
        waiting = container.get("state", {}).get("waiting")
        if waiting:
            return "{0} {1}".format(waiting.get("reason", "waiting"), waiting.get("message", "")).strip()
    if any(entry["type"] == "Ready" and entry["status"] == "True" for entry in status.get("conditions", [])):
        return None
    return "{0}, not ready".format(status.get("phase", "unknown"))


def pod_check(pods: List[Dict[str, Any]], lost: Sequence[str] = ()) -> Check:
    bad = ["{0} on {1}: {2}".format(pod["metadata"]["name"], pod["spec"].get("nodeName", "no node"), _problem(pod))
           for pod in pods if _problem(pod)]
    without = ", without those on {0}, not Ready and not asked for".format(", ".join(lost)) if lost else ""
    return Check("pods of kube-system", bool(pods) and not bad, "; ".join(bad) or "{0} ready{1}".format(len(pods), without))


def dns_check(pods: List[Dict[str, Any]]) -> Check:
    ready = [pod for pod in pods if pod["metadata"].get("labels", {}).get("k8s-app") == "kube-dns" and not _problem(pod)]
    return Check("cluster DNS", bool(ready), "{0} pods answer".format(len(ready)) if ready else "no pod of kube-dns is ready")


def failures(found: List[Check]) -> str:
    return "; ".join("{0}: {1}".format(check.name, check.told) for check in found if not check.ok)
