# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network


def daemon_set(namespace: Any, name: Any, **labels: Any) -> Any:
    return {"metadata": {"namespace": namespace, "name": name, "labels": labels}}


@pytest.mark.parametrize(("place", "found"), [
    (("kube-flannel", "kube-flannel-ds"), "flannel"), (("kube-system", "kube-flannel-ds-amd64"), "flannel"), (("kube-system", "calico-node"), "calico"),
    (("calico-system", "calico-node"), "calico"), (("kube-system", "canal"), "canal"), (("kube-system", "cilium"), "cilium"),
    (("kube-system", "weave-net"), "weave"), (("kube-system", "kube-proxy"), None), (("default", "my-flannel"), None), (("x", "cilium-envoy"), None),
])
def test_networks_are_told_by_their_daemon_sets(place: Any, found: Any) -> None:
    assert [item.name for item in network.in_cluster([daemon_set(*place)])] == ([found] if found else [])


def test_our_label_tells_whose_it_is() -> None:
    items = [daemon_set("kube-flannel", "kube-flannel-ds", **{network.LABEL: "flannel"}), {"metadata": {"namespace": "kube-system", "name": "calico-node"}}]
    assert [item.as_dict() for item in network.in_cluster(items)] == [
        {"name": "flannel", "place": "kube-flannel/kube-flannel-ds", "ours": True}, {"name": "calico", "place": "kube-system/calico-node", "ours": False}]


@pytest.mark.parametrize(("names", "found"), [
    ([], []), (["10-flannel.conflist", "10-containerd-net.conflist"], ["flannel"]), (["10-kubewright-bridge.conflist"], ["bridge"]),
    (["10-calico.conflist", "calico-kubeconfig", "10-canal.conflist"], ["canal", "calico"]), (["87-podman.conflist", "calico-kubeconfig"], []),
])
def test_networks_are_told_by_the_files_on_a_machine(names: Any, found: Any) -> None:
    assert network.on_machine(names) == found


@pytest.mark.parametrize(("others", "told"), [(["bridge"], "set kube_cni_change=true"), (["flannel", "calico"], "flannel and calico"),
                                              (["cilium"], "Take it away the way it came")])
def test_a_refusal_says_what_to_do(others: Any, told: Any) -> None:
    text = network.refusal("flannel", others, "this machine")
    assert told in text and text.startswith("this machine has the pod network ") and "Nothing was touched" in text


def test_a_label_is_added_to_those_that_are_there() -> None:
    item = {"metadata": {"name": "x", "labels": {"a": "b"}}}
    assert network.labelled(item, "calico")["metadata"]["labels"] == {"a": "b", network.LABEL: "calico"} and item["metadata"]["labels"] == {"a": "b"}


@pytest.mark.parametrize(("ref", "parts"), [
    ("docker.io/flannel/flannel:v1", ("docker.io", "flannel/flannel", "v1")), ("flannel/flannel", ("", "flannel/flannel", "")),
    ("localhost/x:1", ("localhost", "x", "1")), ("registry:5000/a/b:1", ("registry:5000", "a/b", "1")), ("a/b:1@sha256:00", ("", "a/b", "1")),
    ("b:1", ("", "b", "1")),
])
def test_parts_of_a_reference(ref: Any, parts: Any) -> None:
    assert network.split(ref) == parts


@pytest.mark.parametrize(("registry", "ref"),
                         [("", "docker.io/a/b:1"), ("r.example.com", "r.example.com/a/b:1"), ("r.example.com/x/", "r.example.com/x/a/b:1")])
def test_another_registry_in_front(registry: Any, ref: Any) -> None:
    assert network.moved("docker.io/a/b:1", registry) == ref and network.moved("a/b", "r") == "r/a/b"


@pytest.mark.parametrize(("one", "other", "same"), [
    ("docker.io/calico/node:v1", "quay.io/calico/node:v1", True), ("docker.io/calico/node:v1", "r.example.com/x/calico/node:v1", True),
    ("docker.io/calico/node:v1", "docker.io/calico/node:v2", False), ("docker.io/calico/node:v1", "docker.io/other/node:v1", False),
])
def test_one_image_under_several_registries(one: Any, other: Any, same: Any) -> None:
    assert network.same_image(one, other) is same


@pytest.mark.parametrize(("name", "place", "first", "kinds"), [
    ("flannel", "kube-flannel/kube-flannel-ds", "daemonsets.apps", {"configmaps", "serviceaccounts", "namespaces", *network.ROLES}),
    ("flannel", "kube-system/kube-flannel-ds", "daemonsets.apps", {"configmaps", "serviceaccounts", *network.ROLES}),
    ("calico", "kube-system/calico-node", "daemonsets.apps",
     {"deployments.apps", "poddisruptionbudgets.policy", "configmaps", "serviceaccounts", *network.ROLES}),
    ("calico", "calico-system/calico-node", "installations.operator.tigera.io",
     {"apiservers.operator.tigera.io", "deployments.apps", "namespaces", *network.ROLES}),
])
def test_objects_of_a_network_begin_with_what_would_make_it_anew(name: Any, place: Any, first: Any, kinds: Any) -> None:
    found = network.known_objects(name, place)
    assert found[0][0] == first and {kind for kind, _namespace, _name in found[1:]} == kinds
    assert ("namespaces", "", "kube-system") not in found


def test_definitions_of_calico_alone() -> None:
    names = ["ippools.crd.projectcalico.org", "installations.operator.tigera.io", "certificates.cert-manager.io"]
    assert network.definitions(names, "calico") == names[:2] and network.definitions(names, "flannel") == []


SAVED = """*filter
:INPUT ACCEPT [0:0]
:FLANNEL-FWD - [0:0]
:KUBE-FORWARD - [0:0]
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.244.0.0/16 -j ACCEPT
COMMIT
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "it's \\"flanneld\\" masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -s 10.244.0.0/16 -j MASQUERADE
COMMIT
"""


def test_rules_that_lead_to_chains_go_before_the_chains() -> None:
    found = network.rules_to_remove(SAVED, "FLANNEL-.*")
    assert found == [
        ("filter", ("-D", "FORWARD", "-m", "comment", "--comment", "flanneld forward", "-j", "FLANNEL-FWD")),
        ("nat", ("-D", "POSTROUTING", "-m", "comment", "--comment", 'it\'s \\"flanneld\\" masq', "-j", "FLANNEL-POSTRTG")),
        ("filter", ("-F", "FLANNEL-FWD")), ("nat", ("-F", "FLANNEL-POSTRTG")), ("filter", ("-X", "FLANNEL-FWD")), ("nat", ("-X", "FLANNEL-POSTRTG")),
    ]
    assert network.rules_to_remove(SAVED, "cali-.*") == []
