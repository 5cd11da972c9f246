"""Make .venv from requirements/: `python3 -m lab.venv`. Runs before anything is installed: standard library only."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

from . import engine
from .errors import LabError
from .place import CLONE

VENV = CLONE / ".venv"
# What the requirement files take in.
INCLUDED = [CLONE / "requirements.txt", CLONE / "requirements" / "unit.txt"]
STAMP = VENV / "requirements.sha256"
OLDEST = (3, 10)


def main() -> int:
    try:
        ensure([CLONE / "requirements" / f"{name}.txt" for name in sys.argv[1:] or ["run"]])
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        return int(failed.returncode)
    return 0


def ensure(files: list[Path]) -> None:
    """An environment that holds these requirement files; nothing is done when it was made from the same ones."""
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in [*INCLUDED, *files])).hexdigest()
    if STAMP.is_file() and wanted in STAMP.read_text().split():
        return
    python = VENV / "bin" / "python"
    if not python.exists():
        require_venv()
        call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    requirements = [word for file in files for word in ("--requirement", str(file))]
    call([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
    with STAMP.open("a") as stamp:
        stamp.write(f"{wanted}\n")


def require_venv() -> None:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST:
        raise LabError(f"python3 is {found}; ansible-core needs {OLDEST[0]}.{OLDEST[1]} or later: put one first in PATH.")
    if importlib.util.find_spec("ensurepip") is None:
        engine.install([f"python3.{sys.version_info.minor}-venv"])  # Debian cuts it off the interpreter's package


def call(argv: list[str]) -> None:
    subprocess.run(argv, check=True)  # noqa: S603 - argument lists only, never a shell


if __name__ == "__main__":
    sys.exit(main())
