"""Kubernetes from folders of binaries that the user has. What a folder lacks comes from the Debian suite that fits."""

import re
from dataclasses import dataclass
from pathlib import Path

from .. import assembly, cache, elf, kubernetes_source
from ..assembly import Etcd, Material, Program
from ..command import run
from ..debian_files import extract
from ..errors import LabError
from ..filling import Filling
from ..image_archive import Layer
from ..images import BUILDER_SUITE

OPTIONAL = ("crictl", "coredns", "etcd", "etcdctl", "etcdutl", "cri-dockerd")
OLDEST_MINOR, NEWEST_MINOR = 20, 37
ETCD_SUITES = {range(20, 22): "bookworm", range(22, 36): "trixie"}  # 3.4 and 3.5; no suite has the 3.6 of later minors


@dataclass(frozen=True)
class Binaries:
    """A folder that was looked at and found good."""

    folder: Path
    version: str
    optional: frozenset[str]

    @property
    def minor(self) -> int:
        return int(self.version.split(".")[1])


class Directory:
    name = "directory"

    def __init__(self, builder: str, folders: list[Path]) -> None:
        self.builder = builder
        self.folders = {binaries.version: binaries for binaries in (look(builder, folder) for folder in folders)}

    def default_versions(self) -> list[str]:
        return list(self.folders)

    def inputs(self, versions: list[str]) -> dict[str, object]:
        unknown = [version for version in versions if version not in self.folders]
        if unknown:
            raise LabError(
                f"VERSION={','.join(versions)}, but the folder of BINARIES holds {', '.join(self.folders)}; "
                "leave VERSION out or name the version that is there."
            )
        files = {version: used_files(self.folders[version]) for version in versions}
        return {"files": files, "parts": cache.digest(kubernetes_source.PARTS)}

    def fill(self, filling: Filling, versions: list[str]) -> None:
        for version in versions:
            assembly.fill(filling, self.material(self.folders[version]))
        assembly.add_common(filling, self.crictl(self.folders[versions[0]]))
        for program in filter(None, (self.given(self.folders[version], "cri-dockerd") for version in versions)):
            assembly.add_cri_dockerd(filling, program)

    def material(self, binaries: Binaries) -> Material:
        return Material(
            version=binaries.version,
            folder=binaries.folder,
            origin=f"binaries of {binaries.version} in a folder given by the user",
            etcd=self.etcd(binaries),
            coredns=self.given(binaries, "coredns") or assembly.lab_part(self.builder, "dns"),
            needs_libc=any(elf.read(binaries.folder / name).interpreter for name in assembly.PROGRAMS),
        )

    def crictl(self, binaries: Binaries) -> Program:
        return self.given(binaries, "crictl") or assembly.lab_part(self.builder, "crictl")

    def given(self, binaries: Binaries, name: str) -> Program | None:
        if name not in binaries.optional:
            return None
        said = ask(self.builder, binaries.folder, [name, "-version" if name == "coredns" else "--version"])
        return Program(binaries.folder / name, f"{name} in a folder given by the user", number_in(said, name))

    def etcd(self, binaries: Binaries) -> Etcd:
        if "etcd" not in binaries.optional:
            return assembly.debian_etcd(self.builder, etcd_suite(binaries.minor))
        names = [name for name in ("etcd", "etcdctl", "etcdutl") if name in binaries.optional]
        layers: list[Layer] = [{f"/usr/local/bin/{name}": binaries.folder / name for name in names}]
        if any(elf.read(binaries.folder / name).interpreter for name in names):
            layers.insert(0, extract(self.builder, BUILDER_SUITE, ("libc6",)).root)
        version = number_in(ask(self.builder, binaries.folder, ["etcd", "--version"]), "etcd")
        return Etcd(layers, version, "etcd in a folder given by the user")


def look(builder: str, folder: Path) -> Binaries:
    """One error, with what was found and what to do, or a folder that a cluster can be made of."""
    optional = require_files(folder)
    said = {name: ask(builder, folder, version_command(name)) for name in assembly.PROGRAMS}
    version = agreed_version({name: release_in(text, name) for name, text in said.items()})
    binaries = Binaries(folder, version, optional)
    require_minor(binaries)
    return binaries


