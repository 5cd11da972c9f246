# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge
from ansible_collections.kubewright.cluster.plugins.module_utils import _leftovers as leftovers
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

CA_HASH = "sha256:ea1fb8cd2aefd01952a75d44345eebdddb503ac1b69377aafc179a72366082ae"
RULES = "firewall/iptables-nft-save-1.8.9-kube-proxy-1.20.2.txt"
CALICO = "/etc/cni/net.d/10-calico.conflist"
KUBECONFIG = "/etc/users.config"


@pytest.fixture(autouse=True)
def quiet(machine: FakeMachine) -> FakeMachine:
    """No firewall programs, no routes."""
    machine.absent += ["nft", "ipvsadm", *(name + kind + "-save" for name in ("iptables", "ip6tables") for kind in ("", "-nft", "-legacy"))]
    machine.on("ip", "-4", "route", "show")
    machine.on("ip", "-6", "route", "show", rc=2)
    return machine


def look(machine: FakeMachine, *groups: str, **more: Any) -> leftovers.Leftovers:
    return leftovers.Leftovers(Runner(machine), groups, [CA_HASH], **more)


def going(found: leftovers.Leftovers) -> List[str]:
    return [item.what for item in found.going]


def kept(found: leftovers.Leftovers) -> Dict[str, str]:
    return {item.as_dict()["what"]: item.why for item in found.kept}


def remove(found: leftovers.Leftovers) -> None:
    for item in found.going:
        item.remove()


def test_a_bare_machine_has_none(machine: FakeMachine) -> None:
    found = look(machine, *leftovers.GROUPS)
    assert (found.going, found.kept) == ([], [])
    assert machine.files() == {}


def test_what_is_not_asked_for_stays_and_that_is_said(machine: FakeMachine) -> None:
    machine.write("/var/log/pods/x/0.log")
    machine.write(CALICO)
    found = look(machine, "interfaces")
    assert going(found) == []
    assert kept(found) == {CALICO: "cni is not among the leftovers to remove", "/var/log/pods": "pod_logs is not among the leftovers to remove"}


def test_files_of_known_networks_go_and_others_stay(machine: FakeMachine) -> None:
    for path in (CALICO, "/etc/cni/net.d/calico-kubeconfig", "/var/lib/calico/nodename", "/run/flannel/subnet.env", "/etc/NetworkManager/conf.d/calico.conf"):
        machine.write(path)
    machine.write("/var/lib/cni/networks/k8s/10.244.0.2")
    machine.folder("/run/calico")
    found = look(machine, "cni")
    assert going(found) == [CALICO, "/etc/cni/net.d/calico-kubeconfig", "/var/lib/cni", "/run/flannel", "/var/lib/calico",
                            "/etc/NetworkManager/conf.d/calico.conf"]
    remove(found)
    assert machine.files() == {} and going(look(machine, "cni")) == []


def test_a_network_that_nobody_knows_keeps_its_state(machine: FakeMachine) -> None:
    machine.write("/etc/cni/net.d/87-podman.conflist")
    machine.write(CALICO, '{"cniVersion": "0.3.1", "name": "k8s-pod-network", "plugins": [{"name": "other"}]}')
    machine.write("/var/lib/cni/networks/k8s-pod-network/10.244.0.2")
    machine.write("/var/lib/cni/networks/podman/10.88.0.2")
    found = look(machine, "cni")
    assert going(found) == [CALICO, "/var/lib/cni/networks/k8s-pod-network"]
    assert kept(found) == {"/etc/cni/net.d/87-podman.conflist": "nobody knows whose it is; name it in cni_files if it goes, too",
                           "/var/lib/cni": "87-podman.conflist in /etc/cni/net.d may be in use by something else"}
    remove(found)
    assert machine.has("/var/lib/cni/networks/podman/10.88.0.2") and not machine.has("/var/lib/cni/networks/k8s-pod-network")
    assert going(look(machine, "cni", cni_files=["87-podman.conflist"])) == ["/etc/cni/net.d/87-podman.conflist", "/var/lib/cni"]


@pytest.mark.parametrize("text", ["", "{", '{"name": "../../etc"}'])
def test_a_configuration_without_a_name_names_no_folder(machine: FakeMachine, text: str) -> None:
    machine.write("/etc/cni/net.d/87-podman.conflist")
    machine.write(CALICO, text)
    machine.write("/var/lib/cni/networks/podman/10.88.0.2")
    assert going(look(machine, "cni")) == [CALICO]


def test_what_is_mounted_stays(machine: FakeMachine) -> None:
    machine.write("/run/calico/cgroup/cgroup.procs")
    machine.write("/proc/mounts", "none /run/calico/cgroup cgroup2 rw 0 0\nnone /run/calicos tmpfs rw 0 0\n\n")
    found = look(machine, "cni")
    assert going(found) == [] and kept(found) == {"/run/calico": "something is mounted there"}


