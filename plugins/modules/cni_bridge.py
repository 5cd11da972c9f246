#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cni_bridge
short_description: Pod network of the reference plugins, bridge and host-local, with a route to each peer
version_added: 0.1.0
description:
  - Writes the CNI configuration of this node from its pod range, a systemd unit that sets the routes to the other nodes' pod ranges after a
    reboot, and sets them now. Traffic that leaves the cluster is masqueraded.
  - All nodes must be on one layer-2 network. There is no daemon and no image; a new node's route reaches its peers when this module runs there.
options:
  pod_cidrs:
    description: Pod ranges of this node.
    type: list
    elements: str
    required: true
  cluster_cidrs:
    description: Pod ranges of the whole cluster.
    type: list
    elements: str
    required: true
  peers:
    description: The other nodes.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Address of the node.
        type: str
        required: true
      pod_cidrs:
        description: Its pod ranges.
        type: list
        elements: str
        required: true
  bridge:
    description: Name of the bridge.
    type: str
    default: cni0
  mtu:
    description: MTU of the pods' interfaces; 0 leaves it to the kernel.
    type: int
    default: 0
  change:
    description:
      - Whether another pod network is to be gone by now. Its configuration on this machine is refused; with this, a dry run goes on, since
        M(kubewright.cluster.pod_network_node) would have taken it away.
    type: bool
    default: false
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Have the pod network on this node
  kubewright.cluster.cni_bridge:
    pod_cidrs: [10.244.1.0/24]
    cluster_cidrs: [10.244.0.0/16]
    peers:
      - address: 192.0.2.10
        pod_cidrs: [10.244.0.0/24]
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [route 10.244.0.0/24 by 192.0.2.10]
"""

import json
import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._bridge import CHAINS, CONFLIST, PROTOCOL, ROUTES, RULES, UNIT
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

UNIT_TEXT = """# Written by Kubewright (cni_bridge): routes and rules of the pod network after a reboot.
[Unit]
Description=Pod network of the bridge plugin: routes to the other nodes
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip -force -batch {routes}
ExecStart=/bin/sh {rules}

