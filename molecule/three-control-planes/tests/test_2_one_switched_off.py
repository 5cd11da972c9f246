"""One control plane's machine is switched off, and on again at the end."""

from collections.abc import Iterator

import pytest
from control_planes import ASK, PLANES, Site, ready, switch, until, up
from testinfra.host import Host


@pytest.fixture(scope="module")
def switched_off(nodes: dict[str, Host]) -> Iterator[str]:
    """The third control plane's machine is off, and haproxy knows."""
    switch("stop", "cp3")
    until(lambda: up(nodes["lb1"]) == {"cp1", "cp2"}, "haproxy takes cp3 out", 30)
    yield "cp3"
    switch("start", "cp3")
    until(lambda: up(nodes["lb1"]) == set(PLANES), "cp3 is back behind haproxy")
    until(lambda: ready(nodes["cp1"]) == {*PLANES, "worker1"}, "cp3 is Ready again")


def test_the_api_answers_while_a_control_plane_is_off(switched_off: str, nodes: dict[str, Host]) -> None:
    assert [nodes["worker1"].check_output(ASK) for _time in range(20)] == ["ok"] * 20


def test_a_run_tells_which_machine_is_off_and_goes_on_with_the_others(switched_off: str, site: Site) -> None:
    run = site()
    assert run.rc != 0 and run.recap["cp3"]["unreachable"] == 1
    assert "Not finished, see above: cp3" in run.output
    for host in ("cp1", "cp2", "worker1"):
        assert run.recap[host]["failed"] == 0 and run.recap[host]["changed"] == 0
