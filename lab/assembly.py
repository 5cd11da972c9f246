"""Fill a bundle from programs: the packages and images of one Kubernetes version, cut as upstream cuts them."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cache, deb, kubernetes_source
from .bundle import Purpose
from .command import run
from .debian_files import Extracted, extract
from .errors import LabError
from .filling import Filling
from .image_archive import Image, Layer
from .images import BUILDER_SUITE
from .workshop import SCRIPTS, Job, perform

PROGRAMS = (
    "kubeadm",
    "kubelet",
    "kubectl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
)
SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
PROXY_NEEDS = ("iptables", "nftables", "conntrack", "ipset", "iproute2", "kmod", "netbase", "libc6")
VERIFICATION_IMAGE = "kubewright.local/busybox:1"
DNS_LABELS = {
    "org.opencontainers.image.title": "lab-dns",
    "org.opencontainers.image.description": "Not CoreDNS: a small DNS server of the kubewright lab, under the name that kubeadm expects.",
}


@dataclass(frozen=True)
class Program:
    """One executable file, and where it came from in a sentence."""

    path: Path
    origin: str
    version: str = ""
    is_lab_part: bool = False


@dataclass(frozen=True)
class Etcd:
    layers: list[Layer]
    version: str  # 3.4.23
    origin: str

    @property
    def tag(self) -> str:
        return f"{self.version}-0"


@dataclass(frozen=True)
class Material:
    """Everything that one version of Kubernetes is assembled from."""

    version: str
    folder: Path  # with PROGRAMS
    origin: str
    etcd: Etcd
    coredns: Program
    needs_libc: bool = False  # programs that are not static


def fill(filling: Filling, material: Material) -> None:
    """Packages and images of one version."""
    for package in deb.kubernetes_packages(material.folder, material.version):
        filling.build_package(package, material.origin)
    libc: list[Layer] = [extract(filling.builder, BUILDER_SUITE, ("libc6",)).root] if material.needs_libc else []
    refs = image_refs(filling.builder, material.folder / "kubeadm", material.version)
    for name in SERVERS:
        program = {f"/usr/local/bin/{name}": material.folder / name}
        filling.build_image(Image((refs[name],)), [*libc, program], material.version, material.origin)
    add_proxy(filling, material, refs["kube-proxy"])
    add_etcd(filling, material.etcd, refs["etcd"])
    add_dns(filling, material, refs["coredns"])
    add_pause(filling, refs["pause"])
    asked = refs["etcd"].rpartition(":")[2]
    settings = {} if material.etcd.tag == asked else {"etcd_image_tag": material.etcd.tag}
    filling.add_release(material.version, settings)


def add_common(filling: Filling, crictl: Program) -> None:
    """What every version shares: CNI plugins, the CRI client, the image that proves a cluster."""
    plugins = extract(filling.builder, BUILDER_SUITE, ("containernetworking-plugins",))
    version = deb.upstream_version(plugins.versions["containernetworking-plugins"])
    origin = plugins.origin("containernetworking-plugins")
    filling.build_package(deb.cni_package(plugins.root / "usr" / "lib" / "cni", version), origin)
    client = deb.cri_tools_package(crictl.path, crictl.version, "client of container runtimes")
    filling.build_package(client, crictl.origin)
    add_verification_image(filling)


def add_cri_dockerd(filling: Filling, program: Program) -> None:
    """As its project packs it; several versions of Kubernetes may bring the same."""
    name = f"cri-dockerd-{program.version}.amd64.tgz"
    if not filling.has_file(name):
        packed = archive_of({"cri-dockerd/cri-dockerd": program.path})
        filling.add_file(Purpose(name, "cri-dockerd", program.version), packed, name, program.origin)


def archive_of(programs: Mapping[str, Path]) -> bytes:
    """A tgz; same files, same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for place, source in programs.items():
            described = tarfile.TarInfo(place)
            described.size, described.mode = source.stat().st_size, 0o755
            with source.open("rb") as content:
                archive.addfile(described, content)
    return packed.getvalue()


