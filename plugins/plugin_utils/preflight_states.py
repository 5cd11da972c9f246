# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is on the machines already lets this run begin. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import re

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils import _run_lock as run_lock
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.cluster_plan import find_cluster, refuse_remains
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import (
    EVERYTHING,
    Inputs,
    Located,
    error,
    is_member,
    machine_of,
    release_of,
    warning,
)

_OLD_PYTHON = re.compile(r"requires a minimum of Python|SyntaxError|ansible-core requires .*Python|future feature annotations is not defined", re.IGNORECASE)
OLD_PYTHON = ("Use a controller whose ansible-core still knows that Python (2.16 for 3.6), or install a newer one there and set "
              "ansible_python_interpreter.")


def _states(inputs: Inputs) -> list[Located]:
    found = []
    try:
        cluster = find_cluster(inputs.looks)
    except KubewrightError as problem:
        return [error(EVERYTHING, "Cluster", str(problem), "See docs/safety.md.")]
    if not cluster.exists:
        found += _second_cluster(inputs)
    found += _version_change(inputs)
    for look in inputs.looks:
        if look.state == "partial" and not look.node["ours"]:
            found.append(error(look.host, "Leftovers", f"parts of a cluster that Kubewright did not begin: {look.node['reason']}",
                               "Reset it (playbooks/reset.yml) if nothing in it is needed."))
        if look.state == "control_plane" and not look.node["healthy"] and not cluster.exists:
            found.append(error(look.host, "ControlPlaneDown", "a control plane whose API server does not answer, and no other answers",
                               "It is broken, not absent: `crictl ps -a` and `journalctl -u kubelet` there. Nothing resets it."))
        if cluster.exists and look.state in ("worker", "control_plane") and not set(look.node["ca_hashes"]) & set(cluster.ca_hashes):
            found.append(error(look.host, "Foreign", f"it belongs to another cluster (CA {', '.join(look.node['ca_hashes'])}, endpoint "
                               f"{look.node['endpoint']})", "Take it off the inventory, or reset it."))
    return found


def _version_change(inputs: Inputs) -> list[Located]:
    """site.yml installs packages on all machines at once, before any API server: that is no way to upgrade a cluster."""
    found = []
    for look in inputs.looks:
        runs, wanted = look.node.get("versions", {}).get("kubelet"), inputs.variables.get(look.host, {}).get("kube_version")
        if look.state in ("worker", "control_plane") and runs and wanted and runs != str(wanted):
            found.append(error(look.host, "VersionChange", f"it runs Kubernetes {runs}, kube_version says {wanted}",
                               f"site.yml does not upgrade a cluster. Set kube_version back to '{runs}', or run the playbook kubewright.cluster.upgrade."))
    return found


def _skew(inputs: Inputs) -> list[Located]:
    """A machine that is about to join must not be newer than the oldest API server that it may talk to, nor much older. Also under --limit."""
    served = [releases.version(text) for text in _served(inputs)]
    if not served:
        return []
    found, least = [], min(served)
    for look in inputs.looks:
        wanted = release_of(inputs, look.host)
        if is_member(look) or wanted is None:
            continue
        allowed = int(releases.fact("kubelet_skew", max(served)))
        if wanted > least:
            found.append(error(look.host, "VersionSkew", f"it would join with Kubernetes {wanted}, and the control plane runs {least}",
                               f"A kubelet is never newer than its API server. Set kube_version: '{least}', or upgrade the control plane first."))
        elif max(served).minor - wanted.minor > allowed:
            found.append(error(look.host, "VersionSkew", f"it would join with Kubernetes {wanted}, and the control plane runs {max(served)}",
                               f"A kubelet may be {allowed} minors older. Set kube_version: '{least}'."))
    return found


def _served(inputs: Inputs) -> list[str]:
    """Versions of the API servers that were seen."""
    return [str(text) for text in (machine_of(look).get("api_version") for look in inputs.looks if look.state == "control_plane") if _known(text)]


def _known(text: object) -> bool:
    try:
        releases.version(text)
    except KubewrightError:
        return False
    return True


def _installed(inputs: Inputs) -> list[Located]:
    """A kubelet that somebody installed before. Packages are not downgraded."""
    found = []
    for look in inputs.looks:
        there, wanted = str(look.node.get("versions", {}).get("kubelet") or ""), release_of(inputs, look.host)
        if wanted is not None and not is_member(look) and _known(there) and releases.version(there) > wanted:
            found.append(error(look.host, "KubeletNewer", f"a kubelet {there} is installed there, and kube_version is {wanted}",
                               f"Remove its packages (kubelet, kubeadm, kubectl), which are not downgraded, or set kube_version: '{there}'."))
    return found


def _locks(inputs: Inputs) -> list[Located]:
    remedy = f"Wait for its end. If it is gone for good: {run_lock.BREAK} for one run."
    return [error(EVERYTHING, "RunLock", f"another run is at work on this cluster: {run_lock.who(lock['identity'])}, {lock['purpose'] or 'a playbook'}, "
                  f"for at most {lock['seconds_left']} more seconds", remedy) for lock in inputs.locks]


def _second_cluster(inputs: Inputs) -> list[Located]:
    """Said before anything is touched, although the control_plane role would refuse it, too."""
    bare = [look.host for look in inputs.looks if look.control_plane and look.state == "clean"]
    if not bare:
        return []
    try:
        refuse_remains(inputs.looks, bare[0], str(inputs.variables[bare[0]].get("kube_allow_new_cluster", False)).lower() == "true")
    except KubewrightError as problem:
        return [error(bare[0], "SecondCluster", str(problem), "See docs/safety.md.")]
    return []


def _silent(inputs: Inputs) -> list[Located]:
    """Ansible leaves them out of the rest of the run, and ends it with an error; the others go on."""
    found = []
    for host, answer in inputs.silent.items():
        told = " ".join(str(answer.get("msg", "")).split())
        if answer.get("unreachable"):
            found.append(warning(host, "Unreachable", f"it cannot be reached, so nothing is known of it: {told}", "See that ssh reaches it."))
        elif _OLD_PYTHON.search(f"{told} {answer.get('module_stderr', '')}"):
            found.append(warning(host, "Python", "its Python is too old for this controller's Ansible, so nothing is known of it", OLD_PYTHON))
        else:
            found.append(warning(host, "Look", f"nothing is known of it: {told}", "Settle that; this run leaves the machine out."))
    return found


JUDGES = (_states, _skew, _installed, _locks, _silent)
