# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as AWX runs it, but for the container: a private data directory of its own for ansible-runner, which nothing of earlier jobs is in.

What the container does is done by namespaces: each job has a host name and processes of its own, so that no job can see whether another one lives.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PROGRAMS = Path(sys.executable).parent
# What AWX itself puts there, and takes away with the directory.
GIVEN = ("env/ssh_key", "env/extravars", "inventory/hosts", "project/", "env/passwords")
LONGEST = 900


class Unsafe(yaml.SafeDumper):
    """Every text bears !unsafe, the names too, as in AWX's own files."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


class Job(NamedTuple):
    """What ansible-runner left of it."""

    folder: Path
    rc: int
    status: str
    seconds: float
    output: str
    events: list[dict[str, Any]]

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] in kinds]

    @property
    def reasons(self) -> list[str]:
        """What AWX shows for a failed job: the messages of the tasks that failed."""
        failed = self.of_kind("runner_on_failed", "runner_on_unreachable")
        return [str(event["event_data"]["res"].get("msg", "")) for event in failed]

    @property
    def recap(self) -> dict[str, Any]:
        return dict(self.of_kind("playbook_on_stats")[-1]["event_data"])

    @property
    def changed(self) -> dict[str, int]:
        return {host: number for host, number in self.recap["changed"].items() if number}

    @property
    def artifacts(self) -> dict[str, Any]:
        """What set_stats left: AWX keeps it as the job's artifacts."""
        return dict(self.recap["artifact_data"])


class Controller:
    """Makes jobs. inventory: as `ansible-inventory --list` tells it; machines: the host variables that lead to each."""

    def __init__(self, place: Path, clone: Path, key: Path, inventory: dict[str, Any]) -> None:
        self.place, self.key, self.inventory = place, key, inventory
        self.number = 40 + len(list(place.iterdir()))
        self.source = place / f"checkout-{self.number}"
        copy_tree(clone, self.source)

    def run(self, playbook: str, answers: Mapping[str, Any] | None = None, options: str = "", inventory: dict[str, Any] | None = None,
            stop_when: Callable[[], bool] | None = None) -> Job:
        self.number += 1
        folder = self._folder(dict(answers or {}), options, inventory or self.inventory)
        command = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", 'hostname "$0" && exec "$@"', f"awx-job-{self.number}",
                   str(PROGRAMS / "ansible-runner"), "run", str(folder), "--playbook", playbook, "--ident", str(self.number)]
        begun = time.monotonic()
        with (folder / "shown").open("wb") as stream:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, env=environment(folder), cwd=folder)
            wait(process, stop_when)
        job = read(folder, folder / "artifacts" / str(self.number), time.monotonic() - begun)
        print(f"job {self.number}: {playbook} {options}: {job.status} after {job.seconds:.0f} s", *job.reasons, job.output[-3000:], sep="\n")
        return job

    def _folder(self, answers: dict[str, Any], options: str, inventory: dict[str, Any]) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=f"awx_{self.number}_", dir=self.place))
        for name in ("env", "inventory", "home", "tmp", "cp"):
            (folder / name).mkdir(mode=0o700)
        shutil.copytree(self.source, folder / "project", symlinks=True)
        script = f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(inventory)!r})\n"
        written(folder / "inventory" / "hosts", script).chmod(0o700)
        written(folder / "env" / "ssh_key", self.key.read_text())
        written(folder / "env" / "extravars", "".join(unsafe(name, value) for name, value in {**self._meta(), **answers}.items()))
        written(folder / "env" / "cmdline", f"-u root --forks=5 {options}".strip())
        written(folder / "env" / "settings", json.dumps({"job_timeout": LONGEST, "idle_timeout": LONGEST, "pexpect_timeout": 5, "fact_cache_type": "jsonfile"}))
        written(folder / "env" / "envvars", json.dumps(self._variables(folder)))
        return folder

    def _meta(self) -> dict[str, Any]:
        names = {"job_id": self.number, "job_launch_type": "manual", "job_template_id": 7, "job_template_name": "site", "inventory_id": 2,
                 "inventory_name": "cluster", "project_revision": "0" * 40, "project_scm_branch": "", "execution_node": "awx-1", "user_id": 1,
                 "user_name": "admin", "user_email": "", "user_first_name": "", "user_last_name": ""}
        return {f"{prefix}_{name}": value for name, value in names.items() for prefix in ("awx", "tower")}

    def _variables(self, folder: Path) -> dict[str, str]:
        places = f"{folder}/requirements_collections:./collections:~/.ansible/collections:/usr/share/ansible/collections"
        return {
            "ANSIBLE_FORCE_COLOR": "True", "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False", "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{folder}/cp", "ANSIBLE_COLLECTIONS_PATH": places,
            "AWX_PRIVATE_DATA_DIR": str(folder), "JOB_ID": str(self.number), "INVENTORY_ID": "2", "MAX_EVENT_RES": "700000",
            # ssh asks the system for its home, not $HOME; in the container both are the container's.
            "ANSIBLE_SSH_COMMON_ARGS": f"-F none -o UserKnownHostsFile={folder}/home/known_hosts",
        }


def wait(process: subprocess.Popen[bytes], stop_when: Callable[[], bool] | None) -> None:
    """stop_when: ends the job as AWX's timeout and its cancel do, by a signal to everything that runs in it."""
    while process.poll() is None:
        if stop_when and stop_when():
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.5)


def read(folder: Path, artifacts: Path, seconds: float) -> Job:
    def text(name: str) -> str:
        path = artifacts / name
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""

    events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("[0-9]*.json")]
    events.sort(key=lambda event: int(event["counter"]))
    return Job(folder, int(text("rc") or -1), text("status"), seconds, text("stdout") or (folder / "shown").read_text(errors="replace"), events)


def unsafe(name: str, value: Any) -> str:
    return str(yaml.dump_all([{name: value}], None, Dumper=Unsafe, default_flow_style=False))


def written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def environment(folder: Path) -> dict[str, str]:
    """Nothing of whoever runs the tests: no agent, no settings of ansible, no kubeconfig."""
    return {"PATH": f"{PROGRAMS}{os.pathsep}/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "LC_ALL": "C.UTF-8"}


def copy_tree(clone: Path, target: Path) -> None:
    """What git knows, and new files that it would: as a checkout, with its links."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=clone, check=True, capture_output=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (clone / name).is_symlink() or (clone / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(clone / name, target / name, follow_symlinks=False)


def sliced(inventory: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """As AWX gives it to a job slice: every count-th host by name, and groups without the others."""
    mine = set(sorted(inventory["_meta"]["hostvars"])[number - 1::count])
    found: dict[str, Any] = {"_meta": {"hostvars": {host: given for host, given in inventory["_meta"]["hostvars"].items() if host in mine}}}
    for group, content in inventory.items():
        if group != "_meta":
            found[group] = {**content, **({"hosts": [host for host in content["hosts"] if host in mine]} if "hosts" in content else {})}
    return found
