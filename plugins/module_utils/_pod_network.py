# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod networks: how each is told by what it has in the cluster and on a machine, and what of it is to go. Pure. Private to the collection."""

import os
import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge

Object = Dict[str, Any]
LABEL = "kubewright.cluster/pod-network"  # on our objects, whose they are; on a Node, whose network its pods have
CONFIGURATION = "kubewright.cluster/configuration"
CONFIGS = "/etc/cni/net.d"


class Network(NamedTuple):
    """What tells one network from the others. Names are patterns for re.fullmatch."""

    daemon_sets: str  # namespace/name
    configs: Tuple[str, ...]  # in /etc/cni/net.d; the first is the one that the runtime reads
    files: Tuple[str, ...] = ()
    interfaces: str = ""
    chains: str = ""  # of iptables, with the rules whose comment says so


# canal comes first: it is Calico's DaemonSet with flannel in it.
NETWORKS: Dict[str, Network] = {
    "canal": Network(r"[^/]+/canal(-node)?", ("10-canal.conflist",)),
    "flannel": Network(r"[^/]+/kube-flannel-ds(-.+)?", ("10-flannel.conflist",), ("/run/flannel", "/var/lib/cni/flannel", "/var/lib/cni/networks/cbr0"),
                       r"cni0|flannel(-v6)?\.\d+|flannel-wg(-v6)?|flannel\.ipip|flannel0", r"FLANNEL-.*"),
    "calico": Network(r"[^/]+/calico-node", ("10-calico.conflist", "calico-kubeconfig"), ("/run/calico", "/var/lib/calico", "/var/run/nodeagent"),
                      r"vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali|cali[0-9a-f]+", r"cali-.*"),
    "bridge": Network(r"(?!)", (os.path.basename(bridge.CONFLIST),), ("/var/lib/cni/networks/kubewright-bridge",), "cni0", "|".join(bridge.CHAINS)),
    "cilium": Network(r"[^/]+/cilium", ("05-cilium.conflist", "05-cilium.conf")),
    "weave": Network(r"[^/]+/weave-net", ("10-weave.conflist",)),
    "kube-router": Network(r"[^/]+/kube-router", ("10-kuberouter.conflist", "10-kuberouter.conf")),
    "antrea": Network(r"[^/]+/antrea-agent", ("10-antrea.conflist",)),
}
REMOVABLE = ("flannel", "calico", "bridge")  # those whose traces are all known here


class Found(NamedTuple):
    """A network that is in the cluster."""

    name: str
    place: str  # namespace/name of its DaemonSet
    ours: bool

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


def in_cluster(daemon_sets: Sequence[Object]) -> List[Found]:
    """Those whose DaemonSets are there."""
    found = []
    for item in daemon_sets:
        place = "{namespace}/{name}".format(**item["metadata"])
        for name, network in NETWORKS.items():
            if re.match("(?:" + network.daemon_sets + r")\Z", place):
                found.append(Found(name, place, (item["metadata"].get("labels") or {}).get(LABEL) == name))
                break
    return found


def on_machine(names: Sequence[str]) -> List[str]:
    """Those whose configuration is among these files."""
    return [name for name, network in NETWORKS.items() if network.configs[0] in names]


def labelled(item: Object, name: str) -> Object:
    """With the label that tells whose it is."""
    metadata = item["metadata"]
    return dict(item, metadata=dict(metadata, labels=dict(metadata.get("labels") or {}, **{LABEL: name})))


def refusal(wanted: str, others: Sequence[str], where: str) -> str:
    """What is said where another network is there, and nobody has asked for a change."""
    can = all(name in REMOVABLE for name in others)
    remedy = ("To change it, which takes the network from all pods for a while, set kube_cni_change=true for one run; else set kube_cni to what is there"
              if can else "Take it away the way it came, then run again; Kubewright does not know all that it has made")
    return "{0} has the pod network {1}, asked for is {2}. Nothing was touched. {3}.".format(where, " and ".join(others), wanted, remedy)


# Objects of those that can be taken away, as (kind, namespace, name); what carries our label goes anyway.

_CLUSTER = {"flannel": ("flannel",), "calico": ("calico-node", "calico-kube-controllers", "calico-cni-plugin", "calico-tier-getter"), "bridge": ()}
ROLES = ("clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io")
OPERATOR = "operator.tigera.io"
LABELLED = ("daemonsets.apps", "deployments.apps", "configmaps", "serviceaccounts", "poddisruptionbudgets.policy", *ROLES, "namespaces")


