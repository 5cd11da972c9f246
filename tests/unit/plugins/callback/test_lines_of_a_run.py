# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module tells while it runs, through a whole ansible-playbook: module, file, connection, thread, display. Only kubectl is a fake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[4]
# Ready nine seconds after it was asked first.
KUBECTL = """#!/bin/sh
here=$(dirname "$0"); ready=False
[ -e "$here/begun" ] || date +%s > "$here/begun"
[ $(( $(date +%s) - $(cat "$here/begun") )) -ge 9 ] && ready=True
echo '{"items": [{"metadata": {"name": "w1"}, "status": {"conditions": [{"type": "Ready", "status": "'$ready'", "message": "PLEG"}]}, "spec": {}}]}'
"""
PLAY = """
- hosts: h1
  gather_facts: false
  tasks:
    - kubewright.cluster.kube_node: {nodes: [{name: w1, state: ready}]}
      environment: {PATH: "{{ playbook_dir }}:/usr/bin:/bin"}
"""


@pytest.mark.skipif(os.geteuid() != 0 or any(Path(folder, "kubectl").exists() for folder in ("/usr/local/bin", "/opt/bin")),
                    reason="needs root, who writes to /run, and no kubectl that is found before the fake")
def test_whom_a_task_waits_for_is_told_while_it_waits(tmp_path: Path) -> None:
    for name, text in (("kubectl", KUBECTL), ("play.yml", PLAY), ("hosts.yml", f"all: {{hosts: {{h1: {{ansible_connection: local, "
                                                                  f"ansible_python_interpreter: {sys.executable}}}}}}}\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "kubectl").chmod(0o755)
    before = set(Path("/run").glob("kubewright-progress-*"))
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}, "ANSIBLE_CONFIG": str(CLONE / "ansible.cfg")}
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(tmp_path / "play.yml"), "-i", str(tmp_path / "hosts.yml")]
    done = subprocess.run(command, env={**environment, "KUBEWRIGHT_PROGRESS_HISTORY": "false"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    assert done.returncode == 0 and "\nh1: waiting; not Ready: w1 (0 of 1, " in done.stdout, done.stdout
    assert done.stdout.index("h1: waiting") < done.stdout.index("ok: [h1]")
    assert set(Path("/run").glob("kubewright-progress-*")) - before == set()
