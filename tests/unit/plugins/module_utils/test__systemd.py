# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible_collections.kubewright.cluster.plugins.module_utils import _systemd


def test_each_unit_has_its_block_and_a_value_may_hold_equals_signs() -> None:
    shown = "Id=a.service\nExecStart={ path=/a ; argv[]=/a --b=c }\n\nId=b.service\nLoadState=not-found\n"
    assert _systemd.told(shown) == [{"Id": "a.service", "ExecStart": "{ path=/a ; argv[]=/a --b=c }"}, {"Id": "b.service", "LoadState": "not-found"}]


def test_nothing_shown_is_a_unit_without_properties() -> None:
    assert _systemd.told("") == [{}]
