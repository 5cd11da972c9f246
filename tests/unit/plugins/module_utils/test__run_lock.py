# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, Optional

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock

ME, OTHER = "root@ci1/a.b.1.10.100", "root@ci2/a.b.1.11.200"
NOW = 1795258800  # 2026-11-21 11:00:00 UTC


def lease(identity: str = OTHER, now: int = NOW, seconds: int = 60, before: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    return run_lock.lease(identity, "site.yml", now, seconds, before)


def stored(**more: Any) -> Dict[str, Any]:
    found = lease(**more)
    found["metadata"]["resourceVersion"] = "7"
    return found


def test_what_is_written_is_what_is_read() -> None:
    assert run_lock.holder(lease()) == run_lock.Holder(OTHER, "site.yml", NOW, NOW + 60)
    assert lease()["spec"]["acquireTime"] == "2026-11-21T11:00:00.000000Z"


@pytest.mark.parametrize("nobody", [None, {}, {"spec": None}, {"spec": {"holderIdentity": ""}}, {"spec": {"leaseDurationSeconds": 60}}])
def test_an_empty_lease_is_nobody_s(nobody: Any) -> None:
    assert run_lock.holder(nobody) is None and run_lock.obstacle(None, ME, NOW, None) is None


def test_a_garbled_lease_has_expired() -> None:
    held = run_lock.holder({"spec": {"holderIdentity": OTHER, "renewTime": "yesterday", "leaseDurationSeconds": None}})
    assert held == run_lock.Holder(OTHER, "", 0, 0) and run_lock.obstacle(held, ME, NOW, None) is None


def test_a_lease_that_is_renewed_keeps_its_start_and_may_not_be_written_over_a_newer_one() -> None:
    before = stored(identity=ME)
    again = lease(ME, NOW + 30, 60, before)
    assert run_lock.holder(again) == run_lock.Holder(ME, "site.yml", NOW, NOW + 90) and again["metadata"]["resourceVersion"] == "7"
    assert run_lock.holder(lease(ME, NOW + 30, 60, stored())) == run_lock.Holder(ME, "site.yml", NOW + 30, NOW + 90)


@pytest.mark.parametrize(("identity", "now", "dead"), [(ME, NOW, None), (OTHER, NOW + 60, None), (OTHER, NOW, OTHER)])
def test_my_own_an_expired_and_a_dead_run_s_lock_are_no_obstacle(identity: str, now: int, dead: Any) -> None:
    assert run_lock.obstacle(run_lock.holder(lease(identity)), ME, now, dead) is None


def test_a_living_run_s_lock_is_an_obstacle_with_owner_start_and_expiry() -> None:
    told = run_lock.obstacle(run_lock.holder(lease()), ME, NOW + 59, "root@ci3/x")
    assert told is not None and "root@ci2, site.yml since 11:00:00 UTC, at most until 11:01:00 UTC" in told and "-e kube_run_lock_break=true" in told


def test_the_seconds_left_are_never_negative() -> None:
    held = run_lock.holder(lease())
    assert held and held.as_dict(NOW + 1)["seconds_left"] == 59 and held.as_dict(NOW + 99)["seconds_left"] == 0
