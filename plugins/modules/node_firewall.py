#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_firewall
short_description: Let a node's firewall pass what Kubernetes needs, or turn it off
version_added: 0.1.0
description:
  - Opens exactly the given ports in whichever of firewalld and ufw is on, and lets pods send and receive, now and after a reboot.
    A firewall that is off stays off.
  - What this module opened and is no longer asked for is closed again. It knows its own by name (firewalld, the zone and the services
    V(kubewright) and V(kubewright-nodes), and the policy V(kubewright-pods)) or by the comment V(kubewright) (ufw). Nothing else is touched.
  - firewalld is reloaded only where its definitions change. A reload flushes the rules of kube-proxy and of the pod network, and so does
    stopping it; the module puts those back at once, and what was set in firewalld for now only, too.
  - Masquerading is not turned on. kube-proxy and the pod network masquerade by themselves what leaves the cluster, and firewalld's would hide
    pods from each other behind their nodes' addresses.
  - Another firewall, such as rules of nftables.service that drop what they do not know, is told as a warning.
options:
  state:
    description:
      - V(open) opens the ports.
      - V(off) stops the firewalls and keeps them from starting at boot. They are not masked, so that a person can start them.
    type: str
    choices: [open, "off"]
    default: open
  ports:
    description: What to open, as P(kubewright.cluster.node_ports#filter) returns it. Entries that are from V(itself) are passed over.
    type: list
    elements: dict
    default: []
  node_networks:
    description: Networks of the nodes. Entries that are from V(nodes) are opened to these only; to everybody where there are none.
    type: list
    elements: str
    default: []
  cluster_networks:
    description: Networks of pods and Services. Everything from them is let in, and forwarded from and to them.
    type: list
    elements: str
    default: []
  zones:
    description:
      - Zones of firewalld to open the ports in.
      - Empty means the default zone and every zone in use, except those of Docker and libvirt and those that accept everything.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Let a worker's firewall pass what Kubernetes and Flannel need
  kubewright.cluster.node_firewall:
    ports: "{{ '1.31.2' | kubewright.cluster.node_ports(['worker'], 'flannel') }}"
    node_networks: [192.0.2.0/24]
    cluster_networks: [10.244.0.0/16, 10.96.0.0/12]

- name: Turn the firewall off, now and at boot
  kubewright.cluster.node_firewall:
    state: "off"
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["ufw: allow 6443/tcp"]
firewalls:
  description: The firewalls that were found to be on.
  returned: always
  type: list
  elements: str
  sample: [ufw]
"""

from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _firewalld, _openings, _systemd, _ufw
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

LEFT = "the firewall was changed, but it still lacks this: {0}. Something else on this node changes it, too; find that first."


class Firewalls:
    """Reads which firewalls are on, collects what is missing, does it, and reads again."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.run = module, Runner(module)
        params = module.params
        networks = {name: [_openings.network(text, name) for text in params[name]] for name in ("node_networks", "cluster_networks")}
        self.cluster_networks = networks["cluster_networks"]
        self.openings = _openings.openings(params["ports"], networks["node_networks"])
        self.unit = self._firewalld_unit()

    def _firewalld_unit(self) -> Dict[str, str]:
        try:
            return _systemd.unit(self.run, "firewalld.service", "LoadState", "ActiveState", "UnitFileState")
        except (CommandError, KubewrightError):
            return {}  # no systemd here, so no firewalld

    @property
    def has_firewalld(self) -> bool:
        return self.unit.get("ActiveState") in ("active", "reloading", "activating")

    @property
    def starts_firewalld(self) -> bool:
        return self.unit.get("LoadState") == "loaded" and self.unit.get("UnitFileState") in ("enabled", "enabled-runtime")

    def still_to_do(self) -> List[Step]:
        self.unit = self._firewalld_unit()
        return self._to_turn_off() if self.module.params["state"] == "off" else self._to_open()

    def _to_open(self) -> List[Step]:
        found: List[Step] = []
        if self.has_firewalld or self.starts_firewalld:
            kind = _firewalld.Firewalld if self.has_firewalld else _firewalld.Stopped
            found += kind(self.run, self.openings, self.cluster_networks, self.module.params["zones"]).pending()
        if _ufw.enabled():
            found += _ufw.Ufw(self.run).pending(self.openings, self.cluster_networks)
        return found

    def _to_turn_off(self) -> List[Step]:
        found: List[Step] = []
        if self.has_firewalld or self.starts_firewalld:
            found.append(Step("firewalld: stop it, and keep it from starting at boot", lambda: _firewalld.off(self.run)))
        if _ufw.enabled():
            found.append(Step("ufw: disable it, now and at boot", lambda: _ufw.Ufw(self.run).off()))
        return found

    def warnings(self) -> List[str]:
        if self.module.params["state"] == "off":
            return []
        found = []
        if self.starts_firewalld and not self.has_firewalld:
            found.append("firewalld is not running and will start at the next boot. Its default zone and those given have the ports of this node; zones that "
                         "other programs put interfaces into are known only while it runs. Start it and run again, or disable it.")
        if not self.has_firewalld and not _ufw.enabled() and self.module.get_bin_path("nft"):
            found += [told for told in [_openings.told_of(_openings.closed_chains(self.run(["nft", "list", "chains"]).stdout))] if told]
        return found

    def execute(self) -> Dict[str, Any]:
        firewalls = [name for name, is_on in (("firewalld", self.has_firewalld), ("ufw", _ufw.enabled())) if is_on]
        warnings = self.warnings()
        answer = carried_out(self.still_to_do, self.module.check_mode, LEFT)
        for told in warnings:
            self.module.warn(told)
        return dict(answer, firewalls=firewalls)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["open", "off"], "default": "open"},
            "ports": {"type": "list", "elements": "dict", "default": []},
            "node_networks": {"type": "list", "elements": "str", "default": []},
            "cluster_networks": {"type": "list", "elements": "str", "default": []},
            "zones": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Firewalls(module).execute(), "the firewall", sentences("actions"))


if __name__ == "__main__":
    main()