def test_the_bridge_plugin_goes_with_its_unit_routes_and_folder(machine: FakeMachine) -> None:
    for path in (bridge.CONFLIST, bridge.UNIT, bridge.ROUTES, bridge.RULES):
        machine.write(path)
    machine.on("ip", "-4", "route", "show", stdout="10.244.0.0/24 via 192.0.2.10 dev eth0 \n10.244.2.0/24 via 192.0.2.12 dev eth0 \n")
    machine.on("ip", "-4", "route", "del")
    machine.on("systemctl")
    found = look(machine, "cni")
    assert going(found) == [bridge.CONFLIST, "the unit kubewright-cni-bridge.service", bridge.ROUTES, bridge.RULES,
                            "the route to 10.244.0.0/24", "the route to 10.244.2.0/24"]
    remove(found)
    assert machine.files() == {} and not machine.has("/etc/kubewright")
    assert machine.commands("systemctl") == ["systemctl disable --now kubewright-cni-bridge.service", "systemctl daemon-reload"]
    assert machine.commands("ip", "-4", "route", "del")[1] == "ip -4 route del 10.244.2.0/24 proto 157"


def interfaces(machine: FakeMachine, *names: str) -> None:
    for name in names:
        machine.write("/sys/class/net/" + name + "/flags", "0x1003\n")


def test_interfaces_of_kubernetes_go_and_others_stay(machine: FakeMachine) -> None:
    own = ["cali12ab34cd56e", "cni0", "flannel-v6.1", "flannel-wg", "flannel.1", "kube-bridge", "nodelocaldns", "vxlan-v6.calico", "vxlan.calico",
           "wireguard.cali"]
    interfaces(machine, *own, "eth0", "lo", "docker0", "calico-lan", "cni-podman0", "cni0x", "flannel", "vethabc")
    machine.on("ip", "link", "delete")
    found = look(machine, "interfaces")
    assert going(found) == ["the interface " + name for name in own]
    machine.remove("/sys/class/net/cali12ab34cd56e/flags")
    os.rmdir("/sys/class/net/cali12ab34cd56e")  # kubeadm took it along with its pod
    remove(found)
    assert machine.commands("ip", "link") == ["ip link delete " + name for name in own[1:]]


@pytest.mark.parametrize(("ports", "goes"), [(None, True), ([], True), (["veth1", "veth2"], True), (["veth1", "eth1"], False)])
def test_a_bridge_that_a_user_named_goes_only_without_an_interface_of_the_machine(machine: FakeMachine, ports: Any, goes: bool) -> None:
    machine.write(bridge.CONFLIST, '{"plugins": [{"bridge": "pods0"}]}')
    interfaces(machine, "pods0")
    if ports is not None:
        machine.folder("/sys/class/net/pods0/brif")
        for port in ports:
            machine.write("/sys/class/net/pods0/brif/" + port)
    assert going(look(machine, "interfaces")) == (["the interface pods0"] if goes else [])


@pytest.mark.parametrize(("flags", "up"), [("0x91\n", True), ("0x90\n", False), ("", False)])
def test_the_tunnel_that_the_kernel_keeps_is_taken_down(machine: FakeMachine, flags: str, up: bool) -> None:
    machine.write("/sys/class/net/tunl0/flags", flags)
    machine.on("ip")
    found = look(machine, "interfaces")
    assert bool(going(found)) is up
    remove(found)
    assert machine.commands("ip", "link") == (["ip link set tunl0 down"] if up else [])


def ipvs(machine: FakeMachine) -> None:
    interfaces(machine, "kube-ipvs0")
    machine.write("/proc/net/ip_vs", "TCP  0A600001:01BB rr\nTCP  C0000264:0050 wlc\n")
    machine.on("ip", "-o", "address", stdout="5: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0\n")


def test_virtual_servers_of_kubernetes_go_before_their_interface(machine: FakeMachine) -> None:
    ipvs(machine)
    machine.absent.remove("ipvsadm")
    machine.on("ipvsadm")
    machine.on("ip", "link", "delete")
    found = look(machine, "interfaces")
    assert going(found) == ["the virtual server TCP 10.96.0.1:443", "the interface kube-ipvs0"]
    assert kept(found)["the virtual server TCP 192.0.2.100:80"].endswith("so it is somebody else's")
    remove(found)
    assert machine.commands("ipvsadm") == ["ipvsadm --delete-service --tcp-service 10.96.0.1:443"]


def test_virtual_servers_without_ipvsadm_are_named(machine: FakeMachine) -> None:
    ipvs(machine)
    assert kept(look(machine, "interfaces"))["the virtual server TCP 10.96.0.1:443"] == "the program ipvsadm is not here; a reboot removes it"


