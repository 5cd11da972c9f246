# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _clock as clock
from ansible_collections.kubewright.cluster.plugins.modules import node_time
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

CONFIGURATION = "pool 2.debian.pool.ntp.org iburst\nrtcsync\n"


class Units:
    """systemd and chronyc, as far as this module asks them."""

    def __init__(self, machine: FakeMachine) -> None:
        self.states = {"chrony.service": ["loaded", "inactive", "disabled"]}
        self.synchronises_after = 3.0
        self.machine = machine
        machine.on("systemctl", then=self.systemctl)
        machine.on("chronyc", then=self.chronyc)

    def systemctl(self, call: Call) -> Any:
        verb, unit = call.words[1], call.words[-1]
        if verb == "show":
            known = [(name, *self.states.get(name, ["not-found", "inactive", ""])) for name in call.words[3:]]
            return 0, "\n\n".join("Id={}\nLoadState={}\nActiveState={}\nUnitFileState={}".format(*each) for each in known), ""
        if verb == "stop":
            self.states[unit][1] = "inactive"
        if verb == "enable":
            self.states[unit][2] = "enabled"
            self.states[unit][1] = "active" if "--now" in call.words else self.states[unit][1]
        return 0, "", ""

    def chronyc(self, _call: Call) -> Any:
        return 0, "Leap status     : {}\n".format("Normal" if self.machine.slept >= self.synchronises_after else "Not synchronised"), ""


@pytest.fixture
def units(machine: FakeMachine) -> Units:
    machine.write("/etc/chrony/chrony.conf", CONFIGURATION)
    return Units(machine)


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(node_time, check_mode, True, **more)


def test_check_real_check_real(machine: FakeMachine, units: Units) -> None:
    sentences = ["write the time servers into /etc/chrony/chrony.conf", "start chrony.service now and at boot"]
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, servers=["192.0.2.1"])
        assert result["actions"] == (sentences if changed else []) and result["changed"] is changed
        assert result["service"] == "chrony.service" and result["synchronised"] is not (check_mode and changed)
        if check_mode and changed:
            assert machine.text("/etc/chrony/chrony.conf") == CONFIGURATION and machine.slept == 0
    assert "server 192.0.2.1 iburst\n" in machine.text("/etc/chrony/chrony.conf") and machine.slept == 3


def test_a_service_that_runs_is_stopped_before_its_configuration_changes(machine: FakeMachine, units: Units) -> None:
    """Killed in between, the next run finds a service to start."""
    units.states["chrony.service"][1:] = ["active", "enabled"]
    assert run(servers=["192.0.2.1"])["actions"] == [
        "stop chrony.service", "write the time servers into /etc/chrony/chrony.conf", "start chrony.service now and at boot"]
    assert [line for line in machine.commands("systemctl") if "show" not in line] == ["systemctl stop chrony.service", "systemctl enable --now chrony.service"]


def test_a_service_that_only_runs_is_started_at_boot_too(units: Units) -> None:
    units.states["chrony.service"][1:] = ["active", "disabled"]
    assert run()["actions"] == ["start chrony.service at boot"]


def test_another_service_is_taken_as_it_is(machine: FakeMachine, units: Units, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "_kernel_synchronised", lambda: True)
    units.states["systemd-timesyncd.service"] = ["loaded", "active", "enabled"]
    result = run()
    assert not result["changed"] and result["service"] == "systemd-timesyncd.service" and machine.commands("chronyc") == []


def test_timesyncd_gets_the_servers_in_a_file_of_ours(machine: FakeMachine, units: Units, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "_kernel_synchronised", lambda: True)
    units.states["systemd-timesyncd.service"] = ["loaded", "active", "enabled"]
    assert run(servers=["192.0.2.1"])["changed"] and not run(servers=["192.0.2.1"])["changed"]
    assert machine.text("/etc/systemd/timesyncd.conf.d/kubewright.conf").endswith("NTP=192.0.2.1\n")
    assert machine.text("/etc/chrony/chrony.conf") == CONFIGURATION


def test_servers_for_a_service_whose_configuration_is_a_person_s_are_refused(units: Units) -> None:
    units.states = {"ntpd.service": ["loaded", "active", "enabled"]}
    assert run(servers=["192.0.2.1"])["msg"].startswith("time servers are asked for, and ntpd.service keeps the time here")


def test_without_any_service_the_error_names_them_and_check_mode_predicts(units: Units) -> None:
    units.states = {}
    assert run()["msg"].startswith("no time service is installed here: none of chrony.service, chronyd.service")
    result = run(check_mode=True)
    assert result["actions"] == ["start the time service that is installed by then, now and at boot"]
    assert (result["service"], result["synchronised"]) == ("", False)


def test_a_clock_that_stays_wrong_is_an_error_with_the_evidence(machine: FakeMachine, units: Units) -> None:
    units.synchronises_after = 1000.0
    result = run(seconds=10)
    assert "the clock is not synchronised after 10 seconds of chrony.service" in result["msg"] and "Not synchronised" in result["msg"]
    assert 10 <= machine.slept <= 12


def test_a_service_that_does_not_stay_up_is_an_error(machine: FakeMachine, units: Units) -> None:
    """As chrony in a container, whose unit wants a clock that it may set."""
    machine.on("systemctl", "enable")
    assert "it would have to be done again: start chrony.service now and at boot" in run()["msg"]
