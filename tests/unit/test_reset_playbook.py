# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/reset.yml by ansible-playbook itself, on a control plane beside which there is no other. The two modules are fakes: the rest is what users have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE_INFO = """#!/usr/bin/python
import json
print(json.dumps({"changed": False, "node": {"state": "control_plane", "healthy": True, "host": {"machine_id": "1"}, "ca_hashes": []}}))
"""
FAKE_RESET = """#!/usr/bin/python
# WANT_JSON
import json, sys
given = json.load(open(sys.argv[1]))
refused = {} if given["destroy_cluster"] else {"failed": True, "msg": "it is the last one: destroy_cluster is the consent"}
print(json.dumps(dict({"changed": not refused, "left": [], "removed": [given["confirm"]]}, **refused)))
"""


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    place = folder / "ansible_collections" / "kubewright" / "cluster"
    for name in ("playbooks", "plugins", "meta"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "plugins" / "modules" / "kubeadm_info.py").write_text(FAKE_INFO)
    (place / "plugins" / "action" / "kubeadm_info.py").unlink(missing_ok=True)
    (place / "plugins" / "modules" / "kubeadm_reset.py").write_text(FAKE_RESET)
    return folder


@pytest.mark.parametrize(("consent", "rc", "told"), [(True, 0, "changed=1"), (False, 2, "destroy_cluster is the consent")])
def test_the_only_control_plane_is_reset_or_refused_by_the_module(collections: Path, tmp_path: Path, consent: bool, rc: int, told: str) -> None:
    """There is nobody to delegate to, and ansible-core wants a name even for a task that is left out."""
    hosts = {"kube_control_plane": {"hosts": {"cp1": {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}}}}
    (tmp_path / "hosts.yml").write_text(json.dumps(hosts))
    given = json.dumps({"kube_reset_machines": "cp1", "kube_reset_destroy_cluster": consent})
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "kubewright.cluster.reset", "-i", str(tmp_path / "hosts.yml"), "-e", given],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, told in done.stdout) == (rc, True), done.stdout + done.stderr
