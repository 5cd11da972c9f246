# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import socket
import time
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _host_look as look
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine


def test_a_host_is_told_from_its_clones(machine: FakeMachine) -> None:
    machine.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    machine.write("/sys/class/dmi/id/product_uuid", "ABCD-1\n")
    machine.write("/proc/meminfo", "MemFree: 1 kB\nMemTotal:        2048000 kB\n")
    found = look.host()
    assert {key: found[key] for key in ("machine_id", "product_uuid", "memory_mb", "cgroup_version")} == {
        "machine_id": "0123456789abcdef0123456789abcdef", "product_uuid": "abcd-1", "memory_mb": 2000, "cgroup_version": 1}
    assert found["time"] == pytest.approx(time.time(), abs=5) and found["hostname"] == socket.gethostname() and found["cpus"] > 0
    machine.write("/sys/fs/cgroup/cgroup.controllers")
    machine.remove("/proc/meminfo")
    assert (look.host()["cgroup_version"], look.host()["memory_mb"]) == (2, 0)


def test_the_address_is_that_of_the_default_route_of_either_family(monkeypatch: Any) -> None:
    class Probe:
        def __init__(self, family: int, _kind: int) -> None:
            self.family = family

        def __enter__(self) -> "Probe":
            return self

        def __exit__(self, *_args: Any) -> None:
            pass

        def connect(self, _address: Any) -> None:
            if self.family not in routes:
                raise OSError("Network is unreachable")

        def getsockname(self) -> Any:
            return (routes[socket.AddressFamily(self.family)], 1)

    monkeypatch.setattr(socket, "socket", Probe)
    routes = {socket.AF_INET: "192.0.2.7", socket.AF_INET6: "2001:db8::7"}
    assert look.default_address() == "192.0.2.7"
    del routes[socket.AF_INET]
    assert look.default_address() == "2001:db8::7"
    routes.clear()
    assert look.default_address() == ""
