# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods leave a node that is drained, which stay, and what keeps one from leaving. Pure. Private to the collection."""

from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import fact

Object = Dict[str, Any]
_MIRROR = "kubernetes.io/config.mirror"
_ENDED = ("Succeeded", "Failed")


class Sorted(NamedTuple):
    """The pods of a node: what leaves, what stays and why, what forbids to begin."""

    leave: List[Object]
    stay: List[Dict[str, str]]
    forbidden: List[Finding]


def pod_name(pod: Object) -> str:
    return "{0}/{1}".format(pod["metadata"]["namespace"], pod["metadata"]["name"])


def sort_pods(pods: List[Object], options: Dict[str, Any]) -> Sorted:
    """As kubectl drain sorts them, but before anything is touched."""
    found = Sorted([], [], [])
    for pod in sorted(pods, key=pod_name):
        reason = _why_it_stays(pod)
        if reason:
            found.stay.append({"pod": pod_name(pod), "reason": reason})
            continue
        found.leave.append(pod)
        found.forbidden.extend(_objections(pod, options))
    return found


def _why_it_stays(pod: Object) -> Optional[str]:
    if _MIRROR in pod["metadata"].get("annotations", {}):
        return "static pod of the node"
    if _controller(pod) == "DaemonSet" and _phase(pod) not in _ENDED:
        return "pod of a DaemonSet"
    return None


def _controller(pod: Object) -> Optional[str]:
    return next((owner["kind"] for owner in pod["metadata"].get("ownerReferences") or [] if owner.get("controller")), None)


def _phase(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase", ""))


def _objections(pod: Object, options: Dict[str, Any]) -> List[Finding]:
    if _phase(pod) in _ENDED:
        return []
    name, found = pod_name(pod), []
    if not _controller(pod) and not options["force"]:
        found.append(Finding("PodWithoutController", "error", "{0} has no controller, so nobody makes it anew elsewhere".format(name),
                             "Remove the pod yourself if nobody needs it, or permit it with drain.force."))
    if not options["delete_emptydir_data"] and any("emptyDir" in volume for volume in pod["spec"].get("volumes") or []):
        found.append(Finding("PodWithLocalData", "error", "{0} keeps data in an emptyDir, which goes with the pod".format(name),
                             "Save the data, or permit it with drain.delete_emptydir_data."))
    return found


def never_allowed(pods: List[Object], budgets: List[Object]) -> List[Finding]:
    """Budgets that no waiting helps against."""
    found = []
    for pod in pods:
        guards = _guards(pod, budgets)
        if len(guards) > 1:
            found.append(Finding("PodDisruptionBudgets", "error", "{0} is in several budgets ({1}), which the Eviction API refuses".format(
                pod_name(pod), ", ".join(pod_name(budget) for budget in guards)), "Leave one budget for it."))
        elif guards and _never(guards[0]):
            found.append(_blocked(pod, guards[0], "never allows one less"))
    return found


def blocked_now(pods: List[Object], budgets: List[Object]) -> List[Finding]:
    """Budgets that allow nothing at this moment; another replica that becomes ready may change that."""
    return [_blocked(pod, budget, "allows no disruption now")
            for pod in pods for budget in _guards(pod, budgets) if not budget.get("status", {}).get("disruptionsAllowed", 0)]


def _blocked(pod: Object, budget: Object, verb: str) -> Finding:
    status = budget.get("status", {})
    message = "{0} is guarded by the PodDisruptionBudget {1}, which {2}: {3} of {4} pods are healthy and {5} must be".format(
        pod_name(pod), pod_name(budget), verb, status.get("currentHealthy", 0), status.get("expectedPods", 0), status.get("desiredHealthy", 0))
    return Finding("PodDisruptionBudget", "error", message,
                   "Run more replicas, see why replicas are not ready, or change the budget; drain.disable_eviction goes past it.")


def _never(budget: Object) -> bool:
    status = budget.get("status", {})
    current = status.get("observedGeneration") == budget["metadata"].get("generation")
    return bool(current and status.get("expectedPods", 0) and status.get("desiredHealthy", 0) >= status["expectedPods"])


def _guards(pod: Object, budgets: List[Object]) -> List[Object]:
    """Budgets that the Eviction API asks before it lets this pod go; it asks none for a pod that does not run."""
    if _phase(pod) in (*_ENDED, "Pending") or "deletionTimestamp" in pod["metadata"]:
        return []
    return [budget for budget in budgets if budget["metadata"]["namespace"] == pod["metadata"]["namespace"] and _selects(budget, pod)]


def _selects(budget: Object, pod: Object) -> bool:
    selector, labels = budget["spec"].get("selector"), pod["metadata"].get("labels", {})
    if selector is None or (not selector and budget["apiVersion"] == "policy/v1beta1"):  # v1 selects everything with an empty one
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression_holds(expression, labels) for expression in selector.get("matchExpressions") or [])


def _expression_holds(expression: Object, labels: Dict[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    return {
        "In": key in labels and labels[key] in values,
        "NotIn": key not in labels or labels[key] not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(expression["operator"], False)


def remaining(pods: List[Object], budgets: List[Object], node_ready: bool) -> List[Finding]:
    """Why each of these pods is still there after the time was up."""
    found = blocked_now(pods, budgets)
    told = {finding.message.split(" ", 1)[0] for finding in found}
    return found + [_lingering(pod, node_ready) for pod in pods if pod_name(pod) not in told]


def _lingering(pod: Object, node_ready: bool) -> Finding:
    since = pod["metadata"].get("deletionTimestamp")
    if not since:
        return Finding("PodNotEvicted", "error", "{0} is still running".format(pod_name(pod)), "See what kubectl printed, then run again.")
    if not node_ready:
        return Finding("PodTerminating", "error", "{0} is to end by {1}, but its node is not Ready, so nobody ends it".format(pod_name(pod), since),
                       "Bring the node's kubelet back; or remove the Node, if the machine is gone for good.")
    return Finding("PodTerminating", "error", "{0} is to end by {1} and has not".format(pod_name(pod), since),
                   "Look at its finalizers and at what it waits for; a shorter drain.grace_seconds or more drain.seconds helps, too.")


def words(node: str, options: Dict[str, Any], kubectl_minor: int) -> List[str]:
    """kubectl's arguments. It sorts the pods once more, so what appeared meanwhile is not forced."""
    given = ["drain", node, "--ignore-daemonsets", "--timeout={0}s".format(options["seconds"])]
    given += ["--force"] if options["force"] else []
    given += [fact("drain_flag", kubectl_minor)] if options["delete_emptydir_data"] else []
    given += ["--disable-eviction"] if options["disable_eviction"] else []
    given += ["--pod-selector=" + options["pod_selector"]] if options["pod_selector"] else []
    given += ["--grace-period={0}".format(options["grace_seconds"])] if options["grace_seconds"] is not None else []
    return given
