# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster leaves on a machine that `kubeadm reset` does not take away: what of it goes, what stays and why. Private to the collection."""

import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge
from ansible_collections.kubewright.cluster.plugins.module_utils import _firewall as firewall
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._trees import remove_tree
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import certificates

GROUPS = ("cni", "interfaces", "firewall", "kubeconfigs", "temporary", "pod_logs")
CNI_CONFIGS = "/etc/cni/net.d"
KNOWN_CNI = (os.path.basename(bridge.CONFLIST), "10-flannel.conflist", "10-canal.conflist", "10-calico.conflist", "calico-kubeconfig", "calico-tls")
CNI_STATE = "/var/lib/cni"
CNI_FILES = ("/run/flannel", "/run/calico", "/var/lib/calico", "/etc/NetworkManager/conf.d/calico.conf",
             "/etc/NetworkManager/conf.d/90-kubewright-calico.conf", "/etc/NetworkManager/conf.d/90-kubewright-flannel.conf")
TEMPORARY = "/etc/kubernetes/tmp"
LOGS = ("/var/log/pods", "/var/log/containers", "/var/log/calico")
NETWORKS = "/sys/class/net"
OWN_INTERFACE = re.compile(r"(cni0|flannel(-v6)?\.\d+|flannel-wg(-v6)?|vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali|cali[0-9a-f]+|kube-ipvs0|"
                           r"kube-bridge|nodelocaldns)$")


class Leftover(NamedTuple):
    """One thing that goes."""

    what: str
    remove: Callable[[], Any]


class Kept(NamedTuple):
    """One thing that stays."""

    what: str
    why: str

    def as_dict(self) -> Dict[str, str]:
        return dict(self._asdict())


