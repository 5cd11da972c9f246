# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_choice
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_objects as calico
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_calico import manifest

MANIFESTS = sorted(Path(os.environ.get("KUBEWRIGHT_MANIFESTS", "/nowhere")).glob("calico-v*.yaml"))
VXLAN = ("vxlan",)


def wish(**more: Any) -> calico.Wish:
    return calico.Wish(**{"pod_subnets": ("10.244.0.0/16",), **more})


def made(**more: Any) -> dict[str, Any]:
    return {item["kind"]: item for item in calico.manifest_objects(manifest(), wish(**more))}


def node(objects: dict[str, Any]) -> Any:
    return objects["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]


def env(objects: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in node(objects)["env"]}


def test_as_published_but_for_the_cluster_s_pod_network() -> None:
    given, found = manifest(), made()
    assert env(found) == {"IP": "autodetect", "CALICO_IPV4POOL_IPIP": "Always", "CALICO_IPV4POOL_VXLAN": "Never", "CALICO_IPV6POOL_VXLAN": "Never",
                          "FELIX_IPV6SUPPORT": "false", "CALICO_IPV4POOL_CIDR": "10.244.0.0/16"}
    assert found["ConfigMap"]["data"] == given[1]["data"]
    assert node(found)["livenessProbe"]["exec"]["command"] == ["/bin/calico-node", "-felix-live", "-bird-live"]
    assert {item["metadata"]["labels"]["kubewright.cluster/pod-network"] for item in found.values()} == {"calico"}


def test_what_is_given_is_not_altered() -> None:
    given = manifest()
    before = copy.deepcopy(given)
    calico.manifest_objects(given, wish(backends=VXLAN, mtu=1400, registry="registry.example.com"))
    assert given == before


def test_vxlan_alone_needs_no_bird_and_asks_for_none() -> None:
    found = made(backends=VXLAN)
    assert found["ConfigMap"]["data"]["calico_backend"] == "vxlan"
    assert (env(found)["CALICO_IPV4POOL_IPIP"], env(found)["CALICO_IPV4POOL_VXLAN"]) == ("Never", "Always")
    assert [node(found)[probe]["exec"]["command"] for probe in ("livenessProbe", "readinessProbe")] == [
        ["/bin/calico-node", "-felix-live"], ["/bin/calico-node", "-felix-ready"]]


@pytest.mark.parametrize(("backends", "cross", "ipip", "vxlan", "backend"), [
    (("bgp",), False, "Never", "Never", "bird"), (("bgp", "ipip"), True, "CrossSubnet", "Never", "bird"), (("vxlan",), True, "Never", "CrossSubnet", "vxlan"),
    (("bgp", "vxlan"), False, "Never", "Always", "bird"),
])
def test_ways_of_carrying_packets(backends: tuple[str, ...], cross: bool, ipip: str, vxlan: str, backend: str) -> None:
    found = made(backends=backends, cross_subnet=cross)
    assert (env(found)["CALICO_IPV4POOL_IPIP"], env(found)["CALICO_IPV4POOL_VXLAN"], found["ConfigMap"]["data"]["calico_backend"]) == (ipip, vxlan, backend)


def test_two_families_of_addresses() -> None:
    found = made(pod_subnets=("10.244.0.0/16", "fd00:10::/56"), backends=VXLAN, autodetection_ipv6="interface=eth1")
    told = env(found)
    assert (told["IP6"], told["CALICO_IPV6POOL_CIDR"], told["CALICO_IPV6POOL_VXLAN"], told["FELIX_IPV6SUPPORT"], told["IP6_AUTODETECTION_METHOD"]) == (
        "autodetect", "fd00:10::/56", "Always", "true", "interface=eth1")
    assert '"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"' in found["ConfigMap"]["data"]["cni_network_config"]


def test_ipv6_alone() -> None:
    found = made(pod_subnets=("fd00:10::/56",), backends=VXLAN)
    assert env(found)["IP"] == "none" and "CALICO_IPV4POOL_CIDR" not in env(found)
    assert '"assign_ipv4": "false", "assign_ipv6": "true"' in found["ConfigMap"]["data"]["cni_network_config"]


def test_address_size_variables_and_encryption() -> None:
    found = made(autodetection="interface=eth1", mtu=1400, environment={"FELIX_LOGSEVERITYSCREEN": "warning", "IP": "first"}, backends=("bgp", "wireguard"))
    told = env(found)
    assert (told["IP_AUTODETECTION_METHOD"], told["FELIX_LOGSEVERITYSCREEN"], told["IP"], told["FELIX_WIREGUARDENABLED"]) == (
        "interface=eth1", "warning", "first", "true")
    assert found["ConfigMap"]["data"]["veth_mtu"] == "1400"
    assert next(iter(told)) == "IP"  # in the place that it had


def test_a_changed_configuration_makes_new_pods() -> None:
    notes = [made(mtu=mtu)["DaemonSet"]["spec"]["template"]["metadata"]["annotations"] for mtu in (0, 1400, 0)]
    assert notes[0] == notes[2] != notes[1]


def test_images_of_another_registry_or_of_a_bundle() -> None:
    assert calico.named(calico.manifest_objects(manifest(), wish(registry="registry.example.com/hub"))) == [
        f"registry.example.com/hub/calico/{name}:v3.28.2" for name in ("cni", "node", "kube-controllers")]
    bundle = {"docker.io/calico/node:v3.28.2": "quay.io/calico/node:v3.28.2"}
    assert calico.named(calico.manifest_objects(manifest(), wish(images=bundle)))[1] == "quay.io/calico/node:v3.28.2"


def test_objects_are_left_out_by_name_and_a_misspelt_name_is_told() -> None:
    assert "PodDisruptionBudget" not in made(without=("PodDisruptionBudget/kube-system/calico-kube-controllers",))
    with pytest.raises(KubewrightError, match="cni_calico_without names Pod/x, which the manifest does not have"):
        made(without=("Pod/x",))


@pytest.mark.parametrize(("more", "told"), [
    ({"backends": ("ipip", "vxlan", "bgp")}, "by ipip or by vxlan, not by both"), ({"backends": ("ipip",)}, "ipip needs bgp"),
    ({"pod_subnets": ("fd00::/56",)}, "ipip carries IPv4 only"), ({"pod_subnets": ()}, "the pod networks are none"),
    ({"autodetection": "eth1"}, "'eth1' is no way to find a node's address"), ({"mtu": 1}, "the MTU 1 is none"),
])
def test_what_cannot_be_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        made(**more)


def test_a_manifest_of_something_else_is_told() -> None:
    with pytest.raises(KubewrightError, match="the manifest has no ConfigMap calico-config"):
        calico.manifest_objects([{"kind": "Namespace", "metadata": {"name": "x"}}], wish())
    strange = manifest()
    strange[1]["data"]["cni_network_config"] = "{}"
    with pytest.raises(KubewrightError, match="does not use calico-ipam"):
        calico.manifest_objects(strange, wish(pod_subnets=("10.244.0.0/16", "fd00::/56")))


def test_the_operator_is_told_by_its_installation() -> None:
    of = wish(pod_subnets=("10.244.0.0/16", "fd00:10::/56"), backends=VXLAN, cross_subnet=True, mtu=1400, registry="registry.example.com",
              autodetection="cidr=192.0.2.0/24,198.51.100.0/24", autodetection_ipv6="first-found", installation={"calicoNetwork": {"hostPorts": "Enabled"}})
    found = calico.operator_objects([{"kind": "Namespace", "metadata": {"name": "tigera-operator"}}], of)
    assert [item["kind"] for item in found] == ["Namespace", "Installation"]
    pools = [{"name": f"default-ipv{family}-ippool", "cidr": cidr, "encapsulation": "VXLANCrossSubnet", "blockSize": size, "natOutgoing": "Enabled",
              "nodeSelector": "all()"} for family, cidr, size in ((4, "10.244.0.0/16", 26), (6, "fd00:10::/56", 122))]
    assert found[1]["spec"] == {"registry": "registry.example.com/", "calicoNetwork": {
        "bgp": "Disabled", "ipPools": pools, "mtu": 1400, "nodeAddressAutodetectionV4": {"cidrs": ["192.0.2.0/24", "198.51.100.0/24"]},
        "nodeAddressAutodetectionV6": {"firstFound": True}, "hostPorts": "Enabled"}}


@pytest.mark.parametrize(("backends", "way"), [(("bgp",), "None"), (("bgp", "ipip"), "IPIP"), (("bgp", "vxlan"), "VXLAN")])
def test_a_pool_of_the_operator(backends: tuple[str, ...], way: str) -> None:
    assert calico.pool("10.244.0.0/16", wish(backends=backends))["encapsulation"] == way


POOL = {"cidr": "10.244.0.0/16", "ipipMode": "Always", "vxlanMode": "Never", "natOutgoing": True}


@pytest.mark.parametrize(("pools", "backends", "changed"), [
    ({}, VXLAN, {}), ({"p": POOL}, ("bgp", "ipip"), {}), ({"p": POOL}, VXLAN, {"p": {**POOL, "ipipMode": "Never", "vxlanMode": "Always"}}),
    ({"p": {"cidr": "10.244.128.0/17"}}, ("bgp",), {}), ({"p": POOL, "six": {"cidr": "fd00::/64"}}, ("bgp", "ipip"), {}),
])
def test_a_live_pool_is_changed_where_it_carries_packets_otherwise(pools: dict[str, Any], backends: tuple[str, ...], changed: dict[str, Any]) -> None:
    assert calico.pool_changes(pools, wish(backends=backends)) == changed


def test_a_pod_network_without_a_pool_is_told() -> None:
    with pytest.raises(KubewrightError, match=r"none lies in the pod network 10.244.0.0/16"):
        calico.pool_changes({"p": {**POOL, "cidr": "192.168.0.0/16"}}, wish())


def test_probes_of_later_releases_spell_it_with_two_dashes() -> None:
    probed = {"livenessProbe": {"exec": {"command": ["calico", "component", "node", "health", "--felix-live", "--bird-live"]}}}
    calico.without_bird(probed)
    assert probed["livenessProbe"]["exec"]["command"] == ["calico", "component", "node", "health", "--felix-live"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_real_manifests_where_they_are_at_hand(path: Path) -> None:
    given = calico_choice.documents([path.read_text(encoding="utf-8")], path.name)
    found = calico.manifest_objects(given, wish(backends=VXLAN, pod_subnets=("10.244.0.0/16", "fd00::/56"), registry="registry.example.com", mtu=1400))
    assert len(found) == len(given) and f"v{calico_choice.version_in(calico.named(given))}" in path.name
    text = str(next(item for item in found if item["kind"] == "DaemonSet"))
    assert "-bird" not in text and "docker.io" not in text and "quay.io" not in text and "10.244.0.0/16" in text
