#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: pod_network_node
short_description: Have a machine ready for one pod network, with nothing of another on it
version_added: 0.1.0
description:
  - Refuses to go on where another pod network's configuration is in C(/etc/cni/net.d), unless O(change) is set. Then it takes away that network's
    interfaces, routes, rules of iptables, files and, at last, its configuration. Pods that came with it have no network from then on.
  - Only what belongs to flannel, Calico or Kubewright's own bridge is taken away. Files of other networks are refused with O(change), too.
  - Where NetworkManager is installed, it is told to leave the network's interfaces alone; it would take their addresses and routes away.
options:
  network:
    description: The pod network that the machine is to have.
    type: str
    choices: [flannel, calico, bridge]
    required: true
  change:
    description: Take another pod network away.
    type: bool
    default: false
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Be ready for flannel
  kubewright.cluster.pod_network_node:
    network: flannel
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [remove the interface cni0, remove /etc/cni/net.d/10-kubewright-bridge.conflist]
others:
  description: Other pod networks whose configuration was there.
  returned: always
  type: list
  elements: str
  sample: [bridge]
"""

import ipaddress
import json
import os
import re
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._trees import remove_tree

INTERFACES = "/sys/class/net"
MANAGER = "/etc/NetworkManager"
UNMANAGED = {
    "flannel": ("flannel*", "cni0", "veth*"),
    "calico": ("cali*", "tunl*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali"),
}
SUBNET_FILE = "/run/flannel/subnet.env"
PROTOCOLS = {"calico": ("bird", "80"), "bridge": (bridge.PROTOCOL,)}  # of routes


class Machine:
    """Look at what another network has left, refuse or take it away; then NetworkManager."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.wanted: str = module.params["network"]
        self.run = Runner(module)
        self.actions: List[str] = []

    def _do(self, sentence: str, action: Any) -> None:
        self.actions.append(sentence)
        if not self.module.check_mode:
            action()

    def execute(self) -> Dict[str, Any]:
        names = os.listdir(network.CONFIGS) if os.path.isdir(network.CONFIGS) else []
        others = [name for name in network.on_machine(names) if name != self.wanted]
        if others and not (self.module.params["change"] and all(name in network.REMOVABLE for name in others)):
            raise KubewrightError(network.refusal(self.wanted, others, "this machine"))
        for name in others:
            self._remove(name)
        self._network_manager()
        return {"changed": bool(self.actions), "actions": self.actions, "others": others}

    def _remove(self, name: str) -> None:
        """The configuration goes last: as long as it is there, the next run knows that there is something to do."""
        traces = network.NETWORKS[name]
        self._routes(name)
        if name == "bridge":
            self._bridge_unit()
        for interface in sorted(os.listdir(INTERFACES)):
            if traces.interfaces and re.match("(?:" + traces.interfaces + r")\Z", interface):
                self._do("remove the interface " + interface, lambda interface=interface: self._delete(interface))
        self._rules(traces.chains)
        configs = [os.path.join(network.CONFIGS, config) for config in traces.configs]
        for path in [*traces.files, *reversed(configs)]:
            if os.path.lexists(path):
                self._do("remove " + path, lambda path=path: remove_tree(path))

    def _delete(self, interface: str) -> None:
        if os.path.exists(os.path.join(INTERFACES, interface)):  # a veth's other end may have taken it along
            self.run(["ip", "link", "delete", interface])

    def _bridge_unit(self) -> None:
        if not os.path.exists(bridge.UNIT):
            return
        unit = os.path.basename(bridge.UNIT)
        self._do("disable the unit " + unit, lambda: self.run(["systemctl", "disable", "--now", unit]))
        for path in (bridge.UNIT, bridge.ROUTES, bridge.RULES):
            if os.path.exists(path):
                self._do("remove " + path, lambda path=path: remove_tree(path))

    def _routes(self, name: str) -> None:
        for family in ("-4", "-6"):
            for protocol in PROTOCOLS.get(name, ()):
                if self.run(["ip", family, "route", "show", "proto", protocol], ok=(0, 1, 2)).stdout.strip():
                    words = ["ip", family, "route", "flush", "proto", protocol]
                    self._do("remove the routes of protocol {0}".format(protocol), lambda words=words: self.run(words))
            if name == "flannel":
                for route in self._flannel_routes(family):
                    words = ["ip", family, "route", "del", route]
                    self._do("remove the route to " + route, lambda words=words: self.run(words))

    def _flannel_routes(self, family: str) -> List[str]:
        """With the backend host-gw they are on the machine's own interface, and nothing but their network tells them."""
        found = re.findall(r"^FLANNEL_(?:IPV6_)?NETWORK=(\S+)", read(SUBNET_FILE), re.MULTILINE)
        live = json.loads(self.run(["ip", family, "-j", "route", "show"], ok=(0, 1, 2)).stdout.strip() or "[]")
        return [route["dst"] for route in live if "gateway" in route and any(_within(route["dst"], one) for text in found for one in text.split(","))]

    def _rules(self, chains: str) -> None:
        for program in ("iptables", "ip6tables"):
            if not self.module.get_bin_path(program + "-save"):
                continue
            rules = network.rules_to_remove(self.run([program + "-save"]).stdout, chains)
            if rules:
                self._do("remove the chains of {0} that are {1}".format(program, chains.replace(".*", "…")), lambda program=program, rules=rules: [
                    self.run([program, "-w", "-t", rule.table, *rule.words], ok=(0, 1, 2)) for rule in rules])

    def _network_manager(self) -> None:
        patterns = UNMANAGED.get(self.wanted)
        if not patterns or not os.path.isdir(MANAGER):
            return
        path = os.path.join(MANAGER, "conf.d", "90-kubewright-{0}.conf".format(self.wanted))
        text = "# Written by Kubewright: NetworkManager leaves the pod network alone.\n[keyfile]\nunmanaged-devices+={0}\n".format(
            ";".join("interface-name:" + pattern for pattern in patterns))
        if read(path) != text:
            self._do("write " + path, lambda: self._write(path, text))

    def _write(self, path: str, text: str) -> None:
        write_whole(path, text)
        if self.run(["systemctl", "is-active", "NetworkManager"], ok=(0, 3, 4)).stdout.strip() == "active":
            self.run(["systemctl", "reload", "NetworkManager"])


def _within(destination: str, text: str) -> bool:
    try:
        return ipaddress.ip_network(destination).overlaps(ipaddress.ip_network(text))
    except (TypeError, ValueError):  # default, or the other family
        return False


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "network": {"type": "str", "choices": ["flannel", "calico", "bridge"], "required": True},
            "change": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Machine(module).execute(), "pod network", sentences("actions"))


if __name__ == "__main__":
    main()
