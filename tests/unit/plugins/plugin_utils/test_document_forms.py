# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_forms as forms

OLD, NEW = releases.version("1.30.2"), releases.version("1.31.2")
LIST = [{"name": "v", "value": "2"}, {"name": "w", "value": "true"}]


@pytest.mark.parametrize("given", [{"v": 2, "w": True}, LIST, tuple(LIST)])
def test_flags_may_be_written_either_way_for_every_version(given: Any) -> None:
    found = forms.arguments(given, "here")
    assert forms.spelled(OLD, found, "here") == {"v": "2", "w": "true"}
    assert forms.spelled(NEW, found, "here") == LIST


def test_a_flag_that_is_repeated_is_kept_where_it_can_be() -> None:
    repeated = forms.arguments([{"name": "v", "value": "1"}, {"name": "v", "value": "2"}], "here")
    assert forms.spelled(NEW, repeated, "here") == [{"name": "v", "value": "1"}, {"name": "v", "value": "2"}]
    with pytest.raises(KubewrightError, match=r"here names v more than once, which Kubernetes 1.30.2 cannot express \(1.31 can\); give one value"):
        forms.spelled(OLD, repeated, "here")


@pytest.mark.parametrize(("given", "words"), [
    ("v=2", "here is 'v=2'; write a map, flag: value, or a list of entries with name and value"),
    ([{"name": "v"}], "a list of entries with name and value"), (["v"], "a list of entries with name and value"), (7, "here is 7; write a map"),
    ({"--v": 2}, "here has a flag '--v'; write its name without dashes in front"), ({"": 2}, "here has a flag ''"), ({1: 2}, "here has a flag 1"),
    ({"v": None}, "here: v is None; a text, a number, true or false is expected"), ({"v": ["a"]}, "here: v is "),
])
def test_flags_that_are_none_are_an_error(given: Any, words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        forms.arguments(given, "here")
    assert words in str(caught.value)


@pytest.mark.parametrize(("version", "given", "expected"), [
    ("1.20.2", {"dns": {"type": "CoreDNS"}}, {"dns": {"type": "CoreDNS"}}),
    ("1.22.0", {"dns": {"type": "CoreDNS"}}, {"dns": {}}),
    ("1.22.0", {"dns": {"type": "kube-dns"}}, {"dns": {"type": "kube-dns"}}),
    ("1.17.0", {"encryptionAlgorithm": "RSA-2048"}, {}),
    ("1.17.0", {"encryptionAlgorithm": "ECDSA-P256"}, {"encryptionAlgorithm": "ECDSA-P256"}),
    ("1.30.0", {"encryptionAlgorithm": "ECDSA-P256", "featureGates": {"A": True}}, {"featureGates": {"A": True, "PublicKeysECDSA": True}}),
    ("1.30.0", {"encryptionAlgorithm": "RSA-4096"}, {"encryptionAlgorithm": "RSA-4096"}),
    ("1.31.0", {"featureGates": {"PublicKeysECDSA": True}}, {"encryptionAlgorithm": "ECDSA-P256"}),
    ("1.31.0", {"featureGates": {"PublicKeysECDSA": False, "A": True}}, {"featureGates": {"A": True}}),
    ("1.31.0", {"featureGates": {"PublicKeysECDSA": True}, "encryptionAlgorithm": "RSA-4096"}, {"encryptionAlgorithm": "RSA-4096"}),
    ("1.31.0", {"featureGates": {}}, {}),
    ("1.20.2", {"networking": {"podSubnet": "10.0.0.0/16,fd00::/56"}},
     {"networking": {"podSubnet": "10.0.0.0/16,fd00::/56"}, "featureGates": {"IPv6DualStack": True}}),
    ("1.20.2", {"networking": {"serviceSubnet": "10.0.0.0/16,fd00::/56"}, "featureGates": {"IPv6DualStack": False}},
     {"networking": {"serviceSubnet": "10.0.0.0/16,fd00::/56"}, "featureGates": {"IPv6DualStack": False}}),
    ("1.20.2", {"networking": {"podSubnet": "10.0.0.0/16,10.1.0.0/16"}}, {"networking": {"podSubnet": "10.0.0.0/16,10.1.0.0/16"}}),
    ("1.21.0", {"networking": {"podSubnet": "10.0.0.0/16,fd00::/56"}}, {"networking": {"podSubnet": "10.0.0.0/16,fd00::/56"}}),
    ("1.34.0", {"apiServer": "x", "etcd": ["y"], "dns": None}, {"apiServer": "x", "etcd": ["y"], "dns": None}),
])
def test_a_cluster_is_said_as_its_version_says_it(version: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    document = copy.deepcopy(given)
    forms.fit_cluster(releases.version(version), document)
    assert document == expected


@pytest.mark.parametrize(("version", "init", "cluster", "expected_init", "expected_cluster"), [
    ("1.31.0", {}, {"apiServer": {"timeoutForControlPlane": "6m"}}, {"timeouts": {"controlPlaneComponentHealthCheck": "6m"}}, {}),
    ("1.31.0", {"timeouts": None}, {"apiServer": {"timeoutForControlPlane": "6m", "certSANs": []}},
     {"timeouts": {"controlPlaneComponentHealthCheck": "6m"}}, {"apiServer": {"certSANs": []}}),
    ("1.30.0", {"timeouts": {"controlPlaneComponentHealthCheck": "6m"}}, {}, {}, {"apiServer": {"timeoutForControlPlane": "6m"}}),
    ("1.30.0", {"timeouts": {"controlPlaneComponentHealthCheck": "6m", "tlsBootstrap": "1m"}}, {"apiServer": {"timeoutForControlPlane": "6m"}},
     {"timeouts": {"tlsBootstrap": "1m"}}, {"apiServer": {"timeoutForControlPlane": "6m"}}),
    ("1.30.0", {}, {"proxy": {"disabled": True}, "dns": {"disabled": "true", "imageTag": "1"}},
     {"skipPhases": ["addon/kube-proxy", "addon/coredns"]}, {"dns": {"imageTag": "1"}}),
    ("1.30.0", {"skipPhases": ["addon/kube-proxy", "x"]}, {"proxy": {"disabled": True}}, {"skipPhases": ["addon/kube-proxy", "x"]}, {}),
    ("1.30.0", {}, {"proxy": {"disabled": False}}, {}, {}),
    ("1.31.0", {}, {"proxy": {"disabled": True}}, {}, {"proxy": {"disabled": True}}),
    ("1.21.0", {}, {"proxy": {"disabled": True}}, {}, {"proxy": {"disabled": True}}),
])
def test_settings_move_between_the_documents_of_init(version: str, init: Any, cluster: Any, expected_init: Any, expected_cluster: Any) -> None:
    init, cluster = {"kind": "InitConfiguration", **copy.deepcopy(init)}, copy.deepcopy(cluster)
    forms.fit_init(releases.version(version), init, cluster)
    assert (init, cluster) == ({"kind": "InitConfiguration", **expected_init}, expected_cluster)


def test_one_setting_with_two_values_is_an_error() -> None:
    init = {"kind": "InitConfiguration", "timeouts": {"controlPlaneComponentHealthCheck": "5m"}}
    with pytest.raises(KubewrightError, match="ClusterConfiguration: apiServer.timeoutForControlPlane is '6m' and InitConfiguration: "
                                              "timeouts.controlPlaneComponentHealthCheck is '5m', which are one setting; leave one out"):
        forms.fit_init(NEW, init, {"apiServer": {"timeoutForControlPlane": "6m"}})


@pytest.mark.parametrize(("release", "given", "expected"), [
    (OLD, {"timeouts": {"discovery": "7m"}}, {"discovery": {"timeout": "7m"}}),
    (OLD, {"discovery": {"timeout": "7m"}}, {"discovery": {"timeout": "7m"}}),
    (NEW, {"discovery": {"timeout": "7m", "file": {}}}, {"discovery": {"file": {}}, "timeouts": {"discovery": "7m"}}),
    (NEW, {"nodeRegistration": {"kubeletExtraArgs": {"v": 2}}}, {"nodeRegistration": {"kubeletExtraArgs": [{"name": "v", "value": "2"}]}}),
])
def test_a_join_is_said_as_its_version_says_it(release: releases.Version, given: dict[str, Any], expected: dict[str, Any]) -> None:
    document = {"kind": "JoinConfiguration", **copy.deepcopy(given)}
    forms.fit_join(release, document)
    assert document == {"kind": "JoinConfiguration", **expected}


GATE = "ExtendWebSocketsToKubelet"


@pytest.mark.parametrize(("version", "socket", "arguments", "gates", "expected"), [
    ("1.36.0", "unix:///run/cri-dockerd.sock", None, None, ([{"name": "feature-gates", "value": f"{GATE}=false"}], {GATE: False})),
    ("1.37.1", "unix:///var/run/cri-dockerd.sock", [{"name": "v", "value": "2"}, {"name": "feature-gates", "value": "A=true"}], {"B": True},
     ([{"name": "v", "value": "2"}, {"name": "feature-gates", "value": f"A=true,{GATE}=false"}], {GATE: False, "B": True})),
    ("1.36.0", "unix:///run/cri-dockerd.sock", [{"name": "feature-gates", "value": f"{GATE}=true"}], {GATE: True},
     ([{"name": "feature-gates", "value": f"{GATE}=true"}], {GATE: True})),
    ("1.35.4", "unix:///run/cri-dockerd.sock", None, None, (None, None)), ("1.36.0", "unix:///run/containerd/containerd.sock", None, None, (None, None)),
])
def test_what_cri_dockerd_cannot_do_is_off_unless_the_user_says_something_of_it(version: str, socket: str, arguments: Any, gates: Any, expected: Any) -> None:
    cluster: dict[str, Any] = {"apiServer": {"certSANs": [], **({"extraArgs": arguments} if arguments else {})}}
    kubelet: dict[str, Any] = {"featureGates": gates} if gates else {}
    forms.fit_runtime(releases.version(version), {"nodeRegistration": {"criSocket": socket}}, cluster, kubelet)
    assert (cluster["apiServer"].get("extraArgs"), kubelet.get("featureGates")) == expected
