# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a control plane's certificates are to be renewed, and who has to be started again for it. Pure. Private to the collection."""

import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

KUBERNETES = "/etc/kubernetes"
DAY = 86400
CERTIFICATE, AUTHORITY, KUBELET = "certificate", "authority", "kubelet"
# kubeadm's name for a certificate, and its file below the folder of certificates, where the one is not the other with .crt.
_FILES = {
    "etcd-ca": "etcd/ca.crt",
    "etcd-healthcheck-client": "etcd/healthcheck-client.crt",
    "etcd-peer": "etcd/peer.crt",
    "etcd-server": "etcd/server.crt",
}
# Who reads a certificate once, when it starts. Nothing that runs reads etcd-healthcheck-client, admin.conf and super-admin.conf.
READERS = {
    "etcd": ("etcd-server", "etcd-peer"),
    "kube-apiserver": ("apiserver", "apiserver-kubelet-client", "apiserver-etcd-client", "front-proxy-client"),
    "kube-controller-manager": ("controller-manager.conf",),
    "kube-scheduler": ("scheduler.conf",),
}
# What each of them shows to whoever connects.
SHOWN = {"etcd": "etcd-server", "kube-apiserver": "apiserver"}
_SIGNERS = {"etcd-": "etcd-ca", "apiserver-etcd-client": "etcd-ca", "front-proxy-": "front-proxy-ca"}


class Held(NamedTuple):
    """One certificate as this machine holds it."""

    name: str
    path: str
    kind: str  # CERTIFICATE, AUTHORITY or KUBELET
    authority: str
    externally_managed: bool
    expires: Optional[int]  # seconds since the epoch; None where the file is missing

    def as_dict(self, now: float) -> Dict[str, Any]:
        left = None if self.expires is None else int(self.expires - now)
        return {
            "name": self.name, "path": self.path, "kind": self.kind, "authority": self.authority,
            "externally_managed": self.externally_managed, "missing": self.expires is None,
            "expires": None if self.expires is None else date(self.expires),
            "seconds_left": left, "days_left": None if left is None else left // DAY,
        }


def date(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def path_of(name: str, pki: str) -> str:
    if name.endswith(".conf"):
        return "{0}/{1}".format(KUBERNETES, name)
    return "{0}/{1}".format(pki, _FILES.get(name, name + ".crt"))


def files_of(name: str, pki: str) -> List[str]:
    """The files that a renewal writes, the certificate first."""
    path = path_of(name, pki)
    return [path] if name.endswith(".conf") else [path, path[:-len("crt")] + "key"]


def signer(name: str) -> str:
    """The CA that signs a certificate; kubeadm says it of files since 1.20, of kubeconfigs since 1.21."""
    return next((ca for prefix, ca in _SIGNERS.items() if name.startswith(prefix)), "ca")


class Renewals(NamedTuple):
    names: List[str]
    left_out: List[str]  # sentences about certificates that are due and cannot be renewed here


def to_renew(held: Sequence[Held], wanted: Sequence[str], within_days: int, force: bool, now: float) -> Renewals:
    """What is due of what is wanted. What was named and cannot be renewed is an error, what `all` meets is left out with a sentence."""
    known = {item.name: item for item in held if item.kind == CERTIFICATE}
    everything = "all" in wanted
    if not everything:
        _refuse_unknown(wanted, held)
    names: List[str] = []
    left_out: List[str] = []
    for name in sorted(known) if everything else sorted(set(wanted)):
        item = known[name]
        due = item.expires is None or force or item.expires - now < within_days * DAY
        obstacle = _obstacle(item, held, now)
        if due and obstacle and not everything:
            raise KubewrightError(obstacle)
        if due and not obstacle:
            names.append(name)
        elif due and item.expires is not None:
            left_out.append(obstacle)
    return Renewals(names, left_out)


def _refuse_unknown(wanted: Sequence[str], held: Sequence[Held]) -> None:
    kinds = {item.name: item.kind for item in held}
    for name in wanted:
        kind = kinds.get(name)
        if kind == AUTHORITY:
            raise KubewrightError(
                "{0} is a certificate authority, and those are never renewed here: whatever it signed, on every node and in every kubeconfig, would "
                "stop being trusted. Replace it by hand, as the Kubernetes documentation says under "
                "\"Manual Rotation of CA Certificates\"; this module then renews what it signs.".format(name))
        if kind == KUBELET:
            raise KubewrightError("{0} is the kubelet's own; it renews it by itself while it reaches the API server. If it has expired, see "
                                  "docs/certificates.md.".format(name))
        if kind is None:
            known = sorted(item.name for item in held if item.kind == CERTIFICATE)
            raise KubewrightError("there is no certificate {0!r}; kubeadm knows all, {1}".format(name, ", ".join(known)))


def _obstacle(item: Held, held: Sequence[Held], now: float) -> str:
    """Why kubeadm cannot renew it; empty where it can."""
    if item.expires is None:
        return ("{0} is missing, and kubeadm renews only what is there. `kubeadm init phase certs {0}` (for a kubeconfig: `kubeadm init phase "
                "kubeconfig`) makes it.".format(item.name))
    authority = item.authority or signer(item.name)
    if item.externally_managed:
        return ("{0} is managed externally: the key of {1} is not on this machine. Have it signed where that key is, from "
                "`kubeadm certs generate-csr`, and put it at {2}.".format(item.name, authority, item.path))
    for ca in held:
        if ca.name == authority and ca.expires is not None and ca.expires <= now:
            return "{0} was signed by {1}, which expired at {2}: what it signs is worth nothing. Replace the CA first.".format(
                item.name, authority, date(ca.expires))
    return ""


def expired_kubelets(held: Sequence[Held], now: float) -> List[str]:
    """The kubelet's own client certificate, when it is over: nothing else says so before the kubelet is started the next time."""
    return ["the kubelet's own certificate {0} expired at {1}, so the kubelet does not start any more once it stops; docs/certificates.md says what "
            "to do.".format(item.path, date(item.expires))
            for item in held if item.name == "kubelet-client" and item.expires is not None and item.expires <= now]


def readers_of(names: Sequence[str]) -> List[str]:
    return [component for component, read in READERS.items() if set(read) & set(names)]


def fallback_documents(version: str, pki: str, address: Tuple[str, int], cri_socket: str, algorithm: str,
                       etcd: Dict[str, Any]) -> List[Dict[str, Any]]:
    """What kubeadm is told of the cluster where the API server does not say it: else it would take its defaults.

    Names and addresses it takes from the certificates themselves. etcd: the external one; empty where it is the control planes' own.
    """
    release = releases.version(version)
    api = releases.fact("config_api", release)
    host, port = address
    node = {"apiVersion": api, "kind": "InitConfiguration", "localAPIEndpoint": {"advertiseAddress": host, "bindPort": port}}
    if cri_socket:
        node["nodeRegistration"] = {"criSocket": cri_socket}
    cluster = {"apiVersion": api, "kind": "ClusterConfiguration", "kubernetesVersion": "v" + version, "certificatesDir": pki}
    if etcd:
        cluster["etcd"] = {"external": etcd}
    if algorithm and api.endswith("v1beta4"):
        cluster["encryptionAlgorithm"] = algorithm
    elif algorithm.startswith("ECDSA"):
        cluster["featureGates"] = {"PublicKeysECDSA": True}
    return [node, cluster]
