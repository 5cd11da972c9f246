# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as files
from ansible_collections.kubewright.cluster.plugins.modules import cni_bridge
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

PEERS = [{"address": "192.0.2.10", "pod_cidrs": ["10.244.0.0/24"]}, {"address": "192.0.2.12", "pod_cidrs": ["10.244.2.0/24"]}]
ARGUMENTS: dict[str, Any] = {"pod_cidrs": ["10.244.1.0/24"], "cluster_cidrs": ["10.244.0.0/16"], "peers": PEERS}
FILES = (files.CONFLIST, files.ROUTES, files.RULES, files.UNIT)


class Node:
    """Routes, rules and units of one machine."""

    def __init__(self, machine: FakeMachine) -> None:
        self.routes: dict[str, str] = {}
        self.enabled = self.rules = False
        machine.on("ip", then=self._ip)
        machine.on("systemctl", then=self._systemctl)
        machine.on("sh", then=lambda _call: setattr(self, "rules", True))
        for program in ("iptables", "ip6tables"):
            machine.on(program, then=lambda _call: None if self.rules else (1, "", "No chain/target/match by that name."))

    def _ip(self, call: Call) -> Any:
        if "show" in call.words:
            rows = [{"dst": dst, "gateway": gateway} for dst, gateway in self.routes.items() if (":" in dst) is (call.words[1] == "-6")]
            return 0, json.dumps(rows) if rows else "", ""
        if call.words[2] == "replace":
            self.routes[call.words[3]] = call.words[5]
        else:
            del self.routes[call.words[3]]
        return 0, "", ""

    def _systemctl(self, call: Call) -> Any:
        if call.words[1] == "enable":
            self.enabled = True
        if call.words[1] != "is-enabled":
            return 0, "", ""
        return (0, "enabled\n", "") if self.enabled else (1, "disabled\n", "")


@pytest.fixture
def node(machine: FakeMachine) -> Node:
    return Node(machine)


def run(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(cni_bridge, check_mode, diff, **{**ARGUMENTS, **more})


@pytest.mark.parametrize(("check_mode", "change", "refused"), [(False, False, True), (False, True, True), (True, False, True), (True, True, False)])
def test_another_network_s_configuration_is_refused(machine: FakeMachine, node: Node, check_mode: bool, change: bool, refused: bool) -> None:
    machine.write("/etc/cni/net.d/10-flannel.conflist")
    result = run(check_mode, change=change)
    assert bool(result.get("failed")) is refused and ("this machine has the pod network flannel" in result.get("msg", "")) is refused


def test_check_real_check_real(machine: FakeMachine, node: Node) -> None:
    sentences = [*(f"write {path}" for path in sorted(FILES)), "enable the unit that does it after a reboot",
                 "route 10.244.0.0/24 by 192.0.2.10", "route 10.244.2.0/24 by 192.0.2.12", "set the rules"]
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, True)
        assert (result["changed"], result["actions"]) == (changed, sentences if changed else [])
        assert result.get("diff", {}).get("after", "").splitlines() == (sentences if changed else [])
        assert bool(machine.files()) is not (check_mode and changed)
    assert node.routes == {"10.244.0.0/24": "192.0.2.10", "10.244.2.0/24": "192.0.2.12"} and node.enabled and node.rules


def test_a_single_node_has_the_file_that_its_unit_reads_at_boot(machine: FakeMachine, node: Node) -> None:
    run(peers=[])
    assert machine.text(files.ROUTES) == "# Written by Kubewright (cni_bridge).\n" and node.routes == {}


def test_a_new_peer_is_one_route_and_a_peer_that_left_is_one_less(machine: FakeMachine, node: Node) -> None:
    run()
    result = run(peers=[PEERS[0], {"address": "192.0.2.13", "pod_cidrs": ["10.244.3.0/24"]}])
    assert [action for action in result["actions"] if "route " in action] == ["route 10.244.3.0/24 by 192.0.2.13", "remove the route to 10.244.2.0/24"]
    assert f"write {files.ROUTES}" in result["actions"] and f"write {files.CONFLIST}" not in result["actions"]
    assert node.routes == {"10.244.0.0/24": "192.0.2.10", "10.244.3.0/24": "192.0.2.13"}