def known_objects(name: str, place: str) -> List[Tuple[str, str, str]]:
    """In the order in which they are to go: the daemons first, or they would make anew what is taken away."""
    namespace, daemon_set = place.split("/")
    found = [("daemonsets.apps", namespace, daemon_set)]
    if name == "flannel":
        found += [("configmaps", namespace, "kube-flannel-cfg"), ("serviceaccounts", namespace, "flannel")]
    elif name == "calico" and namespace == "calico-system":  # the operator would bring its DaemonSet back, so what it obeys goes first
        found = [("installations." + OPERATOR, "", "default"), ("apiservers." + OPERATOR, "", "default")]
        found += [("deployments.apps", "tigera-operator", "tigera-operator")]
    elif name == "calico":
        found += [("deployments.apps", namespace, "calico-kube-controllers"), ("poddisruptionbudgets.policy", namespace, "calico-kube-controllers"),
                  ("configmaps", namespace, "calico-config")]
        found += [("serviceaccounts", namespace, account) for account in _CLUSTER["calico"][:3]]
    found += [(kind, "", role) for kind in ROLES for role in _CLUSTER.get(name, ())]
    own_namespaces = {"kube-flannel": ["kube-flannel"], "calico-system": ["calico-system", "calico-apiserver", "tigera-operator"]}
    return found + [("namespaces", "", one) for one in own_namespaces.get(namespace, [])]


def definitions(names: Sequence[str], of: str) -> List[str]:
    """Of all CustomResourceDefinitions those that belong to the network; with them goes all that it has noted of addresses and policies."""
    return [name for name in names if of == "calico" and name.endswith((".projectcalico.org", "." + OPERATOR))]


# References of images.

def split(ref: str) -> Tuple[str, str, str]:
    """Registry, repository and tag of registry/repository:tag; what is not there is empty."""
    name = ref.split("@")[0]
    head, slash, last = name.rpartition("/")
    last, _colon, tag = last.partition(":")
    name = head + slash + last
    first, _slash, rest = name.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        return first, rest, tag
    return "", name, tag


def moved(ref: str, registry: str) -> str:
    """With another registry in front, which may have a path of its own."""
    if not registry:
        return ref
    _registry, repository, tag = split(ref)
    return "{0}/{1}{2}".format(registry.rstrip("/"), repository, ":" + tag if tag else "")


def same_image(ref: str, other: str) -> bool:
    """Whether both name one image, whatever the registry: node:v1 of calico is not node:v1 of somebody else."""
    _one, repository, tag = split(ref)
    _two, other_repository, other_tag = split(other)
    return tag == other_tag and repository.split("/")[-2:] == other_repository.split("/")[-2:]


# Traces on a machine.

class Rules(NamedTuple):
    """What a program of iptables is told, in this order, to take chains and what leads to them away."""

    table: str
    words: Tuple[str, ...]


def rules_to_remove(saved: str, chains: str) -> List[Rules]:
    """Of what `iptables-save` prints: rules outside of these chains that lead into them, then the chains."""
    own = re.compile("(?:" + chains + r")\Z")
    leading: List[Rules] = []
    emptied: List[Rules] = []
    removed: List[Rules] = []
    table = ""
    for line in saved.splitlines():
        chain = _chain(line)
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":") and own.match(chain):
            emptied.append(Rules(table, ("-F", chain)))
            removed.append(Rules(table, ("-X", chain)))
        elif line.startswith("-A ") and not own.match(chain):
            target = _target(line)
            if target and own.match(target):
                leading.append(Rules(table, ("-D", *_words(line)[1:])))
    return leading + emptied + removed


def _chain(line: str) -> str:
    words = line.lstrip(":").split()
    return words[1 if line.startswith("-A ") else 0] if len(words) > (1 if line.startswith("-A ") else 0) else ""


def _target(line: str) -> Optional[str]:
    words = _words(line)
    return next((words[index + 1] for index, word in enumerate(words[:-1]) if word in ("-j", "-g")), None)


def _words(line: str) -> List[str]:
    """As a shell would divide them: a comment stands between double quotes."""
    return [quoted if quoted or not plain else plain for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)]
