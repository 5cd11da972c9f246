# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_flags as flags

CONTAINERD, DOCKERSHIM, CRI_DOCKERD = "unix:///run/containerd/containerd.sock", "/var/run/dockershim.sock", "unix:///run/cri-dockerd.sock"
CONFIG, INSTANCE = "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/instance-config.yaml"
REMOTE = "--container-runtime=remote --container-runtime-endpoint=/run/containerd/containerd.sock"


@pytest.mark.parametrize(("one", "other", "same"), [
    ("/var/run/dockershim.sock", "unix:///var/run/dockershim.sock", True),
    ("unix:///run/containerd/containerd.sock", "/var/run/containerd/containerd.sock", True),
    ("unix:/run/a.sock", "/run/a.sock", True), ("/run/a.sock", "/run/b.sock", False), ("", "/run/a.sock", False),
])
def test_a_socket_is_the_same_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert flags.same(one, other) is same


@pytest.mark.parametrize(("before", "socket", "minor", "after"), [
    ("--network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2", CONTAINERD, 20, REMOTE + " --pod-infra-container-image=k8s.gcr.io/pause:3.2"),
    ("--cgroup-driver=systemd --network-plugin=cni --node-ip=192.0.2.1", CONTAINERD, 17, f"--cgroup-driver=systemd {REMOTE} --node-ip=192.0.2.1"),
    ("--node-ip=192.0.2.1 --network-plugin cni --cni-bin-dir /opt/cni/bin --v 4", CONTAINERD, 23, f"--node-ip=192.0.2.1 {REMOTE} --v 4"),
    ("--network-plugin=cni", CONTAINERD, 24, "--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock"),
    (f"--container-runtime=remote --container-runtime-endpoint={CRI_DOCKERD} --v=2", CONTAINERD, 26,
     "--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --v=2"),
    (f"--container-runtime-endpoint={CRI_DOCKERD} --v=2", CONTAINERD, 27, "--container-runtime-endpoint=unix:///run/containerd/containerd.sock --v=2"),
    (f"--container-runtime-endpoint={CONTAINERD} --image-service-endpoint={CONTAINERD}", CRI_DOCKERD, 30, f"--container-runtime-endpoint={CRI_DOCKERD}"),
    (REMOTE + " --node-ip=192.0.2.1", DOCKERSHIM, 20, "--network-plugin=cni --node-ip=192.0.2.1"),
    (REMOTE.replace("=/run", "=unix:///var/run") + " --v=2", CONTAINERD, 20, REMOTE.replace("=/run", "=unix:///var/run") + " --v=2"),
    ("--network-plugin=cni --v=2", DOCKERSHIM, 20, "--network-plugin=cni --v=2"), ("", CONTAINERD, 20, REMOTE),
    (f"{REMOTE} --network-plugin=cni", CONTAINERD, 20, REMOTE), (f"--docker-endpoint=unix:///x {REMOTE}", CONTAINERD, 23, REMOTE),
    ("word --network-plugin=cni", CONTAINERD, 20, f"word {REMOTE}"),
])
def test_the_flags_of_one_runtime_take_the_place_of_those_of_the_other(before: str, socket: str, minor: int, after: str) -> None:
    assert " ".join(flags.replaced(before.split(), socket, minor)) == after
    assert flags.replaced(after.split(), socket, minor) == after.split()


