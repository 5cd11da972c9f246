# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a stacked etcd, asked from a control plane: who they are, and taking out one whose machine is gone. Private to the collection.

By etcd's own JSON gateway, which every etcd of Kubernetes 1.17 to 1.37 has: no program of etcd is needed on the host or in its container.
"""

import json
import os
import socket
from http.client import HTTPException
from typing import Any, Dict, List, NamedTuple, Optional, Sequence
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import bracketed, manifest_flag, read, trusting
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import ETCD_MANIFEST

LEARNERS_FROM = 29  # from this minor on kubeadm adds members as learners, which do not vote until they run
LOCAL = "https://127.0.0.1:2379"
PKI = "/etc/kubernetes/pki/etcd/"


class Member(NamedTuple):
    """One member; without a name while it was announced but never started."""

    id: str
    name: str
    peer_urls: List[str]
    client_urls: List[str]
    learner: bool


def members(answer: Dict[str, Any]) -> List[Member]:
    """The members of an answer to /v3/cluster/member/list."""
    try:
        return [Member(str(row["ID"]), row.get("name", ""), list(row.get("peerURLs", [])), list(row.get("clientURLs", [])),
                       bool(row.get("isLearner", False))) for row in answer.get("members", [])]
    except (AttributeError, KeyError, TypeError) as error:
        raise KubewrightError("etcd answered with members that cannot be read ({0!r}); look with `etcdctl member list`".format(error)) from error


def of_machine(found: Sequence[Member], name: str, addresses: Sequence[str]) -> Optional[Member]:
    """The member of a Node, by its name or by where it is."""
    matching = [member for member in found if member.name == name or {urlsplit(url).hostname for url in member.peer_urls} & set(addresses)]
    return matching[0] if matching else None


def refuse_without_majority(found: Sequence[Member], healthy: Sequence[Member], gone: Member) -> None:
    """etcd removes a member only with the consent of a majority, the one that is gone counted in; less than that is not tried."""
    voters = [member for member in found if not member.learner]
    well = [member for member in healthy if not member.learner and member.id != gone.id]
    if not gone.learner and len(well) < len(voters) // 2 + 1:
        raise KubewrightError(
            "the machine of etcd's member {0} was replaced, but of the {1} members only {2} are healthy ({3}), and removing it takes {4}. Nothing was "
            "removed. Bring up another member first; if none can be, restore etcd from a snapshot.".format(
                gone.name or gone.id, len(voters), len(well), ", ".join(member.name for member in well) or "none", len(voters) // 2 + 1))


def joining_manifest(manifest: str, name: str, address: str, found: Sequence[Member]) -> str:
    """The manifest of another control plane's etcd, as one for this machine that waits until the members know it.

    It has to be there before kubeadm announces the member: should kubeadm die in between, the kubelet goes on trying, and the majority comes back by itself.
    A kubelet that has just started does not know its disk yet; it refuses a pod that asks for some, and does not try again (seen with 1.20).
    """
    host = urlsplit(_flag(manifest, "initial-advertise-peer-urls")).netloc.rsplit(":", 1)[0]
    mine = bracketed(address)
    cluster = ["{0}={1}".format(member.name, member.peer_urls[0]) for member in found if member.name and member.name != name]
    cluster.append("{0}=https://{1}:2380".format(name, mine))
    lines = []
    for line in manifest.splitlines():
        flag = line.strip().split("=")[0]
        indent = line[:len(line) - len(line.lstrip())]
        if flag == "- --initial-cluster":
            lines += [indent + flag + "=" + ",".join(cluster), indent + "- --initial-cluster-state=existing"]
        elif flag == "- --name":
            lines.append(indent + flag + "=" + name)
        elif flag != "- --initial-cluster-state" and not line.strip().startswith("ephemeral-storage:"):
            lines.append(line.replace("//{0}:".format(host), "//{0}:".format(mine)))
    return "\n".join(lines) + "\n"


def _flag(manifest: str, name: str) -> str:
    value = manifest_flag(manifest, name)
    if value is None:
        raise KubewrightError("the manifest of etcd has no --{0}; look at {1}".format(name, ETCD_MANIFEST))
    return value


class Etcd:
    """This control plane's own etcd."""

    def __init__(self) -> None:
        paths = [PKI + name for name in ("ca.crt", "healthcheck-client.crt", "healthcheck-client.key")]
        try:
            context = trusting(paths[0])
            context.load_cert_chain(*paths[1:])
        except OSError as error:  # SSLError is one, and neither says which file it was
            raise KubewrightError(
                "etcd cannot be asked, since {0} cannot be used: {1}. Expected are etcd's CA, and a client certificate of it with its key. Where the pair is "
                "missing or broken, move its files away and make it again with `kubeadm init phase certs etcd-healthcheck-client`."
                .format(", ".join(paths), error)) from error
        self.opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def ask(self, url: str, question: Optional[Dict[str, Any]] = None, seconds: float = 10.0) -> Dict[str, Any]:
        data = None if question is None else json.dumps(question).encode("ascii")
        try:
            with self.opener.open(Request(url, data=data), timeout=seconds) as answer:  # noqa: S310 - etcd's own addresses, always https
                return dict(json.loads(answer.read().decode("utf-8")))
        except (OSError, HTTPException, ValueError) as error:  # URLError and SSLError are OSErrors
            raise KubewrightError("etcd does not answer at {0}: {1}. Look at it with `crictl ps -a --name etcd`.".format(url, error)) from error

    def members(self) -> List[Member]:
        return members(self.ask(LOCAL + "/v3/cluster/member/list", {}))

    def remove(self, member: Member) -> None:
        self.ask(LOCAL + "/v3/cluster/member/remove", {"ID": member.id})

    def healthy(self, member: Member) -> bool:
        for url in member.client_urls:
            try:
                return str(self.ask(url + "/health", seconds=3.0).get("health")) == "true"
            except KubewrightError:
                continue
        return False


def listens(url: str) -> bool:
    """Does anything at all answer there?"""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 2380), timeout=3.0).close()
        return True
    except OSError:
        return False


def remove_replaced(name: str, addresses: Sequence[str], check_mode: bool = False) -> bool:
    """Take out the member of a Node whose machine was proved to be another one; whether there was one."""
    if not os.path.exists(ETCD_MANIFEST):
        return False  # etcd is elsewhere
    etcd = Etcd()
    found = etcd.members()
    gone = of_machine(found, name, addresses)
    if gone is None:
        return False
    alive = [url for url in gone.peer_urls + gone.client_urls if listens(url)]
    if alive:
        raise KubewrightError("the machine {0} was replaced, but the old one's etcd still answers at {1}. Nothing was removed. Stop the old machine, or give "
                              "this one another name and address.".format(name, ", ".join(alive)))
    refuse_without_majority(found, [member for member in found if etcd.healthy(member)], gone)
    if not check_mode:
        etcd.remove(gone)
    return True


def manifest_for(name: str, address: str, kubernetes_version: str) -> str:
    """What a joining control plane needs beforehand where a member counts for the majority before it runs; empty elsewhere."""
    manifest = read(ETCD_MANIFEST)
    if not manifest or int(kubernetes_version.split(".")[1]) >= LEARNERS_FROM:
        return ""
    return joining_manifest(manifest, name, address, Etcd().members())
