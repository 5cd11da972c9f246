# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's machines by ssh, and a controller that runs jobs against them. The tests follow one another: each finds what the one before it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

CLONE = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(CLONE / "tests" / "live"), str(CLONE / "molecule" / "resources")]

from awx_job import PROGRAMS, Controller  # noqa: E402 - the clone's folders have to be found first
from runs import plain_environment  # noqa: E402

LAB = os.environ.get("KUBEWRIGHT_LAB", "kubewright-runner")
# What leads to a machine from here comes with AWX's credential there, and no file of this machine is there at all.
OURS = ("ansible_ssh_private_key_file", "ansible_ssh_common_args", "ansible_user", "kube_kubeconfig_path")


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words, "--name", LAB], cwd=CLONE, check=True)


def listed() -> dict[str, Any]:
    command = [str(PROGRAMS / "ansible-inventory"), "-i", str(CLONE / ".lab" / LAB / "inventory"), "--list"]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=plain_environment(), cwd=CLONE).stdout))


def for_awx() -> dict[str, Any]:
    """As AWX keeps an inventory: every variable with its host, and two of its own. One key more is made for the API servers: a secret to look for."""
    inventory = listed()
    for number, variables in enumerate(inventory["_meta"]["hostvars"].values(), start=1):
        for name in OURS:
            variables.pop(name, None)
        variables.update(remote_tower_enabled="true", remote_tower_id=number,
                         kube_encryption_at_rest={"provider": "secretbox", "resources": ["secrets"]})
    return inventory


def connect(name: str) -> Host:
    variables = listed()["_meta"]["hostvars"][name]
    return testinfra.get_host(f"ssh://root@{variables['ansible_host']}", ssh_identity_file=variables["ansible_ssh_private_key_file"],
                              ssh_extra_args=variables["ansible_ssh_common_args"])


@pytest.fixture(scope="session")
def machine() -> Callable[[str], Host]:
    return connect


@pytest.fixture(scope="session")
def controller() -> Controller:
    return Controller(Path(os.environ["KUBEWRIGHT_JOBS"]), CLONE, CLONE / ".lab" / LAB / "id_ed25519", for_awx())


@pytest.fixture(scope="session")
def kubectl() -> Callable[[str], Any]:
    """kubectl on the control plane, its answer read as JSON."""
    return lambda words: json.loads(connect("cp1").check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words} -o json"))
