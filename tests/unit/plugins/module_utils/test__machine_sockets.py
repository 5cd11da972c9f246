# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import socket
import sys
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _machine_sockets as sockets
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

TITLE = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: {0} 00000000:0000 {1} 00000000:00000000 00:00000000 00000000     0        0 {2} 1 000000002cde3af9 100 0 0 10 0\n"


@pytest.fixture
def processes(machine: FakeMachine, monkeypatch: Any) -> FakeMachine:
    real = os.readlink
    monkeypatch.setattr(os, "readlink", lambda path: real(machine.path(path)))
    return machine


def process(machine: FakeMachine, pid: int, *targets: str, command: str = "", comm: str = "") -> None:
    machine.write("/proc/{0}/cmdline".format(pid), command)
    machine.write("/proc/{0}/comm".format(pid), comm)
    machine.folder("/proc/{0}/fd".format(pid))
    for number, target in enumerate(targets):
        os.symlink(target, "{0}/proc/{1}/fd/{2}".format(machine.root, pid, number))


def test_listeners_are_told_with_their_process(processes: FakeMachine) -> None:
    processes.write("/proc/net/tcp", TITLE + ROW.format("0100007F:192A", "0A", 11) + ROW.format("0100007F:0016", "01", 12)
                    + ROW.format("00000000:280A", "0A", 13))
    processes.write("/proc/net/tcp6", TITLE + ROW.format("00000000000000000000000000000000:280A", "0A", 14))
    processes.write("/proc/net/udp", TITLE + ROW.format("00000000:2118", "07", 15) + "cut off\n")
    process(processes, 7, "/dev/null", "socket:[11]", "pipe:[13]", command="/usr/sbin/haproxy\0-f\0/etc/haproxy.cfg\0")
    process(processes, 30, "socket:[13]", "socket:[14]", command="nginx: master process /usr/sbin/nginx\0")
    process(processes, 31, "socket:[13]", command="nginx: worker process\0")
    processes.write("/proc/self/comm")
    assert [tuple(row[key] for key in ("protocol", "address", "port", "pid", "process")) for row in sockets.listeners()] == [
        ("tcp", "127.0.0.1", 6442, 7, "haproxy"), ("tcp", "0.0.0.0", 10250, 30, "nginx"), ("tcp", "::", 10250, 30, "nginx"), ("udp", "0.0.0.0", 8472, 0, "")]


def test_processes_that_end_meanwhile_or_cannot_be_seen_hold_nothing(processes: FakeMachine, monkeypatch: Any) -> None:
    processes.write("/proc/net/tcp", TITLE + ROW.format("0100007F:192A", "0A", 11))
    processes.write("/proc/9/comm")  # without fd: it has ended

    def gone(_path: str) -> str:
        raise PermissionError

    process(processes, 10, "socket:[11]")
    monkeypatch.setattr(os, "readlink", gone)
    assert sockets.listeners()[0]["pid"] == 0


@pytest.mark.parametrize(("command", "comm", "name"), [
    ("/usr/bin/python3\0-u\0/opt/app/server.py\0--port\0006443\0", "python3", "python3 server.py"), ("/usr/bin/python3\0", "python3", "python3"),
    ("", "kworker/0:1", "kworker/0:1"), ("sshd: /usr/sbin/sshd -D [listener]\0", "sshd", "sshd"), ("/usr/local/bin/etcd\0--name\0a\0", "etcd", "etcd"),
    ("/usr/bin/python3\0-c\0import time; time.sleep(9)\0", "python3", "python3"),
    ("-bash\0", "bash", "bash"), ("/usr/bin/java\0-jar\0/srv/app.jar\0", "java", "java app.jar"), ("", "", ""),
])
def test_the_name_that_people_know_a_process_by(processes: FakeMachine, command: str, comm: str, name: str) -> None:
    process(processes, 5, command=command, comm=comm + "\n")
    assert sockets.process_name(5) == name


@pytest.mark.skipif(sys.byteorder != "little", reason="the captured words are those of such a processor")
@pytest.mark.parametrize(("text", "address"), [
    ("0100007F", "127.0.0.1"), ("0A02000A", "10.0.2.10"), ("00000000000000000000000001000000", "::1"), ("B80D0120000000000000000001000000", "2001:db8::1"),
])
def test_addresses_of_the_kernel(text: str, address: str) -> None:
    assert sockets.address_of(text) == address


def test_a_real_listener_is_found_on_this_machine() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        port = listening.getsockname()[1]
        found = [row for row in sockets.listeners() if row["port"] == port and row["protocol"] == "tcp"]
    assert [(row["address"], row["pid"]) for row in found] == [("127.0.0.1", os.getpid())] and found[0]["process"]


def test_a_file_that_cannot_be_had_is_empty(machine: FakeMachine) -> None:
    machine.folder("/proc/net/tcp")
    assert sockets.read("/proc/net/tcp") == "" and sockets.read("/proc/absent") == ""
