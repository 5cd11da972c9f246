# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_lines as lines
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_objects as flannel
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import captured_text
from ansible_collections.kubewright.cluster.tests.unit.plugins.flannel_published import digest, meaning

PUBLISHED: dict[str, str] = json.loads(captured_text("flannel/digests.json"))
MANIFESTS = sorted(Path(os.environ.get("KUBEWRIGHT_MANIFESTS", "/nowhere")).glob("kube-flannel-v*.yml"))


def wish(version: str = "0.25.7", kubernetes: str = "1.20.2", **more: Any) -> flannel.Wish:
    release = lines.release(version)
    return flannel.Wish(**{"version": release, "kubernetes": kubernetes, "pod_subnets": ("10.244.0.0/16",), "images": flannel.published_images(release),
                           **more})


def kinds(of: flannel.Wish) -> dict[str, Any]:
    return {item["kind"]: item for item in flannel.objects(of)}


def daemon(of: flannel.Wish) -> Any:
    return kinds(of)["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]


def net_conf(of: flannel.Wish) -> Any:
    return json.loads(kinds(of)["ConfigMap"]["data"]["net-conf.json"])


@pytest.mark.parametrize("version", PUBLISHED)
def test_the_objects_mean_what_the_project_publishes(version: str) -> None:
    assert digest(flannel.objects(wish(version))) == PUBLISHED[version]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_object_by_object_where_the_manifests_are_at_hand(path: Path) -> None:
    version = path.stem.rsplit("-v", 1)[1]
    published = [item for item in yaml.safe_load_all(path.read_text(encoding="utf-8")) if item]
    own = {item["kind"]: meaning(item) for item in flannel.objects(wish(version)) if version >= "0.13"}
    for item in published if own else ():
        assert own[item["kind"]] == meaning(item)


@pytest.mark.parametrize("version", ["0.11.0", "0.12.0"])
def test_before_0_13_each_architecture_has_its_daemon_set_and_image(version: str) -> None:
    of = wish(version)
    sets = [item for item in flannel.objects(of) if item["kind"] == "DaemonSet"]
    assert [item["metadata"]["name"] for item in sets] == [f"kube-flannel-ds-{name}" for name in sorted(lines.ARCHITECTURES)]
    assert sets[0]["spec"]["template"]["spec"]["containers"][0]["image"] == f"quay.io/coreos/flannel:v{version}-amd64"
    assert sets[0]["spec"]["selector"]["matchLabels"] == {"app": "flannel", "arch": "amd64"}
    assert flannel.rollouts(of)[0] == "kube-system/daemonset/kube-flannel-ds-amd64"
    assert sets[0]["apiVersion"] == "apps/v1" and (daemon(of)["securityContext"] == {"privileged": True}) is (version == "0.11.0")


@pytest.mark.parametrize(("version", "kubernetes", "there"), [("0.14.0", "1.24.17", True), ("0.14.0", "1.25.0", False), ("0.20.2", "1.20.2", False)])
def test_a_pod_security_policy_only_where_both_have_it(version: str, kubernetes: str, there: bool) -> None:
    found = kinds(wish(version, kubernetes))
    assert ("PodSecurityPolicy" in found) is there
    assert any(rule["apiGroups"] == ["extensions"] for rule in found["ClusterRole"]["rules"]) is there


def test_everything_carries_the_label_by_which_it_is_found_again() -> None:
    assert {item["metadata"]["labels"]["kubewright.cluster/pod-network"] for item in flannel.objects(wish("0.14.0"))} == {"flannel"}


@pytest.mark.parametrize(("more", "conf"), [
    ({}, {"Network": "10.244.0.0/16", "EnableNFTables": False, "Backend": {"Type": "vxlan"}}),
    ({"pod_subnets": ("10.1.0.0/16", "fd00:10::/56")}, {"Network": "10.1.0.0/16", "IPv6Network": "fd00:10::/56", "EnableIPv6": True, "EnableNFTables": False,
                                                        "Backend": {"Type": "vxlan"}}),
    ({"pod_subnets": ("fd00:10::/56",)}, {"IPv6Network": "fd00:10::/56", "EnableIPv6": True, "EnableIPv4": False, "EnableNFTables": False,
                                          "Backend": {"Type": "vxlan"}}),
    ({"backend": "host-gw", "nftables": True}, {"Network": "10.244.0.0/16", "EnableNFTables": True, "Backend": {"Type": "host-gw"}}),
    ({"mtu": 1400, "backend": "wireguard", "backend_options": {"PersistentKeepaliveInterval": 20}},
     {"Network": "10.244.0.0/16", "EnableNFTables": False, "Backend": {"Type": "wireguard", "MTU": 1480, "PersistentKeepaliveInterval": 20}}),
    ({"network_options": {"SubnetLen": 25}}, {"Network": "10.244.0.0/16", "EnableNFTables": False, "SubnetLen": 25, "Backend": {"Type": "vxlan"}}),
])
def test_the_network_s_configuration(more: dict[str, Any], conf: dict[str, Any]) -> None:
    assert net_conf(wish(**more)) == conf


@pytest.mark.parametrize(("version", "backend", "told"), [("0.25.7", "vxlan", {"Type": "vxlan", "MTU": 1450}), ("0.20.2", "vxlan", {"Type": "vxlan"}),
                                                          ("0.25.7", "host-gw", {"Type": "host-gw"})])
def test_a_size_of_packets_reaches_the_pods_always_and_the_backend_where_it_can_be_told(version: str, backend: str, told: dict[str, Any]) -> None:
    of = wish(version, mtu=1400, backend=backend)
    assert json.loads(kinds(of)["ConfigMap"]["data"]["cni-conf.json"])["plugins"][0]["delegate"]["mtu"] == 1400 and net_conf(of)["Backend"] == told


def test_the_interface_is_chosen_by_arguments() -> None:
    of = wish(interfaces=("eth1", "192.0.2.1"), interface_regexes=("ens.*",), can_reach="192.0.2.254", arguments=("-v=2",))
    assert daemon(of)["args"] == ["--ip-masq", "--kube-subnet-mgr", "--iface=eth1", "--iface=192.0.2.1", "--iface-regex=ens.*", "--iface-can-reach=192.0.2.254",
                                  "-v=2"]


def test_udp_gets_the_device_that_it_needs() -> None:
    of = wish(backend="udp")
    assert {"name": "tun", "mountPath": "/dev/net"} in daemon(of)["volumeMounts"]
    assert {"name": "tun", "hostPath": {"path": "/dev/net"}} in kinds(of)["DaemonSet"]["spec"]["template"]["spec"]["volumes"]


def test_a_changed_configuration_makes_new_pods() -> None:
    notes = [kinds(wish(backend=backend))["DaemonSet"]["spec"]["template"]["metadata"]["annotations"] for backend in ("vxlan", "host-gw", "vxlan")]
    assert notes[0] == notes[2] != notes[1]


def test_without_an_image_of_the_plugin_there_is_nothing_that_installs_it() -> None:
    pod = kinds(wish(images={"": flannel.Pair("example.com/flannel:v0.25.7")}))["DaemonSet"]["spec"]["template"]["spec"]
    assert [container["name"] for container in pod["initContainers"]] == ["install-cni"] and "cni-plugin" not in [one["name"] for one in pod["volumes"]]


def test_another_registry_keeps_the_rest_of_the_name() -> None:
    assert flannel.published_images(lines.release("0.25.7"), "registry.example.com/mirror") == {
        "": flannel.Pair("registry.example.com/mirror/flannel/flannel:v0.25.7", "registry.example.com/mirror/flannel/flannel-cni-plugin:v1.5.1-flannel2")}


@pytest.mark.parametrize(("version", "more", "told"), [
    ("0.25.7", {"backend": "ipsec"}, "the backend 'ipsec' is not one that Kubewright sets up"),
    ("0.15.1", {"backend": "wireguard"}, "it has no backend wireguard; 0.16.0 is the first"),
    ("0.17.0", {"can_reach": "192.0.2.1"}, "it knows no --iface-can-reach; 0.18.0 is the first"),
    ("0.24.4", {"nftables": True}, "it has no EnableNFTables; 0.25.0 is the first"),
    ("0.25.7", {"mtu": 100}, "the MTU 100 is none"),
    ("0.25.7", {"pod_subnets": ()}, "the pod networks are none"),
    ("0.25.7", {"pod_subnets": ("10.0.0.0/16", "10.1.0.0/16")}, "it takes one of IPv4, one of IPv6"),
    ("0.14.0", {"pod_subnets": ("10.0.0.0/16", "fd00::/56")}, "it knows IPv4 only; 0.15.0 is the first"),
    ("0.25.7", {"pod_subnets": ("10.0.0.0/16", "fd00::/56"), "backend": "udp"}, "the backend udp carries IPv4 only"),
    ("0.25.7", {"network_options": {"Network": "10.0.0.0/8"}}, "Network come from other variables"),
])
def test_what_a_release_cannot_do_is_told_before_anything_is_touched(version: str, more: dict[str, Any], told: str) -> None:
    with pytest.raises(KubewrightError, match=told) as caught:
        flannel.objects(wish(version, **more))
    assert "Nothing was touched" in str(caught.value)
