# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_disks as disks
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen

FOLDERS = ("/var/lib/kubelet", "/var/lib/containerd", "/var/lib/docker", "/var/lib/etcd", "/var/log")


def disk(free: int, size: int = 100_000, inodes: int = 1000, inodes_free: int = 900, device: int = 1) -> dict[str, int]:
    return {"device": device, "size_mb": size, "free_mb": free, "inodes": inodes, "inodes_free": inodes_free}


def one(free: int, **more: int) -> dict[str, Any]:
    return {"disks": {folder: disk(free, **more) for folder in FOLDERS}}


@pytest.mark.parametrize(("host", "free", "level"), [
    ("cp1", 7000, None), ("cp1", 6655, "warning"), ("cp1", 2943, "error"), ("w1", 4096, None), ("w1", 4095, "warning"), ("w1", 1407, "error"),
])
def test_folders_of_one_file_system_need_the_sum(host: str, free: int, level: str | None) -> None:
    assert [row[1:3] for row in judged(disks.space, looks=[seen(host, machine=one(free))])] == ([(level, "DiskSpace")] if level else [])


def test_a_file_system_of_its_own_is_judged_alone() -> None:
    machine = {"disks": {**one(50_000)["disks"], "/var/lib/etcd": disk(400, device=2)}}
    assert judged(disks.space, looks=[seen("cp1", machine=machine), seen("w1", machine=machine)]) == [
        ("cp1", "error", "DiskSpace", "400 MiB free for /var/lib/etcd; 512 MiB are needed to begin with, 2.5 GiB are a good beginning")]


def test_images_of_docker_lie_elsewhere() -> None:
    machine = {"disks": {**one(50_000)["disks"], "/var/lib/docker": disk(400, device=2)}}
    assert judged(disks.space, looks=[seen("w1", machine=machine)]) == []
    assert [row[1] for row in judged(disks.space, everywhere(kube_runtime="docker"), [seen("w1", machine=machine)])] == ["error"]
    assert judged(disks.space, everywhere(kube_runtime="rkt"), [seen("w1", machine=machine)]) == []


@pytest.mark.parametrize(("machine", "message"), [
    (one(15_000), None), (one(14_999), "14 % of the room is free, and below imagefs.available 15% the kubelet takes no pods"),
    (one(50_000, inodes_free=49), "4 % of the inodes is free, and below nodefs.inodesFree 5% the kubelet takes no pods"),
    (one(50_000, inodes=0, inodes_free=0), None), ({}, None), ({"disks": {}}, None),
])
def test_what_the_kubelet_would_call_pressure(machine: dict[str, Any], message: str | None) -> None:
    rows = judged(disks.pressure, looks=[seen("w1", machine=machine)])
    assert rows == ([("w1", "error", "DiskPressure", message)] if message else [])


def test_below_both_shares_both_are_told_and_a_member_is_only_warned() -> None:
    assert [row[1] for row in judged(disks.pressure, looks=[seen("w1", machine=one(5000))])] == ["error", "error"]
    assert [row[1] for row in judged(disks.pressure, looks=[seen("w1", "worker", machine=one(5000))])] == ["warning", "warning"]
    assert judged(disks.space, looks=[seen("w1", "worker", machine=one(5))]) == []


@pytest.mark.parametrize(("limits", "count"), [
    ({"nodefs.available": "1Gi", "imagefs.available": "1Gi"}, 0), ({"nodefs.available": "6Gi"}, 1), ({"memory.available": "100Mi"}, 0),
    ({"imagefs.available": "much"}, 0), ("text", 2), (None, 2), ({"nodefs.available": "6e3"}, 0),
])
def test_limits_of_the_kubelet_s_configuration_take_the_place_of_its_own(limits: Any, count: int) -> None:
    given = everywhere(kube_kubelet_configuration={"evictionHard": limits})
    assert len(judged(disks.pressure, given, [seen("w1", machine=one(5000))])) == count


@pytest.mark.parametrize(("text", "expected"), [
    ("10%", 100.0), ("1Gi", 1024.0), ("512Mi", 512.0), ("1048576", 1.0), ("1M", 0.95367), ("1.5Gi", 1536.0), (" 1Gi ", 1024.0), ("-1", None), ("", None),
    ("1K", None), ("Gi", None),
])
def test_amounts_as_the_kubelet_reads_them(text: str, expected: float | None) -> None:
    assert disks.amount(text, 1000, 2**20) == (None if expected is None else pytest.approx(expected, rel=1e-3))
