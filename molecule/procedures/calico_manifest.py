"""On the controller: put Calico's manifest of a release at a path: calico_manifest.py VERSION PATH

It is the real one where KUBEWRIGHT_MANIFESTS names a folder that has it, else a fake of its shape, as small as its editing needs.
"""

import os
import runpy
import sys
from pathlib import Path

import yaml

FAKE = Path(__file__).resolve().parents[2] / "tests" / "unit" / "plugins" / "fake_calico.py"


def main(version: str, target: Path) -> None:
    real = Path(os.environ.get("KUBEWRIGHT_MANIFESTS", "/nowhere")) / f"calico-v{version}.yaml"
    target.write_text(real.read_text() if real.is_file() else yaml.safe_dump_all(runpy.run_path(str(FAKE))["manifest"](version)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
