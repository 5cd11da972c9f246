# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _firewalld
from ansible_collections.kubewright.cluster.plugins.modules import node_firewall
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, captured_text, run_module

PORTS = [{"protocol": "tcp", "ports": "6443", "from": "everybody"}, {"protocol": "tcp", "ports": "10250", "from": "nodes"},
         {"protocol": "ipip", "ports": "", "from": "nodes"}, {"protocol": "tcp", "ports": "2381", "from": "itself"}]
OFF = "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n"
ON = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
BEFORE = "*filter\n:ufw-before-input - [0:0]\nCOMMIT\n"
FLUSHED = "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"
OWN = "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\n-A KUBE-FORWARD -j ACCEPT\nCOMMIT\n"


@pytest.fixture(autouse=True)
def node(machine: FakeMachine) -> FakeMachine:
    machine.on("systemctl", "show", stdout=OFF)
    machine.absent.append("nft")
    return machine


def run(check_mode: bool = False, diff: bool = False, **arguments: Any) -> Result:
    given = {"ports": PORTS, "cluster_networks": ["10.244.0.0/16"], **arguments}
    return run_module(node_firewall, check_mode, diff, **given)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Warnings; where they end in a real run depends on Ansible's version."""
    found: list[str] = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda _module, text, *_args, **_options: found.append(text))
    return found


class FakeUfw:
    """Keeps what it is told to allow."""

    def __init__(self, machine: FakeMachine, *rules: str) -> None:
        self.machine, self.rules = machine, list(rules)
        machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
        machine.write("/etc/ufw/before.rules", BEFORE)
        machine.on("ufw", then=self._rule)
        machine.on("ufw", "show", "added", then=lambda _call: (0, "".join(f"ufw {rule}\n" for rule in self.rules), ""))
        machine.on("ufw", "reload")
        machine.on("ufw", "disable", then=lambda _call: machine.write("/etc/ufw/ufw.conf", "ENABLED=no\n"))

    def _rule(self, call: Call) -> None:
        words = call.words[1:]
        if words[0] == "--force":
            text = " ".join([word for word in words[1:] if word != "delete"])
            self.rules = [rule for rule in self.rules if rule.split(" comment ")[0] != text]
        else:
            self.rules.append(" ".join(words))


def test_a_machine_without_a_firewall_stays_without_one(machine: FakeMachine) -> None:
    assert run() == {**run(), "changed": False, "actions": [], "firewalls": []} and run(state="off")["changed"] is False
    machine.absent.append("systemctl")
    assert not run()["changed"]


def test_ufw_lets_through_what_is_needed_and_is_proven(machine: FakeMachine) -> None:
    ufw = FakeUfw(machine, "allow 22/tcp", "allow 9/tcp comment kubewright")
    predicted = run(check_mode=True, diff=True)
    assert ufw.rules == ["allow 22/tcp", "allow 9/tcp comment kubewright"] and predicted["changed"]
    done = run(node_networks=["192.0.2.0/24"])
    assert done["firewalls"] == ["ufw"] and ufw.rules == ["allow 22/tcp", *[rule + " comment kubewright" for rule in (
        "allow 6443/tcp", "allow from 192.0.2.0/24 to any port 10250 proto tcp", "allow from 10.244.0.0/16", "route allow from 10.244.0.0/16",
        "route allow to 10.244.0.0/16")]]
    assert "-p 4 -s 192.0.2.0/24 -j ACCEPT" in machine.text("/etc/ufw/before.rules") and machine.commands("ufw", "reload") == ["ufw reload"]
    assert not run(node_networks=["192.0.2.0/24"])["changed"]
    assert predicted["diff"]["after"].startswith("ufw: take back allow 9/tcp\nufw: allow 6443/tcp\n")


def test_ufw_takes_back_what_is_ours_where_nothing_is_asked_for(machine: FakeMachine) -> None:
    ufw = FakeUfw(machine, "allow 22/tcp")
    run(node_networks=["192.0.2.0/24"])
    assert run(ports=[], cluster_networks=[])["changed"] and ufw.rules == ["allow 22/tcp"] and machine.text("/etc/ufw/before.rules") == BEFORE
    assert not run(ports=[], cluster_networks=[])["changed"]


def test_what_does_not_stay_is_an_error(machine: FakeMachine) -> None:
    FakeUfw(machine)
    machine.on("ufw", "allow")
    assert "still lacks this: ufw: allow 6443/tcp" in run()["msg"]


def test_firewalls_are_turned_off_now_and_at_boot(machine: FakeMachine) -> None:
    FakeUfw(machine)
    machine.on("systemctl", "show", stdout=ON)
    machine.absent += ["iptables-save", "ip6tables-save"]
    machine.on("systemctl", "disable", then=lambda _call: machine.on("systemctl", "show", stdout=OFF))
    assert run(check_mode=True, state="off")["actions"] == ["firewalld: stop it, and keep it from starting at boot", "ufw: disable it, now and at boot"]
    assert run(state="off")["changed"] and machine.commands("systemctl", "disable") == ["systemctl disable --now firewalld.service"]
    assert not run(state="off")["changed"]


