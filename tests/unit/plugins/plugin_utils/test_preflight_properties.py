# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds whatever people write into their inventory, and whatever a machine is like. `make fuzz` tries it with ten thousand of each."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Inputs
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import WIDTH, table

pytest.importorskip("hypothesis")
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import seen
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.sampled_from(["", "a", "keep", "off", "containerd", "docker", "flannel", "calico", "none", "10.244.0.0/16", "fd00::/64", "1.31.2", "1.36", "{{ x }}",
                         "LimitedSwap", "nftables", "ipvs", "Clones", "all", "30000-31000", "10%", "1Gi"])
KEYS = WORDS | st.sampled_from(["evictionHard", "apiServer", "extraArgs"])
ANYTHING = st.recursive(st.none() | st.booleans() | st.integers(-5, 70000) | WORDS,
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
NAMES = ["kube_runtime", "kube_cni", "kube_package_source", "kube_pod_subnets", "kube_service_subnets", "kube_cluster_configuration",
         "kube_kubelet_configuration", "kube_ignore_preflight_errors", "kube_preflight_waived", "kube_proxy_mode",
         "kube_swap", "kube_swap_behavior", "kube_firewall",
         "kube_hostname",
         "kube_node_name", "kube_node_address", "control_plane_bind_port", "prereqs_swap", "prereqs_selinux", "prereqs_hosts_enabled", "kube_minor"]
VARIABLES = st.fixed_dictionaries({"kube_version": st.sampled_from(["1.17.0", "1.31.2", "1.35.0", "1.38.0"]) | ANYTHING},
                                  optional={name: ANYTHING for name in NAMES})
SIZES = st.integers(0, 100_000)
DISK = st.fixed_dictionaries({name: SIZES for name in ("device", "size_mb", "free_mb", "inodes", "inodes_free")})
LISTENER = st.fixed_dictionaries({"protocol": st.sampled_from(["tcp", "udp"]), "address": st.just("::"), "port": st.integers(1, 65535),
                                  "pid": st.integers(0, 9), "process": st.sampled_from(["", "nginx"])})
ROUTE = st.fixed_dictionaries({"interface": st.sampled_from(["eth0", "cni0", "docker0"]), "routed": st.booleans(),
                               "network": st.sampled_from(["10.0.0.0/8", "10.244.1.0/24", "fd00::/64", "192.0.2.0/24"])})
MACHINE = st.fixed_dictionaries({}, optional={
    "clock": st.floats(0, 1e9), "asked": st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)).map(sorted), "container": st.sampled_from(["", "docker"]),
    "os": st.fixed_dictionaries({}, optional={"id": WORDS, "like": WORDS}), "architecture": st.sampled_from(["x86_64", "s390x", "i686", ""]),
    "systemd": st.booleans(), "package_managers": st.lists(st.just("dnf"), max_size=1), "macs": st.dictionaries(WORDS, WORDS, max_size=2),
    "networks": st.lists(ROUTE, max_size=3), "swaps": st.lists(st.just("/dev/sda2"), max_size=1), "listeners": st.lists(LISTENER, max_size=3),
    "disks": st.dictionaries(st.sampled_from(["/var/lib/kubelet", "/var/lib/containerd", "/var/lib/etcd", "/var/log"]), DISK),
    "cgroup_controllers": st.lists(st.sampled_from(["cpu", "memory"]), max_size=2), "api_version": WORDS, "chains": st.integers(0, 2),
    "kernel_config": st.fixed_dictionaries({"source": WORDS, "absent": st.lists(st.sampled_from(["MEMCG", "CGROUP_BPF", "IP_VS"]), max_size=2)}),
    "remains": st.dictionaries(st.sampled_from(["interfaces", "cni_configs", "static_pods", "etcd"]),
                               st.lists(st.sampled_from(["cni0", "05-a.conf", "etcd.yaml"]))),
    "firewalls": st.lists(st.sampled_from(["ufw", "nftables"])),
    "selinux": st.fixed_dictionaries({"enforcing": st.booleans(), "container_policy": st.booleans()}),
})
HOST = st.fixed_dictionaries({}, optional={"hostname": WORDS, "machine_id": WORDS, "product_uuid": WORDS, "cpus": st.integers(0, 4), "memory_mb": SIZES,
                                           "kernel": st.sampled_from(["4.18.0-1.el8", "6.1.0", "x"]), "cgroup_version": st.integers(1, 2), "address": WORDS})
LOOKS = st.fixed_dictionaries({"state": st.sampled_from(["clean", "partial", "worker", "control_plane"]), "host": HOST, "machine": MACHINE})


@given(st.lists(st.tuples(VARIABLES, LOOKS), max_size=4))
def test_whatever_is_there_ends_in_findings_and_a_table(machines: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    variables = {f"w{index}": given for index, (given, _look) in enumerate(machines)}
    looks = [seen(f"w{index}", control=index == 0, **look) for index, (_given, look) in enumerate(machines)]
    inputs = Inputs(list(variables), list(variables)[:1], [], variables, looks, {})
    found = preflight.findings(inputs)
    stands, passed = preflight.standing(found, variables), preflight.passed(found, variables)
    assert len(stands) + len(passed) == len(found) and {item.finding.level for item in found} <= {"error", "warning"}
    assert {item.host for item in found} <= {"inventory", *variables}
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in table(stands, len(passed)).splitlines())
