# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _firewalld_zones as fz
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._openings import Opening

ZONES = "firewalld/list-all-zones-1.3.3.txt"
OPENINGS = [Opening("ipip", "", ""), Opening("tcp", "6443", ""), Opening("udp", "30000-32767", ""), Opening("tcp", "10250", "192.0.2.0/24"),
            Opening("tcp", "10250", "2001:db8::/64")]
RULE = 'rule family="ipv4" source address="192.0.2.0/24" service name="kubewright-nodes" accept'
RULE6 = RULE.replace("ipv4", "ipv6").replace("192.0.2.0/24", "2001:db8::/64")


def zone(name: str = "public", active: bool = False, **settings: List[str]) -> fz.Zone:
    return fz.Zone(name, active, {key.replace("_", " "): value for key, value in settings.items()})


def test_zones_are_read_as_they_are_printed(captured: Callable[[str], str]) -> None:
    found = fz.zones(captured(ZONES))
    assert {"public", "trusted", "drop", "kubewright"} <= set(found)
    assert found["kubewright"].is_active and found["kubewright"].accepts_everything and found["kubewright"].has("sources") == ["10.244.0.0/16", "10.96.0.0/12"]
    public = found["public"]
    assert public.has("services") == ["dhcpv6-client", "kubewright", "ssh"] and public.has("rich rules") == ['rule service name="http" drop', RULE]
    assert public.has("forward-ports") == ["port=80:proto=tcp:toport=8080:toaddr="] and not public.is_active and not public.accepts_everything


def test_a_newer_firewalld_says_more_beside_a_zone_s_name() -> None:
    found = fz.zones("public (default, active)\n  target: default\n  sources: \n")["public"]
    assert found.is_active and found.has("sources") == [] and found.has("colour") == []


def test_own_files_hold_what_is_open_and_to_whom() -> None:
    files = fz.files(OPENINGS, ["10.244.0.0/16"], True)
    service, nodes, zone_text, policy = list(files.values())
    assert [line.strip() for line in str(service).splitlines()[3:-1]] == [
        '<protocol value="4"/>', '<port protocol="tcp" port="6443"/>', '<port protocol="udp" port="30000-32767"/>']
    assert str(nodes).count("<port ") == 1 and '<source address="10.244.0.0/16"/>' in str(zone_text) and '<egress-zone name="kubewright"/>' in str(policy)
    without = fz.files(OPENINGS[:2], [], False)
    assert list(without) == list(files)[:3] and without["/etc/firewalld/services/kubewright-nodes.xml"] is None


def test_a_service_as_firewalld_prints_it() -> None:
    assert fz.service_words(fz.for_everybody(OPENINGS)) == {"ports": ["30000-32767/udp", "6443/tcp"], "protocols": ["4"]}
    assert fz.rules_for_nodes(OPENINGS) == [RULE, RULE6]


@pytest.mark.parametrize(("present", "given", "expected"), [
    ({}, [], ["public"]), ({"internal": zone("internal", True)}, [], ["internal", "public"]),
    ({"trusted": zone("trusted", True, target=["ACCEPT"]), "docker": zone("docker", True), "work": zone("work")}, [], ["public"]),
    ({"internal": zone("internal", True)}, ["internal"], ["internal"]),
])
def test_ports_are_opened_in_zones_that_are_in_use(present: Dict[str, Any], given: List[str], expected: List[str]) -> None:
    assert fz.served({"public": zone(), **present}, "public", given) == expected


def test_a_zone_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KubewrightError, match="no zone inside; its zones are public"):
        fz.served({"public": zone()}, "public", ["inside"])


@pytest.mark.parametrize(("present", "is_served", "missing", "superfluous"), [
    (zone(), True, [("service", "kubewright"), ("rich-rule", RULE), ("rich-rule", RULE6)], []),
    (zone(services=["ssh", "kubewright"], rich_rules=[RULE, RULE6]), True, [], []),
    (zone(services=["ssh", "kubewright"], rich_rules=[RULE, RULE6, "rule drop"]), False, [],
     [("service", "kubewright"), ("rich-rule", RULE), ("rich-rule", RULE6)]),
    (zone(services=["kubewright", "kubewright-nodes"], rich_rules=[RULE.replace("192.0.2.0", "192.0.3.0"), RULE, RULE6]), True, [],
     [("service", "kubewright-nodes"), ("rich-rule", RULE.replace("192.0.2.0", "192.0.3.0"))]),
])
def test_ours_are_added_and_removed_and_others_stay(present: fz.Zone, is_served: bool, missing: List[Any], superfluous: List[Any]) -> None:
    assert fz.zone_changes(present, OPENINGS, is_served) == (missing, superfluous)


def test_a_network_that_another_zone_has_is_an_error_that_says_how_to_free_it() -> None:
    fz.check_sources({"kubewright": zone("kubewright", sources=["10.244.0.0/16"]), "work": zone("work", sources=["192.0.2.0/24"])}, ["10.244.0.0/16"])
    with pytest.raises(KubewrightError, match="firewall-cmd --zone=trusted --remove-source=10.244.0.0/16 --permanent"):
        fz.check_sources({"trusted": zone("trusted", sources=["10.244.0.0/16"])}, ["10.244.0.0/16"])


def test_what_is_set_for_now_only_is_known_before_a_reload() -> None:
    now = {"public": zone(services=["ssh", "http"], masquerade=["yes"], ports=["80/tcp", "81/tcp"], rich_rules=["rule drop"]),
           "kubewright": zone(services=["x"]),
           "docker": zone("docker", masquerade=["no"])}
    kept = {"public": zone(services=["ssh"], masquerade=["no"], ports=["80/tcp"])}
    assert fz.runtime_only(now, kept) == [
        ("public", "--add-service=http"), ("public", "--add-port=81/tcp"), ("public", "--add-rich-rule=rule drop"), ("public", "--add-masquerade")]
    assert fz.runtime_only({"public": zone(masquerade=["yes"])}, {"public": zone(masquerade=["yes"])}) == []