[Install]
WantedBy=multi-user.target
"""


def conflist(params: Dict[str, Any]) -> str:
    bridge: Dict[str, Any] = {
        "type": "bridge", "bridge": params["bridge"], "isGateway": True, "ipMasq": False, "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": cidr}] for cidr in params["pod_cidrs"]],
            "routes": [{"dst": "::/0" if ":" in cidr else "0.0.0.0/0"} for cidr in params["pod_cidrs"]],
        },
    }
    if params["mtu"]:
        bridge["mtu"] = params["mtu"]
    plugins = [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}]
    return json.dumps({"cniVersion": "0.4.0", "name": "kubewright-bridge", "plugins": plugins}, indent=2, sort_keys=True) + "\n"


def wanted_routes(params: Dict[str, Any]) -> Dict[str, str]:
    """Gateway by destination."""
    return {cidr: peer["address"] for peer in params["peers"] for cidr in peer["pod_cidrs"]}


def routes_text(routes: Dict[str, str]) -> str:
    """What `ip -batch` reads at boot; never empty, so that it is there on a single node, too."""
    lines = ["route replace {0} via {1} proto {2}".format(cidr, gateway, PROTOCOL) for cidr, gateway in sorted(routes.items())]
    return "\n".join(["# Written by Kubewright (cni_bridge).", *lines, ""])


def rules_text(cluster_cidrs: List[str]) -> str:
    """A script that is right however often it runs; a chain of our own each for forwarding and for what leaves the cluster."""
    lines = ["# Written by Kubewright (cni_bridge).", "set -e"]
    for program, cidrs in (("iptables", [c for c in cluster_cidrs if ":" not in c]), ("ip6tables", [c for c in cluster_cidrs if ":" in c])):
        if not cidrs:
            continue
        for table, parent, chain in (("filter", "FORWARD", CHAINS[0]), ("nat", "POSTROUTING", CHAINS[1])):
            lines.append("{0} -w -t {1} -N {2} 2>/dev/null || {0} -w -t {1} -F {2}".format(program, table, chain))
            lines.append("{0} -w -t {1} -C {2} -j {3} 2>/dev/null || {0} -w -t {1} -A {2} -j {3}".format(program, table, parent, chain))
        for cidr in cidrs:
            lines.append("{0} -w -t filter -A {1} -s {2} -j ACCEPT".format(program, CHAINS[0], cidr))
            lines.append("{0} -w -t filter -A {1} -d {2} -j ACCEPT".format(program, CHAINS[0], cidr))
            multicast = "ff00::/8" if ":" in cidr else "224.0.0.0/4"
            for inside in [*cidrs, multicast]:
                lines.append("{0} -w -t nat -A {1} -s {2} -d {3} -j RETURN".format(program, CHAINS[1], cidr, inside))
            lines.append("{0} -w -t nat -A {1} -s {2} -j MASQUERADE".format(program, CHAINS[1], cidr))
    return "\n".join([*lines, ""])


class Bridge:
    """Compare files, routes and rules with what is wanted."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.run = Runner(module)
        self.actions: List[str] = []

    def _do(self, sentence: str, action: Any) -> None:
        self.actions.append(sentence)
        if not self.module.check_mode:
            action()

    def execute(self) -> Dict[str, Any]:
        check_ranges(self.params)
        self._refuse_others()
        routes = wanted_routes(self.params)
        files = {
            CONFLIST: conflist(self.params), ROUTES: routes_text(routes), RULES: rules_text(self.params["cluster_cidrs"]),
            UNIT: UNIT_TEXT.format(routes=ROUTES, rules=RULES),
        }
        for path, text in sorted(files.items()):
            if read(path) != text:
                self._do("write " + path, lambda path=path, text=text: write_whole(path, text))
        if not self._enabled():
            self._do("enable the unit that does it after a reboot", self._enable)
        self._routes(routes)
        if self.actions or not self._rules_are_there():
            self._do("set the rules", lambda: self.run(["sh", RULES]))
        return {"changed": bool(self.actions), "actions": self.actions}

    def _refuse_others(self) -> None:
        names = os.listdir(network.CONFIGS) if os.path.isdir(network.CONFIGS) else []
        others = [name for name in network.on_machine(names) if name != "bridge"]
        if others and not (self.module.check_mode and self.params["change"]):
            raise KubewrightError(network.refusal("bridge", others, "this machine"))

    def _enabled(self) -> bool:
        return self.run(["systemctl", "is-enabled", os.path.basename(UNIT)], ok=(0, 1, 4)).stdout.strip() == "enabled"

    def _enable(self) -> None:
        self.run(["systemctl", "daemon-reload"])
        self.run(["systemctl", "enable", os.path.basename(UNIT)])

    def _live(self) -> Dict[str, str]:
        found = {}
        for family in ("-4", "-6"):
            output = self.run(["ip", family, "-j", "route", "show", "proto", PROTOCOL], ok=(0, 1, 2)).stdout
            found.update({route["dst"]: route.get("gateway", "") for route in json.loads(output.strip() or "[]")})
        return found

    def _routes(self, wanted: Dict[str, str]) -> None:
        live = self._live()
        for cidr, gateway in sorted(wanted.items()):
            if live.get(cidr) != gateway:
                words = ["ip", "route", "replace", cidr, "via", gateway, "proto", PROTOCOL]
                self._do("route {0} by {1}".format(cidr, gateway), lambda words=words: self.run(words))
        for cidr in sorted(set(live) - set(wanted)):
            self._do("remove the route to " + cidr, lambda cidr=cidr: self.run(["ip", "route", "del", cidr, "proto", PROTOCOL]))

    def _rules_are_there(self) -> bool:
        program = "ip6tables" if all(":" in cidr for cidr in self.params["cluster_cidrs"]) else "iptables"
        tables = (("filter", "FORWARD", CHAINS[0]), ("nat", "POSTROUTING", CHAINS[1]))
        rcs = [self.module.run_command([program, "-w", "-t", table, "-C", parent, "-j", chain])[0] for table, parent, chain in tables]
        return not any(rcs)


def check_ranges(params: Dict[str, Any]) -> None:
    if not params["pod_cidrs"]:
        raise KubewrightError("this node has no pod range. The controller manager gives it one when the cluster was made with kube_pod_subnets; "
                              "look at `kubectl get node -o jsonpath={.spec.podCIDR}`.")


def main() -> None:
    peer = {"address": {"type": "str", "required": True}, "pod_cidrs": {"type": "list", "elements": "str", "required": True}}
    module = AnsibleModule(
        argument_spec={
            "pod_cidrs": {"type": "list", "elements": "str", "required": True},
            "cluster_cidrs": {"type": "list", "elements": "str", "required": True},
            "peers": {"type": "list", "elements": "dict", "required": True, "options": peer},
            "bridge": {"type": "str", "default": "cni0"},
            "mtu": {"type": "int", "default": 0},
            "change": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Bridge(module).execute(), "pod network", sentences("actions"))


if __name__ == "__main__":
    main()
