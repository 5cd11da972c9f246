# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _swap as swap
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

FSTAB = "# /etc/fstab\nUUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n/swapfile\tnone\tswap\tsw\n# UUID=3 none swap sw 0 0\nx /swap ext4 defaults 0 0\n"
WITHOUT = FSTAB.replace("UUID=2", "# kubewright: UUID=2").replace("/swapfile", "# kubewright: /swapfile")
UNIT = "[Swap]\nWhat=/dev/vda3\n"
OF_FSTAB = "[Unit]\nSourcePath=/etc/fstab\n[Swap]\nWhat=/dev/vda3\n"


def sentences() -> List[str]:
    return [step.sentence for step in swap.steps(print)]


@pytest.fixture(autouse=True)
def target_is_masked(machine: FakeMachine) -> None:
    machine.write("/etc/systemd/system/swap.target")


@pytest.mark.parametrize(("fstab", "expected"), [
    (FSTAB, WITHOUT), (WITHOUT, WITHOUT), ("", ""), ("a none swap sw", "# kubewright: a none swap sw"), ("a b\n", "a b\n"),
])
def test_swap_is_commented_out_and_nothing_removed(fstab: str, expected: str) -> None:
    assert swap.comment_out(fstab) == expected


@pytest.mark.parametrize(("path", "text", "expected"), [
    ("/run/systemd/generator.late/dev-vda3.swap", UNIT, ["mask dev-vda3.swap"]),  # systemd-gpt-auto-generator
    ("/run/systemd/generator/dev-zram0.swap", UNIT, ["mask dev-zram0.swap"]),
    ("/run/systemd/generator/dev-vda3.swap", OF_FSTAB, []),
    ("/usr/lib/systemd/system/swapfile.swap", UNIT, ["mask swapfile.swap"]),
    ("/etc/systemd/system/swapfile.swap", UNIT, []),  # a person's, and not enabled
    ("/etc/systemd/system/swapfile.swap", "", []),  # masked
    ("/lib/systemd/system/zramswap.service", "[Service]\n", ["mask and stop zramswap.service"]),
    ("/lib/systemd/system/other.service", "[Service]\n", []),
])
def test_units_that_would_bring_swap_back_are_masked(machine: FakeMachine, path: str, text: str, expected: List[str]) -> None:
    machine.write(path, text)
    assert sentences() == expected


@pytest.mark.parametrize(("name", "expected"), [("swapfile.swap", "disable swapfile.swap"), ("zramswap.service", "disable and stop zramswap.service")])
def test_units_that_a_person_wrote_are_disabled_since_systemctl_masks_none_of_them(machine: FakeMachine, name: str, expected: str) -> None:
    machine.write(f"/etc/systemd/system/{name}", UNIT)
    machine.write(f"/etc/systemd/system/swap.target.wants/{name}", UNIT)
    assert sentences() == [expected]
    machine.remove(f"/etc/systemd/system/swap.target.wants/{name}")
    assert sentences() == []


def test_a_masked_unit_hides_the_one_that_is_generated(machine: FakeMachine) -> None:
    machine.write("/run/systemd/generator/dev-zram0.swap", UNIT)
    machine.write("/etc/systemd/system/dev-zram0.swap")
    assert sentences() == []


@pytest.mark.parametrize(("files", "expected"), [
    ({"/usr/lib/systemd/zram-generator.conf": "[zram0]\nzram-size = min(ram, 8192)\n"}, ["mask dev-zram0.swap"]),
    ({"/usr/lib/systemd/zram-generator.conf": "[zram0]\n", "/etc/systemd/zram-generator.conf": ""}, []),
    ({"/etc/systemd/zram-generator.conf.d/a.conf": "[zram1]\n[zram2]\nmount-point = /tmp\n[zram3]\nfs-type = ext4\n"}, ["mask dev-zram1.swap"]),
    ({}, []),
])
def test_what_zram_generator_would_make_is_masked_before_it_is_made(machine: FakeMachine, files: Any, expected: List[str]) -> None:
    for path, text in files.items():
        machine.write(path, text)
    assert sentences() == []
    machine.write("/usr/lib/systemd/system-generators/zram-generator", "ELF")
    assert sentences() == expected


def test_a_configuration_of_zram_that_cannot_be_read_is_told(machine: FakeMachine) -> None:
    machine.write("/lib/systemd/system-generators/zram-generator", "ELF")
    machine.write("/etc/systemd/zram-generator.conf", "zram-size = 1\n")
    with pytest.raises(KubewrightError, match="/etc/systemd/zram-generator.conf cannot be read: .*repair it"):
        sentences()


@pytest.mark.parametrize(("path", "text"), [
    ("/etc/fstab", WITHOUT), ("/proc/swaps", "Filename\n/dev/vda3 partition\n"), ("/run/systemd/generator/dev-vda3.swap", OF_FSTAB),
])
def test_the_target_of_all_swap_is_masked_where_there_is_or_was_any(machine: FakeMachine, path: str, text: str) -> None:
    """Once fstab names no swap, systemd-gpt-auto-generator looks for a partition by itself."""
    machine.remove("/etc/systemd/system/swap.target")
    assert sentences() == []
    machine.write(path, text)
    assert sentences()[-1] == "mask swap.target"


def test_services_end_before_swapoff_and_units_are_masked_after_it(machine: FakeMachine) -> None:
    machine.write("/etc/fstab", FSTAB)
    machine.write("/proc/swaps", "Filename\n/dev/zram0 partition\n/swapfile file\n")
    machine.write("/usr/lib/systemd/system/zramswap.service", "[Service]\n")
    machine.write("/run/systemd/generator.late/dev-vda3.swap", UNIT)
    calls: List[Any] = []
    for step in swap.steps(lambda words, **_options: calls.append(words)):
        step.act()
    assert calls == [["systemctl", "mask", "--now", "zramswap.service"], ["swapoff", "-a"], ["systemctl", "mask", "dev-vda3.swap"]]
    assert machine.text("/etc/fstab") == WITHOUT
