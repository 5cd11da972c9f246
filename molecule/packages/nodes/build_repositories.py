"""Run on a node: signed package repositories of every layout that the sources have, with tiny packages that say their version.

    python3 build_repositories.py deb|rpm FOLDER

Below FOLDER lies one folder per source, laid out as that source's host is from its root on; so a source is used from here by putting
http://127.0.0.1:PORT/SOURCE in place of its scheme and host. What is wrong on purpose lies below FOLDER/wrong/.
The names of packages, their revisions and what they need are the real ones; `kubelet --version` answers, nothing else in them works.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

NAMES = ("kubelet", "kubeadm", "kubectl")
# Minors of the layout with one repository each: Kubernetes with the revision of its deb, then cri-tools and kubernetes-cni.
MINORS = {
    "1.27": ({"1.27.0": "2.1"}, "1.27.0", "1.1.1"),
    "1.28": ({"1.28.2": "1.1"}, "1.28.0", "1.2.0"),
    "1.31": ({"1.31.2": "1.1", "1.31.4": "1.1"}, "1.31.1", "1.5.1"),
    "1.32": ({"1.32.0": "1.1"}, "1.32.0", "1.6.0"),
    "1.34": ({"1.34.1": "1.1", "1.34.2": "1.1"}, "1.34.0", "1.7.1"),
    "1.36": ({"1.36.1": "1.1"}, "1.35.0", "1.9.1"),
}
LEGACY = ("1.17.0", "1.23.0", "1.23.9", "1.23.17", "1.28.2")
# Files of the distribution that the packages name; the rpm database of a Debian machine knows none.
DISTRIBUTION = ("chrony", "conntrack-tools", "ebtables", "ethtool", "iproute", "iptables", "kmod", "procps-ng", "socat", "util-linux", "container-selinux",
                "device-mapper-persistent-data", "lvm2", "net-tools", "vim", "wget", "yum-utils")
ARCHITECTURE = {"deb": "amd64", "rpm": "x86_64"}


class Package(NamedTuple):
    name: str
    version: str
    revision: str
    needs: tuple[tuple[str, str], ...]  # name and least version

    @property
    def minor(self) -> int:
        return int(self.version.split(".")[1])


def packages(kind: str, legacy: bool, minor: str = "") -> list[Package]:
    """What one repository holds."""
    if legacy:
        revision = {"deb": "00", "rpm": "0"}[kind]
        kubernetes = [Package(name, version, revision, needs(name, version, kind)) for version in LEGACY for name in NAMES]
        return [*kubernetes, *(Package("cri-tools", one, revision, ()) for one in ("1.13.0", "1.26.0")),
                *(Package("kubernetes-cni", one, revision, ()) for one in ("0.8.7", "1.2.0"))]
    versions, tools, plugins = MINORS[minor]
    forms = {version: revision if kind == "deb" else "150500." + revision for version, revision in versions.items()}
    kubernetes = [Package(name, version, revision, needs(name, version, kind)) for version, revision in forms.items() for name in NAMES]
    revision = {"deb": "1.1", "rpm": "150500.1.1"}[kind]
    return [*kubernetes, Package("cri-tools", tools, revision, ()), Package("kubernetes-cni", plugins, revision, ())]


def needs(name: str, version: str, kind: str) -> tuple[tuple[str, str], ...]:
    """As Kubernetes' release tools have it: kubeadm needs less and less, the kubelet ever only its plugins and programs."""
    minor = int(version.split(".")[1])
    plugins = "0.7.5" if minor < 19 else "0.8.6" if minor < 24 else "1.1.1" if minor < 28 else "1.2.0"
    if name == "kubelet":
        programs = (("iptables", "1.4.21"), ("mount" if kind == "deb" else "util-linux", ""))
        old = (("conntrack" if kind == "deb" else "conntrack-tools", ""), ("iproute2" if kind == "deb" else "iproute", ""), ("ethtool", ""))
        older = (("socat", ""), ("ebtables", ""))
        return (("kubernetes-cni", plugins), *programs, *(old if minor < 35 else ()), *(older if minor < 32 else ()))
    if name == "kubeadm" and minor < 32:
        tools = ("cri-tools", "1.13.0" if minor < 24 else "1.25.0" if minor < 28 else "1.28.0" if minor < 30 else "1.30.0")
        least = "1.13.0" if minor < 19 else "1.19.0"
        return (("kubelet", least), ("kubectl", least), ("kubernetes-cni", plugins), tools) if minor < 30 else (tools,)
    return ()


def programs(package: Package) -> dict[str, str]:
    """Path and text of what the package brings."""
    said = f"Kubernetes v{package.version}" if package.name == "kubelet" else package.version
    script = f"#!/bin/sh\necho '{said}'\n"
    if package.name == "kubernetes-cni":
        return {f"/opt/cni/bin/{one}": script for one in ("loopback", "bridge", "host-local", "portmap")}
    if package.name in NAMES:
        return {f"/usr/bin/{package.name}": script}
    return {"/usr/bin/crictl": script} if package.name == "cri-tools" else {}