@pytest.mark.parametrize(("present", "tables", "asked"), [
    (["iptables-nft-save", "iptables-legacy-save", "iptables-save"], "", ["iptables-nft-save"]),
    (["iptables-nft-save", "iptables-legacy-save", "iptables-save"], "nat\n", ["iptables-nft-save", "iptables-legacy-save"]),
    (["iptables-save"], "", ["iptables-save"]), (["iptables-save", "ip6tables-save"], "", ["iptables-save", "ip6tables-save"]),
    (["iptables-legacy-save", "iptables-save"], "nat\n", ["iptables-legacy-save"]), ([], "nat\n", []),
])
def test_both_kinds_of_iptables_are_asked(machine: FakeMachine, captured: Callable[[str], str], present: List[str], tables: str, asked: List[str]) -> None:
    machine.absent[:] = [name for name in machine.absent if name not in present]
    machine.write("/proc/net/ip_tables_names", tables)
    for program in asked:
        machine.on(program, stdout=captured(RULES))
        machine.on(program.replace("-save", "-restore"))
    found = look(machine, "firewall")
    assert [call.words[0] for call in machine.calls if "save" in call.words[0]] == asked
    names = [name[:-len("-save")] for name in asked]
    assert going(found) == ["the chains of Kubernetes in {0}, and the rules that lead to them".format(name) for name in names]
    remove(found)
    restored = [call for call in machine.calls if "restore" in call.words[0]]
    assert [" ".join(call.words) for call in restored] == [name + "-restore --noflush --wait=20" for name in names]
    assert all("-X KUBE-SERVICES" in (call.stdin or "") for call in restored)


def test_a_firewall_that_does_not_answer_is_named(machine: FakeMachine) -> None:
    machine.absent.remove("ip6tables-nft-save")
    machine.on("ip6tables-nft-save", rc=1, stderr="Protocol not supported")
    assert "Protocol not supported" in kept(look(machine, "firewall"))["the rules of ip6tables-nft"]


def test_tables_of_kube_proxy_in_nft_go(machine: FakeMachine) -> None:
    machine.absent.remove("nft")
    machine.on("nft", "list", stdout="table ip kube-proxy\ntable inet firewalld\n")
    machine.on("nft", "delete")
    remove(look(machine, "firewall"))
    assert machine.commands("nft", "delete") == ["nft delete table ip kube-proxy"]


def kubeconfig(*authorities: str) -> str:
    import base64

    return "clusters:\n" + "".join("- cluster:\n    certificate-authority-data: {0}\n".format(base64.b64encode(text.encode()).decode()) for text in authorities)


@pytest.mark.parametrize(("authorities", "why"), [
    (["x509/ca-rsa.crt"], ""), (["x509/ca-ecdsa.crt"], "it is of another cluster, too"),
    (["x509/ca-rsa.crt", "x509/ca-ecdsa.crt"], "it is of another cluster, too"),
    ([], "it holds no CA that could tell which cluster it is of"),
])
def test_only_a_kubeconfig_of_this_cluster_goes(machine: FakeMachine, captured: Callable[[str], str], authorities: List[str], why: str) -> None:
    machine.write(KUBECONFIG, kubeconfig(*[captured(name) for name in authorities]))
    found = look(machine, "kubeconfigs", kubeconfigs=[KUBECONFIG, "/etc/none"])
    assert (going(found), kept(found)) == (([], {KUBECONFIG: why}) if why else ([KUBECONFIG], {}))


def test_a_kubeconfig_that_cannot_be_compared_stays(machine: FakeMachine, captured: Callable[[str], str]) -> None:
    machine.write(KUBECONFIG, kubeconfig(captured("x509/ca-rsa.crt")))
    found = leftovers.Leftovers(Runner(machine), ["kubeconfigs"], [], [KUBECONFIG])
    assert kept(found) == {KUBECONFIG: "this machine has no CA any more that it could be compared with"}
    machine.write(KUBECONFIG, "certificate-authority-data: !\n")
    assert "is not base64" in kept(look(machine, "kubeconfigs", kubeconfigs=[KUBECONFIG]))[KUBECONFIG]


@pytest.mark.parametrize("etcd_copies", [False, True])
def test_copies_of_etcd_that_kubeadm_made_are_not_just_temporary(machine: FakeMachine, etcd_copies: bool) -> None:
    machine.write("/etc/kubernetes/tmp/kubeadm-backup-etcd-2026/member/snap/db")
    machine.write("/etc/kubernetes/tmp/kubeadm-kubelet-config1/config.yaml")
    found = look(machine, "temporary", etcd_copies=etcd_copies)
    assert len(found.going) == 1 + etcd_copies and len(found.kept) == 1 - etcd_copies
    remove(found)
    assert machine.has("/etc/kubernetes/tmp") is not etcd_copies


def test_logs_of_pods_go_where_that_is_asked(machine: FakeMachine) -> None:
    machine.write("/var/log/pods/x/0.log")
    remove(look(machine, "pod_logs"))
    assert not machine.has("/var/log/pods")
