"""Each role alone, as its README shows it: its playbook is one, and a value that it cannot take is told by name before any machine is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import role_readmes

PROGRAMS = Path(sys.executable).parent
Run = Callable[..., str]
ROLES = role_readmes.roles()
WRONG: dict[str, Any] = {"bool": "maybe", "int": "several", "float": "several", "dict": "a-word", "list": {"a": "dictionary"}}
MISSPELT = "misspelt"
VERSION = "1.34.2"
# Nobody is there, so a role that took the value could not do anything either.
NOBODY = "all: {hosts: {nobody: {ansible_host: 192.0.2.1, ansible_ssh_common_args: -o ConnectTimeout=1}}}\n"


def wrong(role: str) -> dict[str, Any]:
    """A value that it cannot take for each option of the role that can tell."""
    found: dict[str, Any] = {}
    for name, option in role_readmes.specs(role)["main"]["options"].items():
        if "choices" in option:
            found[name] = [MISSPELT] if option.get("type") == "list" else MISSPELT
        elif option.get("type") in WRONG:
            found[name] = WRONG[option["type"]]
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "hosts.yml").write_text(NOBODY)
    return tmp_path


@pytest.mark.parametrize("role", ROLES)
def test_the_playbook_of_its_readme_is_one(run: Run, installed: Path, place: Path, role: str) -> None:
    (place / "play.yml").write_text(role_readmes.playbook(role))
    run("ansible-playbook", "play.yml", "-i", str(place / "hosts.yml"), "--syntax-check", cwd=place, collections=installed)


@pytest.mark.parametrize("role", [role for role in ROLES if wrong(role)])
def test_a_value_that_it_cannot_take_is_told_by_name_before_any_machine_is_asked(installed: Path, place: Path, role: str) -> None:
    values = wrong(role)
    options = role_readmes.specs(role)["main"]["options"]
    needed = {name: VERSION if name.endswith("_version") else "1" for name, option in options.items() if option.get("required")}
    play = {"hosts": "all", "gather_facts": False, "roles": [{"role": f"kubewright.cluster.{role}", "vars": {"kube_version": VERSION, **needed, **values}}]}
    said = refused(play, installed, place)
    for name in values:
        assert name in said, f"{name} is not told"
    if MISSPELT in values.values():
        assert "value of" in said and "must be one of" in said and f"got: {MISSPELT}" in said


def refused(play: dict[str, Any], installed: Path, place: Path) -> str:
    """What ansible says; the role's first task has refused it."""
    (place / "play.yml").write_text(yaml.safe_dump([play]))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [str(PROGRAMS / "ansible-playbook"), "play.yml", "-i", "hosts.yml"], cwd=place, env={**plain, "ANSIBLE_COLLECTIONS_PATH": str(installed)},
        capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 2 and "unreachable=0" in said and "ok=0" in said, said
    return said
