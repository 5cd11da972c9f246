"""Answers of a survey, written as AWX writes them, are judged before any machine is asked: nobody is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
NOBODY = """all:
  vars: {ansible_host: 192.0.2.1, ansible_ssh_common_args: -o ConnectTimeout=1, kube_version: 1.34.2}
  children:
    kube_control_plane: {hosts: {cp1: {}}}
    kube_node: {hosts: {worker1: {}, worker2: {}}}
"""


@pytest.mark.parametrize(("playbook", "answers", "expected"), [
    ("upgrade", {"kube_version": "1.30"}, "it must be a whole version in quotes, x.y.z"),
    ("reset", {"kube_reset_machines": "worker2"}, "kube_reset_confirmed is '' and kube_reset_machines is 'worker2'."),
    ("reset", {"kube_reset_machines": "worker2", "kube_reset_confirmed": "worker1"}, "kube_reset_confirmed is 'worker1' and kube_reset_machines is 'worker2'."),
    ("reset", {"kube_reset_machines": "worker3", "kube_reset_confirmed": "worker3"}, "kube_reset_machines names worker3"),
])
def test_a_wrong_answer_is_refused_in_one_sentence(tmp_path: Path, playbook: str, answers: dict[str, str], expected: str) -> None:
    said = job(tmp_path, playbook, answers)
    assert expected in said and "unreachable=1" not in said, said


def test_the_same_names_twice_are_a_confirmation(tmp_path: Path) -> None:
    said = job(tmp_path, "reset", {"kube_reset_machines": "worker2, worker1", "kube_reset_confirmed": "worker1,worker2"})
    assert "kube_reset_confirmed" not in said.partition("PLAY RECAP")[0].replace("Refuse what was not confirmed", "") and "unreachable=1" in said, said


def job(place: Path, playbook: str, answers: dict[str, str]) -> str:
    """What it says; it ends badly in each case."""
    (place / "hosts.yml").write_text(NOBODY)
    (place / "answers.yml").write_text("".join(f"!unsafe '{name}': !unsafe '{value}'\n" for name, value in answers.items()) + "awx_job_id: 42\n")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), f"playbooks/{playbook}.yml", "-i", str(place / "hosts.yml"), "-e", f"@{place}/answers.yml"],
        cwd=CLONE, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr
