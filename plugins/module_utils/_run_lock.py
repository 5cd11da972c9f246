# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time: the Lease that a run holds on the cluster. Pure. Private to the collection."""

import calendar
import time
from typing import Any, Dict, NamedTuple, Optional

NAME = "kubewright"
NAMESPACE = "kube-system"
PURPOSE = "kubewright/purpose"
BREAK = "-e kube_run_lock_break=true"


class Holder(NamedTuple):
    """Who holds the lock. Times are seconds since the epoch, of the control plane's clock."""

    identity: str
    purpose: str
    taken: int
    expires: int

    def as_dict(self, now: float) -> Dict[str, Any]:
        return dict(self._asdict(), seconds_left=max(0, int(self.expires - now)))


def holder(lease: Optional[Dict[str, Any]]) -> Optional[Holder]:
    """From the Lease; None where nobody holds it. One that somebody emptied or garbled is nobody's."""
    spec = (lease or {}).get("spec") or {}
    if not spec.get("holderIdentity"):
        return None
    taken, renewed = _seconds(spec.get("acquireTime")), _seconds(spec.get("renewTime"))
    purpose = ((lease or {}).get("metadata", {}).get("annotations") or {}).get(PURPOSE, "")
    return Holder(spec["holderIdentity"], purpose, taken, renewed + int(spec.get("leaseDurationSeconds") or 0))


def lease(identity: str, purpose: str, now: float, seconds: int, before: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """The Lease to put in place. With the one before, the API server refuses it if that has changed meanwhile."""
    held = holder(before)
    taken = held.taken if held and held.identity == identity else int(now)
    metadata: Dict[str, Any] = {"name": NAME, "namespace": NAMESPACE, "annotations": {PURPOSE: purpose}}
    if before:
        metadata["resourceVersion"] = before["metadata"]["resourceVersion"]
    return {
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata,
        "spec": {"holderIdentity": identity, "leaseDurationSeconds": seconds, "acquireTime": _moment(taken), "renewTime": _moment(int(now))},
    }


def obstacle(held: Optional[Holder], identity: str, now: float, dead: Optional[str]) -> Optional[str]:
    """Why this run may not have the lock; None where it may. dead: an identity that the caller knows to be of a run that has ended."""
    if held is None or held.identity in (identity, dead) or held.expires <= now:
        return None
    return ("another run is at work on this cluster: {0}, {1} since {2} UTC, at most until {3} UTC. Nothing was changed by this one. Wait for its end; "
            "if it is gone for good, break its lock on purpose: {4}".format(
                who(held.identity), held.purpose or "a playbook", _clock(held.taken), _clock(held.expires), BREAK))


def who(identity: str) -> str:
    """user@controller, which is what people know of an identity."""
    return identity.split("/", 1)[0]


def _moment(seconds: int) -> str:
    """Kubernetes' MicroTime."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(seconds))


def _clock(seconds: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(seconds))


def _seconds(moment: Any) -> int:
    try:
        return calendar.timegm(time.strptime(str(moment)[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0
