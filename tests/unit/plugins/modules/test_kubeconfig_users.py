# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import kubeconfig_users
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

SERVER = "https://192.0.2.10:6443"
JANE = {"name": "jane", "groups": ["developers", "testers"], "path": "/srv/jane.conf"}
CONFIGURATION = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n"
DAY = 86400


@pytest.fixture(autouse=True)
def control_plane(machine: FakeMachine, captured: Any) -> FakeMachine:
    machine.write(fake.CA, captured("x509/ca-rsa.crt"))
    machine.on("kubeadm", "version", stdout="v1.20.2\n")
    machine.on("kubeadm", "alpha", "kubeconfig", "user", stdout="the kubeconfig")
    machine.on("kubeadm", "kubeconfig", "user", stdout="the kubeconfig")
    machine.on("kubectl", stdout={"data": {"ClusterConfiguration": CONFIGURATION}})
    return machine


def users(*given: dict[str, Any], check_mode: bool = False, **more: Any) -> Result:
    return run_module(kubeconfig_users, check_mode, True, users=list(given or [JANE]), server=SERVER, **more)


def held(machine: FakeMachine, days: float = 100, age: float = 200, **more: Any) -> dict[str, Any]:
    lasts = {"begins": machine.now() - age * DAY, "expires": machine.now() + days * DAY}
    return {**JANE, "held": {"groups": ["testers", "developers"], "server": SERVER, "ca_hashes": [fake.CA_HASH], **lasts, **more}}


@pytest.mark.parametrize(("version", "command", "stdin"), [
    ("1.19.3", "kubeadm alpha kubeconfig user --client-name jane --org=developers,testers", None),
    ("1.20.2", "kubeadm alpha kubeconfig user --client-name jane --org=developers,testers --config /dev/stdin", CONFIGURATION),
    ("1.34.2", "kubeadm kubeconfig user --client-name jane --org=developers,testers --validity-period 2160h --config /dev/stdin", CONFIGURATION),
])
def test_a_certificate_is_made_as_the_version_makes_it(machine: FakeMachine, version: str, command: str, stdin: str | None) -> None:
    machine.on("kubeadm", "version", stdout=f"v{version}\n")
    result = users({**JANE, "valid_days": 90})
    assert result["changed"] and result["made"] == {"jane": "the kubeconfig"} and result["users"] == [JANE]
    assert machine.commands("kubeadm")[1:] == [command] and machine.calls[-1].stdin == stdin
    assert "the kubeconfig" not in json.dumps(result["diff"])


def test_a_user_without_groups_gets_none(machine: FakeMachine) -> None:
    users({"name": "jane", "path": "/srv/jane.conf"})
    assert machine.commands("kubeadm", "alpha") == ["kubeadm alpha kubeconfig user --client-name jane --config /dev/stdin"]


def test_a_dry_run_makes_nothing(machine: FakeMachine) -> None:
    result = users(check_mode=True)
    assert result["changed"] and result["actions"] == ["make a certificate for jane, who has none"] and machine.calls == []


def test_one_that_will_do_stays(machine: FakeMachine) -> None:
    assert not users(held(machine))["changed"] and machine.calls == []
    assert not users(held(machine, server="https://old:6443"))["changed"]


@pytest.mark.parametrize(("days", "more", "why"), [
    (29, {}, "whose certificate ends on 20"), (100, {"groups": []}, "whose groups are none in it"),
    (100, {"groups": ["a", "b"]}, "whose groups are a, b in it"),
    (-5, {}, "whose certificate ends on 20"),
])
def test_one_that_will_not_do_is_made_anew(machine: FakeMachine, days: float, more: dict[str, Any], why: str) -> None:
    result = users(held(machine, days, **more))
    assert result["changed"] and result["actions"][0].startswith(f"make a certificate for jane, {why}")


def test_a_short_one_is_made_anew_in_its_last_third(machine: FakeMachine) -> None:
    assert not users(held(machine, 6, 10))["changed"]
    assert users(held(machine, 4, 10))["changed"]


@pytest.mark.parametrize(("user", "told"), [
    ({"name": "system:admin"}, "would be system:admin to Kubernetes, which no RBAC takes back"),
    ({"groups": ["system:masters"]}, "would be system:masters to Kubernetes"), ({"name": " "}, "would be nobody to Kubernetes"),
    ({"groups": ["a,b"]}, "a group of jane has a comma"), ({"valid_days": 0}, "is to last 0 days; expected are 1 to 365"),
    ({"valid_days": 366}, "is to last 366 days"),
    ({"held": {"groups": [], "server": SERVER, "ca_hashes": [fake.OTHER_CA_HASH], "begins": 0, "expires": 0}}, "/srv/jane.conf is of another cluster"),
])
def test_what_must_not_be_is_refused_and_nothing_is_made(machine: FakeMachine, user: dict[str, Any], told: str) -> None:
    result = users({"name": "bob", "path": "/srv/bob.conf"}, {**JANE, **user})
    assert result["failed"] and told in result["msg"] and machine.calls == []


def test_a_user_that_is_listed_twice_is_refused() -> None:
    assert "the user jane is listed twice" in users(JANE, {**JANE, "path": "/srv/other"})["msg"]


def test_what_a_failed_command_printed_is_told_nobody(machine: FakeMachine) -> None:
    machine.on("kubeadm", "alpha", "kubeconfig", "user", rc=1, stdout="half a key", stderr="no space left")
    result = users()
    assert result["failed"] and "no space left" in result["msg"] and "half a key" not in json.dumps(result)
