"""Debian packages from folders of files: kubelet, kubeadm, kubectl, kubernetes-cni, cri-tools, cut as upstream's."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .command import run
from .place import LAB

PACKAGING = LAB / "packaging"
MAINTAINER = "Kubewright lab <lab@kubewright.local>"
EPOCH = "1600000000"  # a fixed date: the same input makes the same package

KUBELET_NEEDS = "kubernetes-cni, iproute2, iptables, mount, util-linux, conntrack, socat, ebtables, ethtool"
KUBEADM_NEEDS = "kubelet, kubectl, kubernetes-cni, cri-tools"


@dataclass(frozen=True)
class Deb:
    name: str
    version: str
    summary: str
    programs: Mapping[str, Path]  # place in the system: file here
    depends: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()  # names of maintainer scripts in packaging/
    architecture: str = "amd64"

    @property
    def file_name(self) -> str:
        return f"{self.name}_{self.version}_{self.architecture}.deb"


def kubernetes_packages(programs: Path, version: str) -> list[Deb]:
    units = "/usr/lib/systemd/system"
    kubelet_files = {
        f"{units}/kubelet.service": PACKAGING / "kubelet.service",
        f"{units}/kubelet.service.d/10-kubeadm.conf": PACKAGING / "10-kubeadm.conf",
    }
    binary = {name: {f"/usr/bin/{name}": programs / name} for name in ("kubelet", "kubeadm", "kubectl")}
    revision = f"{version}-1"
    return [
        Deb(
            "kubelet",
            revision,
            "node agent of Kubernetes",
            binary["kubelet"],
            KUBELET_NEEDS,
            kubelet_files,
            ("postinst", "prerm", "postrm"),
        ),
        Deb("kubeadm", revision, "makes and maintains Kubernetes clusters", binary["kubeadm"], KUBEADM_NEEDS),
        Deb("kubectl", revision, "command line client of Kubernetes", binary["kubectl"]),
    ]


def cni_package(plugins: Path, version: str) -> Deb:
    placed = {f"/opt/cni/bin/{plugin.name}": plugin for plugin in sorted(plugins.iterdir())}
    return Deb("kubernetes-cni", f"{version}-1", "reference plugins for container networks", placed, "libc6")


def cri_tools_package(crictl: Path, version: str, summary: str) -> Deb:
    return Deb("cri-tools", f"{version}-1", summary, {"/usr/bin/crictl": crictl})


def build(deb: Deb, folder: Path) -> Path:
    """Write the package into a folder; returns its file."""
    target = folder / deb.file_name
    with tempfile.TemporaryDirectory(dir=folder) as stage:
        root = Path(stage)
        for place, source in deb.programs.items():
            put(source, root, place, 0o755)
        for place, source in deb.files.items():
            put(source, root, place, 0o644)
        write_control(deb, root)
        root.chmod(0o755)
        run(
            ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(root), str(target)],
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        )
    return target


def put(source: Path, root: Path, place: str, mode: int) -> None:
    target = root / place.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def write_control(deb: Deb, root: Path) -> None:
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(control(deb, size // 1024))
    for script in deb.scripts:
        put(PACKAGING / f"{deb.name}.{script}", root, f"DEBIAN/{script}", 0o755)


def control(deb: Deb, kilobytes: int) -> str:
    fields = {
        "Package": deb.name,
        "Version": deb.version,
        "Architecture": deb.architecture,
        "Section": "admin",
        "Priority": "optional",
        "Maintainer": MAINTAINER,
        "Installed-Size": str(kilobytes),
        "Depends": deb.depends,
        "Description": deb.summary,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def upstream_version(debian_version: str) -> str:
    """1.1.1 of 1:1.1.1+ds1-3+b4: without epoch, repacking mark and Debian's revision."""
    return re.sub(r"[+~-].*", "", debian_version.rpartition(":")[2])
