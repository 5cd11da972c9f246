# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, List, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _selinux as selinux
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

ENFORCING = "# This file controls SELinux.\n\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"
NOW, BOOT = "make SELinux {0} now", "make SELinux {0} at boot"


def machine_with(machine: FakeMachine, live: Optional[str], boot: Optional[str]) -> None:
    if live is not None:
        machine.write("/sys/fs/selinux/enforce", live)
    if boot is not None:
        machine.write("/etc/selinux/config", ENFORCING.replace("=enforcing", "=" + boot))


@pytest.mark.parametrize(("live", "boot", "mode", "expected"), [
    ("1", "enforcing", "permissive", [NOW, BOOT]), ("0", "enforcing", "permissive", [BOOT]), ("1", "permissive", "permissive", [NOW]),
    ("0", "permissive", "permissive", []), ("1", "enforcing", "enforcing", []), ("0", "permissive", "enforcing", [NOW, BOOT]),
    (None, "disabled", "permissive", []), (None, "enforcing", "permissive", [BOOT]), ("1", "disabled", "permissive", [NOW]),
    (None, None, "permissive", []), (None, None, "enforcing", []), ("1", "enforcing", "keep", []), ("1", None, "permissive", [NOW]),
])
def test_selinux_is_set_now_and_at_boot(machine: FakeMachine, live: Any, boot: Any, mode: str, expected: List[str]) -> None:
    machine_with(machine, live, boot)
    machine.write("/usr/share/selinux/packages/container.pp.bz2")
    assert [step.sentence for step in selinux.steps(mode, False, None)] == [text.format(mode) for text in expected]


def test_the_steps_do_what_they_say(machine: FakeMachine) -> None:
    machine_with(machine, "1", "enforcing")
    calls: List[Any] = []
    for step in selinux.steps("permissive", False, calls.append):
        step.act()
    assert calls == [["setenforce", "Permissive"]]
    assert machine.text("/etc/selinux/config") == ENFORCING.replace("SELINUX=enforcing", "# kubewright: SELINUX=enforcing\nSELINUX=permissive")


def test_there_and_back_again_leaves_one_comment() -> None:
    there = selinux.configured(ENFORCING, "permissive")
    back = selinux.configured(there, "enforcing")
    assert back == ENFORCING.replace("SELINUX=enforcing", "# kubewright: SELINUX=permissive\nSELINUX=enforcing")
    assert selinux.configured(back, "permissive") == there


@pytest.mark.parametrize(("live", "boot"), [(None, "disabled"), ("0", "disabled"), (None, "permissive")])
def test_a_disabled_one_is_not_made_enforcing(machine: FakeMachine, live: Any, boot: str) -> None:
    machine_with(machine, live, boot)
    with pytest.raises(KubewrightError, match="SELinux is disabled on this machine; enforcing is asked for.*autorelabel"):
        selinux.steps("enforcing", False, None)


def test_enforcing_wants_the_policy_for_containers_unless_its_package_is_only_predicted(machine: FakeMachine, monkeypatch: Any) -> None:
    machine_with(machine, "0", "enforcing")
    monkeypatch.setattr(selinux, "POLICIES", ("/nowhere/*",))
    with pytest.raises(KubewrightError, match="no pod could start. Install container-selinux"):
        selinux.steps("enforcing", False, None)
    assert [step.sentence for step in selinux.steps("enforcing", True, None)] == [NOW.format("enforcing")]


@pytest.mark.parametrize(("live", "boot", "expected"), [
    (None, "disabled", "it is left so"),
    (None, "enforcing", "until the next boot, which will have it permissive"), ("0", "permissive", None), (None, None, None),
])
def test_what_is_left_is_said(machine: FakeMachine, live: Any, boot: Any, expected: Any) -> None:
    machine_with(machine, live, boot)
    told = selinux.note("permissive")
    assert told is None if expected is None else expected in str(told)
    assert selinux.note("keep") is None
