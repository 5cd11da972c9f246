"""Run on a node, beside build_repositories.py: what Docker's repository and its mirrors have, signed, with empty packages under the real names.

    python3 build_docker.py deb|rpm FOLDER SYSTEM

SYSTEM is the code name of an Ubuntu or the major version of a CentOS. Below FOLDER/SOURCE lies what that source's host has from its root on.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from build_repositories import Key, index_rpm, release, run

SOURCES = {"upstream": "linux", **dict.fromkeys(("aliyun", "tsinghua", "ustc"), "docker-ce/linux")}


class Package(NamedTuple):
    name: str
    version: str  # as the package manager writes it, with its epoch
    needs: str = ""


def parts(version: str, suffix: str, containerd: str, epochs: tuple[str, str]) -> list[Package]:
    """One release since 18.09: engine and command line."""
    engine, client = (epoch + version + suffix for epoch in epochs)
    return [Package("docker-ce", engine, f"containerd.io (>= {containerd}), docker-ce-cli"), Package("docker-ce-cli", client)]


def ubuntu(name: str) -> list[Package]:
    old, new = {"bionic": ("18.04", "24.0.2-1"), "focal": ("20.04", "28.1.1-1"), "noble": ("24.04", "29.0.2-1")}[name]
    containerd = {"bionic": ("1.6.21-1",), "focal": ("1.6.4-1", "1.7.27-1"), "noble": ("1.7.29-1~ubuntu.24.04~noble", "2.1.5-1~ubuntu.24.04~noble")}[name]
    found = [*parts(new, f"~ubuntu.{old}~{name}", "1.6.4", ("5:", "5:")), *(Package("containerd.io", one) for one in containerd)]
    if name != "noble":
        found += parts("20.10.16", f"~3-0~ubuntu-{name}", "1.4.1", ("5:", "5:"))
    if name == "bionic":
        found.append(Package("docker-ce", "18.06.1~ce~3-0~ubuntu"))
    return found


def centos(major: str) -> list[Package]:
    if major == "7":
        return [Package("docker-ce", "18.06.1.ce-3.el7", "container-selinux >= 2.9"), *parts("26.1.4-1", ".el7", "1.6.24", ("3:", "1:")),
                *parts("20.10.24-3", ".el7", "1.4.1", ("3:", "1:")), Package("containerd.io", "1.6.33-3.1.el7")]
    return [*parts("29.0.2-1", f".el{major}", "1.7.27", ("3:", "1:")), *(Package("containerd.io", f"{one}.el{major}") for one in ("1.7.29-1", "2.1.5-1"))]


def build_deb(package: Package, folder: Path) -> None:
    stage = folder / "stage"
    (stage / "DEBIAN").mkdir(parents=True)
    fields = {"Package": package.name, "Version": package.version, "Architecture": "amd64", "Maintainer": "nobody", "Depends": package.needs,
              "Provides": "containerd" if package.name == "containerd.io" else "", "Description": "dummy"}
    (stage / "DEBIAN" / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items() if value))
    file = f"{package.name}_{package.version.split(':')[-1]}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", str(stage), str(folder / file))
    shutil.rmtree(stage)


def build_rpm(package: Package, folder: Path) -> None:
    stage = folder / "stage"
    stage.mkdir()
    epoch, _, rest = package.version.rpartition(":")
    version, _, revision = rest.partition("-")
    needs = package.needs.replace("(", "").replace(")", "")
    lines = [f"Name: {package.name}", f"Version: {version}", f"Release: {revision}", *([f"Epoch: {epoch}"] if epoch else []), "Summary: dummy", "License: none",
             *([f"Requires: {needs}"] if needs else []), *(["Provides: containerd"] if package.name == "containerd.io" else []),
             "AutoReqProv: no", "%description", "dummy", "%files"]
    (stage / "package.spec").write_text("\n".join([*lines, ""]))
    run("rpmbuild", "-bb", "--quiet", "--target", "x86_64", "--define", f"_topdir {stage}/top", "--define", f"_rpmdir {stage}/out", str(stage / "package.spec"))
    made = next((stage / "out").rglob("*.rpm"))
    shutil.move(made, folder / made.name)
    shutil.rmtree(stage)


def repository_deb(root: Path, name: str, key: Key) -> None:
    """The suite of one Ubuntu with the component stable."""
    pool, binary = root / "ubuntu" / "dists" / name / "pool" / "stable", root / "ubuntu" / "dists" / name / "stable" / "binary-amd64"
    pool.mkdir(parents=True)
    binary.mkdir(parents=True)
    for package in ubuntu(name):
        build_deb(package, pool)
    with (binary / "Packages").open("w") as stream:
        subprocess.run(["apt-ftparchive", "packages", f"dists/{name}/pool"], cwd=root / "ubuntu", stdout=stream, check=True)
    chosen = {"Suite": name, "Codename": name, "Components": "stable", "Architectures": "amd64"}
    release(binary.parents[1], key, *(word for field, value in chosen.items() for word in ("-o", f"APT::FTPArchive::Release::{field}={value}")))
    shutil.copy(key.armoured, root / "ubuntu" / "gpg")


def repository_rpm(root: Path, major: str, key: Key) -> None:
    folder = root / "centos" / major / "x86_64" / "stable"
    folder.mkdir(parents=True)
    for package in centos(major):
        build_rpm(package, folder)
    key.sign_packages(folder.glob("*.rpm"))
    index_rpm(folder, key)
    shutil.copy(key.armoured, root / "centos" / "gpg")


def main(kind: str, top: Path, system: str) -> None:
    os.environ["GNUPGHOME"] = str(top / "private")
    (top / "private").mkdir(parents=True, mode=0o700)
    key = Key(top / "keys", "docker")
    root = top / "docker"
    root.mkdir()
    (repository_deb if kind == "deb" else repository_rpm)(root, system, key)
    for source, path in SOURCES.items():
        (top / source / path).parent.mkdir(parents=True, exist_ok=True)
        (top / source / path).symlink_to(root)
    run("gpgconf", "--kill", "all")
    shutil.rmtree(top / "private")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
