# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import runtimes


@pytest.mark.parametrize(("runtime", "kubernetes", "server", "socket"), [
    ("containerd", "1.20.2", "containerd", "unix:///run/containerd/containerd.sock"),
    ("containerd", "", "containerd", "unix:///run/containerd/containerd.sock"),
    ("docker", "1.17.0", "dockershim", "/var/run/dockershim.sock"),
    ("docker", "1.23.17", "dockershim", "/var/run/dockershim.sock"),
    ("docker", "1.24.0", "cri-dockerd", "unix:///run/cri-dockerd.sock"),
    ("docker", "1.36.2", "cri-dockerd", "unix:///run/cri-dockerd.sock"),
])
def test_a_runtime_is_reached_by_the_socket_of_what_speaks_for_it(runtime: str, kubernetes: str, server: str, socket: str) -> None:
    assert (runtimes.cri_server(runtime, kubernetes), runtimes.cri_socket(runtime, kubernetes)) == (server, socket)


@pytest.mark.parametrize(("runtime", "kubernetes", "message"), [
    ("rkt", "1.20.2", "kube_runtime is 'rkt'; it must be one of containerd, docker"), ("docker", "", "version")])
def test_what_nobody_knows_is_refused(runtime: str, kubernetes: str, message: str) -> None:
    with pytest.raises(KubewrightError, match=message):
        runtimes.cri_socket(runtime, kubernetes)
