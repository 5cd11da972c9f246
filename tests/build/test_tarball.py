"""What is in the tarball, and what is not."""

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CLONE / "tests"))

from copies import copy_checkout  # noqa: E402 - the clone's folders have to be found first

from .conftest import build  # noqa: E402

ROOT = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "README.zh-CN.md", "bindep.txt", "changelogs", "docs", "execution-environment.yml",
        "inventories", "meta", "playbooks", "plugins", "requirements.txt", "roles", "site.yml", "FILES.json", "MANIFEST.json"}
# Kinds of files by folder. What a role or playbook lays on machines is a template, and what it needs to know is YAML.
KINDS = {"": {".json", ".md", ".txt", ".yml", "LICENSE"}, "docs": {".css", ".json", ".md", ".png", ".sh", ".svg", ".toml", ".yml"}, "plugins": {".py", ".yml"},
         "inventories": {".md", ".yml"}, "meta": {".yml"}, "changelogs": {".yaml", ".yml"}, "playbooks": {".html", ".j2", ".json", ".yml"},
         "roles": {".j2", ".md", ".yml"}}
LIMIT = 200_000  # bytes of a file; pictures and the list of files may have more
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def members(tarball: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(tarball) as archive:
        return {member.name: member for member in archive}


@pytest.fixture(scope="module")
def texts(tarball: Path) -> dict[str, str]:
    with tarfile.open(tarball) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile() and not member.name.endswith(".png")}
        return {name: file.read().decode() for name, file in files.items() if file is not None}


def test_it_holds_what_users_need_and_nothing_of_the_workshop(members: dict[str, tarfile.TarInfo]) -> None:
    found = {Path(name).parts[0] for name in members}
    assert found - ROOT == set()
    assert ROOT - found == set()


def test_it_holds_the_kinds_of_files_that_a_collection_has_and_no_others(members: dict[str, tarfile.TarInfo]) -> None:
    strange = []
    for name, member in members.items():
        path = Path(name)
        kind = path.suffix or path.name
        if member.isfile() and kind not in KINDS[path.parts[0] if len(path.parts) > 1 else ""]:
            strange.append(name)
    assert strange == []
    hidden = [name for name in members if any(part.startswith(".") or part in ("__pycache__", "tests") for part in Path(name).parts)]
    assert hidden == []


def test_what_people_leave_in_a_clone_they_work_in_is_not_packed(tmp_path: Path) -> None:
    """A backup holds the cluster's keys. git passes over the same files."""
    left = ["hosts.yml", "backups/etcd-cp1.db", "kubewright-report/report.json"]
    clone = tmp_path / "clone"
    copy_checkout(clone)
    for name in left:
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_text("secret")
    packed = {name.partition("/")[0] for name in contents(build(tmp_path / "dist", clone))}
    assert packed & {name.partition("/")[0] for name in left} == set() and "roles" in packed
    ignored = subprocess.run(["git", "check-ignore", *left], cwd=CLONE, capture_output=True, text=True, check=False).stdout.split()
    assert ignored == left


def test_it_holds_no_links_and_no_large_files(members: dict[str, tarfile.TarInfo]) -> None:
    assert [name for name, member in members.items() if not (member.isfile() or member.isdir())] == []
    assert [name for name, member in members.items() if member.size > (4 if name.endswith((".png", "FILES.json")) else 1) * LIMIT] == []


def test_it_holds_no_path_and_no_user_of_the_machine_it_was_built_on(members: dict[str, tarfile.TarInfo], texts: dict[str, str]) -> None:
    assert [name for name, text in texts.items() if re.search(rf"{re.escape(str(CLONE))}(?![\w-])", text)] == []
    assert {(member.uname, member.uid, member.gname, member.gid) for member in members.values()} == {("", 0, "", 0)}


def test_its_pages_lead_to_pages_that_are_in_it(texts: dict[str, str], members: dict[str, tarfile.TarInfo]) -> None:
    """The workshop is linked by its address on the web."""
    dead = []
    for name, text in texts.items():
        if name.endswith(".md") and name != "CHANGELOG.md":
            for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
                path = link.partition("#")[0]
                if path and not re.match(r"[a-z]+:", link) and within((CLONE / name).parent / path) not in {*members, "."}:
                    dead.append(f"{name}: {link}")
    assert dead == []


def within(path: Path) -> str:
    """A path of the tarball, written as it names it."""
    plain = path.resolve()
    return str(plain.relative_to(CLONE)) if plain.is_relative_to(CLONE) else str(plain)


def test_links_to_the_project_s_own_pages_on_the_web_lead_to_files_that_are_there(texts: dict[str, str]) -> None:
    home = re.compile(r"https://github\.com/kubewright/kubewright/(?:blob|tree)/main/([^)#\s>\"'`]+)")
    dead = {f"{name}: {path}" for name, text in texts.items() for path in home.findall(text) if not (CLONE / path).exists()}
    assert dead == set()


def test_two_builds_hold_the_same(tarball: Path, built: Path) -> None:
    """The order and the hours may differ, the files and their contents may not. `make release` is of a copy with the changelog written."""
    one, two = (contents(path) for path in (tarball, built))
    differing = {name for name in {*one, *two} if one.get(name) != two.get(name)}
    assert {name for name in differing if Path(name).parts[0] not in ("changelogs", "CHANGELOG.md")} == set()


def contents(tarball: Path) -> dict[str, str | None]:
    """The digest of each file, as the list of files in it says."""
    with tarfile.open(tarball) as archive:
        listed = archive.extractfile("FILES.json")
        assert listed is not None
        return {entry["name"]: entry["chksum_sha256"] for entry in json.load(listed)["files"]}
