# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cni_flannel on the controller: choose the release and its images, build the objects, have them applied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_choice, flannel_objects
from ansible_collections.kubewright.cluster.plugins.plugin_utils.pod_network_action import PodNetworkAction, Result, summed

STRINGS = {"type": "list", "elements": "str", "default": []}


class ActionModule(PodNetworkAction):
    """Looks, decides, applies."""

    NAME = "flannel"
    OPTIONS: Mapping[str, Any] = {
        "backend": {"type": "str", "default": "vxlan"},
        "backend_options": {"type": "dict", "default": {}},
        "interfaces": STRINGS,
        "interface_regexes": STRINGS,
        "interface_can_reach": {"type": "str", "default": ""},
        "mtu": {"type": "int", "default": 0},
        "nftables": {"type": "bool", "default": False},
        "network_options": {"type": "dict", "default": {}},
        "arguments": STRINGS,
        "plugin": {"type": "bool", "default": True},
    }

    def decide(self) -> Result:
        options, seen = self.options, self.look(flannel_choice.patterns())
        chosen = flannel_choice.choose(options["version"], options["kubernetes_version"], options["image_registry"], seen["images"],
                                       seen.get("architectures") or ["amd64"], options["plugin"])
        wish = self._wish(chosen)
        objects, rollouts = flannel_objects.objects(wish), flannel_objects.rollouts(wish)
        if not options["change"]:
            refuse_other_traffic(wish, seen.get("configurations", {}))
        removed = self.remove(moved_away([item["place"] for item in seen["networks"] if item["name"] == self.NAME], rollouts, self.has_security_policies()))
        applied = self.apply(objects, rollouts)
        return {**summed(applied, {"changed": bool(removed)}), "removed": removed, "version": str(wish.version),
                "images": sorted({ref for pair in wish.images.values() for ref in pair.__dict__.values() if ref}), "images_from": chosen.source}

    def _wish(self, chosen: flannel_choice.Choice) -> flannel_objects.Wish:
        options = self.options
        return flannel_objects.Wish(
            version=chosen.version, kubernetes=options["kubernetes_version"], pod_subnets=tuple(options["pod_subnets"]), images=chosen.images,
            backend=options["backend"], backend_options=options["backend_options"], interfaces=tuple(options["interfaces"]),
            interface_regexes=tuple(options["interface_regexes"]), can_reach=options["interface_can_reach"], mtu=options["mtu"],
            nftables=options["nftables"], network_options=options["network_options"], arguments=tuple(options["arguments"]),
        )


def refuse_other_traffic(wish: flannel_objects.Wish, configurations: Mapping[str, Any]) -> None:
    """Another backend, while the daemons change over one by one, is no network at all."""
    live = json.loads(configurations.get("ConfigMap/kube-flannel-cfg", {}).get("net-conf.json", "{}"))
    found, wanted = live.get("Backend", {}).get("Type", "vxlan") if live else wish.backend, wish.backend
    if found != wanted:
        raise KubewrightError(f"flannel runs with the backend {found}, asked for is {wanted}. Nothing was touched. Pods on different nodes do not reach each "
                              "other until all daemons have changed; set kube_cni_change=true for one run to do it, or cni_flannel_backend to what is there.")


def moved_away(places: Sequence[str], rollouts: Sequence[str], security_policies: bool) -> list[dict[str, Any]]:
    """What an older release, or somebody by hand, has left where this one does not look: a namespace, a DaemonSet for each architecture."""
    wanted = {rollout.replace("/daemonset/", "/") for rollout in rollouts}
    stale = [place.split("/") for place in places if place not in wanted]
    namespaces = {namespace for namespace, _name in stale} - {place.split("/")[0] for place in wanted}
    found = [_object("apps/v1", "DaemonSet", name, namespace) for namespace, name in stale]
    for namespace in sorted(namespaces):
        found += [_object("v1", "ConfigMap", "kube-flannel-cfg", namespace), _object("v1", "ServiceAccount", "flannel", namespace)]
        if namespace == "kube-flannel":
            found.append(_object("v1", "Namespace", namespace))
        elif security_policies:
            found.append(_object("policy/v1beta1", "PodSecurityPolicy", flannel_objects.SECURITY_POLICY))
    return found


def _object(api: str, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}}
