# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of a cluster fit each other, and how long theirs is supported. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

Row = dict[str, Any]
API = "kube-apiserver"
# What may be so many minors older than the API server, beside the kubelet and kube-proxy, which follow the fact kubelet_skew.
FOLLOWERS = ("kube-controller-manager", "kube-scheduler")
SOON = 90  # days


def known(text: Any) -> releases.Version | None:
    try:
        return releases.version(text)
    except KubewrightError:
        return None


def versions(nodes: Sequence[Row], proxy: str, served: str, today: date) -> dict[str, Any]:
    """`served` is what the API server that answered says of itself."""
    api = sorted(filter(None, (known(text) for text in (*(row["versions"].get(API) for row in nodes), served))))
    if not api:
        return {"api_servers": [], "kubelet_minors_older": None, "skew": [], "support": None}
    oldest, newest = api[0], api[-1]
    allowed = int(releases.fact("kubelet_skew", newest))
    return {
        "api_servers": [str(version) for version in dict.fromkeys(api)],
        "kubelet_minors_older": allowed,
        "skew": [*_of_api(oldest, newest), *(row for node in nodes for row in _of_node(node, oldest, newest, allowed)),
                 *_judged("kube-proxy", "", proxy, oldest, newest, allowed)],
        "support": support(newest, today),
    }


def _of_api(oldest: releases.Version, newest: releases.Version) -> Iterable[Row]:
    if newest.minor - oldest.minor > 1:
        yield _told(API, "", str(oldest), f"API servers are {oldest} and {newest}; they may be one minor apart")


def _of_node(node: Row, oldest: releases.Version, newest: releases.Version, allowed: int) -> Iterable[Row]:
    if node["status"] in ("ready", "not_ready"):
        yield from _judged("kubelet", node["name"], node["versions"].get("kubelet"), oldest, newest, allowed)
    for name in FOLLOWERS:
        yield from _judged(name, node["name"], node["versions"].get(name), oldest, newest, 1)


def _judged(component: str, node: str, text: Any, oldest: releases.Version, newest: releases.Version, allowed: int) -> Iterable[Row]:
    runs = known(text)
    if runs and (runs.major, runs.minor) > (oldest.major, oldest.minor):
        yield _told(component, node, str(runs), f"{component} {runs} is newer than the API server {oldest}; it must never be")
    elif runs and newest.minor - runs.minor > allowed:
        yield _told(component, node, str(runs), f"{component} {runs} is {newest.minor - runs.minor} minors older than the API server {newest}; "
                                                f"{allowed} {'is' if allowed == 1 else 'are'} allowed")


def _told(component: str, node: str, version: str, message: str) -> Row:
    return {"component": component, "node": node, "version": version, "message": message}


def support(version: releases.Version, today: date) -> dict[str, Any]:
    """What is known of the minor's end, as docs/versions.md has it, and its newest patch."""
    minor, beyond = f"{version.major}.{version.minor}", releases.doubt(version) is not None
    until = "not known" if beyond else str(releases.fact("supported_until", version.minor))
    found: dict[str, Any] = {"minor": minor, "newest_patch": "" if beyond else str(releases.fact("last_patch", version.minor)),
                             "until": "", "days_left": None, "state": "unknown"}
    if until == "over":
        return {**found, "state": "ended"}
    try:
        left = (date.fromisoformat(until) - today).days
    except ValueError:
        return found
    return {**found, "until": until, "days_left": left, "state": "ended" if left < 0 else "ends soon" if left < SOON else "supported"}


def spread(nodes: Iterable[Mapping[str, Any]], key: str) -> dict[str, int]:
    """How many nodes have which value, those that most have first."""
    counted: dict[str, int] = {}
    for row in nodes:
        value = row["versions"].get("kubelet", "") if key == "kubelet" else row[key]
        if value:
            counted[value] = counted.get(value, 0) + 1
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
