# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as the API server shows them: what they are, and what must be done to them. Pure. Private to the collection."""

from typing import Any, Dict, List, NamedTuple, Optional, Set

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

_ROLE = "node-role.kubernetes.io/"


class Action(NamedTuple):
    """One kubectl call."""

    words: List[str]
    sentence: str


def _condition(item: Dict[str, Any], kind: str) -> Dict[str, Any]:
    found = [entry for entry in item.get("status", {}).get("conditions", []) if entry.get("type") == kind]
    return found[0] if found else {}


def ready_names(items: List[Dict[str, Any]]) -> Set[str]:
    return {item["metadata"]["name"] for item in items if _condition(item, "Ready").get("status") == "True"}


def names_with_pod_ranges(items: List[Dict[str, Any]]) -> Set[str]:
    return {item["metadata"]["name"] for item in items if summary(item)["pod_cidrs"]}


def reasons(items: List[Dict[str, Any]], names: List[str]) -> str:
    """Why these nodes are not Ready, in the kubelet's words."""
    told = ["{0}: {1}".format(item["metadata"]["name"], _condition(item, "Ready").get("message", "no condition yet"))
            for item in items if item["metadata"]["name"] in names]
    return "; ".join(told)


def taint_text(taint: Dict[str, Any]) -> str:
    value = "={0}".format(taint["value"]) if taint.get("value") else ""
    return "{0}{1}:{2}".format(taint["key"], value, taint["effect"])


def summary(item: Dict[str, Any]) -> Dict[str, Any]:
    """The few facts about a Node that people and roles ask for."""
    labels = item["metadata"].get("labels", {})
    status, spec = item.get("status", {}), item.get("spec", {})
    info = status.get("nodeInfo", {})
    addresses = [entry["address"] for entry in status.get("addresses", []) if entry["type"] == "InternalIP"]
    return {
        "name": item["metadata"]["name"],
        "ready": _condition(item, "Ready").get("status") == "True",
        "roles": sorted(label[len(_ROLE):] for label in labels if label.startswith(_ROLE)),
        "version": info.get("kubeletVersion", "").lstrip("v"),
        "runtime": info.get("containerRuntimeVersion", ""),
        "address": addresses[0] if addresses else "",
        "pod_cidrs": spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else []),
        "machine_id": info.get("machineID", ""),
        "schedulable": not spec.get("unschedulable", False),
        "taints": [taint_text(taint) for taint in spec.get("taints") or []],
        "labels": labels,
    }


def plan(items: List[Dict[str, Any]], wanted: List[Dict[str, Any]], tolerant: bool = False) -> List[Action]:
    """What differs. A Node that must exist and does not is an error, unless tolerant (check mode before the first join)."""
    known = {item["metadata"]["name"]: item for item in items}
    actions: List[Action] = []
    for node in wanted:
        _refuse_contradiction(node)
        item = known.get(node["name"])
        if node["state"] == "absent":
            actions += [Action(["delete", "node", node["name"]], "delete " + node["name"])] if item else []
        elif item:
            actions += _label_actions(item, node) + _taint_actions(item, node) + _schedule_actions(item, node)
        elif not tolerant:
            raise KubewrightError("the cluster has no node {0}; it has {1}".format(node["name"], ", ".join(sorted(known)) or "none"))
    return actions


def _refuse_contradiction(node: Dict[str, Any]) -> None:
    if node["drained"] and (node["schedulable"] or node["state"] == "absent"):
        other = "schedulable" if node["schedulable"] else "absent"
        raise KubewrightError("{0} is to be drained and {1} at once. Drain it in one task, do what it was drained for, then say so in another."
                              .format(node["name"], other))


def label_text(value: Any) -> str:
    """YAML's true is the label's "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _label_actions(item: Dict[str, Any], node: Dict[str, Any]) -> List[Action]:
    labels, changes = item["metadata"].get("labels", {}), []
    for key, value in sorted(node["labels"].items()):
        if value is None:
            changes += [key + "-"] if key in labels else []
        elif labels.get(key) != label_text(value):
            changes.append("{0}={1}".format(key, label_text(value)))
    if not changes:
        return []
    return [Action(["label", "--overwrite", "node", node["name"], *changes], "label {0} {1}".format(node["name"], " ".join(changes)))]


def _taint_actions(item: Dict[str, Any], node: Dict[str, Any]) -> List[Action]:
    present = {taint_text(taint) for taint in item.get("spec", {}).get("taints") or []}
    bare = {text.split(":")[0].split("=")[0] + ":" + text.rsplit(":", 1)[1] for text in present}
    changes = [text for text in node["taints"] if _taint_differs(text, present, bare)]
    if not changes:
        return []
    return [Action(["taint", "--overwrite", "node", node["name"], *changes], "taint {0} {1}".format(node["name"], " ".join(changes)))]


def _taint_differs(text: str, present: Set[str], bare: Set[str]) -> bool:
    if text.endswith("-"):
        key = text[:-1]
        return key in present or key in bare or any(other.startswith(key + ":") or other.startswith(key + "=") for other in present)
    return text not in present


def _schedule_actions(item: Dict[str, Any], node: Dict[str, Any]) -> List[Action]:
    name = node["name"]
    cordoned = bool(item.get("spec", {}).get("unschedulable", False))
    wanted: Optional[bool] = False if node["drained"] else node["schedulable"]
    if wanted is None or wanted is not cordoned:
        return []
    verb = "uncordon" if wanted else "cordon"
    return [Action([verb, name], "{0} {1}".format(verb, name))]
