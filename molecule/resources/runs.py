"""Runs of a playbook, and what they say at the end."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

CLONE = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
CALLBACKS = Path(__file__).resolve().parent / "callbacks"
RECAP = re.compile(r"^(\S+)\s*: (ok=\d+ .*)$", re.MULTILINE)


class PlaybookRun(NamedTuple):
    rc: int
    output: str
    recap: dict[str, dict[str, int]]
    executed: dict[str, dict[str, int]]  # tasks by host and role: callbacks/executed_tasks.py

    def each(self, word: str) -> dict[str, int]:
        """One number of the recap, for each host."""
        return {host: numbers[word] for host, numbers in self.recap.items()}


def playbook(name: str, inventory: Path, *arguments: str) -> PlaybookRun:
    command = [str(PROGRAMS / "ansible-playbook"), name, "-i", str(inventory), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "executed.json"
        environment = {**plain_environment(), **counting(counted)}
        done = subprocess.run(
            command, cwd=CLONE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        executed = json.loads(counted.read_text()) if counted.is_file() else {}
    print(done.stdout)  # evidence: pytest shows it when a test fails
    return PlaybookRun(done.returncode, done.stdout, read_recap(done.stdout), executed)


def ad_hoc(inventory: Path, host: str, module: str, arguments: str = "") -> dict[str, Any]:
    """One module on one host, as the pages show it; what it returned, and whether it failed."""
    command = [str(PROGRAMS / "ansible"), host, "-i", str(inventory), "-b", "-m", f"kubewright.cluster.{module}", *(["-a", arguments] if arguments else [])]
    environment = {**plain_environment(), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(command, cwd=CLONE, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    head, _arrow, returned = done.stdout.partition(" => ")
    assert returned, done.stderr
    return {"failed": "FAILED!" in head, **json.loads(returned)}


def counting(target: Path) -> dict[str, str]:
    return {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": "executed_tasks", "KUBEWRIGHT_EXECUTED_TASKS": str(target)}


def plain_environment() -> dict[str, str]:
    """As a user has it: without the settings that Molecule makes for its own runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}


def read_recap(output: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for host, numbers in RECAP.findall(output):
        found[host] = {word: int(number) for word, number in (pair.split("=") for pair in numbers.split())}
    return found