def settings(package: Package, kind: str) -> dict[str, str]:
    """The unit comes with the kubelet, its drop-in with kubeadm."""
    environment = {"deb": "/etc/default/kubelet", "rpm": "/etc/sysconfig/kubelet"}[kind]
    if package.name == "kubelet":
        unit = "[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n"
        return {"/usr/lib/systemd/system/kubelet.service": unit, environment: "KUBELET_EXTRA_ARGS=\n"}
    if package.name == "kubeadm":
        text = f"[Service]\nEnvironmentFile=-{environment}\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n"
        return {"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": text}
    return {}


def run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")


def place(root: Path, files: dict[str, str], mode: int) -> None:
    for path, text in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)


# Keys.

class Key:
    """One that signs; its name is that of its file below keys/."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.folder = name, folder
        run("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", name, "rsa2048", "sign", "never")
        self.armoured = folder / f"{name}.asc"
        self.binary = folder / f"{name}.gpg"
        run("gpg", "--batch", "--armor", "--output", str(self.armoured), "--export", name)
        run("gpg", "--batch", "--output", str(self.binary), "--export", name)

    def sign(self, source: Path, target: Path, how: str = "--detach-sign") -> None:
        target.unlink(missing_ok=True)
        run("gpg", "--batch", "--quiet", "--local-user", self.name, "--armor", "--output", str(target), how, str(source))

    def sign_packages(self, files: Iterable[Path]) -> None:
        run("rpmsign", "--define", f"_gpg_name {self.name}", "--define", "__gpg /usr/bin/gpg", "--addsign", *map(str, files))


def forget_keys(folder: Path) -> None:
    """Gpg's agent takes its sockets away while it ends."""
    def gone(_call: object, _path: str, error: tuple[type[BaseException], BaseException, object]) -> None:
        if not isinstance(error[1], FileNotFoundError):
            raise error[1]

    run("gpgconf", "--kill", "all")
    shutil.rmtree(folder, onerror=gone)


# Packages.

def build_deb(package: Package, folder: Path) -> Path:
    root = folder / f"{package.name}-{package.version}.root"
    place(root, programs(package), 0o755)
    place(root, settings(package, "deb"), 0o644)
    wanted = ", ".join(f"{name} (>= {least})" if least else name for name, least in package.needs)
    fields = {"Package": package.name, "Version": f"{package.version}-{package.revision}", "Architecture": "amd64", "Maintainer": "nobody",
              "Depends": wanted, "Description": "dummy"}
    place(root, {"/DEBIAN/control": "".join(f"{name}: {value}\n" for name, value in fields.items() if value)}, 0o644)
    if package.name == "kubelet":
        place(root, {"/DEBIAN/postinst": "#!/bin/sh\nset -e\nsystemctl --quiet enable kubelet.service\n"}, 0o755)
    target = folder / f"{package.name}_{package.version}-{package.revision}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(root), str(target))
    shutil.rmtree(root)
    return target


def build_rpm(package: Package, folder: Path) -> Path:
    stage = folder / f"{package.name}-{package.version}.stage"
    brought = {**programs(package), **settings(package, "rpm")}
    place(stage / "files", programs(package), 0o755)
    place(stage / "files", settings(package, "rpm"), 0o644)
    (stage / "files").mkdir(parents=True, exist_ok=True)
    wanted = [f"Requires: {name}{f' >= {least}' if least else ''}" for name, least in package.needs]
    lines = [f"Name: {package.name}", f"Version: {package.version}", f"Release: {package.revision}", "Summary: dummy", "License: none",
             *wanted, "AutoReqProv: no", "%description", "dummy", "%install", f"cp -a {stage}/files/. %{{buildroot}}/",
             "%files", *(f"%config(noreplace) {path}" if path.startswith("/etc/") else path for path in brought)]
    specification = stage / "package.spec"
    specification.write_text("\n".join([*lines, ""]))
    run("rpmbuild", "-bb", "--quiet", "--target", "x86_64", "--define", f"_topdir {stage}/top", "--define", f"_rpmdir {stage}/out", str(specification))
    made = next((stage / "out").rglob("*.rpm"))
    target = folder / made.name
    shutil.move(made, target)
    shutil.rmtree(stage)
    return target


def build_all(kind: str, wanted: Iterable[Package], folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    build = build_deb if kind == "deb" else build_rpm
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda package: build(package, folder), wanted))


# Repositories.

