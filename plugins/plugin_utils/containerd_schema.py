# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version a document of containerd's configuration has, and what this containerd would not take of it. Pure; runs on the controller.

Private to the collection. What is said of daemons was seen with 1.6.20, 1.7.24, 2.1.9 and 2.3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_layout import Setting, value_at

FILE = "containerd's configuration"
CONFIG_PATH_SINCE = (1, 5)
# containerd -> the newest version that it knows.
_NEWEST = (((2, 3), 4), ((2, 0), 3), ((1, 3), 2))
REWRITE = ('Write `version = 2` as its first line and give each table its full name: [plugins.cri] is [plugins."io.containerd.grpc.v1.cri"] there, and what is '
           "below it keeps its name. Or move the file away, and a new one is written.")


def newest_version(containerd: str) -> int:
    return next((version for since, version in _NEWEST if layout.release(containerd) >= since), 1)


def document_version(plain: Mapping[str, Any], containerd: str) -> int:
    """The document's own, else the one that its tables are of, else the one that this containerd has by default."""
    version = _told(plain["version"]) if "version" in plain else _by_tables(plain, containerd)
    newest, name = newest_version(containerd), containerd or "not installed yet"
    if version > newest:
        raise KubewrightError(f"{FILE} says version = {version}, and containerd {name} knows up to {newest}. Write it as version {newest}, or move the file "
                              "away, and a new one is written.")
    if version == 1 and layout.release(containerd)[0] >= 2:
        raise KubewrightError(f"{FILE} is of version 1, and containerd {name} passes over what version 1 says of the CRI plugin. {REWRITE}")
    return version


def _told(version: Any) -> int:
    try:
        number = int(version)
    except (TypeError, ValueError):
        number = 0
    if number not in (1, 2, 3, 4):
        raise KubewrightError(f"{FILE} says version = {version!r}; known are 1 to 4")
    return number


def _by_tables(plain: Mapping[str, Any], containerd: str) -> int:
    """containerd 1 takes a document that says nothing for version 1, containerd 2 for its newest; its tables know better."""
    plugins = plain.get("plugins")
    tables = set(plugins) if isinstance(plugins, Mapping) else set()
    lists = {name for key in ("disabled_plugins", "required_plugins") for name in plain.get(key) or [] if name != layout.V1_CRI}
    short = sorted(name for name in {*tables, *lists} if "." not in name)
    full = sorted(name for name in {*tables, *lists} if "." in name)
    if short and full:
        raise KubewrightError(f"{FILE} says no version, and names plugins as version 1 does ({', '.join(short)}) and as later ones do ({', '.join(full)}). "
                              + REWRITE)
    if short:
        return 1
    if tables & {layout.RUNTIME, layout.IMAGES}:
        return 3
    return 2 if layout.V2_CRI in tables else min(3, newest_version(containerd))


def known(wanted: list[Setting], containerd: str) -> list[Setting]:
    """Without what this containerd is too old for."""
    return [setting for setting in wanted if setting.path != layout.CONFIG_PATH or layout.release(containerd) >= CONFIG_PATH_SINCE]


def refuse_conflicts(plain: Mapping[str, Any], version: int, containerd: str, config_path: str) -> None:
    """What would let the CRI plugin fail to load, although containerd starts."""
    registry = value_at(plain, layout.cri_place(version, ("registry",))) or {}
    hosts = sorted(str(name) for name in registry.get("mirrors") or {})
    secured = sorted(str(name) for name, entry in (registry.get("configs") or {}).items() if isinstance(entry, Mapping) and entry.get("tls"))
    if config_path and layout.release(containerd) >= CONFIG_PATH_SINCE and (hosts or secured):
        what = f"registry.mirrors for {', '.join(hosts)}" if hosts else f"registry.configs with tls for {', '.join(secured)}"
        raise KubewrightError(f"{FILE} has {what}, which containerd refuses together with registry.config_path = {config_path!r}. Move them to "
                              "kube_registry_mirrors (docs/containerd.md) and take these tables out of the file.")
    if value_at(plain, layout.cri_place(version, ("systemd_cgroup",))):
        raise KubewrightError(f"{FILE} has systemd_cgroup = true in the CRI plugin's table, with which that plugin does not load. Take the line out; the "
                              "cgroup driver is SystemdCgroup in the options of the runtime runc, which is set here.")
