# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what `containerd config dump` printed is what was wanted, path by path. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_layout import Setting, value_at
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_toml import parsed

# These are not printed as they are written: the files that were read, the version of the dump, what defaults are added to.
_NOT_AS_WRITTEN = {"imports", "version", "disabled_plugins", "required_plugins"}
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def unproven(dump: str, version: int, wanted: list[Setting]) -> list[str]:
    """A sentence for each value that is not in effect. version: the document's; the dump is of the daemon's own."""
    effective = parsed(dump, "what `containerd config dump` printed")
    shown = int(effective.get("version", 1))
    off = sorted(set(effective.get("disabled_plugins", [])) & set(layout.CRI_PLUGINS))
    found = [f"the CRI plugin is switched off ({', '.join(off)})"] if off else []
    last = {setting.place(shown): setting for setting in wanted if _comparable(setting, version, shown)}
    return found + [told for place, setting in last.items() for told in _judged(effective, shown, place, setting)]


def _comparable(setting: Setting, version: int, shown: int) -> bool:
    """Where the daemon shows another version, a path that a person gave from the root may be elsewhere."""
    if setting.of_cri:
        return True
    return setting.path[0] not in _NOT_AS_WRITTEN and (version > 2) == (shown > 2)


def _judged(effective: Mapping[str, Any], shown: int, place: tuple[str, ...], setting: Setting) -> list[str]:
    found = value_at(effective, place)
    if setting.of_cri and setting.path == layout.BIN_DIR:
        found = [*([found] if found else []), *(value_at(effective, layout.cri_place(shown, layout.BIN_DIRS)) or [])]
        fine = setting.value in found
    elif setting.of_cri and setting.path == layout.CONFIG_PATH:
        fine = setting.value in str(found or "").split(":")
    else:
        fine = _alike(found, setting.value)
    return [] if fine else [f"{'.'.join(place)} = {setting.value!r} is not in effect, it is {'not there' if found is None else repr(found)}"]


def _alike(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str):
        return found == wanted or (duration(wanted) is not None and duration(found) == duration(wanted))
    return bool(found == wanted)


def duration(text: str) -> float | None:
    """Go's way to write a time, in nanoseconds: 5m is printed as 5m0s."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
