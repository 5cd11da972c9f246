"""Run one Molecule scenario: python tests/scenario.py NAME [VERB [OPTION …]]. Without a name: list them.

Molecule is told here what it cannot know by itself: that its scenarios lie in molecule/, which settings they share, and
the name of the lab, which holds the clone's place, so that two clones on one machine do not take each other's nodes.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
FOLDER = CLONE / "molecule"
VENV = CLONE / ".venv" / "bin"


def main(arguments: list[str]) -> int:
    known = descriptions()
    name, verb, options = [*arguments, "", ""][0], ([*arguments, "", ""][1] or "test"), arguments[2:]
    if name not in known:
        width = max(map(len, known), default=0)
        if name:
            print(f"There is no scenario {name}. These are there:", file=sys.stderr)
        print("\n".join(f"  {one:{width}}  {text}" for one, text in known.items()))
        return 2 if name else 0
    missing = [(variable, text) for variable, text in needs(name).items() if not os.environ.get(variable)]
    for variable, text in missing:
        print(f"Left out: the scenario {name} needs {variable}={text}.")
    if missing:
        return 0
    program = str(VENV / "molecule")
    command = [program, "-c", str(FOLDER / "config.yml"), verb, "-s", name, "--no-command-borders", *options]
    return subprocess.run(command, cwd=CLONE, env=environment(name), check=False).returncode


def descriptions() -> dict[str, str]:
    """Every scenario with the first comment of its molecule.yml."""
    found = {}
    for path in sorted(FOLDER.glob("*/molecule.yml")):
        comments = [line[1:].strip() for line in path.read_text().splitlines() if line.startswith("#")]
        found[path.parent.name] = comments[0] if comments else ""
    return found


def needs(name: str) -> dict[str, str]:
    """What only whoever runs it can bring: the comments `needs VARIABLE: what it is` of its molecule.yml."""
    comments = [line[1:].strip() for line in (FOLDER / name / "molecule.yml").read_text().splitlines() if line.startswith("# needs ")]
    parted = (comment.removeprefix("needs ").partition(": ") for comment in comments)
    return {variable: text for variable, _colon, text in parted}


def environment(scenario: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}",
        "MOLECULE_GLOB": str(FOLDER / "*" / "molecule.yml"),
        "KUBEWRIGHT_LAB": lab_name(scenario),
    }


def lab_name(scenario: str) -> str:
    """A lab's name has no dots."""
    return f"kw-{scenario.replace('.', '')}-{hashlib.sha256(str(CLONE).encode()).hexdigest()[:4]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
