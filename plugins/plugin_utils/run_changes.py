# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed on each host in this run, as its tasks tell it. Runs on the controller. Private to the collection.

The callback `progress` keeps it in ansible's main process; actions run in copies of that process, so they can read it and cost no round trip.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import counted_up, folded
from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_phases import counted

PREFIX = "kubewright.cluster."
# Of each host no more is kept, of each line no more is told.
MOST_KEPT, MOST_SENTENCES, MOST_HOSTS, WIDTH = 200, 12, 10, 150

NODE = "node"  # what kube_node changed is another node's more often than its host's

# What a module did in one word, where that is more than its role's name.
WORDS = {"kubeadm_init": "made the cluster", "kubeadm_join": "joined", "kubeadm_reset": "reset", "kubeadm_upgrade": "upgraded", "kubeadm_certs": "certificates",
         "kube_package": "packages", "kube_binaries": "programs", "image_pull": "images", "node_kernel": "kernel", "node_firewall": "firewall",
         "node_time": "time", "node_proxy": "proxy", "node_hostname": "names", "node_runtime": "runtime", "containerd_config": "containerd",
         "docker_config": "docker", "cri_dockerd": "cri-dockerd", "etcd_snapshot": "etcd snapshot", "kube_node": NODE, "kube_apply": "objects"}


# What stands first in a node's row, and what is counted and not told: a token and a lock that are gone when the run ends.
FIRST = ("made the cluster", "joined", "upgraded", "reset")
PASSING = ("kubeadm_join_material", "cluster_lock")
# In a dry run.
PREDICTED = {"made the cluster": "make the cluster", "joined": "join", "reset": "reset"}


class Change(NamedTuple):
    """One task that changed something on a host."""

    task: str
    word: str
    sentences: tuple[str, ...]


class Changes:
    """By host."""

    def __init__(self) -> None:
        self.by_host: dict[str, list[Change]] = {}
        self.counts: dict[str, int] = {}

    def add(self, host: str, change: Change) -> None:
        kept = self.by_host.setdefault(host, [])
        self.counts[host] = self.counts.get(host, 0) + 1
        if len(kept) < MOST_KEPT:
            kept.append(change)

    def words(self, host: str) -> list[str]:
        """What counts most first."""
        found = dict.fromkeys(change.word for change in self.by_host.get(host, []) if change.word)
        return sorted(found, key=lambda word: FIRST.index(word) if word in FIRST else len(FIRST))


# Of the playbook that runs; None where nobody keeps it.
current: Changes | None = None


def begin() -> Changes:
    global current
    current = Changes()
    return current


def change_of(task: str, action: str, role: str, result: Mapping[str, Any]) -> Change:
    module = action.rsplit(".", 1)[1] if action.startswith(PREFIX) else ""
    if module in PASSING:
        return Change(task, "", ())
    name = task.rsplit(" | ", 1)[-1].removeprefix(f"{role} : ").strip() or action
    return Change(name, WORDS.get(module) or role.rsplit(".", 1)[-1] or module or name, tuple(_sentences(module, result)) or (name,))


def _sentences(module: str, result: Mapping[str, Any]) -> list[str]:
    """In the module's own words; of a loop those of its items."""
    if "censored" in result:
        return []
    found: list[str] = []
    for part in _parts(result):
        found += [str(text) for text in _listed(part, "actions")]
        found += [f"{'pull' if module == 'image_pull' else ''} {counted(len(part['pulled']), 'image')}".strip()] if _listed(part, "pulled") else []
        found += [f"apply {name}" for name in _listed(part, "changed_objects")]
    return found or ([WORDS[module]] if module in ("kubeadm_init", "kubeadm_join", "kubeadm_reset") else [])


def _parts(result: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    items = result.get("results")
    if not isinstance(items, list):
        return [result]
    return [item for item in items if isinstance(item, Mapping) and item.get("changed")]


def _listed(part: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = part.get(name)
    return value if isinstance(value, list) else []


def lines(changes: Changes, hosts: int, predicted: bool = False) -> list[str]:
    """At the end: each host with its sentences; of many hosts those alike together, with the names of the tasks only. hosts: of the whole run."""
    changed = changes.by_host
    if not changed:
        return ["Nothing would change." if predicted else "Nothing changed."]
    head = [f"{'Would change' if predicted else 'Changed'} on {len(changed)} of {counted(hosts, 'host')}:"]
    if len(changed) <= MOST_HOSTS:
        return head + [line for host in sorted(changed, key=counted_up) for line in _lines(host, changes.counts[host], _told(changed[host], predicted))]
    alike: dict[tuple[str, ...], list[str]] = {}
    for host, rows in changed.items():
        alike.setdefault(tuple(dict.fromkeys(change.task for change in rows if change.sentences)), []).append(host)
    groups = sorted(alike.items(), key=lambda item: -len(item[1]))
    told = [_lines(_shortened(folded(names)), max(changes.counts[name] for name in names), list(tasks)) for tasks, names in groups[:MOST_HOSTS]]
    more = sum(len(names) for _tasks, names in groups[MOST_HOSTS:])
    return [*head, *(line for lines in told for line in lines), *([f"  and {counted(more, 'host')} more"] if more else [])]


def _told(changes: Iterable[Change], predicted: bool) -> list[str]:
    return [PREDICTED.get(text, text) if predicted else text for change in changes for text in change.sentences]


def _lines(who: str, number: int, texts: Sequence[str]) -> list[str]:
    shown = "; ".join(_one_line(text) for text in texts[:MOST_SENTENCES])
    more = f"; and {len(texts) - MOST_SENTENCES} more" if len(texts) > MOST_SENTENCES else ""
    return textwrap.wrap(f"{who} ({counted(number, 'task')}): {shown}{more}", WIDTH, initial_indent="  ", subsequent_indent="    ",
                         break_long_words=False, break_on_hyphens=False)


def _one_line(text: str) -> str:
    return _shortened(" ".join(text.split()))


def _shortened(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