class Leftovers:
    """What is there now. Looking changes nothing; each Leftover knows how it is removed."""

    def __init__(self, run: Runner, groups: Sequence[str], ca_hashes: Sequence[str], kubeconfigs: Sequence[str] = (), cni_files: Sequence[str] = (),
                 etcd_copies: bool = False) -> None:
        self.run = run
        self.groups, self.ca_hashes, self.kubeconfigs, self.cni_files, self.etcd_copies = groups, ca_hashes, kubeconfigs, cni_files, etcd_copies
        self.going: List[Leftover] = []
        self.kept: List[Kept] = []
        for name in GROUPS:
            found, kept = len(self.going), len(self.kept)
            getattr(self, "_" + name)()
            if name not in groups:
                self.kept[kept:] = [Kept(item.what, "{0} is not among the leftovers to remove".format(name)) for item in self.going[found:]]
                del self.going[found:]

    def _tree(self, path: str) -> None:
        """A file or a folder with all that is in it, unless something is mounted there."""
        if not os.path.lexists(path) or (os.path.isdir(path) and not os.listdir(path)):
            return
        if any(mount == path or mount.startswith(path + "/") for mount in _mounts()):
            self.kept.append(Kept(path, "something is mounted there"))
        else:
            self.going.append(Leftover(path, lambda: _take(path)))

    # Files of the pod network.

    def _cni(self) -> None:
        names = sorted(os.listdir(CNI_CONFIGS)) if os.path.isdir(CNI_CONFIGS) else []
        own = [name for name in names if name in (*KNOWN_CNI, *self.cni_files)]
        others = [name for name in names if name not in own]
        for name in own:
            self._tree(os.path.join(CNI_CONFIGS, name))
        self.kept += [Kept(os.path.join(CNI_CONFIGS, name), "nobody knows whose it is; name it in cni_files if it goes, too") for name in others]
        if others and os.path.isdir(CNI_STATE) and os.listdir(CNI_STATE):
            for name in own:
                self._tree(os.path.join(CNI_STATE, "networks", _network_name(name)))
            self.kept.append(Kept(CNI_STATE, "{0} in {1} may be in use by something else".format(", ".join(others), CNI_CONFIGS)))
        else:
            self._tree(CNI_STATE)
        for path in CNI_FILES:
            self._tree(path)
        self._bridge_unit()

    def _bridge_unit(self) -> None:
        unit = os.path.basename(bridge.UNIT)
        if os.path.exists(bridge.UNIT):
            self.going.append(Leftover("the unit " + unit, lambda: self._disable(unit)))
        for path in (bridge.ROUTES, bridge.RULES):
            self._tree(path)
        for family in ("-4", "-6"):
            routes = self.run(["ip", family, "route", "show", "proto", bridge.PROTOCOL], ok=(0, 1, 2)).stdout.split("\n")
            for route in (line.split()[0] for line in routes if line.split()):
                words = ["ip", family, "route", "del", route, "proto", bridge.PROTOCOL]
                self.going.append(Leftover("the route to " + route, lambda words=words: self.run(words)))  # type: ignore[misc]

    def _disable(self, unit: str) -> None:
        self.run(["systemctl", "disable", "--now", unit])
        remove_tree(bridge.UNIT)
        self.run(["systemctl", "daemon-reload"])

    # Network.

    def _interfaces(self) -> None:
        names = sorted(os.listdir(NETWORKS)) if os.path.isdir(NETWORKS) else []
        for name in names:
            if OWN_INTERFACE.match(name) or (name == _bridge_name() and _only_pods_on(name)):
                self.going.append(Leftover("the interface " + name, lambda name=name: self._delete_interface(name)))  # type: ignore[misc]
        if "tunl0" in names and _is_up("tunl0"):
            self.going.append(Leftover("the addresses of tunl0, which is taken down", self._down_tunnel))
        if "kube-ipvs0" in names:
            self._virtual_servers()

    def _delete_interface(self, name: str) -> None:
        if os.path.exists(os.path.join(NETWORKS, name)):  # kubeadm's removal of the pods may have taken it along
            self.run(["ip", "link", "delete", name])

    def _down_tunnel(self) -> None:
        self.run(["ip", "address", "flush", "dev", "tunl0"])
        self.run(["ip", "link", "set", "tunl0", "down"])

    def _virtual_servers(self) -> None:
        bound = self.run(["ip", "-o", "address", "show", "dev", "kube-ipvs0"], ok=(0, 1)).stdout
        able = self.run.module.get_bin_path("ipvsadm")
        for server, foreign in firewall.kubernetes_servers(firewall.virtual_servers(node.read("/proc/net/ip_vs")), bound).items():
            what, words = "the virtual server {0} {1}".format(server.protocol, server), ["ipvsadm", "--delete-service", server.option, str(server)]
            if foreign or not able:
                self.kept.append(Kept(what, foreign or "the program ipvsadm is not here; a reboot removes it"))
            else:
                self.going.insert(0, Leftover(what, lambda words=words: self.run(words)))  # type: ignore[misc]

    def _firewall(self) -> None:
        for program in self._programs():
            try:
                found = self._removal(program)
            except CommandError as error:
                self.kept.append(Kept("the rules of " + program, str(error)))
                continue
            if found:
                what = "the chains of Kubernetes in {0}, and the rules that lead to them".format(program)
                self.going.append(Leftover(what, lambda program=program: self._remove_rules(program)))  # type: ignore[misc]
        if self.run.module.get_bin_path("nft"):
            for family, name in firewall.nft_tables(self.run(["nft", "list", "tables"], ok=(0, 1)).stdout):
                words = ["nft", "delete", "table", family, name]
                self.going.append(Leftover("the nft table {0} {1}".format(family, name), lambda words=words: self.run(words)))  # type: ignore[misc]

    def _programs(self) -> List[str]:
        """Both kinds of each where both are there; the old kind only where the kernel has tables of it, since asking would load them."""
        found = []
        for base, tables in (("iptables", "/proc/net/ip_tables_names"), ("ip6tables", "/proc/net/ip6_tables_names")):
            kinds = [base + "-nft"] + ([base + "-legacy"] if node.read(tables).strip() else [])
            able = [kind for kind in kinds if self.run.module.get_bin_path(kind + "-save")]
            found += able or [kind for kind in [base] if self.run.module.get_bin_path(kind + "-save")]
        return found

    def _removal(self, program: str) -> str:
        return firewall.removal(self.run([program + "-save"]).stdout)

    def _remove_rules(self, program: str) -> None:
        self.run([program + "-restore", "--noflush", "--wait=20"], stdin=self._removal(program))

    # Files of users and of kubeadm.

    def _kubeconfigs(self) -> None:
        for path in self.kubeconfigs:
            if not os.path.exists(path):
                continue
            why = self._not_of_this_cluster(path)
            if why:
                self.kept.append(Kept(path, why))
            else:
                self._tree(path)

    def _not_of_this_cluster(self, path: str) -> str:
        try:
            hashes = {item.public_key_hash for pem in node.embedded(node.read(path), "certificate-authority-data") for item in certificates(pem)}
        except KubewrightError as error:
            return str(error)
        if not hashes:
            return "it holds no CA that could tell which cluster it is of"
        if not self.ca_hashes:
            return "this machine has no CA any more that it could be compared with"
        return "" if hashes <= set(self.ca_hashes) else "it is of another cluster, too"

    def _temporary(self) -> None:
        for name in sorted(os.listdir(TEMPORARY)) if os.path.isdir(TEMPORARY) else []:
            path = os.path.join(TEMPORARY, name)
            if name.startswith("kubeadm-backup-etcd") and not self.etcd_copies:
                self.kept.append(Kept(path, "a copy of etcd's data that kubeadm made before an upgrade"))
            else:
                self._tree(path)

    def _pod_logs(self) -> None:
        for path in LOGS:
            self._tree(path)


def _mounts() -> List[str]:
    return [line.split()[1] for line in node.read("/proc/mounts").splitlines() if len(line.split()) > 1]


def _is_up(name: str) -> bool:
    flags = node.read(os.path.join(NETWORKS, name, "flags")).strip() or "0"
    return bool(int(flags, 16) & 1)


def _bridge_name() -> str:
    """The bridge of our own pod network, which a user may have named."""
    match = re.search(r'"bridge":\s*"([^"]+)"', node.read(bridge.CONFLIST))
    return match.group(1) if match else ""


def _network_name(config: str) -> str:
    """The folder below which host-local notes the addresses of a network; one that nobody has where the file does not tell."""
    names = re.findall(r'"name":\s*"([\w.-]+)"', node.read(os.path.join(CNI_CONFIGS, config)))
    return names[0] if names else "no-network-of-" + config


def _only_pods_on(name: str) -> bool:
    """A bridge of that name may have been there before, with an interface of the machine on it."""
    ports = os.path.join(NETWORKS, name, "brif")
    return not os.path.isdir(ports) or all(port.startswith("veth") for port in os.listdir(ports))


def _take(path: str) -> None:
    """With the folder above it, if that was made for it alone."""
    remove_tree(path)
    above = os.path.dirname(path)
    if above in (os.path.dirname(bridge.ROUTES), TEMPORARY) and os.path.isdir(above) and not os.listdir(above):
        os.rmdir(above)
