from typing import Any

import pytest

from lab import overlay
from lab.errors import LabError
from lab.machine import Machine


def machine(*, cgroup: int = 1, oom_score: bool = False) -> Machine:
    return Machine(cgroup, oom_score, 1500, ("192.0.2.53",), systemd=False)


CONNTRACK = {"kube_proxy_configuration": {"conntrack": {"maxPerCore": 0}}}
OOM_SCORE = {"containerd_cri_settings": {"restrict_oom_score_adj": True}}
OLD_CGROUP = {
    "kube_kubelet_configuration": {"failCgroupV1": False},
    "kube_ignore_preflight_errors": ["SystemVerification"],
}


@pytest.mark.parametrize(
    ("facts", "version", "expected"),
    [
        (machine(cgroup=2, oom_score=True), "1.36.1", CONNTRACK),
        (machine(cgroup=1, oom_score=True), "1.34.2", CONNTRACK),
        (machine(cgroup=1, oom_score=False), "1.20.2", CONNTRACK | OOM_SCORE),
        (machine(cgroup=1, oom_score=True), "1.35.0", CONNTRACK | OLD_CGROUP),
        (machine(cgroup=1, oom_score=False), "1.37.1", CONNTRACK | OOM_SCORE | OLD_CGROUP),
    ],
)
def test_only_what_machine_and_version_force_is_set(facts: Machine, version: str, expected: dict[str, Any]) -> None:
    assert overlay.forced(facts, version) == expected


def test_every_entry_says_why() -> None:
    assert all(len(entry["reason"]) > 40 for entry in overlay.entries())


def test_an_unknown_condition_is_an_error() -> None:
    with pytest.raises(LabError, match="unknown condition 'cgroups'"):
        overlay.chosen([{"when": {"cgroups": 1}, "variables": {}}], machine(), 20)
