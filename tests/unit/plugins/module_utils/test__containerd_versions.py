# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._containerd_versions import numbers, spoken


@pytest.mark.parametrize("version, expected, apis", [
    ("1.5.9", (1, 5, 9), ["v1alpha2"]), ("1.6.33-1", (1, 6, 33), ["v1", "v1alpha2"]), ("1.7.24~ds1", (1, 7, 24), ["v1", "v1alpha2"]),
    ("2:1.2.0", (1, 2, 0), ["v1alpha2"]), ("2.1.9+unknown", (2, 1, 9), ["v1"]), ("v2.0.0", (2, 0, 0), ["v1"]),
])
def test_a_version_in_any_form_speaks_its_versions_of_cri(version: str, expected: Tuple[int, ...], apis: List[str]) -> None:
    assert numbers(version) == expected and spoken(expected) == apis


@pytest.mark.parametrize(("version", "expected"), [
    ("1.7.24~ds1-6+deb13u1", (1, 7, 24)), ("1.6.33-1", (1, 6, 33)), ("2:1.2.0", (1, 2, 0)), ("v2.1.9+unknown", (2, 1, 9)),
    ("1.7", (1, 7)), ("", ()), ("x", ()), ("1.x", ()),
])
def test_a_version_is_read_in_any_form(version: str, expected: Tuple[int, ...]) -> None:
    assert numbers(version) == expected
