# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/unit and tests/build on each ansible-core that the collection is for, in environments of their own below .cache. Run by `make core-matrix`.

A Python that is not on this machine is said to be missing and fails nothing: python3.X of PATH, then those that uv and pyenv know.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CLONE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CLONE / "tests"))

from copies import plain_environment  # noqa: E402 - the clone's folders have to be found first

PLACE = CLONE / ".cache" / "core"
REQUIREMENTS = [CLONE / "requirements.txt", CLONE / "requirements" / "unit.txt"]
SUITES = ["tests/unit", "tests/build"]


class Row(NamedTuple):
    core: str
    python: str

    @property
    def name(self) -> str:
        return f"{self.core}-{self.python}"


# The oldest that is promised, the last for Python 3.11, and the newest with each Python that it is used with.
ROWS = [Row("2.16", "3.11"), Row("2.19", "3.11"), Row("2.21", "3.12"), Row("2.21", "3.13")]


def main(wanted: list[str]) -> int:
    rows = [row for row in ROWS if not wanted or row.core in wanted or row.name in wanted]
    if not rows:
        print(f"No such row: {', '.join(wanted)}. There are {', '.join(row.name for row in ROWS)}.", file=sys.stderr)
        return 2
    results = [(row, *tried(row)) for row in rows]
    print("\n" + table(results))
    return 1 if any(failed for _row, _said, failed in results) else 0


def tried(row: Row) -> tuple[dict[str, str], bool]:
    """What each suite's last line says, and whether one failed."""
    python = next(interpreters(row.python), None)
    if python is None:
        return {"": f"no Python {row.python} here"}, False
    programs = environment(row, python)
    said, failed = {"": version(programs)}, False
    for suite in SUITES:
        print(f"\n=== ansible-core {row.core}, Python {row.python}: {suite}", flush=True)
        done = subprocess.run([programs / "pytest", suite, "-n", "2"], cwd=CLONE, env=plain_environment(programs), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout, flush=True)
        said[suite] = done.stdout.strip().splitlines()[-1].strip("= ") if done.stdout.strip() else f"ended with code {done.returncode}"
        failed = failed or done.returncode != 0
        print(said[suite], flush=True)
    return said, failed


def table(results: list[tuple[Row, dict[str, str], bool]]) -> str:
    lines = []
    for row, said, failed in results:
        words = [said.get("", ""), *(f"{suite}: {said[suite]}" for suite in SUITES if suite in said)]
        lines.append(f"ansible-core {row.core}  Python {row.python}  {'FAILED' if failed else 'ok' if len(said) > 1 else '--'}  {'; '.join(words)}")
    return "\n".join(lines)


def interpreters(wanted: str) -> Iterator[str]:
    """Each that really is this Python: what a version manager puts into PATH may not run."""
    yield from (python for python in candidates(wanted) if answers(python, wanted))


def candidates(wanted: str) -> Iterator[str]:
    if found := shutil.which(f"python{wanted}"):
        yield found
    if shutil.which("uv"):
        yield said("uv", "python", "find", "--no-python-downloads", wanted)
    if shutil.which("pyenv"):
        versions = [line.strip() for line in said("pyenv", "versions", "--bare").splitlines()]
        newest = sorted((name for name in versions if re.fullmatch(rf"{re.escape(wanted)}\.\d+", name)), key=lambda name: int(name.rsplit(".", 1)[1]))
        yield from (f"{said('pyenv', 'prefix', name)}/bin/python" for name in reversed(newest))


def answers(python: str, wanted: str) -> bool:
    return bool(python) and said(python, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])") == wanted


def said(*argv: str) -> str:
    """What a program prints; nothing where it cannot be run."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False).stdout.strip()
    except OSError:
        return ""


def environment(row: Row, python: str) -> Path:
    """The programs of an environment that holds this ansible-core and what the tests need; made anew when its requirements have changed."""
    venv = PLACE / row.name
    stamp, wanted = venv / "made-of", hashlib.sha256(b"".join(file.read_bytes() for file in REQUIREMENTS)).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"\n=== ansible-core {row.core}, Python {row.python}: an environment of its own", flush=True)
        subprocess.run([python, "-m", "venv", "--clear", str(venv)], check=True)
        files = [word for file in REQUIREMENTS for word in ("--requirement", str(file))]
        subprocess.run([str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"ansible-core=={row.core}.*", *files],
                       check=True)
        stamp.write_text(wanted)
    return venv / "bin"


def version(programs: Path) -> str:
    """The exact ansible-core, as it says itself."""
    return said(str(programs / "python"), "-c", "import ansible.release, platform; print(ansible.release.__version__, platform.python_version())")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