def index_flat(folder: Path, key: Key) -> None:
    """An apt repository without suites, as pkgs.k8s.io has them."""
    with (folder / "Packages").open("w") as stream:
        subprocess.run(["apt-ftparchive", "packages", "."], cwd=folder, stdout=stream, check=True)
    run("gzip", "--keep", "--no-name", "--force", "Packages", folder=folder)
    release(folder, key)
    shutil.copy(key.armoured, folder / "Release.key")


def release(folder: Path, key: Key, *options: str) -> None:
    for name in ("Release", "InRelease", "Release.gpg"):
        (folder / name).unlink(missing_ok=True)
    made = subprocess.run(["apt-ftparchive", *options, "release", "."], cwd=folder, capture_output=True, check=True).stdout
    (folder / "Release").write_bytes(made)
    key.sign(folder / "Release", folder / "Release.gpg")
    key.sign(folder / "Release", folder / "InRelease", "--clear-sign")


def index_suite(root: Path, key: Key) -> None:
    """An apt repository with the suite kubernetes-xenial and the component main."""
    binary = root / "dists" / "kubernetes-xenial" / "main" / "binary-amd64"
    binary.mkdir(parents=True)
    with (binary / "Packages").open("w") as stream:
        subprocess.run(["apt-ftparchive", "packages", "pool"], cwd=root, stdout=stream, check=True)
    run("gzip", "--keep", "--no-name", "Packages", folder=binary)
    chosen = {"Suite": "kubernetes-xenial", "Codename": "kubernetes-xenial", "Components": "main", "Architectures": "amd64"}
    release(binary.parents[1], key, *(word for name, value in chosen.items() for word in ("-o", f"APT::FTPArchive::Release::{name}={value}")))


def index_rpm(folder: Path, key: Key) -> None:
    run("createrepo_c", "--quiet", "--no-database", str(folder))
    data = folder / "repodata"
    key.sign(data / "repomd.xml", data / "repomd.xml.asc")
    shutil.copy(key.armoured, data / "repomd.xml.key")


