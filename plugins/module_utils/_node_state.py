# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is found on a machine to what it is. Pure. Private to the collection."""

from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

SCHEMA = "kubewright.node/1"

KUBELET_CONF = "/etc/kubernetes/kubelet.conf"
BOOTSTRAP_CONF = "/etc/kubernetes/bootstrap-kubelet.conf"
ADMIN_CONF = "/etc/kubernetes/admin.conf"
KUBELET_CONFIG = "/var/lib/kubelet/config.yaml"
CA_CERTIFICATE = "/etc/kubernetes/pki/ca.crt"
APISERVER_MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
ETCD_MANIFEST = "/etc/kubernetes/manifests/etcd.yaml"

# What makes a machine part of a cluster. A CA alone does not: people put their own CA there before init.
WATCHED = (KUBELET_CONF, BOOTSTRAP_CONF, ADMIN_CONF, KUBELET_CONFIG, CA_CERTIFICATE, APISERVER_MANIFEST, ETCD_MANIFEST)
CONTROL_PLANE_PARTS = frozenset([ADMIN_CONF, APISERVER_MANIFEST, ETCD_MANIFEST])
# An init that was killed after its last step leaves a cluster that works; after this time its data is somebody's.
LIVED_SECONDS = 3600
# Without it the others may have no majority.
ANNOUNCED = "the others may know its etcd already, so the join goes on from there"
INTERRUPTED_RESET = "an interrupted reset; kubeadm_reset finishes it"
PREFLIGHT = "preflight"  # of _phases: it looks only
_TRACES = frozenset(WATCHED) - {CA_CERTIFICATE, KUBELET_CONFIG}


class Marker(NamedTuple):
    """Our own note on the node about kubeadm's last long operation."""

    operation: str  # "init", "join" or "join-control-plane"
    started: float  # seconds since the epoch
    finished: Optional[float]
    etcd_was_empty: bool  # no etcd data was there when the operation began
    pki_before: Sequence[str] = ()  # files below /etc/kubernetes/pki that a person had put there before
    phase: str = ""  # of _phases, the one that had begun last; empty when it has finished


class Look(NamedTuple):
    """What was seen on the machine."""

    files: FrozenSet[str]
    marker: Optional[Marker]
    etcd_oldest: Optional[float]  # oldest modification below the data directory; None where there is no data
    api_answers: bool
    etcd_newest: Optional[float] = None
    reset_begun: bool = False  # a reset of ours did not end
    marker_age: float = 0.0  # seconds since the marker's start


class NodeState(NamedTuple):
    """What the machine is, and what the next run may do with it."""

    state: str  # clean, partial, worker, control_plane
    healthy: bool  # a control plane whose own API server answers; for others: nothing is known to be wrong
    ours: bool  # partial only: our start marker stands without its finish marker
    reset_allowed: bool
    reason: str
    operation: str = ""  # partial and ours: what did not end
    phase: str = ""  # where it was

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


def node_state(look: Look) -> NodeState:
    """Sort a machine; never guess in favour of deleting something."""
    if look.reset_begun:
        return NodeState("partial", False, False, False, INTERRUPTED_RESET, "reset")
    if look.marker and look.marker.finished is None:
        return _interrupted(look, look.marker)
    if APISERVER_MANIFEST in look.files and ADMIN_CONF in look.files:
        if look.api_answers:
            return NodeState("control_plane", True, False, False, "its API server answers")
        return NodeState("control_plane", False, False, False, "a control plane whose API server does not answer")
    if KUBELET_CONF in look.files and KUBELET_CONFIG in look.files and APISERVER_MANIFEST not in look.files:
        return NodeState("worker", True, False, False, "the kubelet has its kubeconfig and configuration")
    traces = sorted(look.files & _TRACES)
    if traces:
        return NodeState("partial", False, False, False, "left by something else than Kubewright: " + ", ".join(traces))
    return NodeState("clean", True, False, False, "no cluster has been here")


