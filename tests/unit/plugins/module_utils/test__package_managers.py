# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_managers as managers
from ansible_collections.kubewright.cluster.plugins.module_utils._apt import Apt
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._rpm import Rpm
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

DEBIAN, UBUNTU, ROCKY = "ID=debian\n", 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
MINT, CENTOS7 = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'ID="centos"\nID_LIKE="rhel fedora"\n'


def there(*names: str) -> Dict[str, bool]:
    return {name: name in names for name in managers.PROGRAMS}


@pytest.mark.parametrize(("asked", "os_release", "programs", "expected"), [
    ("auto", DEBIAN, ["apt", "dnf"], "apt"), ("auto", UBUNTU, ["apt"], "apt"), ("auto", MINT, ["apt", "yum"], "apt"), ("auto", ROCKY, ["dnf", "yum"], "dnf"),
    ("auto", CENTOS7, ["yum"], "yum"), ("auto", ROCKY, ["apt", "dnf"], "dnf"), ("auto", "", ["apt"], "apt"), ("auto", DEBIAN, ["dnf"], "dnf"),
    ("dnf", DEBIAN, ["apt", "dnf"], "dnf"), ("apt", ROCKY, ["apt", "dnf"], "apt"), ("yum", ROCKY, ["dnf", "yum"], "yum"),
])
def test_the_family_decides_and_then_what_is_there(asked: str, os_release: str, programs: List[str], expected: str) -> None:
    assert managers.chosen(asked, os_release, there(*programs)) == expected


@pytest.mark.parametrize(("asked", "words"), [
    ("auto", "this machine has no apt-get, dnf or yum"), ("apt", "this machine has no apt-get, which kube_package_manager names"), ("yum", "has no yum, which"),
])
def test_a_machine_without_it_is_told(asked: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        managers.chosen(asked, DEBIAN, there())


def test_a_manager_is_made_of_what_is_there(machine: FakeMachine) -> None:
    machine.write("/etc/os-release", ROCKY)
    found: Any = managers.manager(machine, "auto", "kubernetes")
    assert isinstance(found, Rpm) and (found.program, found.repository) == ("dnf", "kubernetes")
    machine.write("/etc/os-release", DEBIAN)
    assert isinstance(managers.manager(machine, "auto"), Apt)


def test_dnf5_is_told_apart(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.write("/etc/os-release", ROCKY)
    monkeypatch.setattr(os.path, "realpath", lambda path: path + "5" if path.endswith("dnf") else path)
    with pytest.raises(KubewrightError, match="this machine's dnf is dnf5, which Kubewright does not know yet"):
        managers.manager(machine, "auto")
    assert isinstance(managers.manager(machine, "yum"), Rpm)
