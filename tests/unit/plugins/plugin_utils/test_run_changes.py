# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import run_changes
from ansible_collections.kubewright.cluster.plugins.plugin_utils.run_changes import Change, Changes, change_of

OURS = "kubewright.cluster."


@pytest.mark.parametrize(("task", "action", "role", "result", "change"), [
    ("kubewright.cluster.prereqs : Settings | Set them", OURS + "node_kernel", "kubewright.cluster.prereqs", {"actions": ["load overlay"]},
     Change("Set them", "kernel", ("load overlay",))),
    ("Install", OURS + "kube_package", "", {"actions": []}, Change("Install", "packages", ("Install",))),
    ("Join", OURS + "kubeadm_join", "kubewright.cluster.join", {"phases": []}, Change("Join", "joined", ("joined",))),
    ("Images", OURS + "image_pull", "", {"pulled": ["a", "b"]}, Change("Images", "images", ("pull 2 images",))),
    ("Apply", OURS + "cni_flannel", "kubewright.cluster.cni_flannel", {"changed_objects": ["Namespace/a"]},
     Change("Apply", "cni_flannel", ("apply Namespace/a",))),
    ("A loop", OURS + "kube_node", "", {"results": [{"changed": True, "actions": ["label a x=y"]}, {"changed": False, "actions": ["no"]}, "odd"]},
     Change("A loop", "node", ("label a x=y",))),
    ("", "ansible.builtin.command", "", {}, Change("ansible.builtin.command", "ansible.builtin.command", ("ansible.builtin.command",))),
    ("Secret", OURS + "kube_apply", "", {"censored": "hidden", "actions": ["the secret"]}, Change("Secret", "objects", ("Secret",))),
])
def test_a_change_in_the_words_of_its_module(task: str, action: str, role: str, result: dict[str, Any], change: Change) -> None:
    assert change_of(task, action, role, result) == change


def test_what_is_gone_at_the_end_is_counted_and_not_told_and_what_counts_most_is_first() -> None:
    changes = Changes()
    for module in ("node_time", "kubeadm_join_material", "kubeadm_join", "cluster_lock"):
        changes.add("w1", change_of("Do", OURS + module, "kubewright.cluster.join", {"actions": ["write"] if module == "node_time" else []}))
    assert changes.words("w1") == ["joined", "time"]
    assert run_changes.lines(changes, 1)[1] == "  w1 (4 tasks): write; joined"


def kept(*hosts: str, sentences: tuple[str, ...] = ("did",)) -> Changes:
    changes = Changes()
    for host in hosts:
        changes.add(host, Change("Do", "done", sentences))
    return changes


def test_a_few_hosts_are_told_each() -> None:
    assert run_changes.lines(kept("w10", "w2", "w2"), 3) == ["Changed on 2 of 3 hosts:", "  w2 (2 tasks): did; did", "  w10 (1 task): did"]


def test_nothing_is_told_as_such() -> None:
    assert run_changes.lines(Changes(), 1) == ["Nothing changed."] and run_changes.lines(Changes(), 1, True) == ["Nothing would change."]


def test_a_dry_run_says_what_would_be() -> None:
    told = run_changes.lines(kept("cp1", sentences=("made the cluster", "write x")), 1, True)
    assert told == ["Would change on 1 of 1 host:", "  cp1 (1 task): make the cluster; write x"]


def test_of_a_thousand_hosts_those_alike_are_one_line() -> None:
    changes = kept(*(f"w{number:04}" for number in range(1, 1001)))
    changes.add("w0007", Change("Mend", "mended", ("x",)))
    assert run_changes.lines(changes, 1000) == ["Changed on 1000 of 1000 hosts:", "  w[0001:0006], w[0008:1000] (1 task): Do", "  w0007 (2 tasks): Do; Mend"]


def test_no_line_is_longer_than_a_person_reads_and_no_host_is_kept_without_end() -> None:
    changes = kept(*["w1"] * 300, sentences=("x" * 500,))
    lines = run_changes.lines(changes, 1)
    assert lines[1].startswith("  w1 (300 tasks):") and lines[-1].endswith("and 188 more") and max(map(len, lines)) < 170
    assert len(changes.by_host["w1"]) == run_changes.MOST_KEPT
    many = Changes()
    for number in range(20):
        many.add(f"h{number}", Change(f"task {number}", "x", ("x",)))
    assert run_changes.lines(many, 20)[-1] == "  and 10 hosts more"
