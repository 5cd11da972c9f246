# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import time
import zlib
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _machine_look as look
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


@pytest.fixture(autouse=True)
def disk(monkeypatch: Any) -> None:
    told = os.statvfs_result((4096, 4096, 1000000, 400000, 300000, 5000, 4000, 4000, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: told)


def test_a_member_tells_what_its_kubelet_was_started_with_and_which_policy_it_has(machine: FakeMachine) -> None:
    assert look.settings() == {"kubelet": "", "kubelet_flags": "", "audit_policy": ""}
    machine.write("/var/lib/kubelet/config.yaml", "maxPods: 110\n")
    machine.write("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=x\n")
    machine.write("/etc/kubernetes/audit/policy.yaml", "abc")
    assert look.settings() == {"kubelet": "maxPods: 110\n", "kubelet_flags": "KUBELET_KUBEADM_ARGS=x\n",
                               "audit_policy": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}


def test_a_bare_machine_is_described_and_a_member_in_fewer_words(machine: FakeMachine) -> None:
    found, member = look.machine(False), look.machine(True)
    assert set(found) - set(member) == {"listeners", "kernel_config", "remains"} and set(member) - set(found) == {
        "cgroup_drivers", "runtime_switch", "settings"}
    assert (found["os"], found["container"], found["systemd"]) == ({"id": "", "like": "", "version": "", "name": ""}, "", False)
    assert found["remains"] == {"interfaces": [], "cni_configs": [], "static_pods": [], "etcd": []}
    assert (found["macs"], found["networks"], found["swaps"], found["listeners"], found["api_version"]) == ({}, [], [], [], "")
    assert found["clock"] == pytest.approx(time.time(), abs=5) and machine.files() == {}


def test_the_system_is_read_with_and_without_quotes(machine: FakeMachine) -> None:
    machine.write("/etc/os-release", 'PRETTY_NAME="Rocky Linux 9.4"\nNAME="Rocky Linux"\nID=\'rocky\'\nID_LIKE="rhel centos fedora"\nVERSION_ID=9.4\n')
    assert look.operating_system() == {"id": "rocky", "like": "rhel centos fedora", "version": "9.4", "name": "Rocky Linux 9.4"}


@pytest.mark.parametrize(("path", "text", "kind"), [
    ("/run/systemd/container", "docker\n", "docker"), ("/proc/1/environ", "PATH=/bin\0container=podman\0", "podman"),
    ("/proc/1/environ", "container=lxc", "lxc"), ("/proc/1/environ", "mycontainer=no\0", ""), ("/etc/machine-id", "", ""),
])
def test_a_container_is_told_from_a_machine(machine: FakeMachine, path: str, text: str, kind: str) -> None:
    machine.write(path, text)
    assert look.container() == kind


def test_only_hardware_has_a_mac_address_of_its_own(machine: FakeMachine) -> None:
    for name, address in (("eth0", "52:54:00:AA:BB:01"), ("docker0", "02:42:00:00:00:01"), ("lo", "00:00:00:00:00:00"), ("tun0", "")):
        machine.write("/sys/class/net/{0}/address".format(name), address + "\n")
    machine.folder("/sys/class/net/eth0/device")
    machine.folder("/sys/class/net/lo/device")
    machine.folder("/sys/class/net/tun0/device")
    assert look.macs() == {"eth0": "52:54:00:aa:bb:01"}


ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t0000000A\t010200C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0
"""
ROUTES_6 = """\
fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001 eth0
fd010000000000000000000000000000 38 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001 lo
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000004 00000000 00000001 eth0
"""


def test_networks_are_those_of_the_routes(machine: FakeMachine) -> None:
    machine.write("/proc/net/route", ROUTES)
    machine.write("/proc/net/ipv6_route", ROUTES_6)
    assert [(row["interface"], row["network"], row["routed"]) for row in look.routes()] == [
        ("docker0", "172.17.0.0/16", False), ("eth0", "10.0.0.0/8", True), ("eth0", "fd00::/64", False), ("eth0", "fd01::/56", True)]


def test_a_folder_that_is_not_there_lies_where_its_parent_does(machine: FakeMachine) -> None:
    machine.folder("/var/lib/kubelet")
    found = look.disks()
    assert set(found) == set(look.FOLDERS)
    assert found["/var/lib/kubelet"] == {"device": os.stat("/var/lib").st_dev, "size_mb": 3906, "free_mb": 1171, "inodes": 5000, "inodes_free": 4000}


@pytest.mark.parametrize(("files", "expected"), [
    ({"/sys/fs/cgroup/cgroup.controllers": "cpuset cpu memory pids\n"}, ["cpu", "cpuset", "memory", "pids"]),
    ({"/proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t1\t1\nmemory\t0\t1\t0\n"}, ["cpu"]), ({}, []),
])
def test_controllers_of_either_version(machine: FakeMachine, files: Any, expected: Any) -> None:
    for path, text in files.items():
        machine.write(path, text)
    assert look.controllers() == expected


def test_the_kernel_s_configuration_is_where_distributions_or_the_kernel_keep_it(machine: FakeMachine, monkeypatch: Any) -> None:
    assert look.kernel_config() == {"source": "", "absent": []}
    built = [name.replace("NETFILTER_XT_TARGET", "IP_NF_TARGET") for name in look.KERNEL_OPTIONS if name != "NF_TABLES"]
    text = "".join("CONFIG_{0}={1}\n".format(name, "ym"[index % 2]) for index, name in enumerate(built)) + "# CONFIG_NF_TABLES is not set\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    with open(machine.root + "/proc/config.gz", "wb") as stream:
        stream.write(packer.compress(text.encode()) + packer.flush())
    assert look.kernel_config() == {"source": "/proc/config.gz", "absent": ["NF_TABLES"]}
    boot = "/boot/config-" + os.uname().release
    monkeypatch.setattr(look, "read", lambda path: text.replace("CONFIG_IP_VS=", "CONFIG_X=") if path == boot else "")
    assert look.kernel_config() == {"source": boot, "absent": ["IP_VS", "NF_TABLES"]}


def test_a_damaged_configuration_is_as_none(machine: FakeMachine) -> None:
    machine.write("/proc/config.gz", "no archive")
    assert look.kernel_config()["source"] == ""


@pytest.mark.parametrize(("image", "version"), [
    ("registry.k8s.io/kube-apiserver:v1.31.2", "1.31.2"), ("mirror.example.com:5000/google_containers/kube-apiserver-amd64:v1.20.15", "1.20.15"),
    ("registry.k8s.io/kube-apiserver@sha256:00", ""),
])
def test_the_version_of_the_api_server_is_that_of_its_image(machine: FakeMachine, image: str, version: str) -> None:
    machine.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "spec:\n  containers:\n  - command:\n    image: {0}\n".format(image))
    assert look.api_version() == version


def test_what_etc_hosts_says_of_a_name(machine: FakeMachine) -> None:
    machine.write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 node1.example.com node1 # by the installer\n# 192.0.2.1 node1\n192.0.2.9 node10\n")
    assert look.hosts_file("node1") == ["127.0.1.1"] and look.hosts_file("other") == []


def test_remains_are_named(machine: FakeMachine) -> None:
    for path in ("/etc/cni/net.d/10-flannel.conflist", "/sys/class/net/cni0/address", "/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/manifests/notes",
                 "/var/lib/etcd/member/snap/db"):
        machine.write(path)
    assert look.remains() == {"interfaces": ["cni0"], "cni_configs": ["10-flannel.conflist"], "static_pods": ["etcd.yaml"], "etcd": ["member"]}


def test_a_name_is_resolved_as_the_machine_does_it_or_not_at_all() -> None:
    assert "127.0.0.1" in look.resolved("localhost")
    assert look.resolved("no-such-name.invalid") == look.resolved("." * 70) == look.resolved("a" * 70) == []


@pytest.mark.parametrize(("path", "kind"), [("/etc/a", "File"), ("/etc", "Directory"), ("/etc/nothing", ""), ("/dev/null", "CharDevice")])
def test_the_kind_of_a_path_is_named_as_volumes_name_it(machine: FakeMachine, path: str, kind: str) -> None:
    machine.write("/etc/a", "")
    assert look.kind(path) == kind


def test_accounts_that_are_there_are_told() -> None:
    assert look.accounts(["root", "nobody-would-have-this"]) == ["root"]
