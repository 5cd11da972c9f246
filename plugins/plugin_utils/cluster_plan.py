# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this machine make a cluster, join one, or must a person decide? Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

SCHEMA = "kubewright.cluster/1"


class Seen(NamedTuple):
    """What a look at one host gave."""

    host: str
    control_plane: bool  # listed as one
    reachable: bool
    node: dict[str, Any]  # kubeadm_info's answer, {} where unreachable

    @property
    def state(self) -> str:
        return str(self.node.get("state", ""))


class Cluster(NamedTuple):
    """What is there, and who is to be asked."""

    exists: bool
    primary: str  # inventory name of a control plane that answers; empty where there is no cluster
    ca_hashes: list[str]
    endpoint: str = ""
    uid: str = ""  # of the namespace kube-system: tells a restored copy from its original; empty where nobody asked

    def as_dict(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **self._asdict()}


NO_CLUSTER = Cluster(False, "", [])


def seen(results: list[dict[str, Any]], control_planes: list[str]) -> list[Seen]:
    """From the results of a delegated loop over hosts."""
    return [Seen(str(result["item"]), str(result["item"]) in control_planes, not result.get("unreachable", False) and "node" in result,
                 result.get("node", {})) for result in results]


def find_cluster(looks: list[Seen]) -> Cluster:
    """Any control plane that answers is as good as the first; a partial one is none."""
    answering = [look for look in looks if look.control_plane and look.state == "control_plane" and look.node.get("healthy")]
    if not answering:
        return NO_CLUSTER
    first = answering[0]
    strangers = [look for look in answering[1:] if not _same_cluster(look, first)]
    if strangers:
        told = "; ".join(f"{look.host}: {', '.join(look.node['ca_hashes'])} {_uid(look)}".rstrip() for look in (first, *strangers))
        raise KubewrightError(f"the control planes {', '.join(look.host for look in (first, *strangers))} belong to different clusters: {told}. "
                              f"List the machines of one cluster only.")
    return Cluster(True, first.host, list(first.node["ca_hashes"]), str(first.node.get("endpoint") or ""), _uid(first))


def _same_cluster(one: Seen, other: Seen) -> bool:
    """One common CA is enough while CAs are exchanged; the same CA in two clusters is told apart by the uid."""
    uids = {_uid(one), _uid(other)} - {""}
    return bool(set(one.node["ca_hashes"]) & set(other.node["ca_hashes"])) and len(uids) < 2


def _uid(look: Seen) -> str:
    return str((look.node.get("cluster") or {}).get("uid", ""))


def to_ask(looks: list[Seen], control_planes: list[str]) -> str:
    """A control plane that answered when this run began, or else the first listed, which this run is about to make."""
    return find_cluster(looks).primary or (control_planes[0] if control_planes else "")


def for_control_plane(looks: list[Seen], me: str, allow_new: bool, maker: str = "", predicted_maker: str = "") -> Cluster:
    """The plan for a control plane that is no member yet. Raises where making a cluster could be making a second one.

    maker: the only one that may make it, since the endpoint leads there; empty where the endpoint leads to any.
    predicted_maker: in a dry run the one that would have made it before my turn; there is nobody to ask then. Empty in a real run.
    """
    plan = find_cluster(looks)
    if plan.exists:
        return plan
    if predicted_maker not in ("", me):
        return Cluster(True, "", [])
    others = [look for look in looks if look.host != me]
    _refuse_unreachable(others, allow_new)
    _refuse_broken(others)
    refuse_remains(looks, me, allow_new)
    if maker not in ("", me):
        raise KubewrightError(f"there is no cluster yet, and its endpoint leads to {maker}, which is to make it. {me} made nothing. Bring {maker} up in one "
                              f"run, or set kube_control_plane_endpoint to an address that leads to any control plane.")
    return plan


def for_worker(looks: list[Seen], predicting: bool = False) -> Cluster:
    """The plan for a worker: somebody must answer, unless a dry run predicts what a first run will do."""
    plan = find_cluster(looks)
    if plan.exists or predicting:
        return plan
    told = "; ".join(f"{look.host}: {look.node.get('reason', 'cannot be reached')}" for look in looks)
    raise KubewrightError(f"no control plane answers, so there is nobody to ask ({told}). Settle what stopped it, if this run did not get it up; "
                          f"under --limit, run without --limit or include a control plane.")


def _refuse_unreachable(others: list[Seen], allow_new: bool) -> None:
    silent = [look.host for look in others if not look.reachable]
    if silent and not allow_new:
        raise KubewrightError(f"there may be a cluster already: {', '.join(silent)} cannot be reached, and no other control plane answers. Nothing "
                              f"was made. Bring the machine back or take it off the inventory. If there certainly is no cluster, set "
                              f"kube_allow_new_cluster: true for one run.")


def _refuse_broken(others: list[Seen]) -> None:
    broken = [f"{look.host} ({look.node['reason']})" for look in others
              if look.control_plane and look.state in ("control_plane", "partial")]
    if broken:
        raise KubewrightError(f"there is a cluster, but its control plane does not answer: {', '.join(broken)}. It is broken or half made, not "
                              f"absent. Nothing was made. Let a run that includes it finish it, or look at its kubelet and `crictl ps -a` there.")


def refuse_remains(looks: list[Seen], me: str, allow_new: bool) -> None:
    """A reinstalled only control plane looks bare; its workers tell."""
    others = [look for look in looks if look.host != me]
    # What an interrupted operation holds and a reset would remove is nobody's proof of being the same cluster.
    mine = {value for look in looks if look.host == me and (look.state != "partial" or look.node.get("healthy")) for value in look.node.get("ca_hashes", [])}
    members = [look for look in others if _is_member(look, mine)]
    if members and not allow_new:
        first = members[0]
        raise KubewrightError(
            f"{', '.join(look.host for look in members)} belong to a cluster already (CA {', '.join(first.node['ca_hashes']) or 'unknown'}, endpoint "
            f"{first.node.get('endpoint')}), and no control plane of it answers: {me} looks reinstalled or half made. No second cluster was made. Restore the "
            f"control plane from a backup. If that cluster is lost for good, reset its machines and set kube_allow_new_cluster: true for one run.")


def _is_member(look: Seen, mine: set[str]) -> bool:
    """Of a cluster with another CA than mine; a worker whose CA cannot be told is one of some cluster all the same."""
    hashes = set(look.node.get("ca_hashes", []))
    return bool(look.state != "clean" and hashes - mine) or (look.state in ("worker", "control_plane") and not hashes)
