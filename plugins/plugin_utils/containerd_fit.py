# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a containerd fits a Kubernetes, by the tables of releases. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._containerd_versions import numbers, spoken

TABLE = "https://github.com/containerd/containerd/blob/main/RELEASES.md"


class Misfit(NamedTuple):
    """What is wrong with the pair. fatal: the kubelet cannot use this containerd."""

    fatal: bool
    message: str
    remedy: str


def misfit(containerd: str, kubernetes: Any) -> Misfit | None:
    """None where they fit, or where one of them is not known."""
    have, facts = numbers(containerd), releases.facts(kubernetes)
    if not have:
        return None
    return _without_words(have, containerd, kubernetes, facts) or _untested(have, containerd, kubernetes, facts["containerd_tested"])


def _without_words(have: tuple[int, ...], containerd: str, kubernetes: Any, facts: dict[str, Any]) -> Misfit | None:
    """Both have to speak one version of CRI."""
    speaks, understood = spoken(have), set(facts["cri_api"].split(" or "))
    if understood.intersection(speaks):
        return None
    wanted = "1.6 or later" if "v1" in understood else "1.7 or older"
    return Misfit(True, f"containerd {containerd} speaks CRI {' and '.join(speaks)}, the kubelet of {kubernetes} {' and '.join(sorted(understood))}",
                  f"Install containerd {wanted} (containerd_version, containerd_source), or another kube_version.")


def _untested(have: tuple[int, ...], containerd: str, kubernetes: Any, tested: tuple[str, ...]) -> Misfit | None:
    """By containerd's own table, whose rows say the first release of each branch; a later branch is no misfit."""
    floors = sorted(numbers(floor) for floor in tested)
    of_branch = [floor for floor in floors if floor[:2] == have[:2]]
    if not floors or (have >= of_branch[0] if of_branch else have >= floors[0]):
        return None
    told = ", ".join(f"{floor} or later" for floor in tested)
    return Misfit(False, f"containerd {containerd} is older than what containerd names for Kubernetes {kubernetes}: {told} ({TABLE})",
                  "Bring it up to date when you can.")