def test_another_firewall_is_told(machine: FakeMachine, told: list[str]) -> None:
    machine.absent.clear()
    chain = "table inet filter {{\n\tchain input {{\n\t\ttype filter hook input priority filter; policy {0};\n\t}}\n}}\n"
    machine.on("nft", stdout=chain.format("accept"))
    run()
    machine.on("nft", stdout=chain.format("drop"))
    run(state="off")
    assert told == []
    run()
    assert "nft: inet filter input" in told[0]


class FakeFirewalld:
    """Reads its own files at a reload, keeps zones, and flushes iptables, as the real one does."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.zones: dict[str, dict[str, dict[str, list[str]]]] = {kind: {"public": {"services": ["ssh"], "rich rules": []}} for kind in ("now", "permanent")}
        self.service: dict[str, str] = {}
        self.iptables = OWN
        machine.on("systemctl", "show", stdout=ON)
        machine.on("firewall-cmd", then=self._answer)
        machine.on("firewall-offline-cmd", then=self._answer_while_stopped)
        machine.on("iptables-save", then=lambda _call: (0, self.iptables, ""))
        machine.on("ip6tables-save", stdout=FLUSHED)
        machine.on("iptables-restore", then=self._restore)

    def _restore(self, call: Call) -> None:
        self.iptables = str(call.stdin)

    def _answer(self, call: Call) -> Any:
        words = call.words[1:]
        kind = "permanent" if "--permanent" in words else "now"
        words = [word for word in words if word != "--permanent"]
        if words[0] == "--list-all-zones":
            return 0, "\n\n".join(self._printed(name, zone) for name, zone in self.zones[kind].items()) + "\n", ""
        if words[0].startswith("--info-service="):
            text = self.service.get(words[0].split("=")[1])
            return (0, text, "") if text else (101, "", "Error: INVALID_SERVICE")
        if words[0] == "--reload":
            self._reload()
        if words[0].startswith("--zone="):
            self._zone(self.zones[kind][words[0].split("=")[1]], words[1])
        return 0, {"--get-default-zone": "public\n", "--get-policies": "kubewright-pods\n" if self.service else "\n"}.get(words[0], "success\n"), ""

    def _answer_while_stopped(self, call: Call) -> Any:
        """As its source has it: no --permanent, and another word for a service that goes."""
        assert "--permanent" not in call.words and not any(word.startswith("--remove-service=") for word in call.words)
        words = [word.replace("-from-zone", "") for word in call.words[1:]]
        return self._answer(call._replace(words=["firewall-cmd", "--permanent", *words]))

    @staticmethod
    def _printed(name: str, zone: dict[str, list[str]]) -> str:
        rules = "".join("\n\t" + rule for rule in zone.get("rich rules", []))
        plain = "".join("\n  {}: {}".format(key, " ".join(values)) for key, values in zone.items() if key != "rich rules")
        return name + plain + "\n  rich rules: " + rules

    @staticmethod
    def _zone(zone: dict[str, list[str]], option: str) -> None:
        name, value = option.split("=", 1)
        key = "services" if name.endswith("service") else "rich rules"
        if name.startswith("--add"):
            zone[key].append(value)
        else:
            zone[key].remove(value)

    def _reload(self) -> None:
        import re

        self.iptables = FLUSHED
        for name in ("kubewright", "kubewright-nodes"):
            if self.machine.has(f"/etc/firewalld/services/{name}.xml"):
                text = self.machine.text(f"/etc/firewalld/services/{name}.xml")
                ports = ["{1}/{0}".format(*found) for found in re.findall('protocol="(.*?)" port="(.*?)"', text)]
                self.service[name] = "{}\n  ports: {}\n  protocols: {}\n".format(name, " ".join(ports), " ".join(re.findall('value="(.*?)"', text)))
        sources = re.findall('source address="(.*?)"', self.machine.text("/etc/firewalld/zones/kubewright.xml"))
        self.zones["permanent"]["kubewright"] = {"target": ["ACCEPT"], "sources": sources}
        self.zones["now"] = {name: {key: list(values) for key, values in zone.items()} for name, zone in self.zones["permanent"].items()}


@pytest.fixture
def firewalld(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> FakeFirewalld:
    machine.folder("/etc/policies")
    monkeypatch.setattr(_firewalld, "POLICIES", "/etc/policies")
    return FakeFirewalld(machine)


def test_firewalld_is_reloaded_once_and_the_rules_of_kubernetes_come_back(machine: FakeMachine, firewalld: FakeFirewalld) -> None:
    predicted = run(check_mode=True)
    assert firewalld.service == {} and not machine.has("/etc/firewalld/services/kubewright.xml")
    done = run()
    assert done["actions"] == predicted["actions"] and done["firewalls"] == ["firewalld"]
    assert firewalld.zones["now"]["public"]["services"] == firewalld.zones["permanent"]["public"]["services"] == ["ssh", "kubewright"]
    assert "-I FORWARD -j KUBE-FORWARD" in firewalld.iptables and len(machine.commands("firewall-cmd", "--reload")) == 1
    assert not run()["changed"] and len(machine.commands("firewall-cmd", "--reload")) == 1


def test_firewalld_opens_to_nodes_only_and_closes_again(machine: FakeMachine, firewalld: FakeFirewalld) -> None:
    assert run(node_networks=["192.0.2.0/24"])["changed"] and not run(node_networks=["192.0.2.0/24"])["changed"]
    rule = 'rule family="ipv4" source address="192.0.2.0/24" service name="kubewright-nodes" accept'
    assert firewalld.zones["permanent"]["public"]["rich rules"] == [rule] and machine.has("/etc/firewalld/services/kubewright-nodes.xml")
    assert run()["changed"] and not machine.has("/etc/firewalld/services/kubewright-nodes.xml") and firewalld.zones["now"]["public"]["rich rules"] == []
    assert not run()["changed"]


def test_what_is_ours_is_taken_back_where_nothing_is_asked_for(machine: FakeMachine, firewalld: FakeFirewalld) -> None:
    run(node_networks=["192.0.2.0/24"])
    assert run(ports=[], cluster_networks=[])["changed"] and not run(ports=[], cluster_networks=[])["changed"]
    assert "port=" not in machine.text("/etc/firewalld/services/kubewright.xml") and firewalld.zones["now"]["kubewright"]["sources"] == []
    assert firewalld.zones["permanent"]["public"]["rich rules"] == [] and not machine.has("/etc/firewalld/services/kubewright-nodes.xml")


def test_what_was_set_for_now_only_is_set_again_after_a_reload(firewalld: FakeFirewalld) -> None:
    firewalld.zones["now"]["public"]["services"].append("http")
    assert "add-service=http in zone public" in run()["actions"][0]
    assert firewalld.zones["now"]["public"]["services"] == ["ssh", "http", "kubewright"]
    assert firewalld.zones["permanent"]["public"]["services"] == ["ssh", "kubewright"]


def test_a_firewalld_that_starts_at_the_next_boot_has_the_ports_then(
        machine: FakeMachine, firewalld: FakeFirewalld, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    machine.on("systemctl", "show", stdout=ON.replace("active", "inactive"))
    predicted = run(check_mode=True, node_networks=["192.0.2.0/24"])
    assert not machine.has("/etc/firewalld/zones/kubewright.xml")
    done = run(node_networks=["192.0.2.0/24"])
    assert done["actions"] == predicted["actions"] and done["firewalls"] == [] and machine.commands("firewall-cmd") == []
    assert firewalld.zones["permanent"]["public"]["services"] == ["ssh", "kubewright"] and firewalld.zones["now"]["public"]["services"] == ["ssh"]
    assert not run(node_networks=["192.0.2.0/24"])["changed"] and "will start at the next boot" in told[0]
    assert run(state="open", ports=[])["changed"] and not machine.has("/etc/firewalld/services/kubewright-nodes.xml") and not run(ports=[])["changed"]
    firewalld.zones["permanent"]["public"]["services"].append("kubewright-nodes")
    assert "remove service kubewright-nodes in zone public, from the next start on" in run(ports=[])["actions"][0]


def test_an_old_firewalld_has_no_policies(machine: FakeMachine, firewalld: FakeFirewalld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_firewalld, "POLICIES", "/etc/none")
    assert run()["changed"] and not machine.has("/etc/firewalld/policies/kubewright-pods.xml") and not run()["changed"]


def test_a_policy_that_is_not_loaded_is_loaded(machine: FakeMachine, firewalld: FakeFirewalld) -> None:
    run()
    machine.on("firewall-cmd", "--get-policies", stdout="allow-host-ipv6\n", once=True)
    assert "reload it" in run()["actions"][0]


def test_without_iptables_there_is_nothing_to_keep(machine: FakeMachine, firewalld: FakeFirewalld) -> None:
    machine.absent += ["iptables-save", "ip6tables-save"]
    assert run()["changed"] and machine.commands("iptables-restore") == []


def test_wrong_options_are_told() -> None:
    assert "cluster_networks: " in run(cluster_networks=["pods"])["msg"]
    assert "a port to open" in run(ports=[{"protocol": "tcp"}])["msg"]


def test_the_fake_prints_zones_as_firewalld_does(captured: Callable[[str], str]) -> None:
    assert FakeFirewalld._printed("public", {"services": ["ssh"], "rich rules": ["rule drop"]}).splitlines()[0] == "public"
    assert "\n  services: " in captured_text("firewalld/list-all-zones-1.3.3.txt") and "\n  rich rules: \n\t" in captured("firewalld/list-all-zones-1.3.3.txt")
