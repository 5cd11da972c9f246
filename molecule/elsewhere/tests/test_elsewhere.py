"""The folder `default` beside this one, copied to where somebody else has a role. Docker is this machine's; the collection comes as a tarball.

Only what docs/molecule.md says is edited: where the collection comes from, the image and options of machines, names, and the role's own check.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from runs import CLONE, PROGRAMS, plain_environment

sys.path.insert(0, str(CLONE))

from lab.nodes import ALL_BUT_PRIVILEGED, may_be_privileged

SCENARIO = CLONE / "molecule" / "elsewhere" / "default"
TASKS = """---
- name: Say what runs containers here
  ansible.builtin.copy:
    content: "containerd of Kubernetes {{ kube_version }}\\n"
    dest: /etc/motd
    mode: "0644"
"""
CHECK = """
    - name: Read the message
      ansible.builtin.command:
        cmd: grep -Fx 'containerd of Kubernetes 1.34.2' /etc/motd
      changed_when: false
"""


class Run(NamedTuple):
    rc: int
    output: str
    home: Path


def lab_s(what: str) -> str:
    """Of the images that a lab has made: with Debian's archive as this machine reaches it."""
    listed = subprocess.run(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"], check=True, capture_output=True, text=True).stdout
    return next(image for image in listed.split() if image.startswith(f"kubewright-lab/{what}"))


@pytest.fixture(scope="session")
def repository() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stranger-") as folder:
        role = Path(folder) / "what_runs_here"
        (role / "tasks").mkdir(parents=True)
        (role / "tasks" / "main.yml").write_text(TASKS)
        shutil.copytree(SCENARIO, role / "molecule" / "default")
        yield role
        subprocess.run(["docker", "image", "rm", "kubewright-molecule-machine"], check=False)


@pytest.fixture(scope="session")
def ran(repository: Path) -> Run:
    """`molecule test`, started in that repository and knowing nothing of this clone."""
    scenario, home = repository / "molecule" / "default", repository.parent / "home"
    home.mkdir()
    subprocess.run([str(PROGRAMS / "ansible-galaxy"), "collection", "build", "--output-path", str(home), str(CLONE)], check=True, env=plain_environment())
    (scenario / "requirements.yml").write_text(f"---\ncollections:\n  - name: {next(home.glob('*.tar.gz'))}\n    type: file\n")
    inventory = scenario / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("molecule-machine1", f"{repository.parent.name}-1".lower().replace("_", "-")))
    with (scenario / "verify.yml").open("a") as verify:
        verify.write(CHECK)
    base = lab_s("node:bookworm")
    options = "--privileged" if may_be_privileged(base) else " ".join(f"'{option}'" for option in ALL_BUT_PRIVILEGED)
    theirs = {name: value for name, value in plain_environment().items() if not name.startswith("KUBEWRIGHT")}
    environment = {**theirs, "HOME": str(home), "MACHINE_BASE": base, "MACHINE_OPTIONS": options, "NO_COLOR": "1"}
    command = [str(PROGRAMS / "molecule"), "test"]
    done = subprocess.run(
        command, cwd=repository, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(done.stdout)
    return Run(done.returncode, done.stdout, home)


def test_the_whole_sequence_ends_well(ran: Run) -> None:
    assert ran.rc == 0
    steps = re.findall(r"^INFO +\[default > (\w+)\] Executed: Successful", ran.output, re.MULTILINE)
    assert steps == ["dependency", "destroy", "syntax", "create", "converge", "idempotence", "verify", "destroy"]


def test_the_collection_is_the_installed_one(ran: Run) -> None:
    assert (ran.home / ".ansible/collections/ansible_collections/kubewright/cluster/MANIFEST.json").is_file()
    assert str(CLONE) not in "".join(line for line in ran.output.splitlines() if str(PROGRAMS) not in line)


def test_nothing_is_left_running(ran: Run, repository: Path) -> None:
    names = subprocess.run(["docker", "ps", "--all", "--format", "{{.Names}}"], check=True, capture_output=True, text=True).stdout
    assert repository.parent.name.lower() not in names
