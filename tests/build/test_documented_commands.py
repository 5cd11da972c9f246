"""The commands of ansible that the documents show, given to ansible itself: playbooks, options, tags, limits and modules are there."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.tests.docs import commands

CLONE = Path(__file__).resolve().parents[2]
README = (CLONE / "README.md").read_text(encoding="utf-8")
SHOWN = sorted({re.sub(r"^\.venv/bin/", "", one.text) for one in commands.documented()})
# One of those that differ in what is asked of the playbook only: ansible takes any -e.
ALIKE = re.compile(r" (--check|--diff|-e \S+)")
PLAYBOOKS = sorted({ALIKE.sub("", re.sub(r"(-i \S+ ?)+", "-i hosts.yml ", one)).strip() for one in SHOWN if one.startswith("ansible-playbook ")})
DOCS = [one.replace("<role>", "prereqs") for one in SHOWN if one.startswith("ansible-doc ")]
AD_HOC = list({one.split()[1]: one for one in SHOWN if one.startswith("ansible ")}.values())  # one for each pattern of hosts
MODULES = sorted({name for one in SHOWN for name in re.findall(r"-m kubewright\.cluster\.(\w+)", one)})
MORE = """
        worker3: {ansible_host: 192.0.2.14}
    more: {hosts: {hadoop02: {}, k8s-node1: {}, node1: {}}}
"""
Run = Callable[..., str]


def fence(begin: str) -> str:
    return begin + README.partition(f"```yaml\n{begin}")[2].partition("```")[0]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """README's inventory, with the machines that other pages name, and its playbook of one role."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "hosts.yml").write_text(fence("all:").rstrip("\n") + MORE)
    (folder / "packages.yml").write_text(fence("- hosts: all"))
    return folder


@pytest.mark.parametrize("command", PLAYBOOKS)
def test_ansible_playbook_takes_what_a_page_says(run: Run, installed: Path, place: Path, command: str) -> None:
    words = shlex.split(command.replace("hosts.yml", str(place / "hosts.yml")).replace(" packages.yml", f" {place}/packages.yml").replace("$PWD", str(place)))
    words += ["-i", str(place / "hosts.yml")] if len(words) == 2 else []  # a name in a sentence
    collections = installed if "kubewright.cluster." in command else None
    listed = run(*words, "--list-tasks", "--list-hosts", cwd=CLONE, collections=collections)
    assert re.search(r"hosts \([1-9]\d*\)", listed), "no host is left"
    assert re.search(r"^      \S", listed, re.MULTILINE), "no task is left"


@pytest.mark.parametrize("command", DOCS)
def test_ansible_doc_shows_what_a_page_says(run: Run, installed: Path, tmp_path: Path, command: str) -> None:
    assert "kubewright" in run(*shlex.split(command), cwd=tmp_path, collections=installed).lower()


@pytest.mark.parametrize("command", AD_HOC)
def test_ansible_finds_the_hosts_that_a_page_says(run: Run, place: Path, command: str) -> None:
    words = shlex.split(command.replace("hosts.yml", str(place / "hosts.yml")))
    assert "hosts (0)" not in run(*words, "--list-hosts", cwd=CLONE)


def test_modules_that_a_page_calls_are_there() -> None:
    assert MODULES and [name for name in MODULES if not (CLONE / "plugins" / "modules" / f"{name}.py").is_file()] == []
