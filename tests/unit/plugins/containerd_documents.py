# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that the tests of containerd_config start from, and what is asked of them."""

from __future__ import annotations

from typing import Any

# What was asked of the daemons whose dumps are fixtures/containerd/*-edited-dump.toml, whatever version their document had.
CRI_SETTINGS: dict[str, Any] = {"restrict_oom_score_adj": True, "max_concurrent_downloads": 5}
LATER_CRI_SETTINGS = {"image_pull_progress_timeout": "3m"}  # from 1.7 on
OPTIONS: dict[str, Any] = {
    "sandbox_image": "registry.k8s.io/pause:3.10.1", "systemd_cgroup": True, "cni_bin_dir": "/opt/cni/bin", "cni_conf_dir": "/etc/cni/net.d",
    "registry_config_path": "/etc/containerd/certs.d", "cri_settings": CRI_SETTINGS, "settings": {"debug": {"level": "info"}},
}
# Each daemon with the versions that it takes.
DAEMONS = {"1.6.20": (1, 2), "1.7.24": (1, 2), "2.1.9": (2, 3), "2.3.4": (2, 3, 4)}
PAIRS = [(daemon, version) for daemon, versions in DAEMONS.items() for version in versions]
# As Docker's containerd.io package has it.
DOCKER = """#   Copyright 2018-2022 Docker Inc.

disabled_plugins = ["cri"]

#root = "/var/lib/containerd"
#[grpc]
#  address = "/run/containerd/containerd.sock"
"""
# As Debian's packages of 1.7.24 and of 2.1.9 have it.
DEBIAN = """version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
"""
OWN = """# ours
version = 2
root = "/data/containerd"  # a bigger disk

# why so talkative
[debug]
  level = "warn" # to see it

[plugins."io.containerd.grpc.v1.cri"]
  # keep
  max_concurrent_downloads = 7
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "zfs"
"""


def options(daemon: str, **more: Any) -> dict[str, Any]:
    """What the dump of this daemon shows."""
    later = {} if daemon.startswith("1.6") else LATER_CRI_SETTINGS
    return {**OPTIONS, "cri_settings": {**CRI_SETTINGS, **later}, **more}
