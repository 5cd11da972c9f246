# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of docs/ci: both services run the same commands, and those name what is there. Schemas and shell are checked by `make lint`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as facts

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "ci"
GITHUB = yaml.safe_load((FOLDER / "github-actions.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text(encoding="utf-8"))
JOBS = ("playbooks", "role", "lab")
# What each service has of its own: where the clone comes from, who owns the files, that the job is a container.
OWN = re.compile(r"^(git clone|rm -rf|apt-get|python3 -m venv|PATH=|mkdir -p cache|docker run|kubewright/docs/ci/container.sh start)")


def gitlab(job: str) -> dict[str, Any]:
    return {**GITLAB.get(GITLAB[job].get("extends"), {}), **GITLAB[job]}


def gitlab_lines(job: str) -> list[str]:
    return [*gitlab(job).get("before_script", []), *gitlab(job)["script"], *gitlab(job).get("after_script", [])]


def github_lines(job: str) -> list[str]:
    return [step["run"].strip() for step in GITHUB["jobs"][job]["steps"] if "run" in step]


def own_lines(lines: list[str], address: str) -> list[str]:
    """Without what only one of the services needs, and with the repository named alike; of a container's command its own lines."""
    inner = [part for line in lines for part in (re.findall(r"sh -c '(.*)'$", line)[0].split(" && ") if "sh -c '" in line else [line])]
    return [line.replace(f"git+{address},", "git+REPOSITORY,") for line in inner if not OWN.match(line)]


@pytest.mark.parametrize("job", JOBS)
def test_both_services_run_the_same_commands(job: str) -> None:
    assert own_lines(github_lines(job), "https://github.com/kubewright/kubewright") == own_lines(gitlab_lines(job), "$KUBEWRIGHT")


def test_both_services_have_the_same_matrix() -> None:
    entries = [(row["SUPPLIER"], version, row["RUNTIME"]) for row in GITLAB["lab"]["parallel"]["matrix"]
               for version in ([row["VERSION"]] if isinstance(row["VERSION"], str) else row["VERSION"])]
    assert entries == [tuple(row.values()) for row in GITHUB["jobs"]["lab"]["strategy"]["matrix"]["include"]]


def test_versions_of_the_matrix_are_known() -> None:
    for row in GITHUB["jobs"]["lab"]["strategy"]["matrix"]["include"]:
        assert row["version"].count(".") == 2 and facts.OLDEST <= int(row["version"].split(".")[1]) <= facts.NEWEST


@pytest.mark.parametrize("line", [line for job in JOBS for line in github_lines(job) + gitlab_lines(job)])
def test_every_command_is_one_that_a_shell_reads(line: str) -> None:
    subprocess.run(["sh", "-n"], input=line, text=True, check=True)


def test_scripts_that_are_called_are_there_and_may_be_started() -> None:
    text = "".join(line for job in JOBS for line in github_lines(job) + gitlab_lines(job))
    called = set(re.findall(r"kubewright/(docs/ci/\w+\.sh)", text))
    assert called == {str(path.relative_to(ROOT)) for path in FOLDER.glob("*.sh")}
    assert all((ROOT / name).stat().st_mode & 0o111 for name in called)


def requirements(name: str) -> set[str]:
    return {line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and line[0] not in "#-"}


def test_packages_from_pypi_are_those_of_requirements() -> None:
    """tomlkit, which is the collection's; ansible-core; and Molecule."""
    needed = requirements("requirements.txt") | {line for line in requirements("requirements/run.txt") if line.startswith("ansible-core")}
    asked = {word.strip("'") for job in JOBS for line in github_lines(job) + gitlab_lines(job) if line.startswith("pip install") for word in line.split()[2:]}
    assert needed <= asked <= needed | requirements("requirements/test.txt")


def test_variables_that_the_lab_reads_are_the_makefile_s() -> None:
    makefile = set(re.findall(r"^([A-Z_]+) +\?=", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    given = set(GITHUB["jobs"]["lab"]["env"])
    assert given - {"PLAYBOOK"} <= makefile
    assert given <= set(re.findall(r"--env (\w+)", " ".join(github_lines("lab"))))
    assert given == {*GITLAB["lab"]["variables"], *GITLAB["lab"]["parallel"]["matrix"][0]}


def test_the_runner_has_what_the_jobs_need() -> None:
    runner = tomlkit.parse((FOLDER / "gitlab-runner.toml").read_text(encoding="utf-8")).unwrap()["runners"][0]
    assert runner["docker"]["privileged"] is True and "/var/lib/docker" in runner["docker"]["volumes"]
    assert {runner["docker"]["image"]} == {GITLAB[".engine"]["image"]} and GITLAB[".engine"]["tags"] == ["privileged"]


def test_the_playbook_that_is_read_is_there() -> None:
    named = {word for line in github_lines("playbooks") for word in re.findall(r"kubewright\.cluster\.(\w+)", line)}
    assert named and all((ROOT / "playbooks" / f"{name}.yml").is_file() for name in named)
