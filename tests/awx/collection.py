"""awx.awx, taken out of PyPI's bundle `ansible`, since Galaxy is not reachable everywhere. Fetched once (54 MB), of which 1.3 MB stay in the cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from lab.place import cache_folder

# The last bundle that has it is 13; 12 is for Python 3.11.
BUNDLE = "ansible==12.3.0"


def folder() -> Path:
    """A collections folder with nothing but awx.awx."""
    place = cache_folder() / "awx" / BUNDLE
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as made:
            fetched, unpacked = Path(made) / "wheel", Path(made) / "collections"
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(fetched), BUNDLE], check=True)
            (wheel,) = fetched.glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked, [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")])
            shutil.move(unpacked, place)
    return place