def add_verification_image(filling: Filling) -> None:
    busybox = extract(filling.builder, BUILDER_SUITE, ("busybox-static",))
    image = Image((VERIFICATION_IMAGE,), command=("sh",))
    filling.build_image(image, [applets(filling.builder, busybox)], None, busybox.origin("busybox-static"))


def applets(builder: str, busybox: Extracted) -> Path:
    """A root where every applet of busybox can be called by its name."""
    inputs = {"busybox": busybox.versions, "script": cache.digest(SCRIPTS / "busybox.sh")}

    def build(folder: Path) -> None:
        job = Job("busybox", "busybox applets", reads={"/busybox": busybox.root}, writes={"/out": folder})
        perform(job, builder)

    return cache.entry("busybox", inputs, build)


def image_refs(builder: str, kubeadm: Path, version: str) -> dict[str, str]:
    """The images that this kubeadm asks for, by their last name."""
    listed = run(
        [
            "docker",
            "run",
            "--rm",
            "--network=none",
            f"--volume={kubeadm}:/kubeadm:ro",
            builder,
            "/kubeadm",
            "config",
            "images",
            "list",
            "--kubernetes-version",
            f"v{version}",
        ]
    )
    return refs_by_name(listed)


def refs_by_name(listed: str) -> dict[str, str]:
    refs = {ref.rpartition("/")[2].partition(":")[0]: ref for ref in listed.split()}
    expected = {*SERVERS, "kube-proxy", "etcd", "coredns", "pause"}
    if set(refs) != expected:
        raise LabError(f"kubeadm lists the images {sorted(refs)}; the lab knows how to make {sorted(expected)}.")
    return refs


def add_proxy(filling: Filling, material: Material, ref: str) -> None:
    tools = proxy_tools(filling.builder)
    program = {"/usr/local/bin/kube-proxy": material.folder / "kube-proxy"}
    origin = f"{material.origin}; {', '.join(tools.origin(name) for name in PROXY_NEEDS)}"
    filling.build_image(Image((ref,)), [tools.root, program], material.version, origin)


def proxy_tools(builder: str) -> Extracted:
    return extract(builder, BUILDER_SUITE, PROXY_NEEDS, dependencies=True)


def add_etcd(filling: Filling, etcd: Etcd, default_ref: str) -> None:
    ref = f"{default_ref.rpartition(':')[0]}:{etcd.tag}"
    if not filling.has_image(ref):
        filling.build_image(Image((ref,)), etcd.layers, None, etcd.origin)


def add_dns(filling: Filling, material: Material, ref: str) -> None:
    if filling.has_image(ref):
        return
    program = material.coredns
    image = Image((ref,), entrypoint=("/coredns",))
    if program.is_lab_part:
        honest = f"kubewright.local/lab-dns:{program.version}"
        image = Image((ref, honest), entrypoint=("/coredns",), labels=DNS_LABELS)
    filling.build_image(image, [{"/coredns": program.path}], None, program.origin)


def add_pause(filling: Filling, ref: str) -> None:
    if filling.has_image(ref):
        return
    program = kubernetes_source.pause(filling.builder)
    origin = f"pause.c of Debian's kubernetes source {kubernetes_source.source_version(filling.builder)}, gcc -static"
    filling.build_image(Image((ref,), entrypoint=("/pause",)), [{"/pause": program}], None, origin)


def debian_etcd(builder: str, suite: str) -> Etcd:
    files = extract(builder, suite, ("etcd-server", "etcd-client", "libc6"))
    return Etcd([files.root], deb.upstream_version(files.versions["etcd-server"]), files.origin("etcd-server"))


def lab_part(builder: str, name: str) -> Program:
    path = kubernetes_source.part(builder, name)
    version = kubernetes_source.part_version(name)
    origin = f"lab part {name} {version} (lab/parts/{name}), compiled with the libraries of Debian's kubernetes source"
    return Program(path, origin, version, is_lab_part=True)