def require_files(folder: Path) -> frozenset[str]:
    if not folder.is_dir():
        raise LabError(f"BINARIES={folder} is not a folder; give one that holds {', '.join(assembly.PROGRAMS)}.")
    missing = [name for name in assembly.PROGRAMS if not (folder / name).is_file()]
    if missing:
        raise LabError(
            f"{folder} lacks {', '.join(missing)}; expected there: {', '.join(assembly.PROGRAMS)} "
            f"(and, if you have them, {', '.join(OPTIONAL)}). Add what is missing, or use another SUPPLIER."
        )
    optional = frozenset(name for name in OPTIONAL if (folder / name).is_file())
    for name in (*assembly.PROGRAMS, *sorted(optional)):
        found = elf.read(folder / name)
        if found.machine != "x86-64":
            raise LabError(f"{folder / name} is {found.machine}, expected a linux/amd64 program; replace it.")
    return optional


def version_command(name: str) -> list[str]:
    """How each program tells its version: kubelet and the servers by --version, the two clients by a verb."""
    if name == "kubeadm":
        return [name, "version", "-o", "short"]
    if name == "kubectl":
        return [name, "version", "--client", "-o", "json"]
    return [name, "--version"]


def ask(builder: str, folder: Path, command: list[str]) -> str:
    """What a given program says, asked where it can do nothing else: no network, its folder read-only."""
    name, *arguments = command
    program, place = (folder / name).resolve(), f"/binaries/{name}"  # the folder may hold links
    container = ["docker", "run", "--rm", "--network=none", f"--volume={program}:{place}:ro", builder]
    return run([*container, place, *arguments], timeout=60)


def release_in(said: str, name: str) -> str:
    """1.34.2 of whatever the program printed; a build that is no release is refused."""
    found = re.search(r"v(\d+\.\d+\.\d+[^\s\",]*)", said)
    if not found:
        raise LabError(f"{name} does not tell its version; it said: {said.strip()[:200]!r}.")
    if not re.fullmatch(r"\d+\.\d+\.\d+", found[1]):
        raise LabError(f"{name} says v{found[1]}, expected a release such as v1.34.2; build it from a release's tag.")
    return found[1]


def agreed_version(versions: dict[str, str]) -> str:
    expected = versions["kubeadm"]
    others = {name: version for name, version in versions.items() if version != expected}
    if others:
        listed = ", ".join(f"{name} {version}" for name, version in others.items())
        raise LabError(f"The binaries disagree: kubeadm is {expected}, but {listed}. Give programs of one version.")
    return expected


def require_minor(binaries: Binaries) -> None:
    major = binaries.version.split(".")[0]
    if major != "1" or not OLDEST_MINOR <= binaries.minor <= NEWEST_MINOR:
        raise LabError(
            f"The binaries are of Kubernetes {binaries.version}; the lab makes clusters of 1.{OLDEST_MINOR} to "
            f"1.{NEWEST_MINOR}. Give binaries of one of those."
        )
    if "etcd" not in binaries.optional:
        etcd_suite(binaries.minor)


def etcd_suite(minor: int) -> str:
    for minors, suite in ETCD_SUITES.items():
        if minor in minors:
            return suite
    raise LabError(
        f"Kubernetes 1.{minor} needs etcd 3.6 or later, which no Debian suite has, and the folder holds no `etcd`. "
        "Put etcd (and etcdctl) of 3.6 or later into it."
    )


def number_in(said: str, name: str) -> str:
    found = re.search(r"\d+\.\d+\.\d+", said)
    if not found:
        raise LabError(f"{name} does not tell its version; it said: {said.strip()[:200]!r}.")
    return found[0]


def used_files(binaries: Binaries) -> dict[str, str]:
    names = (*assembly.PROGRAMS, *sorted(binaries.optional))
    return {name: cache.sha256(binaries.folder / name) for name in names}
