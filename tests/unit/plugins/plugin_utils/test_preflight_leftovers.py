# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_leftovers as leftovers
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen

NOTHING: dict[str, list[str]] = {"interfaces": ["eth0", "lo", "docker0", "tunl0"], "cni_configs": [], "static_pods": [], "etcd": []}
OWN = "10-kubewright-bridge.conflist"


@pytest.mark.parametrize(("host", "remains", "level", "name", "message"), [
    ("cp1", {"etcd": ["member"]}, "error", "Leftovers", "/var/lib/etcd is not empty: somebody's cluster may be in it"),
    ("w1", {"etcd": ["member"]}, "warning", "Leftovers", "/var/lib/etcd is not empty: somebody's cluster may be in it"),
    ("w1", {"static_pods": ["etcd.yaml", "kube-scheduler.yaml"]}, "error", "Leftovers",
     "/etc/kubernetes/manifests holds etcd.yaml, kube-scheduler.yaml of another cluster"),
    ("cp1", {"static_pods": ["kube-vip.yaml"]}, "warning", "StaticPods", "the kubelet will run kube-vip.yaml of /etc/kubernetes/manifests"),
    ("w1", {"cni_configs": ["05-cilium.conflist"]}, "error", "CniConfig",
     f"/etc/cni/net.d holds 05-cilium.conflist, which the runtime takes instead of {OWN}"),
    ("w1", {"cni_configs": ["10-flannel.conflist"]}, "error", "CniConfig",
     f"/etc/cni/net.d holds 10-flannel.conflist, which the runtime takes instead of {OWN}"),
    ("w1", {"cni_configs": ["10-weave.conflist", "87-podman-bridge.conflist"]}, "warning", "CniConfig",
     "/etc/cni/net.d holds 10-weave.conflist of another pod network"),
    ("w1", {"interfaces": ["cni0", "eth0", "flannel.1", "cali0a1b2c"]}, "warning", "Leftovers",
     "network interfaces of an earlier pod network are there: cni0, flannel.1, cali0a1b2c"),
])
def test_what_an_earlier_cluster_left(host: str, remains: dict[str, Any], level: str, name: str, message: str) -> None:
    assert judged(leftovers.leftovers, looks=[seen(host, machine={"remains": {**NOTHING, **remains}})]) == [(host, level, name, message)]


@pytest.mark.parametrize("remains", [
    {}, {"etcd": ["lost+found"]}, {"cni_configs": [OWN, "calico-kubeconfig", "87-podman-bridge.conflist", "README"]}, {"interfaces": ["flannel", "wg0", "br0"]},
])
def test_what_is_nobody_s_leftover(remains: dict[str, Any]) -> None:
    assert judged(leftovers.leftovers, looks=[seen("cp1", machine={"remains": {**NOTHING, **remains}})]) == []


def test_the_chosen_network_s_own_file_is_no_leftover_and_without_one_nothing_comes_first() -> None:
    look = [seen("w1", machine={"remains": {**NOTHING, "cni_configs": ["10-flannel.conflist"]}})]
    assert judged(leftovers.leftovers, everywhere(kube_cni="flannel"), look) == []
    assert [row[1] for row in judged(leftovers.leftovers, everywhere(kube_cni="none"), look)] == ["warning"]


@pytest.mark.parametrize(("number", "count"), [(0, 0), (None, 0), (31, 1)])
def test_chains_that_are_left(number: int | None, count: int) -> None:
    rows = judged(leftovers.leftovers, looks=[seen("w1", machine={"remains": NOTHING, "chains": number})])
    assert [row[1:3] for row in rows] == [("warning", "Leftovers")] * count


@pytest.mark.parametrize("state", ["worker", "control_plane", "partial"])
def test_a_member_or_what_was_begun_has_its_parts(state: str) -> None:
    machine = {"remains": {**NOTHING, "etcd": ["member"]}, "runtime_sockets": ["/run/crio/crio.sock"]}
    assert judged(leftovers.leftovers, looks=[seen("cp1", state, machine=machine)]) == []
    assert judged(leftovers.runtimes, looks=[seen("cp1", state, machine=machine)]) == []


@pytest.mark.parametrize(("runtime", "sockets", "told"), [
    ("containerd", ["/run/containerd/containerd.sock"], []),
    ("containerd", ["/run/containerd/containerd.sock", "/run/crio/crio.sock"], ["/run/crio/crio.sock"]),
    ("containerd", ["/run/cri-dockerd.sock"], ["/run/cri-dockerd.sock"]), ("docker", ["/run/containerd/containerd.sock", "/run/cri-dockerd.sock"], []),
    ("rkt", ["/run/crio/crio.sock"], []),
])
def test_another_runtime_is_told(runtime: str, sockets: list[str], told: list[str]) -> None:
    rows = judged(leftovers.runtimes, everywhere(kube_runtime=runtime), [seen("w1", machine={"runtime_sockets": sockets})])
    assert [row[1:] for row in rows] == [("warning", "Runtimes", f"another container runtime answers at {path}") for path in told]
