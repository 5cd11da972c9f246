"""The collection as a user gets it: built, and installed without any network into an empty folder."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
sys.path.insert(0, str(CLONE / "collections"))  # for what tests share
Run = Callable[..., str]


def call(*words: str, cwd: Path = CLONE, collections: Path | None = None) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    installed = {"ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else {}
    done = subprocess.run(
        [str(PROGRAMS / words[0]), *words[1:]], cwd=cwd, env={**plain, **installed}, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(words)}\n{said}"
    assert "[DEPRECATION WARNING]" not in said, f"{' '.join(words)}\n{said}"
    return done.stdout


@pytest.fixture(scope="session")
def run() -> Run:
    """A program of the environment; it has to end well."""
    return call


def build(folder: Path, clone: Path = CLONE) -> Path:
    call("ansible-galaxy", "collection", "build", "--output-path", str(folder), ".", cwd=clone)
    (made,) = folder.glob("kubewright-cluster-*.tar.gz")
    return made


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one that `make release` has made, else one of this clone."""
    given = os.environ.get("KUBEWRIGHT_TARBALL")
    return Path(given) if given else build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of this clone, whatever is given."""
    return build(tmp_path_factory.mktemp("again"))


@pytest.fixture(scope="session")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    call("ansible-galaxy", "collection", "install", "--offline", str(tarball), "-p", str(folder), cwd=folder)
    return folder
