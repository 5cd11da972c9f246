# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_networks
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, judged, seen, told


def found(variables: dict[str, Any] | None = None, looks: list[Seen] | None = None, **more: Any) -> list[tuple[str, str, str]]:
    return told(preflight_networks.JUDGES, variables, looks, **more)


@pytest.mark.parametrize(("networks", "message"), [
    ({"kube_pod_subnets": ["10.96.0.0/16"]}, "kube_pod_subnets 10.96.0.0/16 and kube_service_subnets 10.96.0.0/12 overlap"),
    ({"kube_pod_subnets": ["10.244.0.0/16", "10.244.1.0/24"]}, "kube_pod_subnets 10.244.0.0/16 and kube_pod_subnets 10.244.1.0/24 overlap"),
    ({"kube_pod_subnets": ["192.0.2.8/29"]}, "the address 192.0.2.10 of cp1 and kube_pod_subnets 192.0.2.8/29 overlap"),
    ({"kube_service_subnets": ["192.0.2.10/31"]}, "the address 192.0.2.11 of w1 and kube_service_subnets 192.0.2.10/31 overlap"),
    ({"kube_pod_subnets": ["fd00::/56"], "kube_service_subnets": ["fd00::/112"]}, "kube_pod_subnets fd00::/56 and kube_service_subnets fd00::/112 overlap"),
    ({"kube_pod_subnets": ["10.244.0.0/33"]}, "kube_pod_subnets holds '10.244.0.0/33', which is no network"),
    ({"kube_service_subnets": [None]}, "kube_service_subnets holds None, which is no network"),
    ({"kube_pod_subnets": "10.244.0.0/16"}, "kube_pod_subnets is '10.244.0.0/16', which is no list of networks"),
    ({"kube_pod_subnets": None}, "kube_pod_subnets is None, which is no list of networks"),
    ({"kube_service_subnets": []}, "kube_service_subnets is [], which is no list of networks"),
])
def test_networks_that_overlap_or_are_none_are_told(networks: dict[str, Any], message: str) -> None:
    assert ("inventory", "Networks", message) in found(everywhere(**networks))
    assert {row[1] for row in found(everywhere(**networks))} == {"Networks"}


def test_both_families_do_not_overlap() -> None:
    assert found(everywhere(kube_pod_subnets=["10.244.0.0/16", "fd00::/56"], kube_service_subnets=["10.96.0.0/12", "fd01::/112"])) == []


def test_an_address_that_only_the_machine_knows_counts_too() -> None:
    variables = {**GOOD, "w1": {"kube_version": "1.31.2"}}
    assert found(variables, [seen("w1", host={"address": "10.244.3.1"})])[0][2] == "the address 10.244.3.1 of w1 and kube_pod_subnets 10.244.0.0/16 overlap"


def route(network: str, interface: str = "eth1", routed: bool = False) -> dict[str, Any]:
    return {"interface": interface, "network": network, "routed": routed}


@pytest.mark.parametrize(("row", "level", "name", "message"), [
    (route("10.96.5.0/24", "docker0"), "error", "Networks", "it is in the network 10.96.5.0/24 by docker0, which overlaps kube_service_subnets 10.96.0.0/12"),
    (route("10.244.3.0/24", routed=True), "error", "Networks", "it has a route to 10.244.3.0/24 by eth1, which overlaps kube_pod_subnets 10.244.0.0/16"),
    (route("10.244.0.0/15"), "error", "Networks", "it is in the network 10.244.0.0/15 by eth1, which overlaps kube_pod_subnets 10.244.0.0/16"),
    (route("10.192.0.0/10", routed=True), "warning", "Routes", "its route to 10.192.0.0/10 by eth1 covers kube_pod_subnets 10.244.0.0/16"),
])
def test_networks_that_a_machine_reaches_are_kept_apart(row: dict[str, Any], level: str, name: str, message: str) -> None:
    assert judged(preflight_networks.routes, looks=[seen("w1", machine={"networks": [row]})]) == [("w1", level, name, message)]


@pytest.mark.parametrize(("state", "row"), [
    ("clean", route("192.0.2.0/24")), ("clean", route("10.244.1.0/24", "cni0")), ("clean", route("10.244.0.0/32", "flannel.1", True)),
    ("worker", route("10.244.2.0/24", "eth0", True)), ("clean", route("fd00::/64")), ("clean", route("no network")),
])
def test_networks_of_pods_and_others_are_fine(state: str, row: dict[str, Any]) -> None:
    assert judged(preflight_networks.routes, looks=[seen("w1", state, machine={"networks": [row]})]) == []


def test_wrong_settings_are_told_once_and_routes_go_by_the_others() -> None:
    looks = [seen("w1", machine={"networks": [route("10.96.0.0/24")]})]
    assert [row[:2] for row in found(everywhere(kube_pod_subnets="x"), looks)] == [("inventory", "Networks"), ("w1", "Networks")]
    assert found({}, looks, control_planes=[])[0][:2] == ("w1", "Networks")
