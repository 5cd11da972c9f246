# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is room for what a node keeps. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import Seen
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located, error, is_member, machine_of, setting, warning

KUBELET, ETCD, LOG = "/var/lib/kubelet", "/var/lib/etcd", "/var/log"
IMAGES = {"containerd": "/var/lib/containerd", "docker": "/var/lib/docker"}
# The kubelet's own where its configuration names none; naming one drops the others.
EVICTION = {"nodefs.available": "10%", "imagefs.available": "15%", "nodefs.inodesFree": "5%"}
FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


class Room(NamedTuple):
    """MiB that a folder needs to begin with, and those that it does well with."""

    least: int
    good: int


# The images of a control plane are 1.2 GiB, packed and unpacked; those of a worker 0.5, and its workloads' come on top.
CONTROL_PLANE_IMAGES, WORKER_IMAGES = Room(2048, 3072), Room(1024, 3072)
# etcd writes its log in pieces of 64 MiB and keeps several; its database may grow to 2 GiB.
ROOMS = {KUBELET: Room(256, 512), ETCD: Room(512, 2560), LOG: Room(128, 512)}


def space(inputs: Inputs) -> list[Located]:
    """What a new node needs; folders on one file system need the sum."""
    found = []
    for look in inputs.looks:
        if is_member(look):
            continue
        for folders, disk in _file_systems(inputs, look):
            rooms = [_room(look, folder) for folder in folders]
            least, good, free = sum(room.least for room in rooms), sum(room.good for room in rooms), disk["free_mb"]
            if free < good:
                told = f"{_size(free)} free for {', '.join(folders)}; {_size(least)} are needed to begin with, {_size(good)} are a good beginning"
                found.append((error if free < least else warning)(look.host, "DiskSpace", told, "Make room, or give the folder a larger file system."))
    return found


def pressure(inputs: Inputs) -> list[Located]:
    """Where the kubelet would report disk pressure at once, and so take no pods. It does on a member, too, which a run cannot make worse."""
    found = []
    for look in inputs.looks:
        say = warning if is_member(look) else error
        remedy = "Make room, or set evictionHard in kube_kubelet_configuration to what this machine can spare."
        for signal, disk, limit in _signals(inputs, look):
            counted = signal.endswith("inodesFree")
            total, free = (disk["inodes"], disk["inodes_free"]) if counted else (disk["size_mb"], disk["free_mb"])
            least = amount(limit, total, 1 if counted else 2**20)
            if total and least is not None and free < least:
                what = "inodes" if counted else "room"
                found.append(say(look.host, "DiskPressure", f"{free * 100 // total} % of the {what} is free, and below {signal} {limit} the kubelet takes "
                                                            f"no pods", remedy))
    return found


def _images(inputs: Inputs, look: Seen) -> str:
    return IMAGES.get(str(setting(inputs, look, "runtime", "containerd")), IMAGES["containerd"])


def _room(look: Seen, folder: str) -> Room:
    return ROOMS.get(folder) or (CONTROL_PLANE_IMAGES if look.control_plane else WORKER_IMAGES)


def _file_systems(inputs: Inputs, look: Seen) -> list[tuple[list[str], Mapping[str, int]]]:
    """Each with the folders that it holds."""
    disks = machine_of(look).get("disks") or {}
    wanted = [_images(inputs, look), KUBELET, LOG, *([ETCD] if look.control_plane else [])]
    found: dict[Any, list[str]] = defaultdict(list)
    for folder in wanted:
        if folder in disks:
            found[disks[folder]["device"]].append(folder)
    return [(folders, disks[folders[0]]) for folders in found.values()]


def _signals(inputs: Inputs, look: Seen) -> list[tuple[str, Mapping[str, int], str]]:
    disks, configuration = machine_of(look).get("disks") or {}, setting(inputs, look, "kubelet_configuration", {})
    given = configuration.get("evictionHard") if isinstance(configuration, Mapping) else None
    limits = given if isinstance(given, Mapping) else EVICTION
    folders = {"nodefs": KUBELET, "imagefs": _images(inputs, look)}
    return [(signal, disks[folders[signal.split(".")[0]]], str(limits[signal])) for signal in EVICTION
            if signal in limits and folders[signal.split(".")[0]] in disks]


def amount(text: str, total: int, unit: int) -> float | None:
    """A share of the total or a quantity in units; None for what the kubelet itself will refuse."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%|[kKMGT]i?|)", text.strip())
    if not match or match[2] not in {*FACTORS, "%"}:
        return None
    number = float(match[1])
    return total * number / 100 if match[2] == "%" else number * FACTORS[match[2]] / unit


def _size(mebibytes: int) -> str:
    return f"{mebibytes} MiB" if mebibytes < 1024 else f"{mebibytes / 1024:.1f} GiB"


JUDGES = (space, pressure)
