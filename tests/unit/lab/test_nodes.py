import dataclasses

import pytest

from lab import docker, nodes
from lab.errors import LabError
from lab.machine import Machine
from lab.state import State

MACHINE = Machine(cgroup_version=1, can_lower_oom_score=True, mtu=1500, nameservers=(), systemd=True)


@pytest.mark.parametrize(("suite", "cgroup", "made"), [("bookworm", 1, True), ("trixie", 1, True), ("sid", 2, True), ("sid", 1, False), ("forky", 1, False)])
def test_a_suite_whose_systemd_does_not_start_here_is_refused(monkeypatch: pytest.MonkeyPatch, suite: str, cgroup: int, made: bool) -> None:
    ran: list[str] = []
    monkeypatch.setattr(docker, "docker", lambda *words: ran.extend(words[:1]))
    monkeypatch.setattr(nodes, "options", lambda *_arguments: [])
    state, facts = State(name="x", suite=suite), dataclasses.replace(MACHINE, cgroup_version=cgroup)
    if made:
        nodes.create(state, "cp1", "image", facts)
    else:
        with pytest.raises(LabError, match=f"systemd of {suite} does not start on cgroup v1.*SUITE=trixie"):
            nodes.create(state, "cp1", "image", facts)
    assert ran == ["run"] * made