def test_a_peer_that_moved_and_rules_that_somebody_removed_are_mended(machine: FakeMachine, node: Node) -> None:
    run()
    node.routes["10.244.2.0/24"] = "192.0.2.99"
    assert run()["actions"] == ["route 10.244.2.0/24 by 192.0.2.12", "set the rules"]
    node.rules = False
    assert run()["actions"] == ["set the rules"] and node.rules


def test_only_our_own_routes_are_looked_at(machine: FakeMachine, node: Node) -> None:
    run()
    assert all(" proto 157" in line for line in machine.commands("ip"))
    routes = ["route replace 10.244.0.0/24 via 192.0.2.10 proto 157", "route replace 10.244.2.0/24 via 192.0.2.12 proto 157"]
    assert machine.text(files.ROUTES).splitlines()[1:] == routes


@pytest.mark.parametrize(("more", "bridge"), [
    ({}, {"bridge": "cni0", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}),
    ({"bridge": "br0", "mtu": 1400, "pod_cidrs": ["10.244.1.0/24", "fd00:1::/64"]},
     {"bridge": "br0", "mtu": 1400, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}], [{"subnet": "fd00:1::/64"}]],
                                             "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}),
])
def test_the_configuration_is_that_of_the_reference_plugins(machine: FakeMachine, node: Node, more: dict[str, Any], bridge: dict[str, Any]) -> None:
    run(**more)
    found = json.loads(machine.text(files.CONFLIST))
    assert found["plugins"][0] == {"type": "bridge", "isGateway": True, "ipMasq": False, "hairpinMode": True, **bridge}
    assert [plugin["type"] for plugin in found["plugins"]] == ["bridge", "portmap"]


@pytest.mark.parametrize("cidrs", [["10.244.0.0/16"], ["fd00::/56"], ["10.244.0.0/16", "10.245.0.0/16", "fd00::/56"]])
def test_the_rules_are_a_script_that_may_run_twice(tmp_path: Any, cidrs: list[str]) -> None:
    text = cni_bridge.rules_text(cidrs)
    script = tmp_path / "rules"
    script.write_text("iptables() { echo 4 $*; }\nip6tables() { echo 6 $*; }\n" + text)
    printed = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line[0] for line in printed} == {"6" if ":" in cidr else "4" for cidr in cidrs}
    for cidr in cidrs:
        family = "6" if ":" in cidr else "4"
        rows = [line for line in printed if f"-s {cidr} " in line]
        assert rows[-1] == f"{family} -w -t nat -A KUBEWRIGHT-MASQ -s {cidr} -j MASQUERADE"
        assert f"{family} -w -t nat -A KUBEWRIGHT-MASQ -s {cidr} -d {cidr} -j RETURN" in rows[:-1]


def test_on_a_cluster_of_the_newer_family_its_own_program_is_asked(machine: FakeMachine, node: Node) -> None:
    peers = [{"address": "2001:db8::2", "pod_cidrs": ["fd00:2::/64"]}]
    more: dict[str, Any] = {"pod_cidrs": ["fd00:1::/64"], "cluster_cidrs": ["fd00::/56"], "peers": peers}
    run(**more)
    assert not run(**more)["changed"] and machine.commands("ip6tables") and not machine.commands("iptables")


def test_a_node_without_a_pod_range_is_refused(machine: FakeMachine, node: Node) -> None:
    result = run(pod_cidrs=[])
    assert result.failed and "this node has no pod range" in result["msg"] and machine.files() == {} and machine.calls == []


def test_a_command_that_fails_is_told(machine: FakeMachine, node: Node) -> None:
    machine.on("ip", "route", "replace", rc=2, stderr="Error: Nexthop has invalid gateway.")
    assert run()["msg"] == "pod network: `ip route replace 10.244.0.0/24 via 192.0.2.10 proto 157` ended with code 2: Error: Nexthop has invalid gateway."


def test_a_missing_program_is_named(machine: FakeMachine, node: Node) -> None:
    machine.absent.append("ip")
    assert "the program ip is not on this node" in run()["msg"]