def _interrupted(look: Look, marker: Marker) -> NodeState:
    obstacle = _reset_obstacle(look, marker)
    reason = "an interrupted {0}{1}".format(marker.operation, " (it was at: {0})".format(marker.phase) if marker.phase else "")
    if obstacle:
        reason += "; no reset: " + obstacle
    return NodeState("partial", look.api_answers, True, obstacle is None, reason, marker.operation, marker.phase)


def _reset_obstacle(look: Look, marker: Marker) -> Optional[str]:
    if marker.operation == "join-control-plane" and ETCD_MANIFEST in look.files:
        return ANNOUNCED
    if APISERVER_MANIFEST in look.files and look.marker_age > LIVED_SECONDS:
        return "its API server was set up, and it began {0} hours ago, so a cluster may have lived in it".format(int(look.marker_age // 3600))
    return _etcd_obstacle(look, marker)


def _etcd_obstacle(look: Look, marker: Marker) -> Optional[str]:
    if look.etcd_oldest is None:
        return None
    if not marker.etcd_was_empty:
        return "there was etcd data before it began"
    if look.etcd_oldest < marker.started:
        return "there is etcd data older than its start"
    if look.etcd_newest is not None and look.etcd_newest - marker.started > LIVED_SECONDS:
        return "its etcd was written to for {0} hours after it began, so a cluster lived in it".format(
            int((look.etcd_newest - marker.started) // 3600))
    return None


def only_looked(look: Look) -> bool:
    """An operation that ended in its preflight changed nothing: certificates and static pods that are there are a person's."""
    begun = look.marker
    return bool(begun and begun.finished is None and begun.phase == PREFLIGHT and not look.files & _TRACES)


def refuse_foreign_remains(state: NodeState, ca_hashes: List[str], endpoint: Optional[str]) -> None:
    """Neither init nor join touches what somebody else began."""
    if state.operation == "reset":
        raise KubewrightError("this machine holds {0}. Nothing was touched. Reset it (playbooks/reset.yml), then run again."
                              .format(state.reason))
    if not state.ours:
        whose = ", of " + cluster_identity(ca_hashes, endpoint) if ca_hashes else ""
        raise KubewrightError("this machine holds parts of a cluster that Kubewright did not begin ({0}{1}). Nothing was touched. "
                              "Reset it (playbooks/reset.yml) if nothing there is needed, then run again.".format(state.reason, whose))


class NextRun(NamedTuple):
    """What site.yml does with the machine when it is run now."""

    action: str  # init or join, join, repair, refuse, nothing
    reason: str

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


def what_a_run_does(state: NodeState, role: str, foreign: str = "") -> NextRun:
    """role: control_plane or worker, as the machine is listed. foreign: the identity of another cluster that it belongs to."""
    if state.state == "clean":
        return NextRun("init or join" if role == "control_plane" else "join", state.reason)
    if foreign and state.state != "partial":
        return NextRun("refuse", "it belongs to " + foreign)
    if state.state == "partial":
        return _next_of_partial(state, role)
    if state.state == "worker" and role == "control_plane":
        return NextRun("refuse", "a worker does not become a control plane; reset it first")
    return NextRun("nothing", state.reason)


def _next_of_partial(state: NodeState, role: str) -> NextRun:
    if not state.ours:
        return NextRun("refuse", state.reason)
    if role == "worker" and state.operation == "init" and state.healthy:
        return NextRun("refuse", "{0} whose API server answers, and now it is listed as a worker".format(state.reason))
    resumed = state.operation == "join" or state.reason.endswith(ANNOUNCED) or (state.operation == "init" and state.healthy)
    return NextRun("repair" if resumed or state.reset_allowed else "refuse", state.reason)


def cluster_identity(ca_hashes: List[str], endpoint: Optional[str]) -> str:
    """The sentence that tells one cluster from another."""
    return "the cluster with CA {0} at {1}".format(", ".join(ca_hashes) or "unknown", endpoint or "an unknown endpoint")
