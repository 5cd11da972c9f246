# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each version of containerd's configuration has what: 1 to 4. Pure; runs on the controller. Private to the collection.

A setting is named as version 2 has it, by its path below the table of the CRI plugin; versions 3 and 4 have that table in three parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

V1_CRI = "cri"
V2_CRI = "io.containerd.grpc.v1.cri"
RUNTIME = "io.containerd.cri.v1.runtime"
IMAGES = "io.containerd.cri.v1.images"
CRI_PLUGINS = (V1_CRI, V2_CRI, RUNTIME, IMAGES)
BIN_DIR = ("cni", "bin_dir")
BIN_DIRS = ("cni", "bin_dirs")
CONFIG_PATH = ("registry", "config_path")
RUNTIMES = ("containerd", "runtimes")
DRIVER = ("options", "SystemdCgroup")
RUNC = ("io.containerd.runc.v1", "io.containerd.runc.v2")

# As containerd's own migration from 2 to 3 moves them (plugins/cri/images/plugin.go, plugins/cri/runtime/plugin.go).
_OF_IMAGES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("sandbox_image",): ("pinned_images", "sandbox"),
    **{(name,): (name,) for name in ("registry", "image_decryption", "max_concurrent_downloads", "image_pull_progress_timeout", "image_pull_with_sync_fs",
                                     "stats_collect_period")},
    **{("containerd", name): (name,) for name in ("snapshotter", "disable_snapshot_annotations", "discard_unpacked_layers")},
}
_OF_SERVER = ("disable_tcp_service", "stream_server_address", "stream_server_port", "stream_idle_timeout", "enable_tls_streaming", "x509_key_pair_streaming")


class Setting(NamedTuple):
    """One value: below the CRI plugin's table, or at a path from the document's root."""

    path: tuple[str, ...]
    value: Any
    of_cri: bool = True

    def place(self, version: int) -> tuple[str, ...]:
        return cri_place(version, self.path) if self.of_cri else self.path


def cri_place(version: int, path: tuple[str, ...]) -> tuple[str, ...]:
    if version < 3:
        return ("plugins", V1_CRI if version == 1 else V2_CRI, *path)
    for known, moved in _OF_IMAGES.items():
        if path[:len(known)] == known:
            return ("plugins", IMAGES, *moved, *path[len(known):])
    return ("plugins", V2_CRI if path[0] in _OF_SERVER else RUNTIME, *path)


def wanted(options: Mapping[str, Any]) -> list[Setting]:
    """What Kubernetes needs, and what was given; free-form settings have the last word."""
    found = [
        Setting((*RUNTIMES, "runc", "runtime_type"), "io.containerd.runc.v2"),
        Setting((*RUNTIMES, "runc", *DRIVER), options["systemd_cgroup"]),
        Setting(BIN_DIR, options["cni_bin_dir"]),
        Setting(("cni", "conf_dir"), options["cni_conf_dir"]),
    ]
    if options["registry_config_path"]:
        found.append(Setting(CONFIG_PATH, options["registry_config_path"]))
    if options["sandbox_image"]:
        found.append(Setting(("sandbox_image",), options["sandbox_image"]))
    found += [Setting(path, value) for path, value in leaves(options["cri_settings"])]
    return found + [_from_root(path, value) for path, value in leaves(options["settings"])]


def _from_root(path: tuple[str, ...], value: Any) -> Setting:
    """A setting below version 2's table of CRI is one of CRI, whatever version the document has."""
    return Setting(path[2:], value) if path[:2] == ("plugins", V2_CRI) and len(path) > 2 else Setting(path, value, of_cri=False)


def leaves(settings: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in settings.items():
        found += leaves(value, (*path, str(key))) if isinstance(value, Mapping) else [((*path, str(key)), value)]
    return found


def release(containerd_version: str) -> tuple[int, int]:
    """1.7.24 -> (1, 7); the newest of the old ones where none is installed yet."""
    numbers = [int(part) for part in containerd_version.split(".")[:2] if part.isdigit()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (1, 7)


def value_at(document: Any, path: tuple[str, ...]) -> Any:
    """A plain document's value there, or None."""
    for key in path:
        if not isinstance(document, Mapping) or key not in document:
            return None
        document = document[key]
    return document
