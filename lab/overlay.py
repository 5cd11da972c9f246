"""Choose from overlay.yml what this machine and this Kubernetes version force."""

from collections.abc import Mapping
from typing import Any

import yaml

from .errors import LabError
from .inventory import merged
from .machine import Machine
from .place import LAB
from .state import CONTAINER


def forced(machine: Machine, version: str, node: str = CONTAINER, cni: str = "bridge") -> dict[str, Any]:
    return chosen(entries(), machine, minor(version), node, cni)


def entries() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((LAB / "overlay.yml").read_text())
    return loaded


def chosen(listed: list[dict[str, Any]], machine: Machine, kubernetes_minor: int, node: str = CONTAINER, cni: str = "bridge") -> dict[str, Any]:
    variables: dict[str, Any] = {}
    for entry in listed:
        if all(holds(name, value, machine, kubernetes_minor, node, cni) for name, value in entry["when"].items()):
            variables = merged(variables, entry["variables"])
    return variables


def holds(name: str, value: Any, machine: Machine, kubernetes_minor: int, node: str, cni: str = "bridge") -> bool:
    facts: Mapping[str, bool] = {
        "node": node == value,
        "cni": cni == value,
        "cgroup": machine.cgroup_version == value,
        "oom_score": not machine.can_lower_oom_score,
        "kubernetes_from": isinstance(value, int) and kubernetes_minor >= value,
        "kubernetes_before": isinstance(value, int) and kubernetes_minor < value,
    }
    if name not in facts:
        raise LabError(f"lab/overlay.yml: unknown condition {name!r}; known: {', '.join(facts)}.")
    return facts[name]


def minor(version: str) -> int:
    return int(version.split(".")[1])
