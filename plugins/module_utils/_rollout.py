# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a workload does not come up: what its pods say, the events about them, the last lines of their logs. Private to the collection."""

from typing import Any, Dict, List, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl

EVENTS, LOG_LINES, LOGS = 20, 10, 3  # how much of each is told
Item = Dict[str, Any]


def evidence(kubectl: Kubectl, namespace: str, kind: str, name: str) -> Dict[str, List[str]]:
    """Never raises: what cannot be read is missing."""
    try:
        pods = _pods(kubectl, namespace, kind, name)
        events = kubectl.json("get", "events", "-n", namespace, "--field-selector", "type=Warning")["items"]
    except KubewrightError as error:
        return {"pods": [str(error)], "events": [], "logs": []}
    names = {pod["metadata"]["name"] for pod in pods}
    return {"pods": [line for pod in pods for line in states(pod)] or ["{0}/{1} has no pods".format(kind, name)],
            "events": warnings(events, names | {name}), "logs": _logs(kubectl, namespace, pods)}


def _pods(kubectl: Kubectl, namespace: str, kind: str, name: str) -> List[Item]:
    selector = kubectl.json("get", "{0}/{1}".format(kind, name), "-n", namespace)["spec"]["selector"]["matchLabels"]
    words = ["-l", ",".join("{0}={1}".format(key, value) for key, value in sorted(selector.items()))]
    return list(kubectl.json("get", "pods", "-n", namespace, *words)["items"])


def states(pod: Item) -> List[str]:
    """One line for each thing that keeps a pod from being ready; none for a pod that is."""
    where = "{0} on {1}".format(pod["metadata"]["name"], pod["spec"].get("nodeName") or "no node")
    status = pod.get("status", {})
    told = ["{0}: {1} {2}".format(where, condition.get("reason", ""), condition.get("message", ""))
            for condition in status.get("conditions") or [] if condition["type"] == "PodScheduled" and condition["status"] != "True"]
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        found = state.get("waiting") or state.get("terminated") or {}
        if found and found.get("reason") not in ("PodInitializing", "Completed"):
            told.append("{0}: {1}: {2} {3}".format(where, container["name"], found.get("reason", ""), found.get("message", "")).rstrip())
        elif "running" in state and not container.get("ready"):
            told.append("{0}: {1}: runs, but is not ready".format(where, container["name"]))
    return told


def warnings(events: Sequence[Item], names: Any) -> List[str]:
    about = [event for event in events if event["involvedObject"].get("name") in names]
    about.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    lines = ["{0}: {1}: {2}".format(event["involvedObject"]["name"], event.get("reason", ""), event.get("message", "").strip()) for event in about]
    return list(dict.fromkeys(lines))[-EVENTS:]


def _logs(kubectl: Kubectl, namespace: str, pods: Sequence[Item]) -> List[str]:
    """Of containers that ended with an error, or run without being ready."""
    told: List[str] = []
    for name, container, before in [one for pod in pods for one in _troubled(pod)][:LOGS]:
        words = ["logs", "-n", namespace, name, "-c", container, "--tail={0}".format(LOG_LINES), *(["--previous"] if before else [])]
        try:
            lines = kubectl(*words).stdout.strip().splitlines()
        except KubewrightError:
            continue
        told += ["{0}/{1}: {2}".format(name, container, line) for line in lines]
    return told


def _troubled(pod: Item) -> List[Any]:
    found = []
    status = pod.get("status", {})
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        ended = (state.get("terminated") or (container.get("lastState") or {}).get("terminated") or {}).get("exitCode", 0) != 0
        if ended or ("running" in state and not container.get("ready")):
            found.append((pod["metadata"]["name"], container["name"], ended and not state.get("terminated")))
    return found