@pytest.mark.parametrize(("text", "after"), [
    ('KUBELET_KUBEADM_ARGS="--network-plugin=cni --v=2"\n', f'KUBELET_KUBEADM_ARGS="{REMOTE} --v=2"\n'),
    ("# mine\nOTHER=1\nKUBELET_KUBEADM_ARGS='--network-plugin=cni'\nLAST=2", f"# mine\nOTHER=1\nKUBELET_KUBEADM_ARGS='{REMOTE}'\nLAST=2"),
    ("KUBELET_KUBEADM_ARGS=--network-plugin=cni\n", f'KUBELET_KUBEADM_ARGS="{REMOTE}"\n'), ("", f'KUBELET_KUBEADM_ARGS="{REMOTE}"\n'),
    ("OTHER=1", f'OTHER=1\nKUBELET_KUBEADM_ARGS="{REMOTE}"\n'), ('KUBELET_KUBEADM_ARGS=""\n', f'KUBELET_KUBEADM_ARGS="{REMOTE}"\n'),
])
def test_what_else_the_file_holds_stays_as_it_was_written(text: str, after: str) -> None:
    assert flags.told_anew({flags.FLAGS: text}, CONTAINERD, 20) == {flags.FLAGS: after}
    assert flags.told_anew({flags.FLAGS: after}, CONTAINERD, 20) == {}


def test_a_real_node_with_containerd_goes_to_docker_and_back_to_the_same_file(captured: Callable[[str], str]) -> None:
    text = captured("kubeadm/1.20.2/kubeadm-flags.env")
    docker = flags.told_anew({flags.FLAGS: text}, DOCKERSHIM, 20)[flags.FLAGS]
    assert docker == 'KUBELET_KUBEADM_ARGS="--network-plugin=cni --node-ip=172.29.1.11"\n'
    assert flags.told_anew({flags.FLAGS: docker}, CONTAINERD, 20) == {flags.FLAGS: text}


def test_a_real_node_with_docker_goes_to_containerd_and_back_to_the_same_file(captured: Callable[[str], str]) -> None:
    texts = {flags.FLAGS: captured("kubeadm/1.20.2/kubeadm-flags-docker.env"), CONFIG: captured("kubeadm/1.20.2/kubelet-config.yaml"), INSTANCE: ""}
    found = flags.told_anew(texts, CONTAINERD, 20)
    assert found == {flags.FLAGS: texts[flags.FLAGS].replace("--network-plugin=cni", REMOTE)}
    assert flags.told_anew({**texts, **found}, DOCKERSHIM, 20) == {flags.FLAGS: texts[flags.FLAGS]}


def test_the_documents_of_a_newer_kubeadm_are_edited_and_its_flags_are_not(captured: Callable[[str], str]) -> None:
    texts = {flags.FLAGS: captured("kubeadm/1.34.2/kubeadm-flags.env"), CONFIG: captured("kubeadm/1.34.2/kubelet-config.yaml"),
             INSTANCE: captured("kubeadm/1.34.2/kubelet-instance-config.yaml")}
    assert flags.told_anew(texts, CONTAINERD, 34) == {}
    found = flags.told_anew(texts, CRI_DOCKERD, 34)
    assert found == {name: texts[name].replace(CONTAINERD, CRI_DOCKERD) for name in (CONFIG, INSTANCE)}
    assert flags.told_anew({**texts, **found}, CONTAINERD, 34) == {name: texts[name] for name in (CONFIG, INSTANCE)}


def test_an_empty_endpoint_in_a_document_tells_nothing() -> None:
    texts = {flags.FLAGS: "", CONFIG: 'containerRuntimeEndpoint: ""\ncpuManagerReconcilePeriod: 0s\n'}
    assert flags.told_anew(texts, CONTAINERD, 27) == {flags.FLAGS: f'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint={CONTAINERD}"\n'}


@pytest.mark.parametrize(("text", "found"), [
    ('KUBELET_EXTRA_ARGS="--container-runtime=remote --v 4"\n', {"container-runtime": "remote", "v": "4"}),
    ("# --container-runtime=remote\n", {}), ('[Service]\nExecStart=/usr/bin/kubelet \\\n  --cni-bin-dir=/x $A\n', {"cni-bin-dir": "/x"}),
])
def test_flags_are_found_in_whatever_names_them(text: str, found: dict[str, str]) -> None:
    assert found.items() <= flags.values(text).items() and ("container-runtime" in flags.values(text)) == ("container-runtime" in found)
