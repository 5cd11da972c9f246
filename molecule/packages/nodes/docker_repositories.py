"""Run on a node, after build_repositories.py: signed repositories laid out as Docker's own, with tiny packages that say their version.

    python3 docker_repositories.py deb|rpm FOLDER

Names, versions with their epochs, and what the packages need of each other are the real ones; nothing in them works.
Used as the other ones: http://127.0.0.1:PORT/SOURCE in place of a source's scheme and host.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from build_repositories import Key, forget_keys, index_rpm, place, release, run, same

# By distribution and code name: Docker's versions with the oldest first, then those of containerd.io.
DEB = {
    "ubuntu/bionic": (("18.06.1~ce~3-0~ubuntu", "5:18.09.9~3-0~ubuntu-bionic", "5:20.10.16~3-0~ubuntu-bionic", "5:24.0.2-1~ubuntu.18.04~bionic"),
                      ("1.2.6-3", "1.6.4-1", "1.6.21-1")),
    "ubuntu/focal": (("5:19.03.15~3-0~ubuntu-focal", "5:20.10.16~3-0~ubuntu-focal", "5:20.10.24~3-0~ubuntu-focal", "5:28.1.1-1~ubuntu.20.04~focal"),
                     ("1.4.3-1", "1.6.4-1", "1.6.18-1", "1.7.27-1")),
    "ubuntu/noble": (("5:26.1.3-1~ubuntu.24.04~noble", "5:28.3.3-1~ubuntu.24.04~noble"), ("1.6.33-1", "1.7.27-1", "2.1.1-1")),
    "debian/bookworm": (("5:23.0.0-1~debian.12~bookworm", "5:24.0.9-1~debian.12~bookworm"), ("1.6.18-1", "1.6.28-1")),
}
# By major: epoch:version-release.
RPM = {
    "7": (("0:18.06.1.ce-3.el7", "0:18.06.3.ce-3.el7", "3:18.09.9-3.el7", "3:20.10.16-3.el7", "3:26.1.4-1.el7"),
          ("1.2.6-3.3.el7", "1.6.4-3.1.el7", "1.6.33-3.1.el7")),
    "8": (("3:20.10.24-3.el8", "3:26.1.3-1.el8"), ("1.6.18-3.1.el8", "1.6.32-3.1.el8")),
    "9": (("3:20.10.24-3.el9", "3:28.3.3-1.el9"), ("1.6.18-3.1.el9", "1.7.27-3.1.el9")),
}
# Folder of a source's host -> where Docker's layout begins.
SOURCES = {"upstream": "linux", **dict.fromkeys(("aliyun", "tsinghua", "ustc"), "docker-ce/linux")}
CONTAINERD = "containerd.io"


class Package(NamedTuple):
    name: str
    version: str  # with the epoch
    needs: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


def packages(kind: str, engines: tuple[str, ...], containerds: tuple[str, ...]) -> list[Package]:
    """Until 18.09 Docker is one package; from then on its command line and containerd have their own."""
    found = [Package(CONTAINERD, version, (), ("containerd", "runc")) for version in containerds]
    for engine in engines:
        least = {"deb": "(>= {0})", "rpm": ">= {0}"}[kind].format("1.2.2-3" if "18.09" in engine else "1.4.1")
        parts = () if "ce" in engine else (f"{CONTAINERD} {least}", "docker-ce-cli")
        found.append(Package("docker-ce", engine, ("iptables", *parts), ("docker.io",) if kind == "deb" else ()))
        if parts:
            own = engine if kind == "deb" else "1:" + engine.partition(":")[2]
            found.append(Package("docker-ce-cli", own, ()))
    return found


def build_deb(package: Package, folder: Path) -> None:
    root = folder / "root"
    fields = {"Package": package.name, "Version": package.version, "Architecture": "amd64", "Maintainer": "nobody", "Depends": ", ".join(package.needs),
              "Conflicts": ", ".join(package.conflicts), "Replaces": ", ".join(package.conflicts),
              "Provides": ", ".join(package.conflicts if package.name == CONTAINERD else ()), "Description": "dummy"}
    place(root, {"/DEBIAN/control": "".join(f"{name}: {value}\n" for name, value in fields.items() if value)}, 0o644)
    name = f"{package.name}_{package.version.partition(':')[2] or package.version}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(root), str(folder / name))
    shutil.rmtree(root)


def build_rpm(package: Package, folder: Path) -> None:
    stage = folder / "stage"
    epoch, colon, rest = package.version.partition(":")
    version, _dash, revision = (rest if colon else package.version).rpartition("-")
    lines = [f"Name: {package.name}", f"Version: {version}", f"Release: {revision}", *([f"Epoch: {epoch}"] if colon and epoch != "0" else []),
             "Summary: dummy", "License: none", *(f"Requires: {need}" for need in package.needs),
             *(f"{word}: {other}" for other in package.conflicts for word in ("Provides", "Conflicts")), "AutoReqProv: no", "%description", "dummy", "%files"]
    place(stage, {"/package.spec": "\n".join([*lines, ""])}, 0o644)
    run("rpmbuild", "-bb", "--quiet", "--target", "x86_64", "--define", f"_topdir {stage}/top", "--define", f"_rpmdir {stage}/out", str(stage / "package.spec"))
    for made in (stage / "out").rglob("*.rpm"):
        shutil.move(made, folder / made.name)
    shutil.rmtree(stage)


def build_suite(root: Path, suite: str, wanted: list[Package], key: Key) -> None:
    """An apt suite whose pool lies below itself, as Docker has it."""
    pool = root / "dists" / suite / "pool" / "stable" / "amd64"
    binary = root / "dists" / suite / "stable" / "binary-amd64"
    for folder in (pool, binary):
        folder.mkdir(parents=True)
    for package in wanted:
        build_deb(package, pool)
    with (binary / "Packages").open("w") as stream:
        subprocess.run(["apt-ftparchive", "packages", str(pool.relative_to(root))], cwd=root, stdout=stream, check=True)
    run("gzip", "--keep", "--no-name", "Packages", folder=binary)
    chosen = {"Suite": suite, "Codename": suite, "Components": "stable", "Architectures": "amd64", "Label": "Docker CE"}
    release(root / "dists" / suite, key, *(word for name, value in chosen.items() for word in ("-o", f"APT::FTPArchive::Release::{name}={value}")))
    shutil.copy(key.armoured, root / "gpg")


def build_major(root: Path, major: str, wanted: list[Package], key: Key) -> None:
    folder = root / major / "x86_64" / "stable"
    folder.mkdir(parents=True)
    for package in wanted:
        build_rpm(package, folder)
    key.sign_packages(folder.glob("*.rpm"))
    index_rpm(folder, key)
    shutil.copy(key.armoured, root / "gpg")


def main(kind: str, top: Path) -> None:
    os.environ["GNUPGHOME"] = str(top / "private")
    (top / "private").mkdir(mode=0o700)
    key = Key(top / "keys", "docker")
    base = top / "docker-ce"
    if kind == "deb":
        for place_of, versions in DEB.items():
            distribution, _slash, suite = place_of.partition("/")
            build_suite(base / distribution, suite, packages(kind, *versions), key)
    else:
        for major, versions in RPM.items():
            build_major(base / "centos", major, packages(kind, *versions), key)
    for source, folder in SOURCES.items():
        same(top / source / folder, base)
    forget_keys(top / "private")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
