# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this machine be taken out of its cluster, and what becomes of etcd's data? Pure, but for the note it keeps. Private to the collection."""

import json
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._operation import write_note

Pods = List[Dict[str, Any]]


class Member(NamedTuple):
    """What the machine was when its reset began; noted on it, since a reset that is killed has removed some of the proof."""

    name: str  # of the Node, else of the host
    kubeadm: bool  # kubeadm has something to reset
    ca_hashes: Sequence[str]
    cri_socket: str
    etcd: str  # "": no data of this node's; "leave": its member leaves the others; "alone": nobody else is known to have the data
    etcd_dir: str
    backup: str  # folder that etcd's data goes to; empty where it is to be removed
    kept_pki: Sequence[str]  # a person's own files below /etc/kubernetes/pki


def noted() -> Optional[Member]:
    """The reset that did not end."""
    text = node.read(node.RESET_NOTE)
    if not text:
        return None
    try:
        return Member(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise KubewrightError("{0} cannot be read. It is Kubewright's own note about a reset that did not end; remove it and run again."
                              .format(node.RESET_NOTE)) from error


def note(member: Member) -> None:
    write_note(node.RESET_NOTE, dict(member._asdict()))


def refuse_wrong_name(confirm: str, name: str, is_node: bool) -> None:
    if confirm != name:
        raise KubewrightError("this machine is {0} {1}, and confirm is {2}. Nothing was touched. Set confirm to {1} if it is the machine that you "
                              "mean to reset.".format("the Node" if is_node else "no Node; its host name is", name, confirm or "empty"))


def holds_a_cluster(look: ns.Look, state: ns.NodeState) -> bool:
    """Whether more than this machine may be lost with it."""
    if state.state == "partial":
        return not state.reset_allowed and bool(look.files & {ns.APISERVER_MANIFEST, ns.ETCD_MANIFEST})
    return state.state == "control_plane"


def obstacle(pods: Pods, me: str, etcd_here: bool) -> str:
    """Why the cluster would not live on without this control plane; empty where it does. pods: those of all control planes."""
    servers = _ready_by_node(pods, "kube-apiserver")
    if not [name for name, ready in servers.items() if ready and name != me]:
        return "it is the last control plane whose API server is ready"
    members = {name: ready for name, ready in _ready_by_node(pods, "etcd").items() if name != me}
    ready, needed = sum(members.values()), len(members) // 2 + 1
    if etcd_here and ready < needed:
        return "without it {0} of {1} etcd members would be ready, and etcd needs {2}".format(ready, len(members), needed)
    return ""


def _ready_by_node(pods: Pods, component: str) -> Dict[str, bool]:
    found = {}
    for pod in pods:
        if pod.get("metadata", {}).get("labels", {}).get("component") == component:
            conditions = pod.get("status", {}).get("conditions", [])
            found[str(pod.get("spec", {}).get("nodeName"))] = any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)
    return found


def etcd_of(look: ns.Look, lives_on: bool) -> str:
    """Whose is the data in etcd's folder? Data beside which there is no manifest and no init of ours is somebody else's."""
    if ns.ETCD_MANIFEST in look.files:
        return "leave" if lives_on else "alone"
    ours = look.marker is not None and look.marker.finished is None and look.marker.etcd_was_empty and look.marker.operation != "join"
    return "alone" if ours and look.etcd_oldest is not None else ""


def choose_socket(told: str, configured: str, found: Sequence[str]) -> str:
    """The socket of the runtime whose containers go: the caller's, the kubelet's, or the only one there is."""
    chosen = told or configured or (found[0] if len(found) == 1 else "")
    if not chosen and found:
        raise KubewrightError("there are several container runtimes ({0}), and the kubelet is told none of them. Nothing was touched. Name the one whose "
                              "containers belong to the cluster as cri_socket.".format(", ".join(found)))
    return chosen or "unix://" + node.CRI_SOCKETS[0]
