# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import package_version


def here(version: str = "", origin: str = "installed") -> dict[str, Any]:
    return {package_version.LOOK: {"version": version, "origin": origin if version else ""}}


def outside(**versions: str) -> dict[str, Any]:
    rows = [{"item": host, "version": version, "origin": "installed" if version else ""} for host, version in versions.items()]
    return {package_version.OUTSIDE: {"results": rows}}


OFFERED = here("1.31.14", "repository")


@pytest.mark.parametrize(("hostvars", "expected"), [
    ({"cp1": OFFERED, "w1": here()}, "1.31.14"),
    ({"cp1": OFFERED, "w1": here("1.31.2")}, "1.31.2"),
    ({"cp1": here("1.31.2"), "w1": here()}, "1.31.2"),
    ({"cp1": here("1.31.9"), "w1": here("1.31.10")}, "1.31.10"),
    ({"w1": {**OFFERED, **outside(cp1="1.31.4")}}, "1.31.4"),
    ({"w1": {**OFFERED, **outside(cp1="")}}, "1.31.14"),
    ({"cp1": OFFERED, "w1": {}}, "1.31.14"),
])
def test_what_runs_comes_before_what_is_offered(hostvars: dict[str, Any], expected: str) -> None:
    assert package_version.version_of_minor(hostvars, "1.31", list(hostvars), ["cp1"]) == expected


@pytest.mark.parametrize(("hostvars", "expected"), [
    ({"cp1": OFFERED, "w1": here("1.31.2")}, "1.31.14"),
    ({"cp1": here("1.31.2"), "w1": here("1.31.2")}, "1.31.2"),
    ({"cp1": OFFERED, "w1": here("1.31.15")}, "1.31.15"),
    ({"cp1": OFFERED, "w1": here()}, "1.31.14"),
    ({"w1": {**OFFERED, **outside(cp1="1.31.4")}}, "1.31.4"),
])
def test_an_upgrade_takes_what_is_newer_unless_control_planes_are_left_out(hostvars: dict[str, Any], expected: str) -> None:
    assert package_version.version_of_minor(hostvars, "1.31", list(hostvars), ["cp1"], True) == expected


@pytest.mark.parametrize(("hostvars", "words"), [
    ({"cp1": {}, "w1": OFFERED}, "cp1 cannot be asked which version of 1.31 the cluster runs"),
    ({"w1": {**OFFERED, package_version.OUTSIDE: {"results": [{"item": "cp1", "unreachable": True}]}}}, "cp1 cannot be asked"),
    ({"cp1": {package_version.LOOK: {"failed": True, "msg": "the key cannot be fetched"}}, "w1": here()}, "no version of 1.31 was found. cp1: the key cannot"),
    ({"cp1": here(), "w1": here()}, "no machine has a version of Kubernetes 1.31, and the source could not be asked"),
])
def test_a_version_is_never_guessed(hostvars: dict[str, Any], words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        package_version.version_of_minor(hostvars, "1.31", list(hostvars), ["cp1"])


def test_an_upgrade_is_not_chosen_past_a_control_plane_that_is_silent() -> None:
    hostvars: dict[str, Any] = {"cp1": {}, "w1": here("1.31.2")}
    with pytest.raises(KubewrightError, match="cp1 cannot be asked which version of 1.31 the cluster runs. Make it answer"):
        package_version.version_of_minor(hostvars, "1.31", list(hostvars), ["cp1"], True)
