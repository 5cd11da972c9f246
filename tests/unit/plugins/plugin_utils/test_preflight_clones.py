# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_clones as clones
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import everywhere, judged, seen

UUID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


@pytest.mark.parametrize(("key", "message"), [
    ("machine_id", "2 machines have the same machine-id same"), ("hostname", "2 machines have the same host name same"),
])
def test_clones_are_told_each_for_itself(key: str, message: str) -> None:
    looks = [seen("w1", host={key: "same"}), seen("cp1", host={key: "same"}), seen("w3", host={key: "other"}), seen("w4", host={key: ""}), seen("w5")]
    assert judged(clones.clones, looks=looks) == [("w1", "error", "Clones", message), ("cp1", "error", "Clones", message)]


def test_a_machine_that_was_looked_at_twice_is_no_clone_of_itself() -> None:
    twice = [seen("cp1", host={"machine_id": "a", "product_uuid": UUID}, machine={"macs": {"eth0": "02:00:00:00:00:01"}}) for _time in range(2)]
    assert judged(clones.clones, looks=twice) == [] and judged(clones.hardware, looks=twice) == []


def test_one_card_with_several_interfaces_is_no_clone_of_itself() -> None:
    machine = {"macs": {"eth0": "02:00:00:00:00:01", "eth1": "02:00:00:00:00:01"}}
    assert judged(clones.hardware, looks=[seen("w1", machine=machine), seen("w2", machine={"macs": {}})]) == []


def test_hardware_that_is_not_told_apart_is_a_warning() -> None:
    looks = [seen(name, host={"product_uuid": UUID}, machine={"macs": {"eth0": "52:54:00:12:34:56"}}) for name in ("w1", "w2")]
    assert judged(clones.hardware, looks=looks) == [
        (host, "warning", name, message) for name, message in (
            ("ProductUuid", f"2 machines have the same product_uuid {UUID}"),
            ("MacAddress", "a network card has the MAC address 52:54:00:12:34:56, which 2 machines have")) for host in ("w1", "w2")]


@pytest.mark.parametrize("uuid", sorted(clones.NO_UUIDS))
def test_what_makers_write_instead_of_a_uuid_says_nothing(uuid: str) -> None:
    assert judged(clones.hardware, looks=[seen(name, host={"product_uuid": uuid}) for name in ("w1", "w2")]) == []


def test_containers_share_the_hardware_of_their_machine() -> None:
    looks = [seen(name, host={"product_uuid": UUID}, machine={"container": "docker", "macs": {"eth0": "same"}}) for name in ("w1", "w2")]
    assert judged(clones.hardware, looks=looks) == []


def test_names_that_this_run_gives_are_judged_instead_of_those_that_go() -> None:
    looks = [seen("cp1", host={"hostname": "debian"}), seen("w1", host={"hostname": "debian"})]
    named = {host: {**variables, "kube_hostname": host} for host, variables in everywhere().items()}
    assert judged(clones.clones, named, looks) == []
    assert [row[3] for row in judged(clones.clones, everywhere(kube_hostname="node"), looks)] == ["2 machines have the same host name node"] * 2
    members = [seen("cp1", "control_plane", host={"hostname": "debian"}), seen("w1", "worker", host={"hostname": "debian"})]
    assert len(judged(clones.clones, named, members)) == 2
