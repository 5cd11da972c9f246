# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_names as names


@pytest.mark.parametrize(("debian", "expected"), [
    (["iproute2", "conntrack", "procps", "socat"], ["iproute", "conntrack-tools", "procps-ng", "socat"]),
    (["mount", "util-linux"], ["util-linux"]), (["apt-transport-https"], []), (["conntrack-tools"], ["conntrack-tools"]), ([], []),
])
def test_packages_have_the_names_of_the_other_family(debian: List[str], expected: List[str]) -> None:
    assert names.of_rpm(debian) == expected


@pytest.mark.parametrize(("entries", "there", "expected"), [
    (["socat", "chrony|/usr/sbin/ntpd | /lib/systemd/systemd-timesyncd"], [], ["socat", "chrony"]),
    (["socat", "chrony|/usr/sbin/ntpd | /lib/systemd/systemd-timesyncd"], ["/lib/systemd/systemd-timesyncd"], ["socat"]), ([], [], []),
])
def test_a_package_is_not_wanted_where_another_program_does_its_work(entries: List[str], there: List[str], expected: List[str]) -> None:
    assert names.wanted(entries, there.__contains__) == expected


def test_what_only_the_other_family_has_is_left_out() -> None:
    assert names.of_apt(["conntrack", "container-selinux"]) == ["conntrack"] and names.of_rpm(["container-selinux"]) == ["container-selinux"]
