# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import node_proxy
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

PROXY, SECRET = "http://proxy.example.com:3128", "http://me:hunter2@proxy.example.com:3128"
ENVIRONMENT, APT = "/etc/kubewright/proxy.env", "/etc/apt/apt.conf.d/90kubewright-proxy"
DROP_IN = "/etc/systemd/system/containerd.service.d/50-kubewright-proxy.conf"
ROUTES = "Iface Destination Gateway Flags RefCnt Use Metric Mask\neth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
DNF = "[main]\ngpgcheck=1\nproxy=http://old:1\n"


@pytest.fixture(autouse=True)
def node(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """Of 192.0.2.0/24, with apt and a running containerd; the kubelet is not there yet."""
    monkeypatch.setattr(node_proxy, "default_address", lambda: "192.0.2.1")
    machine.folder("/etc/apt/apt.conf.d")
    machine.write("/proc/net/route", ROUTES)
    machine.write("/proc/7/environ", "PATH=/bin\0")
    machine.on("systemctl", "show", stdout="ActiveState=inactive\nMainPID=0\nNeedDaemonReload=no\n")
    machine.on("systemctl", "show", "--property=ActiveState,MainPID,NeedDaemonReload", "containerd.service",
               stdout="ActiveState=active\nMainPID=7\nNeedDaemonReload=no\n")
    machine.on("systemctl", "daemon-reload")
    machine.on("systemctl", "restart", then=lambda call: restarted(machine, call))
    return machine


def restarted(machine: FakeMachine, _call: Call) -> None:
    """What systemd does: a process with what the unit's file says, if its drop-in is there."""
    from ansible_collections.kubewright.cluster.plugins.module_utils._proxy_files import environment_of

    pairs = environment_of(machine.text(ENVIRONMENT)) if machine.has(DROP_IN) else {}
    machine.write("/proc/7/environ", "\0".join(["PATH=/bin", *[f"{key}={value}" for key, value in pairs.items()]]))


def mode(machine: FakeMachine, path: str) -> int:
    return Path(machine.root + path).stat().st_mode & 0o777


def run(check_mode: bool = False, diff: bool = False, **arguments: Any) -> Result:
    given = {"http_proxy": PROXY, "https_proxy": PROXY, "no_proxy": [".svc", "bundle.example.com"], **arguments}
    return run_module(node_proxy, check_mode, diff, **given)


def test_every_program_is_told_and_a_second_run_changes_nothing(machine: FakeMachine) -> None:
    predicted = run(check_mode=True)
    assert not machine.has(ENVIRONMENT) and not machine.has(APT) and machine.commands("systemctl", "restart") == []
    done = run()
    assert done["changed"] and done["actions"] == predicted["actions"] and done["no_proxy"] == [".svc", "bundle.example.com", "192.0.2.0/24"]
    assert machine.commands("systemctl", "restart") == ["systemctl restart containerd.service"]
    assert 'NO_PROXY=".svc,bundle.example.com,192.0.2.0/24"' in machine.text(ENVIRONMENT) and "EnvironmentFile=-" + ENVIRONMENT in machine.text(DROP_IN)
    assert 'Proxy::bundle.example.com "DIRECT"' in machine.text(APT) and (mode(machine, ENVIRONMENT), mode(machine, APT)) == (0o600, 0o644)
    assert machine.has(DROP_IN.replace("containerd", "kubelet"))
    assert not run()["changed"] and not run(node_addresses=["192.0.2.1", "192.0.2.77"])["changed"]


def test_a_password_is_in_files_for_root_only_and_nowhere_else(machine: FakeMachine) -> None:
    machine.write("/etc/dnf/dnf.conf", DNF)
    done = run(diff=True, http_proxy=SECRET, https_proxy=SECRET)
    assert "hunter2" not in str({**done, "invocation": ""}) and "through proxy.example.com:3128" in done["diff"]["after"]
    assert [mode(machine, path) for path in (ENVIRONMENT, APT, "/etc/dnf/dnf.conf")] == [0o600, 0o600, 0o600]
    assert "proxy_password=hunter2\n" in machine.text("/etc/dnf/dnf.conf") and not any("hunter2" in " ".join(call.words) for call in machine.calls)
    assert not run(http_proxy=SECRET, https_proxy=SECRET)["changed"]
    assert run()["changed"] and [mode(machine, path) for path in (APT, "/etc/dnf/dnf.conf")] == [0o644, 0o644]


def test_absent_undoes_exactly_what_was_done(machine: FakeMachine) -> None:
    machine.write("/etc/dnf/dnf.conf", DNF)
    before = {path: text for path, (text, _time) in machine.files().items()}
    run()
    assert machine.text("/etc/dnf/dnf.conf") != DNF
    predicted = run(state="absent", check_mode=True)
    done = run(state="absent")
    assert done["actions"] == predicted["actions"] and done["actions"][-1] == "remove " + ENVIRONMENT
    assert {path: text for path, (text, _time) in machine.files().items()} == {**before, "/proc/7/environ": "PATH=/bin"}
    assert len(machine.commands("systemctl", "restart")) == 2 and not run(state="absent")["changed"]


def test_a_run_that_was_killed_before_the_restart_is_finished(machine: FakeMachine) -> None:
    run()
    machine.write("/proc/7/environ", "PATH=/bin\0")
    assert run()["actions"] == ["restart containerd, whose process has another environment; pods keep running"]


def test_units_that_systemd_has_not_read_are_read(machine: FakeMachine) -> None:
    run()
    machine.on("systemctl", "show", stdout="ActiveState=inactive\nMainPID=0\nNeedDaemonReload=yes\n")
    machine.on("systemctl", "daemon-reload", then=lambda _call: machine.on("systemctl", "show", stdout="ActiveState=inactive\nNeedDaemonReload=no\n"))
    assert run()["actions"] == ["let systemd read its units again"]


def test_docker_says_what_its_restart_does(machine: FakeMachine) -> None:
    machine.on("systemctl", "show", stdout="ActiveState=active\nMainPID=7\nNeedDaemonReload=no\n")
    assert "live-restore" in run(check_mode=True, services=["docker"])["actions"][-1]


def test_what_does_not_stay_is_an_error(machine: FakeMachine) -> None:
    machine.on("systemctl", "restart")
    assert "this is still missing: restart containerd" in run()["msg"]


def test_without_systemd_only_files_are_written(machine: FakeMachine) -> None:
    machine.absent.append("systemctl")
    machine.on("systemctl", "daemon-reload")
    assert "restart" not in str(run(check_mode=True)["actions"])


@pytest.mark.parametrize(("arguments", "message"), [({"http_proxy": "", "https_proxy": ""}, "neither http_proxy nor https_proxy"),
                                                    ({"http_proxy": "proxy:3128"}, "http_proxy is no address of a proxy")])
def test_wrong_options_are_told(arguments: Any, message: str) -> None:
    assert message in run(**arguments)["msg"]
