# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_kernel as kernel
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs, Located
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen

IGNORED = {"kube_ignore_preflight_errors": ["SystemVerification"]}


def levels(judge: Callable[[Inputs], list[Located]], variables: dict[str, Any], state: str = "clean", **node: Any) -> list[str]:
    return [row[1] for row in judged(judge, everywhere(**variables), [seen("w1", state, **node)])]


@pytest.mark.parametrize(("release", "running", "more", "expected"), [
    ("1.31.2", "3.10.0-1160.el7.x86_64", {}, []), ("1.31.2", "2.6.32", {}, ["error"]), ("1.32.0", "4.18.0-553.el8_10.x86_64", {}, ["error"]),
    ("1.33.1", "4.18.0-553.el8_10.x86_64", IGNORED, ["warning"]), ("1.33.1", "4.19.0-27-amd64", {}, []), ("1.34.0", "4.18.0", {}, ["warning"]),
    ("1.34.0", "5.14.0-427.el9.x86_64", {}, []), ("1.36.0", "6.1.0-18-amd64", {}, []), ("1.36.0", "", {}, []), ("1.36.0", "unknown", {}, []),
    ("wrong", "2.6.32", {}, []),
])
def test_the_kernel_s_version(release: str, running: str, more: dict[str, Any], expected: list[str]) -> None:
    assert levels(kernel.version, {"kube_version": release, **more}, host={"kernel": running}) == expected


@pytest.mark.parametrize(("release", "absent", "cgroup", "more", "expected"), [
    ("1.31.2", [], 2, {}, []), ("1.31.2", ["CGROUP_BPF", "IP_VS", "NF_TABLES", "OVERLAY_FS"], 2, {}, []), ("1.31.2", ["MEMCG"], 2, {}, ["error"]),
    ("1.31.2", ["MEMCG"], 2, IGNORED, ["warning"]), ("1.32.0", ["CGROUP_BPF"], 1, {}, ["error"]), ("1.35.0", ["CGROUP_BPF"], 1, {}, []),
    ("1.35.0", ["CGROUP_BPF"], 2, {}, ["error"]), ("1.35.0", ["CGROUP_DEVICE"], 2, {}, []), ("1.34.0", ["CGROUP_DEVICE"], 2, {}, ["error"]),
    ("1.31.2", ["NETFILTER_XT_MATCH_COMMENT"], 2, {}, ["error"]), ("wrong", ["MEMCG"], 2, {}, []),
])
def test_the_kernel_s_configuration(release: str, absent: list[str], cgroup: int, more: dict[str, Any], expected: list[str]) -> None:
    node: dict[str, Any] = {"host": {"cgroup_version": cgroup}, "machine": {"kernel_config": {"source": "/proc/config.gz", "absent": absent}}}
    assert levels(kernel.options, {"kube_version": release, **more}, **node) == expected


def test_what_the_kernel_was_built_without_is_named() -> None:
    look = seen("w1", machine={"kernel_config": {"source": "x", "absent": ["PID_NS", "MEMCG"]}})
    assert judged(kernel.options, looks=[look])[0][3] == "the kernel was built without CONFIG_MEMCG, CONFIG_PID_NS"


@pytest.mark.parametrize(("mode", "running", "absent", "message"), [
    ("nftables", "5.10.0-8", [], "the kernel is 5.10.0-8, and kube-proxy's mode nftables asks for 5.13 or later"), ("nftables", "6.1.0", [], None),
    ("nftables", "6.1.0", ["NF_TABLES"], "the kernel was built without CONFIG_NF_TABLES, and kube-proxy's mode nftables needs it"),
    ("ipvs", "6.1.0", ["IP_VS"], "the kernel was built without CONFIG_IP_VS, and kube-proxy's mode ipvs needs it"), ("ipvs", "4.18.0", [], None),
    ("iptables", "3.10.0", ["IP_VS", "NF_TABLES"], None), ("nftables", "", [], None),
])
def test_the_mode_of_kube_proxy(mode: str, running: str, absent: list[str], message: str | None) -> None:
    look = seen("w1", host={"kernel": running}, machine={"kernel_config": {"source": "x", "absent": absent}})
    assert judged(kernel.proxy_mode, everywhere(kube_proxy_mode=mode), [look]) == ([("w1", "error", "ProxyMode", message)] if message else [])


PERMITTED = {"kube_kubelet_configuration": {"failCgroupV1": False}}


@pytest.mark.parametrize(("release", "cgroup", "more", "expected"), [
    ("1.30.0", 1, {}, []), ("1.31.0", 1, {}, ["warning"]), ("1.35.0", 1, {}, ["error"]), ("1.35.0", 2, {}, []), ("1.35.0", 1, PERMITTED, ["error"]),
    ("1.35.0", 1, IGNORED, ["error"]), ("1.35.0", 1, {**PERMITTED, **IGNORED}, []), ("wrong", 1, {}, []),
    ("1.35.0", 1, {**IGNORED, "kube_kubelet_configuration": "text"}, ["error"]),
])
def test_cgroup_v1(release: str, cgroup: int, more: dict[str, Any], expected: list[str]) -> None:
    assert levels(kernel.cgroups, {"kube_version": release, **more}, host={"cgroup_version": cgroup}) == expected


def test_a_member_is_not_warned_of_what_it_runs_on() -> None:
    assert levels(kernel.cgroups, {"kube_version": "1.31.0"}, state="worker", host={"cgroup_version": 1}) == []
    assert levels(kernel.cgroups, {"kube_version": "1.35.0"}, state="worker", host={"cgroup_version": 1}) == ["error"]


@pytest.mark.parametrize(("there", "message"), [
    (["cpu", "cpuset", "memory", "pids", "io"], None), ([], None), (["cpu", "cpuset", "pids"], "the kernel has no cgroup controller memory"),
    (["cpu"], "the kernel has no cgroup controller cpuset, memory, pids"),
])
def test_controllers(there: list[str], message: str | None) -> None:
    rows = judged(kernel.controllers, looks=[seen("w1", machine={"cgroup_controllers": there})])
    assert rows == ([("w1", "error", "CgroupControllers", message)] if message else [])
