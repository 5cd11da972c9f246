# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Executed tasks are counted as ansible's recap counts them, by role, and compared with the budgets."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "molecule" / "resources"))

import budgets
import runs

PLAY = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Counted
      ansible.builtin.assert: {that: true}
    - name: Skipped, and not counted
      ansible.builtin.assert: {that: true}
      when: false
    - name: A loop is one
      ansible.builtin.assert: {that: true}
      loop: [1, 2]
    - name: An include is one more than what it includes
      ansible.builtin.include_role: {name: some}
"""
ROLE = """
- name: Once
  ansible.builtin.assert: {that: true}
- name: Once more
  ansible.builtin.assert: {that: true}
"""
SPECS = "argument_specs: {main: {options: {}}}\n"


def test_the_counter_says_what_the_recap_says_and_whose_it_is(tmp_path: Path) -> None:
    for name, text in (("play.yml", PLAY), ("roles/some/tasks/main.yml", ROLE), ("roles/some/meta/argument_specs.yml", SPECS),
                       ("hosts.yml", f"all: {{hosts: {{cp1: {{ansible_python_interpreter: {sys.executable}}}}}}}\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    run = runs.playbook(str(tmp_path / "play.yml"), tmp_path / "hosts.yml")
    assert run.rc == 0, run.output
    assert run.executed == {"cp1": {"": 3, "some": 3}}  # the role's check of its arguments is one
    assert run.each("ok")["cp1"] in (5, 6)  # the recap of ansible-core 2.16 leaves the include out


def test_a_host_has_the_budget_of_what_it_is_and_too_many_are_seen() -> None:
    roles = {"": 22, "kubewright.cluster.prereqs": 9, "kubewright.cluster.kube_packages": 2}
    run = runs.PlaybookRun(0, "", {}, {"cp1": {**roles, "": 9}, "worker1": roles})
    found = list(budgets.rows(run, ["cp1"]))
    assert [(row.host, row.executed, row.budget, row.kept) for row in found] == [
        ("cp1", 20, 30, True), ("cp1", 11, 12, True), ("worker1", 33, 20, False), ("worker1", 11, 12, True)]
    assert budgets.table(found).splitlines()[3] == "worker1  site.yml                 33        20      TOO MANY"