def same(folder: Path, original: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(original)


def copied(original: Path, folder: Path) -> Path:
    shutil.copytree(original, folder)
    return folder


def spoil(path: Path) -> None:
    """Another byte in the middle: the same size, another digest."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


# The layouts.

def build_minors(kind: str, top: Path, key: Key) -> None:
    """One repository per minor: of the project itself, and of three mirrors."""
    for minor in MINORS:
        folder = top / "upstream" / "core:" / "stable:" / f"v{minor}" / kind
        files = build_all(kind, packages(kind, False, minor), folder)
        index_minor(kind, folder, files, key)
        for mirror in ("tsinghua", "ustc"):
            same(top / mirror / "kubernetes" / "core:" / "stable:" / f"v{minor}" / kind, folder)
        same(top / "aliyun" / "kubernetes-new" / "core" / "stable" / f"v{minor}" / kind, folder)
    for mirror in ("tsinghua", "ustc"):  # they have no keys of their own: users take upstream's from upstream, here below the same address
        same(top / mirror / "core:", top / "upstream" / "core:")


def index_minor(kind: str, folder: Path, files: list[Path], key: Key) -> None:
    if kind == "deb":
        index_flat(folder, key)
    else:
        key.sign_packages(files)
        index_rpm(folder, key)


def build_legacy_deb(top: Path, key: Key) -> None:
    root = top / "aliyun" / "kubernetes" / "apt"
    build_all("deb", packages("deb", True), root / "pool")
    index_suite(root, key)
    same(top / "huaweicloud" / "kubernetes" / "apt" / "dists", root / "dists")
    same(top / "huaweicloud" / "kubernetes" / "apt" / "pool", root / "pool")
    for source, form in (("aliyun", key.armoured), ("huaweicloud", key.binary)):  # notes take both forms under this name
        documents = top / source / "kubernetes" / "apt" / "doc"
        documents.mkdir(parents=True)
        shutil.copy(form, documents / "apt-key.gpg")


def build_legacy_rpm(top: Path, metadata: Key, signer: Key) -> None:
    """aliyun's metadata signature is that of other metadata, as it is known to be; huaweicloud's is right."""
    name = "kubernetes-el7-x86_64"
    good = top / "huaweicloud" / "kubernetes" / "yum" / "repos" / name
    signer.sign_packages(build_all("rpm", packages("rpm", True), good))
    index_rpm(good, metadata)
    (good / "repodata" / "repomd.xml.key").unlink()
    broken = copied(good, top / "aliyun" / "kubernetes" / "yum" / "repos" / name)
    metadata.sign(metadata.armoured, broken / "repodata" / "repomd.xml.asc")
    for source in ("aliyun", "huaweicloud"):
        documents = top / source / "kubernetes" / "yum" / "doc"
        documents.mkdir(parents=True)
        shutil.copy(metadata.armoured, documents / "yum-key.gpg")
        shutil.copy(signer.armoured, documents / "rpm-package-key.gpg")


def build_wrong(kind: str, top: Path, key: Key, stranger: Key) -> None:
    """What has to be refused, each laid out as upstream's repository of 1.31."""
    good = top / "upstream" / "core:" / "stable:" / "v1.31" / kind

    def spoilt(name: str) -> Path:
        return copied(good, top / "wrong" / name / "core:" / "stable:" / "v1.31" / kind)

    def kubelet(folder: Path) -> Path:
        return next(folder.glob("kubelet[-_]1.31.2*"))

    foreign = spoilt("key")
    shutil.copy(stranger.armoured, foreign / "Release.key" if kind == "deb" else foreign / "repodata" / "repomd.xml.key")
    spoil(kubelet(spoilt("package")))
    metadata = spoilt("metadata")
    for path in (metadata.glob("Packages*") if kind == "deb" else (metadata / "repodata").glob("*primary.xml*")):
        spoil(path)
    if kind == "rpm":
        unsigned = spoilt("signer")  # whoever may write the metadata may not yet sign packages
        stranger.sign_packages([kubelet(unsigned)])
        index_rpm(unsigned, key)


def build_distribution(top: Path) -> None:
    """What an rpm distribution provides, as empty packages; the machine's programs are Debian's."""
    folder = top / "distribution"
    build_all("rpm", [Package(name, "9.9", "1", ()) for name in DISTRIBUTION], folder)
    run("createrepo_c", "--quiet", "--no-database", str(folder))


def build_bundle(kind: str, top: Path, key: Key) -> None:
    """The repository of 1.31 as a bundle has it (docs/bundle.md), without images."""
    name = {"deb": "apt", "rpm": "rpm"}[kind]
    folder = top / "bundle"
    copied(top / "upstream" / "core:" / "stable:" / "v1.31" / kind, folder / name)
    (folder / "keys").mkdir()
    shutil.copy(key.armoured, folder / "keys" / f"{name}.asc")
    trusted = {"path": f"keys/{name}.asc", "sha256": digest(key.armoured), "fingerprint": "0" * 40}
    repositories = {"apt": None, "rpm": None, name: {"path": name, "key": trusted, "packages": []}}
    manifest = {"schema": "kubewright.bundle/1", "supplier": "test", "repositories": repositories, "images": [],
                "kubernetes": {version: {"architectures": ["amd64"], "settings": {}} for version in MINORS["1.31"][0]}}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Programs without packages.

def build_binaries(top: Path) -> None:
    """As dl.k8s.io has them, each with its digest beside it, and the two archives of other projects."""
    for version in ("1.31.2", "1.31.4", "1.32.0"):
        for place_of, names in (("linux/amd64", NAMES), ("darwin/arm64", ("kubectl",))):
            for name in names:
                script = next(iter(programs(Package(name, version, "", ())).values()))
                put(top / "release" / f"v{version}" / "bin" / place_of / name, f"{script}# {place_of}\n".encode())
    (top / "release" / "stable-1.31.txt").write_text("v1.31.4\n")
    for name, version, archive in (("cri-tools", "1.30.0", "crictl-v1.30.0-linux-amd64.tar.gz"), ("cri-tools", "1.31.1", "crictl-v1.31.1-linux-amd64.tar.gz"),
                                   ("kubernetes-cni", "1.5.1", "cni-plugins-linux-amd64-v1.5.1.tgz"),
                                   ("kubernetes-cni", "1.6.0", "cni-plugins-linux-amd64-v1.6.0.tgz")):
        stage = top / "stage"
        files = {f"/{Path(path).name}": text for path, text in programs(Package(name, version, "", ())).items()}
        place(stage, files, 0o755)
        packed = top / archive
        with tarfile.open(packed, "w:gz") as stream:
            for path in sorted(stage.iterdir()):
                stream.add(path, f"{'./' if name == 'kubernetes-cni' else ''}{path.name}")
        put(top / {"cri-tools": "cri-tools", "kubernetes-cni": "plugins"}[name] / f"v{version}" / archive, packed.read_bytes())
        packed.unlink()
        shutil.rmtree(stage)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.with_name(path.name + ".sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")


def main(kind: str, top: Path) -> None:
    shutil.rmtree(top, ignore_errors=True)
    os.environ["GNUPGHOME"] = str(top / "private")
    (top / "private").mkdir(parents=True, mode=0o700)
    (top / "keys").mkdir()
    key, legacy, signer, stranger = (Key(top / "keys", name) for name in ("upstream", "legacy", "legacy-packages", "stranger"))
    build_minors(kind, top, key)
    if kind == "deb":
        build_legacy_deb(top, legacy)
    else:
        build_legacy_rpm(top, legacy, signer)
        build_distribution(top)
    build_bundle(kind, top, key)
    build_binaries(top / "binaries")
    build_wrong(kind, top, key, stranger)
    forget_keys(top / "private")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
