from functools import reduce
from typing import Any

import pytest

from lab import overlay
from lab.errors import LabError
from lab.inventory import merged
from lab.machine import Machine


def machine(*, cgroup: int = 1, oom_score: bool = False) -> Machine:
    return Machine(cgroup, oom_score, 1500, ("192.0.2.53",), systemd=False)


ALWAYS = {
    "prereqs_time": "keep",
    "kube_proxy_configuration": {"conntrack": {"maxPerCore": 0}},
    "kube_kubelet_configuration": {
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1Gi",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1Gi",
        },
        "imageGCHighThresholdPercent": 100,
    },
}
OOM_SCORE = {"containerd_cri_settings": {"restrict_oom_score_adj": True}}
OLD_CGROUP = {
    "kube_kubelet_configuration": {"failCgroupV1": False},
    "kube_ignore_preflight_errors": ["SystemVerification"],
}


@pytest.mark.parametrize(
    ("facts", "version", "expected"),
    [
        (machine(cgroup=2, oom_score=True), "1.36.1", [ALWAYS]),
        (machine(cgroup=1, oom_score=True), "1.34.2", [ALWAYS, {"kube_preflight_waived": ["CgroupV1"]}]),
        (machine(cgroup=1, oom_score=False), "1.20.2", [ALWAYS, OOM_SCORE]),
        (machine(cgroup=1, oom_score=True), "1.35.0", [ALWAYS, OLD_CGROUP]),
        (machine(cgroup=1, oom_score=False), "1.37.1", [ALWAYS, OOM_SCORE, OLD_CGROUP]),
    ],
)
def test_only_what_machine_and_version_force_is_set(facts: Machine, version: str, expected: list[dict[str, Any]]) -> None:
    assert overlay.forced(facts, version) == reduce(merged, expected)


def test_every_entry_says_why() -> None:
    assert all(len(entry["reason"]) > 40 for entry in overlay.entries())


def test_an_unknown_condition_is_an_error() -> None:
    with pytest.raises(LabError, match="unknown condition 'cgroups'"):
        overlay.chosen([{"when": {"cgroups": 1}, "variables": {}}], machine(), 20)
