# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_networks
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, seen, told


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
