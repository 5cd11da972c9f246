"""The first control plane, which made the cluster, is destroyed and replaced."""

from typing import Any, NamedTuple

import pytest
from control_planes import PLANES, Reconnect, Seen, Site, ask, lab, members, ready, see, until, up
from runs import PlaybookRun
from testinfra.host import Host


class Replaced(NamedTuple):
    before: dict[str, Seen]
    old: dict[str, str]
    node: dict[str, Any]
    limited: PlaybookRun
    full: PlaybookRun


@pytest.fixture(scope="module")
def replaced(nodes: dict[str, Host], site: Site) -> Replaced:
    """The first control plane, which made the cluster, is destroyed; a bare machine with its name and address takes its place."""
    others = {name: node for name, node in nodes.items() if name in ("cp2", "cp3", "worker1")}
    old, node = members(nodes["cp2"]), ask(nodes["cp2"], "get node cp1 -o json")
    before = {name: see(one) for name, one in others.items()}
    lab("recreate", "cp1")
    return Replaced(before, old, node, site("--limit", "cp1"), site())


def test_a_limited_run_brings_the_replacement(replaced: Replaced) -> None:
    assert replaced.limited.rc == 0 and set(replaced.limited.recap) == {"cp1"}


def test_the_next_full_run_tells_the_others_the_route_and_nothing_else(replaced: Replaced) -> None:
    assert replaced.full.rc == 0
    assert replaced.full.each("changed")["cp1"] == 0
    assert max(replaced.full.each("changed").values()) <= 1


def test_the_replacement_is_a_new_node_and_a_new_member(replaced: Replaced, reconnect: Reconnect) -> None:
    new = reconnect("cp1")
    found, node = members(new), ask(new, "get node cp1 -o json")
    assert set(found) == set(PLANES)
    assert found["cp1"] != replaced.old["cp1"]
    assert {name: found[name] for name in ("cp2", "cp3")} == {name: replaced.old[name] for name in ("cp2", "cp3")}
    assert node["metadata"]["uid"] != replaced.node["metadata"]["uid"]
    assert node["status"]["nodeInfo"]["machineID"] == new.file("/etc/machine-id").content_string.strip()


def test_it_is_the_same_cluster_and_the_others_never_stopped(replaced: Replaced, reconnect: Reconnect) -> None:
    new = see(reconnect("cp1"))
    for name, before in replaced.before.items():
        assert see(reconnect(name)) == before
        assert new.ca == before.ca
    assert ready(reconnect("cp1")) == {*PLANES, "worker1"}


def test_haproxy_has_it_back(replaced: Replaced, nodes: dict[str, Host]) -> None:
    until(lambda: up(nodes["lb1"]) == set(PLANES), "cp1 is back behind haproxy", 30)


def test_after_that_a_run_changes_nothing(replaced: Replaced, site: Site) -> None:
    run = site()
    assert run.rc == 0 and set(run.each("changed").values()) == {0}
