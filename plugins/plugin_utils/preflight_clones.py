# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines made from one image without being told apart. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, host_name, machine_of, warning

# What makers of boards write where they were to write a number of its own.
NO_UUIDS = {"03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "00020003-0004-0005-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc"}


def clones(inputs: Inputs) -> list[Located]:
    """systemd, DHCP and Kubewright's own proof of a replaced machine go by the machine-id, kubeadm and people by the host name."""
    remedy = "On the clones: remove /etc/machine-id, run systemd-machine-id-setup, reboot."
    found = [error(look.host, "Clones", f"{number} machines have the same machine-id {value}", remedy)
             for look, value, number in _shared(inputs.looks, lambda look: [_of_host(look, "machine_id")])]
    remedy = "Set kube_hostname: '{{ inventory_hostname }}', which gives each machine a name of its own."
    found += [error(look.host, "Clones", f"{number} machines have the same host name {value}", remedy)
              for look, value, number in _shared(inputs.looks, lambda look: [host_name(inputs, look)])]
    return found


def hardware(inputs: Inputs) -> list[Located]:
    """Containers show the hardware of the machine that they share, so nothing is said of them."""
    looks = [look for look in inputs.looks if not machine_of(look).get("container")]
    remedy = "Give each virtual machine a UUID of its own; drivers of storage and clouds may tell nodes apart by it."
    found = [warning(look.host, "ProductUuid", f"{number} machines have the same product_uuid {value}", remedy)
             for look, value, number in _shared(looks, lambda look: {_of_host(look, "product_uuid")} - NO_UUIDS)]
    remedy = "Give each network card an address of its own. Apart, on networks of their own, the machines do not notice: waive it then."
    found += [warning(look.host, "MacAddress", f"a network card has the MAC address {value}, which {number} machines have", remedy)
              for look, value, number in _shared(looks, lambda look: set((machine_of(look).get("macs") or {}).values()))]
    return found


def _of_host(look: Seen, key: str) -> str:
    return str((look.node.get("host") or {}).get(key) or "")


def _shared(looks: list[Seen], values: Callable[[Seen], Iterable[str]]) -> list[tuple[Seen, str, int]]:
    """Each machine with a value that others have, too, and how many have it."""
    owners: dict[str, dict[str, Seen]] = defaultdict(dict)
    for look in looks:
        for value in values(look):
            if value:
                owners[value][look.host] = look
    return [(look, value, len(found)) for value, found in owners.items() if len(found) > 1 for look in found.values()]


JUDGES = (clones, hardware)
