# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages in which version: decided from what is installed and what is offered. Pure. Private to the collection."""

from typing import Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import (
    Relation,
    matching,
    nearest,
    numbers,
    same_version,
    satisfies,
)

# Without a version, the packages of an older kubeadm bring the newest of the others that the repository has.
DRAGGED = ("kubelet", "kubectl")
KUBEADM_ALONE_FROM = [1, 30]
# Companions whose versions are those of Kubernetes: one of a later minor may no longer speak to an old runtime.
NUMBERED_ALIKE = ("cri-tools",)
# Which of them is installed takes the other away, with its service.
RIVALS = {"containerd": "containerd.io", "containerd.io": "containerd"}

Versions = Dict[str, str]


def release(text: str) -> str:
    """x.y.z of a full version."""
    return ".".join(map(str, numbers(text)))


def unpinned(pinned: List[str], version: str, installed: Versions) -> List[str]:
    """What has to be brought to the version, with what it would otherwise drag in."""
    names = [name for name in pinned if not same_version(installed.get(name), version)]
    if "kubeadm" in names and numbers(version)[:2] < KUBEADM_ALONE_FROM:
        names += [name for name in DRAGGED if name not in installed and name not in names]
    return names


def rivals(names: List[str]) -> List[str]:
    return [RIVALS[name] for name in names if name in RIVALS]


def beside_no_rival(names: List[str], installed: Versions) -> Versions:
    """What is installed, where nothing of it would be taken away. rpm says that containerd.io is containerd, too."""
    for name in names:
        rival = RIVALS.get(name, "")
        if rival in installed and name not in installed:
            raise KubewrightError("{0} is asked for, and this machine has {1} {2}, which would be removed for it while pods may run in it. Drain and reset the "
                                  "node and remove that package, or ask for {1}.".format(name, rival, installed[rival]))
    return installed


def candidate(name: str, version: str, offered: List[str], installed: Optional[str]) -> str:
    """The full version to install."""
    found = matching(offered, version)
    if not found:
        raise KubewrightError("no repository has {0} {1}; nearest: {2}".format(name, version, ", ".join(nearest(offered, version)) or "none at all"))
    refuse_downgrade(name, version, installed)
    return found


def refuse_downgrade(name: str, version: str, installed: Optional[str]) -> None:
    if installed and numbers(installed) > numbers(version):
        raise KubewrightError("{0} {1} is installed and {2} is asked for. A downgrade breaks nodes, so it is refused; "
                              "set kube_version to what runs, or upgrade.".format(name, installed, version))


def companion(name: str, version: str, offered: List[str], relations: List[Relation]) -> str:
    """The full version of a package that stands beside those of Kubernetes; newest first is how it is offered."""
    fitting = [text for text in offered if satisfies(text, relations)]
    if not fitting:
        raise KubewrightError("no repository has a {0} that fits Kubernetes {1}, which asks for {2}; offered: {3}".format(
            name, version, ", ".join(map(str, relations)), ", ".join(nearest(offered, relations[0].version))))
    if name not in NUMBERED_ALIKE or not version:
        return fitting[0]
    not_newer = [text for text in fitting if numbers(text)[:2] <= numbers(version)[:2]]
    return not_newer[0] if not_newer else fitting[-1]


def companions(names: List[str], version: str, installed: Versions, offered: Dict[str, List[str]], relations: Dict[str, List[Relation]]) -> Versions:
    """Of the packages beside those of Kubernetes: what is not there, or no longer fits, and which version it gets where the repository has it."""
    found = {name: companion(name, version, offered[name], relations.get(name, [])) for name in names if offered.get(name)}
    return {name: text for name, text in found.items() if _wanted(name, version, text, installed.get(name), relations.get(name, []))}


def _wanted(name: str, version: str, found: str, installed: Optional[str], relations: List[Relation]) -> bool:
    if installed is None or not satisfies(installed, relations):
        return True
    behind = name in NUMBERED_ALIKE and numbers(installed)[:2] < numbers(version)[:2]
    return behind and numbers(found) > numbers(installed)


def skew(version: str, control_plane: str, allowed: int) -> Optional[str]:
    """Refuse a kubelet that is newer than the control plane; say where it is too old for it."""
    kubelet, api_server = numbers(version)[:2], numbers(control_plane)[:2]
    if kubelet > api_server:
        raise KubewrightError("kubelet {0} is asked for and the control plane runs {1}. A kubelet must never be newer than the API server: upgrade "
                              "the control plane first, or set kube_version to {1}.".format(version, control_plane))
    if kubelet[1] < api_server[1] - allowed:
        return "kubelet {0} is more than {1} minors older than the control plane, {2}, which is not supported; upgrade it to 1.{3} or later".format(
            version, allowed, control_plane, api_server[1] - allowed)
    return None
