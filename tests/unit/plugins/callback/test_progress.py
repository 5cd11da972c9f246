# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook against this machine; one of them as AWX does it, by ansible-runner."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.callback import progress

CLONE = Path(__file__).resolve().parents[4]
PROGRAMS = Path(sys.executable).parent
PLAYS = """
- name: Preflight | Look
  hosts: all
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: one}, tags: [always]}]
- name: Preflight | Look again
  hosts: all
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: two}}]
- name: Machines | Prepare
  hosts: all
  gather_facts: false
  tags: [machines]
  tasks:
    - name: Files | Write one
      ansible.builtin.tempfile: {path: "{{ playbook_dir }}"}
    - name: Rescued
      block: [{ansible.builtin.fail: {msg: on purpose}, when: inventory_hostname == 'h1'}]
      rescue: [{ansible.builtin.debug: {msg: saved}}]
    - name: Not for everybody
      ansible.builtin.fail: {msg: on purpose}
      when: inventory_hostname == broken | default('')
- name: Nobody | Is here
  hosts: nobody
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: three}}]
- name: Only | With its tag
  hosts: all
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: four}, tags: [never, special]}]
- name: Workers | One after the other
  hosts: all:!h1
  strategy: free
  gather_facts: false
  serial: 1
  tasks: [{ansible.builtin.debug: {msg: five}}]
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "play.yml").write_text(PLAYS)
    hosts = {name: {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} for name in ("h1", "h2", "h3")}
    hosts["gone"] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "1"}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    return tmp_path


def environment(place: Path, **more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**plain, "XDG_CACHE_HOME": str(place / "cache"), "ANSIBLE_CONFIG": str(CLONE / "ansible.cfg"), "PATH": f"{PROGRAMS}:{plain['PATH']}", **more}


def run(place: Path, *arguments: str, **more: str) -> tuple[int, str]:
    command = [str(PROGRAMS / "ansible-playbook"), str(place / "project" / "play.yml"), "-i", str(place / "hosts.json"), *arguments]
    done = subprocess.run(command, env=environment(place, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, re.sub(r"\d+ s\b", "N s", done.stdout)


def told(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("Phase ")]


def test_phases_times_and_changes_of_a_run(place: Path) -> None:
    rc, output = run(place, "--limit", "!gone")
    assert rc == 0 and "DEPRECATION" not in output, output
    assert [line.split(";")[0] for line in told(output)] == [
        "Phase 1 of 3: Preflight, 3 hosts", "Phase 2 of 3: Machines, 3 hosts", "Phase 3 of 3: Workers, batch 1 of 2, 1 host",
        "Phase 3 of 3: Workers, batch 2 of 2, 1 host"]
    end = output[output.index("\nPHASE"):].strip().splitlines()
    assert end[0].split() == ["PHASE", "TIME"] and end[-5].startswith("in all")
    assert end[-4:] == ["Changed on 3 of 3 hosts:", *(f"  {host} (1 task): Write one" for host in ("h1", "h2", "h3"))]
    kept = json.loads((place / "cache" / "kubewright" / "phases.json").read_text())
    assert {key.split("/", 1)[1] for key in kept["phases"]} >= {"play.yml/Preflight/", "play.yml/Machines/", "play.yml/Workers/"}


def test_tags_and_a_dry_run_count_what_is_left_of_the_plays(place: Path) -> None:
    rc, output = run(place, "--limit", "h1", "--tags", "machines", "--check", KUBEWRIGHT_PROGRESS_HISTORY="false")
    assert rc == 0 and [line.split(";")[0] for line in told(output)] == ["Phase 1 of 2: Preflight, 1 host", "Phase 2 of 2: Machines, 1 host"], output
    assert not (place / "cache").exists()


def test_a_failing_run_by_ansible_runner_has_the_lines_as_events(place: Path) -> None:
    """A private data directory, as AWX makes one."""
    (place / "inventory").mkdir()
    (place / "hosts.json").rename(place / "inventory" / "hosts.json")
    (place / "env").mkdir()
    (place / "env" / "extravars").write_text(json.dumps({"broken": "h2"}))
    command = [str(PROGRAMS / "ansible-runner"), "run", str(place), "-p", "play.yml", "-i", "7"]
    done = subprocess.run(command, env=environment(place, ANSIBLE_NOCOLOR="true"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    files = sorted((place / "artifacts" / "7" / "job_events").glob("*.json"), key=lambda path: int(path.name.split("-")[0]))
    events = [json.loads(path.read_text()) for path in files]
    lines = "".join(event["stdout"] + "\n" for event in events if event["event"] == "verbose").replace("\r", "")
    assert done.returncode and "Phase 3 of 3: Workers, batch 2 of 3, 1 host" in lines, done.stdout
    assert re.search(r"^Failed: h2$", lines, re.MULTILINE) and re.search(r"^Unreachable: gone$", lines, re.MULTILINE) and "h3 (1 task): Write one" in lines
    kept = json.loads((place / "cache" / "kubewright" / "phases.json").read_text())["phases"]
    assert not any("Machines" in key for key in kept) and any("Preflight" in key for key in kept)  # a host was lost there


class Play:
    def __init__(self, *serial: Any) -> None:
        self.serial = list(serial)


@pytest.mark.parametrize(("serial", "hosts", "batches"), [
    ((), 5, 1), ((2,), 5, 3), ((1, 3), 5, 3), (("40%",), 5, 3), (("1%",), 3, 3), ((0,), 5, 1), (("{{ x }}",), 5, 1)])
def test_batches_as_serial_makes_them(serial: tuple[Any, ...], hosts: int, batches: int) -> None:
    assert progress.batches_of(Play(*serial), hosts) == batches


def test_it_is_no_stdout_callback_and_loads_by_name_only() -> None:
    assert progress.CallbackModule.CALLBACK_TYPE == "aggregate" and progress.CallbackModule.CALLBACK_NEEDS_ENABLED
