# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the playbooks through ansible-runner against a lab as AWX does, and look for secrets in everything that is left.

Makes the lab NAME anew (a control plane, a worker, and one more later), and takes it down at the end. Run by `make runner`; ARGS=--keep leaves the
machines and the jobs' directories to be looked at, and what pytest knows may follow, such as -k slice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "live" / "as_awx"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kubewright-runner", help="the lab's name")
    parser.add_argument("--keep", action="store_true", help="leave lab and private data directories")
    given, more = parser.parse_known_args()
    jobs = tempfile.mkdtemp(prefix="awx-")  # as short as AWX's own: sockets lie in it, whose paths may not be long
    try:
        lab("down", "--name", given.name)  # what an earlier --keep left has a cluster already
        lab("up", "--name", given.name, "--control-planes", "1", "--workers", "1", "--supplier", "debian")
        command = [sys.executable, "-m", "pytest", str(SUITE), "-v", "--durations=8", *more]
        environment = {**os.environ, "KUBEWRIGHT_LAB": given.name, "KUBEWRIGHT_JOBS": jobs}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    finally:
        if given.keep:
            print(f"The lab {given.name} is there, and the jobs in {jobs}: make clean NAME={given.name}; rm -r {jobs}")
        else:
            shutil.rmtree(jobs)
            lab("down", "--name", given.name)


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words], cwd=ROOT, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
