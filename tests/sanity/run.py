"""Run `ansible-test sanity` as far as it goes without container images: in a copy of this checkout, where ansible-test
finds a collection's path, and with a home folder of its own below .venv, where it keeps its environments.

ansible-test downloads a script that installs pip from a host of its own. The same script is put where it would be kept,
so PyPI (and what pip is configured to use instead) is all that is needed.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CLONE / "tests"))

from copies import copy_checkout  # noqa: E402 - the clone's folders have to be found first

VENV = CLONE / ".venv"
HOME = VENV / "ansible-test-home"

INSTALL_PIP = """\
import subprocess, sys
given = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
subprocess.check_call([sys.executable, "-m", "pip", "install"] + given)
"""


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="kubewright-sanity-") as folder:
        copy = Path(folder).resolve() / "ansible_collections" / "kubewright" / "cluster"
        copy_checkout(copy)
        prepare_home()
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        command = [str(VENV / "bin" / "ansible-test"), "sanity", "--local", "--python", python, "--color", "no", *arguments]
        return subprocess.run(command, cwd=copy, env=environment(), check=False).returncode


def prepare_home() -> None:
    """A home that has the user's pip settings and cache, and the pip script in each name an ansible-core asks for."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{pip_version().replace('.', '_')}.py").write_text(INSTALL_PIP)
    for name in (".config", ".cache"):
        if (Path.home() / name).is_dir() and not (HOME / name).is_symlink():
            (HOME / name).symlink_to(Path.home() / name)
    (HOME / ".pip").mkdir(exist_ok=True)
    (HOME / ".pip" / "pip.conf").write_text(settings_of_pip())


def pip_version() -> str:
    """The version of pip that this ansible-test wants in its environments."""
    source = next((VENV / "lib").glob("python*/site-packages/ansible_test/_internal/python_requirements.py")).read_text()
    found = re.search(r"pip='([\d.]+)'", source)
    if found is None:
        sys.exit("tests/sanity/run.py: this ansible-test says differently which pip it wants; adapt pip_version()")
    return found[1]


def settings_of_pip() -> str:
    """ansible-test hands no PIP_ variables on; a file says the same."""
    given = {name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if re.fullmatch(r"PIP_[A-Z_]+", name)}
    given.pop("config-file", None)
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in given.items()), ""])


def environment() -> dict[str, str]:
    return {**os.environ, "HOME": str(HOME), "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
