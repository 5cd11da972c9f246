# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a release has to be, tried; nothing is published. Leaves dist/kubewright-cluster-X.Y.Z.tar.gz and its SHA-256. Run by `make release`.

The tarball is made of a copy of the checkout, into which antsibull-changelog writes the changelog as the release will have it, and it is the tarball that
is installed and used: in an environment of ansible-core and what the collection's requirements.txt declares, from an empty folder, on a lab of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE), str(CLONE / "tests"), str(CLONE / "molecule" / "resources")]

from copies import copy_checkout, plain_environment  # noqa: E402 - the clone's folders have to be found first
from runs import read_recap  # noqa: E402

from lab import inventory, lab, show, state  # noqa: E402

PROGRAMS = Path(sys.executable).parent
DIST = CLONE / "dist"
# https://semver.org, without what stands behind a plus sign: Galaxy takes it, but no order is among such versions.
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?")


class Refused(Exception):
    """What is not as a release has to be."""


@dataclass
class Release:
    folder: Path  # empty at the start
    lab: str
    wishes: list[str]
    keep: bool
    version: str = ""
    tarball: Path = field(default_factory=Path)

    @property
    def copy(self) -> Path:
        return self.folder / "ansible_collections" / "kubewright" / "cluster"

    @property
    def user(self) -> Path:
        """Where a user would work: nothing is there but what was installed."""
        return self.folder / "user"

    @property
    def programs(self) -> Path:
        return self.folder / "environment" / "bin"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="kw-release", help="the lab's name; one that is there is made anew")
    parser.add_argument("--keep", action="store_true", help="leave the lab running")
    parser.add_argument("--no-lab", action="store_true", help="leave out what needs a lab")
    given, wishes = parser.parse_known_args()
    stages = [stage for stage in STAGES if not (given.no_lab and stage[1] in WITH_LAB)]
    with tempfile.TemporaryDirectory(prefix="kubewright-release-") as folder:
        release = Release(Path(folder).resolve(), given.name, wishes, given.keep)
        try:
            rows, well = run(stages, release)
        finally:
            if not given.no_lab and not given.keep and state.exists(given.name):
                lab_verb("down", "--name", given.name)
    print(f"\n{table(rows)}\n")
    if not well:
        print("This is no release.")
        return 1
    print(f"{release.tarball.relative_to(CLONE)}\nSHA-256 {digest(release.tarball)}\nNothing was published; how to: docs/releasing.md")
    return 0


def run(stages: list[Stage], release: Release) -> tuple[list[tuple[str, str, str]], bool]:
    """Rows of the table. Each stage stands on those before it, so the first that fails is the last."""
    rows = []
    for name, stage in stages:
        print(f"\n=== release: {name}", flush=True)
        began = time.monotonic()
        try:
            found, well = stage(release), True
        except Refused as problem:
            found, well = f"FAILED: {problem}", False
        rows.append((name, f"{time.monotonic() - began:.0f} s", found))
        print(f"=== release: {name}: {found}", flush=True)
        if not well:
            return rows + [(name, "", "not run") for name, _stage in stages[len(rows):]], False
    return rows, True


def table(rows: list[tuple[str, str, str]]) -> str:
    width = max(len(name) for name, _seconds, _found in rows)
    return "\n".join(f"{name:{width}}  {seconds:>6}  {found}" for name, seconds, found in rows)


def call(*argv: str | Path, cwd: Path, environment: dict[str, str] | None = None, show_output: bool = True) -> str:
    """A program that has to end well; its output is shown as it comes."""
    words = [str(word) for word in argv]
    with subprocess.Popen(words, cwd=cwd, env=environment or plain_environment(PROGRAMS), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            if show_output:
                print(line, end="", flush=True)
    if process.returncode != 0:
        if not show_output:
            print("".join(said))
        raise Refused(f"{Path(words[0]).name} {' '.join(words[1:4])} ended with code {process.returncode}")
    return "".join(said)


def prepare(release: Release) -> str:
    copy_checkout(release.copy)
    commit = call("git", "rev-parse", "--short", "HEAD", cwd=CLONE, show_output=False).strip()
    changed = call("git", "status", "--porcelain", cwd=CLONE, show_output=False).splitlines()
    return f"commit {commit}" + (f", and {len(changed)} changes that are not committed: good for trying, not for publishing" if changed else "")


def check_version(release: Release) -> str:
    """Semantic, and the changelog agrees: either it is released there, or the fragments of it wait."""
    release.version = str(yaml.safe_load((release.copy / "galaxy.yml").read_text())["version"])
    written = release.copy / "changelogs" / "changelog.yaml"
    released = list(yaml.safe_load(written.read_text())["releases"]) if written.is_file() else []
    fragments = [path.name for path in (release.copy / "changelogs" / "fragments").glob("*.yml")]
    return judge_version(release.version, released, fragments)


def judge_version(version: str, released: list[str], fragments: list[str]) -> str:
    if not SEMANTIC.fullmatch(version):
        raise Refused(f"galaxy.yml has version {version!r}, which is no semantic version (X.Y.Z)")
    if version in released:
        if fragments:
            raise Refused(f"the changelog has {version} already, and fragments of the next release wait ({', '.join(sorted(fragments)[:3])}): "
                          f"galaxy.yml needs the next version")
        return f"{version}, in galaxy.yml and in the changelog"
    if not fragments:
        raise Refused(f"the changelog does not have {version}, and changelogs/fragments has nothing for it")
    older = [one for one in released if order(one) > order(version)]
    if older:
        raise Refused(f"the changelog has {', '.join(older)}, which is later than {version} of galaxy.yml")
    return f"{version}; the changelog gets it from {len(fragments)} fragments"


def order(version: str) -> tuple[Any, ...]:
    """A pre-release comes before its release; their parts are compared as numbers where they are some."""
    numbers, _dash, before = version.partition("-")
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".")) if before else ()
    return (*(int(number) for number in numbers.split(".")), not before, parts)


