# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import ctypes
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _clock as clock
from ansible_collections.kubewright.cluster.plugins.module_utils import _systemd
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

CHRONY = clock.Service("chrony.service", True, True)
TIMESYNCD = clock.Service("systemd-timesyncd.service", True, True)
TRACKING = "Reference ID    : C0000201 (192.0.2.1)\nStratum         : 3\nLeap status     : {0}\n"


def unit(name: str, load: str = "loaded", active: str = "active", state: str = "enabled") -> str:
    return f"Id={name}\nLoadState={load}\nActiveState={active}\nUnitFileState={state}"


@pytest.mark.parametrize(("blocks", "expected", "kept"), [
    ([], [], None),
    ([unit("chrony.service"), unit("chrony.service"), unit("ntp.service", "not-found", "inactive", "")], [CHRONY], CHRONY),
    ([unit("systemd-timesyncd.service"), unit("chrony.service", active="inactive", state="disabled")],
     [clock.Service("chrony.service", False, False), TIMESYNCD], TIMESYNCD),
    ([unit("ntpd.service", active="inactive", state="disabled"), unit("chronyd.service", active="failed")],
     [clock.Service("chronyd.service", False, True), clock.Service("ntpd.service", False, False)], clock.Service("chronyd.service", False, True)),
    ([unit("systemd-timesyncd.service", "masked", "inactive", "masked")], [], None),
    ([unit("other.service"), unit("openntpd.service", active="activating")],
     [clock.Service("openntpd.service", True, True), clock.Service("other.service", True, True)], clock.Service("openntpd.service", True, True)),
])
def test_the_service_that_runs_keeps_the_time_or_else_the_first_that_is_installed(blocks: List[str], expected: List[clock.Service], kept: Any) -> None:
    found = clock.services(_systemd.told("\n\n".join(blocks) + "\n"))
    assert found == expected and clock.keeper(found) == kept


@pytest.mark.parametrize(("files", "expected"), [
    (["/etc/chrony/chrony.conf"], "/etc/chrony/chrony.conf"), (["/etc/chrony.conf"], "/etc/chrony.conf"), ([], "/etc/chrony.conf"),
])
def test_chrony_s_configuration_is_where_the_family_has_it(machine: FakeMachine, files: List[str], expected: str) -> None:
    for path in files:
        machine.write(path)
    assert clock.chrony_file() == expected


BLOCK = "# BEGIN Kubewright: time servers\nserver 192.0.2.1 iburst\nserver ntp.example.com prefer\n# END Kubewright: time servers\n"


@pytest.mark.parametrize(("text", "expected"), [
    ("pool 2.debian.pool.ntp.org iburst\nrtcsync\n", "# kubewright: pool 2.debian.pool.ntp.org iburst\nrtcsync\n" + BLOCK),
    ("rtcsync", "rtcsync\n" + BLOCK), ("", BLOCK), ("# server x\n  server y\nserverstats 1\n", "# server x\n# kubewright:   server y\nserverstats 1\n" + BLOCK),
])
def test_servers_take_the_place_of_the_distribution_s(text: str, expected: str) -> None:
    written = clock.with_servers(text, ["192.0.2.1", "ntp.example.com prefer"])
    assert written == expected and clock.with_servers(written, ["192.0.2.1", "ntp.example.com prefer"]) == expected


def test_timesyncd_takes_names_only() -> None:
    assert clock.timesyncd_text(["192.0.2.1", "ntp.example.com prefer"]).endswith("[Time]\nNTP=192.0.2.1 ntp.example.com\n")


@pytest.mark.parametrize(("leap", "expected"), [("Normal", True), ("Insert second", True), ("Not synchronised", False)])
def test_chrony_is_asked_itself(leap: str, expected: bool) -> None:
    assert clock.is_synchronised(CHRONY, lambda _words: Output(TRACKING.format(leap), "")) is expected


def fails(words: List[str]) -> Output:
    raise CommandError(" ".join(words), 1, "", "506 Cannot talk to daemon")


def test_a_daemon_that_does_not_answer_yet_is_not_synchronised() -> None:
    assert clock.is_synchronised(CHRONY, fails) is False


@pytest.mark.parametrize(("answer", "expected"), [(0, True), (1, True), (5, False), (-1, False)])
def test_of_other_services_the_kernel_knows(monkeypatch: Any, answer: int, expected: bool) -> None:
    class Library:
        def __init__(self, *_args: Any, **_options: Any) -> None:
            self.adjtimex = lambda _buffer: answer

    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert clock.is_synchronised(TIMESYNCD, fails) is expected


def test_this_kernel_answers_whether_its_clock_is_synchronised() -> None:
    assert clock.is_synchronised(TIMESYNCD, fails) in (True, False)


def test_the_error_shows_what_the_service_says_of_its_servers() -> None:
    def run(words: List[str]) -> Output:
        return fails(words) if "sources" in words else Output(TRACKING.format("Not synchronised"), "")

    told = clock.not_synchronised(CHRONY, 60, run)
    assert isinstance(told, KubewrightError) and "not synchronised after 60 seconds of chrony.service" in str(told)
    assert "Leap status     : Not synchronised" in str(told) and "Cannot talk to daemon" in str(told) and "kube_time_servers" in str(told)
    assert "timedatectl status:" in str(clock.not_synchronised(TIMESYNCD, 5, lambda _words: Output("NTP service: active", "")))
