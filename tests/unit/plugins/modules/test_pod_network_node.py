# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge
from ansible_collections.kubewright.cluster.plugins.modules import pod_network_node
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

RULES = "*filter\n:KUBEWRIGHT-FORWARD - [0:0]\n-A FORWARD -j KUBEWRIGHT-FORWARD\n-A KUBEWRIGHT-FORWARD -j ACCEPT\nCOMMIT\n"


class Node:
    """Routes, interfaces and rules of one machine."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.routes: dict[str, list[dict[str, str]]] = {}
        self.rules: dict[str, str] = {}
        machine.folder("/sys/class/net")
        machine.on("ip", then=self._ip)
        machine.on("systemctl", stdout="active\n")
        for program in ("iptables", "ip6tables"):
            machine.on(program + "-save", then=lambda call: (0, self.rules.get(call.words[0][:-5], ""), ""))
            machine.on(program, then=self._rule)

    def interface(self, *names: str) -> None:
        for name in names:
            self.machine.write("/sys/class/net/" + name)

    def _ip(self, call: Call) -> Any:
        words = call.words[1:]
        if words[:2] == ["link", "delete"]:
            self.machine.remove("/sys/class/net/" + words[2])
        elif words[1:3] == ["route", "flush"]:
            self.routes.pop(words[0] + words[4])
        elif words[1:3] == ["route", "del"]:
            self.routes["-4"] = [route for route in self.routes["-4"] if route["dst"] != words[3]]
        elif words[1] == "-j":
            return 0, json.dumps(self.routes.get(words[0], [])), ""
        elif "proto" in words:
            return 0, "10.244.1.0/24 via 192.0.2.2" if words[0] + words[-1] in self.routes else "", ""
        return 0, "", ""

    def _rule(self, call: Call) -> None:
        self.rules.pop(call.words[0], None)


@pytest.fixture
def node(machine: FakeMachine) -> Node:
    return Node(machine)


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(pod_network_node, check_mode, **{"network": "flannel", **more})


def bridged(machine: FakeMachine, node: Node) -> list[str]:
    for path in (bridge.CONFLIST, bridge.UNIT, bridge.ROUTES, bridge.RULES, "/etc/cni/net.d/87-other.conflist"):
        machine.write(path)
    node.interface("cni0", "eth0", "veth1")
    node.routes["-4" + bridge.PROTOCOL] = []
    node.rules["iptables"] = RULES
    return ["remove the routes of protocol 157", "disable the unit kubewright-cni-bridge.service", *(f"remove {path}" for path in (
        bridge.UNIT, bridge.ROUTES, bridge.RULES)), "remove the interface cni0", "remove the chains of iptables that are KUBEWRIGHT-FORWARD|KUBEWRIGHT-MASQ",
        f"remove {bridge.CONFLIST}"]


def test_a_machine_with_nothing_of_another_network_is_left_as_it_is(machine: FakeMachine, node: Node) -> None:
    machine.write("/etc/cni/net.d/10-flannel.conflist")
    node.interface("cni0", "flannel.1")
    before = machine.files()
    assert run()["actions"] == [] and machine.files() == before and machine.calls == []


def test_a_machine_where_nothing_was_ever_installed(machine: FakeMachine) -> None:
    assert run()["changed"] is False


def test_another_network_is_refused_before_anything_is_touched(machine: FakeMachine, node: Node) -> None:
    bridged(machine, node)
    before = machine.files()
    assert "this machine has the pod network bridge, asked for is flannel" in run()["msg"] and machine.files() == before


def test_check_real_check_real(machine: FakeMachine, node: Node) -> None:
    sentences = bridged(machine, node)
    for check_mode, told in ((True, sentences), (False, sentences), (True, []), (False, [])):
        result = run(check_mode, change=True)
        assert (result["changed"], result["actions"], result["others"]) == (bool(told), told, ["bridge"] if told else [])
    assert machine.has("/etc/cni/net.d/87-other.conflist") and not machine.has(bridge.CONFLIST)
    assert machine.commands("iptables") == ["iptables -w -t filter -D FORWARD -j KUBEWRIGHT-FORWARD", "iptables -w -t filter -F KUBEWRIGHT-FORWARD",
                                            "iptables -w -t filter -X KUBEWRIGHT-FORWARD"]


def test_the_configuration_goes_last_so_that_a_run_that_is_stopped_goes_on(machine: FakeMachine, node: Node) -> None:
    bridged(machine, node)
    machine.on("ip", "link", "delete", rc=1, stderr="busy", once=True)
    assert run(change=True)["failed"] and machine.has(bridge.CONFLIST)
    assert run(change=True)["changed"] and not machine.has(bridge.CONFLIST)


def test_flannel_s_routes_by_the_machine_s_own_interface_are_told_by_its_network(machine: FakeMachine, node: Node) -> None:
    machine.write("/etc/cni/net.d/10-flannel.conflist")
    machine.write("/run/flannel/subnet.env", "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.0.1/24\n")
    node.interface("flannel.1", "flannel-wg")
    node.routes["-4"] = [{"dst": "10.244.1.0/24", "gateway": "192.0.2.2"}, {"dst": "default", "gateway": "192.0.2.1"}, {"dst": "10.244.0.0/24"},
                         {"dst": "198.51.100.0/24", "gateway": "192.0.2.9"}]
    told = run(network="bridge", change=True)["actions"]
    assert told == ["remove the route to 10.244.1.0/24", "remove the interface flannel-wg", "remove the interface flannel.1", "remove /run/flannel",
                    "remove /etc/cni/net.d/10-flannel.conflist"]


def test_calico_goes_with_its_key_first(machine: FakeMachine, node: Node) -> None:
    machine.absent = ["ip6tables-save"]
    for path in ("/etc/cni/net.d/10-calico.conflist", "/etc/cni/net.d/calico-kubeconfig", "/var/lib/calico/nodename"):
        machine.write(path)
    node.interface("cali0123456789a", "vxlan.calico", "tunl0")
    node.routes["-4bird"] = []
    node.rules["iptables"] = ":cali-INPUT - [0:0]\n"
    assert run(change=True)["actions"] == [
        "remove the routes of protocol bird", "remove the interface cali0123456789a", "remove the interface vxlan.calico",
        "remove the chains of iptables that are cali-…", "remove /var/lib/calico", "remove /etc/cni/net.d/calico-kubeconfig",
        "remove /etc/cni/net.d/10-calico.conflist"]


def test_a_network_that_nobody_knows_enough_of_is_refused_with_change_too(machine: FakeMachine, node: Node) -> None:
    machine.write("/etc/cni/net.d/05-cilium.conflist")
    assert "Take it away the way it came" in run(change=True)["msg"]


@pytest.mark.parametrize(("network", "state", "reloaded"), [("flannel", "active", True), ("calico", "inactive", False)])
def test_networkmanager_leaves_the_network_alone(machine: FakeMachine, node: Node, network: str, state: str, reloaded: bool) -> None:
    machine.folder("/etc/NetworkManager")
    machine.on("systemctl", "is-active", stdout=state + "\n")
    path = f"/etc/NetworkManager/conf.d/90-kubewright-{network}.conf"
    assert run(True, network=network)["actions"] == [f"write {path}"] and not machine.has(path)
    assert run(network=network)["changed"] and not run(network=network)["changed"]
    assert "[keyfile]\nunmanaged-devices+=interface-name:" in machine.text(path)
    assert bool(machine.commands("systemctl", "reload")) is reloaded


def test_the_bridge_needs_no_exception(machine: FakeMachine, node: Node) -> None:
    machine.folder("/etc/NetworkManager")
    assert not run(network="bridge")["changed"]