def write_changelog(release: Release) -> str:
    call("antsibull-changelog", "lint", cwd=release.copy)
    if list((release.copy / "changelogs" / "fragments").glob("*.yml")):
        call("antsibull-changelog", "release", "--version", release.version, cwd=release.copy)
    return judge_changelog(release.version, (release.copy / "CHANGELOG.md").read_text())


def judge_changelog(version: str, text: str) -> str:
    plain = text.replace("\\", "")
    if f"\n## v{version}\n" not in plain:
        raise Refused(f"CHANGELOG.md has no heading v{version}")
    part = plain.split(f"\n## v{version}\n")[1].split("\n## v")[0]
    return f"lint clean; v{version} has {sum(line.startswith('* ') for line in part.splitlines())} entries"


def lint_documentation(release: Release) -> str:
    said = call("antsibull-docs", "lint-collection-docs", "--plugin-docs", ".", cwd=release.copy)
    if said.strip():
        raise Refused("antsibull-docs has something to say")
    return "antsibull-docs lint-collection-docs --plugin-docs: nothing to say"


def build(release: Release) -> str:
    call("ansible-galaxy", "collection", "build", "--force", "--output-path", DIST, ".", cwd=release.copy)
    release.tarball = DIST / f"kubewright-cluster-{release.version}.tar.gz"
    with tarfile.open(release.tarball) as archive:
        files = [member for member in archive if member.isfile()]
    return f"{len(files)} files, {sum(member.size for member in files) / 1e6:.1f} MB, packed {release.tarball.stat().st_size / 1e6:.1f} MB"


def check_tarball(release: Release) -> str:
    environment = {**plain_environment(PROGRAMS), "KUBEWRIGHT_TARBALL": str(release.tarball)}
    said = call("pytest", "tests/build", cwd=CLONE, environment=environment)
    return f"tests/build on it: {said.strip().splitlines()[-1]}"


def install(release: Release) -> str:
    """An environment of ansible-core and what the installed collection declares, and a folder with nothing but the collection."""
    release.user.mkdir()
    core = next(line for line in (CLONE / "requirements" / "run.txt").read_text().splitlines() if line.startswith("ansible-core"))
    call(sys.executable, "-m", "venv", release.programs.parent, cwd=release.user)
    pip: list[str | Path] = [release.programs / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    call(*pip, core, cwd=release.user, show_output=False)
    call(release.programs / "ansible-galaxy", "collection", "install", "--offline", release.tarball, "-p", release.user / "collections",
         cwd=release.user, environment=as_user(release))
    declared = release.user / "collections" / "ansible_collections" / "kubewright" / "cluster" / "requirements.txt"
    call(*pip, "--requirement", declared, cwd=release.user, show_output=False)
    listed = call(release.programs / "python", "-m", "pip", "list", "--format=freeze", cwd=release.user, show_output=False)
    return f"offline, into an empty folder; {', '.join(line for line in listed.splitlines() if line.startswith(('ansible-core', *names(declared))))}"


def names(declared: Path) -> tuple[str, ...]:
    return tuple(re.split(r"[<>=!~\[; ]", line)[0] for line in declared.read_text().splitlines() if line and not line.startswith("#"))


def as_user(release: Release) -> dict[str, str]:
    """A home without anybody's settings; the one setting is where the collection is."""
    return {**plain_environment(release.programs), "HOME": str(release.user), "ANSIBLE_COLLECTIONS_PATH": str(release.user / "collections")}


def make_lab(release: Release) -> str:
    if state.exists(release.lab):
        lab_verb("down", "--name", release.lab)
    lab_verb("up", "--name", release.lab, "--workers", "1", *release.wishes)
    made = lab.existing(release.lab)
    return f"{len(made.addresses)} bare nodes, Kubernetes {made.versions[0]}, {made.runtime}, supplier {made.supplier}"


def lab_verb(*words: str) -> None:
    call(sys.executable, "-m", "lab", *words, cwd=CLONE, environment=dict(os.environ))


def site(release: Release) -> dict[str, dict[str, int]]:
    made = lab.existing(release.lab)
    return read_recap(call(release.programs / "ansible-playbook", "kubewright.cluster.site", "-i", made.inventory_folder,
                           cwd=release.user, environment=as_user(release)))


def deploy(release: Release) -> str:
    site(release)
    made = lab.existing(release.lab)
    groups, hosts = inventory.read(made.inventory_folder)
    nodes = show.cluster_nodes(made, groups["kube_control_plane"])
    print(nodes)
    ready = [line.split()[0] for line in nodes.splitlines()[1:] if line.split()[1] == "Ready"]
    if len(ready) != len(hosts):
        raise Refused(f"{len(ready)} of {len(hosts)} nodes are Ready")
    return f"kubewright.cluster.site, no ansible.cfg: {', '.join(ready)} Ready"


def deploy_again(release: Release) -> str:
    changed = {host: numbers["changed"] for host, numbers in site(release).items()}
    if not changed or any(changed.values()):
        raise Refused(f"the second run changed something: {changed}")
    return "a second run: changed=0 on every host"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


Stage = tuple[str, Callable[[Release], str]]
STAGES: list[Stage] = [
    ("checkout", prepare),
    ("version", check_version),
    ("changelog", write_changelog),
    ("documentation", lint_documentation),
    ("build", build),
    ("tarball", check_tarball),
    ("installed", install),
    ("lab", make_lab),
    ("site", deploy),
    ("site again", deploy_again),
]
WITH_LAB = (make_lab, deploy, deploy_again)


if __name__ == "__main__":
    raise SystemExit(main())
