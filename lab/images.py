"""The lab's own container images: the node (a minimal Debian server), the virtual machine (a node with a kernel), of
which a disk is made, and the builder (with compilers).

Each is named by the hash of everything it was made from, so an image that exists is whole and right.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from . import apt, cache, docker
from .command import run
from .errors import LabError
from .machine import LOCAL_CERTIFICATES, extra_certificates
from .place import LAB, cache_folder
from .progress import build, step

REPOSITORY = "kubewright-lab"
BUILDER_SUITE = "bookworm"  # the last Debian with the source of Kubernetes

NODE_PACKAGES = "systemd systemd-sysv dbus openssh-server python3 python3-apt sudo iproute2 iptables kmod procps udev ca-certificates gnupg curl"
BUILDER_PACKAGES = "ca-certificates golang-go gcc libc6-dev make jq rsync dpkg-dev apt-utils gnupg patch file xz-utils golang-github-modern-go-reflect2-dev"
VM_PACKAGES = "linux-image-cloud-amd64 initramfs-tools e2fsprogs"
ENTRY = "/usr/local/sbin/lab-entry"
RUNC = "/usr/local/sbin/runc"


def node_image(suite: str) -> str:
    script = LAB / "node" / "install.sh"
    files = {**archive_files(suite), ENTRY: LAB / "node" / "entry.sh", RUNC: LAB / "node" / "runc.sh"}
    tag = name_of("node", suite, [NODE_PACKAGES.encode(), script.read_bytes(), files_digest(files)])
    changes = [f'ENTRYPOINT ["{ENTRY}"]']
    return once(tag, lambda: install(tag, debian_base(suite), script, files, NODE_PACKAGES, changes))


def vm_image(suite: str) -> str:
    base = node_image(suite)
    script = LAB / "node" / "install_vm.sh"
    tag = name_of("vm", suite, [base.encode(), VM_PACKAGES.encode(), script.read_bytes()])
    return once(tag, lambda: install(tag, base, script, {}, VM_PACKAGES, ["ENTRYPOINT []"]))


def builder_image() -> str:
    script = LAB / "builder" / "install.sh"
    files = archive_files(BUILDER_SUITE, with_source=True)
    tag = name_of("builder", BUILDER_SUITE, [BUILDER_PACKAGES.encode(), script.read_bytes(), files_digest(files)])
    changes = ["ENTRYPOINT []"]
    return once(tag, lambda: install(tag, debian_base(BUILDER_SUITE), script, files, BUILDER_PACKAGES, changes))


def debian_base(suite: str) -> str:
    """Bare Debian, as debootstrap makes it."""
    source = apt.archive().main
    tag = name_of("base", suite, [source.encode()])
    return once(tag, lambda: bootstrap(tag, suite, source))


def once(tag: str, make: Callable[[], None]) -> str:
    """An image, made if it is not there; two labs at the same time make it once."""
    if docker.inspect("image", tag) is None:
        with cache.locked(cache_folder() / "images" / f"{slug(tag)}.lock"):
            if docker.inspect("image", tag) is None:
                with step(f"image {tag.rpartition('/')[2]}"):
                    make()
    return tag


def slug(tag: str) -> str:
    return tag.rpartition("/")[2].replace(":", "-")


def archive_files(suite: str, *, with_source: bool = False) -> dict[str, bytes | Path]:
    """What a container needs to reach the archive as this machine does."""
    return {
        "/etc/apt/sources.list.d/debian.sources": apt.sources(apt.archive(), suite, with_source=with_source).encode(),
        "/etc/apt/apt.conf.d/90machine": apt.settings().encode(),
        **{f"{LOCAL_CERTIFICATES}/{name}": path for name, path in extra_certificates().items()},
    }


def name_of(kind: str, suite: str, recipe: list[bytes]) -> str:
    digest = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in recipe)).hexdigest()
    return f"{REPOSITORY}/{kind}:{suite}-{digest[:12]}"


def files_digest(files: Mapping[str, bytes | Path]) -> bytes:
    return docker.archive(files)


def bootstrap(tag: str, suite: str, source: str) -> None:
    root = cache_folder() / "images" / slug(tag)
    packed = root.with_suffix(".tar")
    try:
        shutil.rmtree(root, ignore_errors=True)
        # In a mount namespace of its own: what debootstrap mounts goes with it, even when it is killed.
        debootstrap = ["unshare", "--mount", "debootstrap", "--variant=minbase", f"--keyring={apt.KEYRING}"]
        build([*debootstrap, suite, str(root), source], log_of(tag), title=f"debootstrap {suite}")
        left_out = ["--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*"]
        run(["tar", "--create", f"--file={packed}", "--numeric-owner", *left_out, f"--directory={root}", "."])
        docker.docker("import", "--change", f"LABEL {docker.LABEL}=image", str(packed), tag)
    finally:
        packed.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)


def install(tag: str, base: str, script: Path, files: Mapping[str, bytes | Path], packages: str, changes: list[str]) -> None:
    """Run an install script in a container of `base` and keep the result under `tag`, or nothing at all."""
    container = f"{REPOSITORY}-{slug(tag)}"
    docker.remove(container)  # left by a run that was killed
    labelled = f"--label={docker.LABEL}={docker.BUILD}"
    docker.docker("create", "--interactive", f"--name={container}", labelled, "--entrypoint=", base, "/bin/sh")
    try:
        docker.unpack(container, docker.archive(files, executable=[ENTRY, RUNC]))
        text = f"LAB_PACKAGES='{packages}'\n".encode() + script.read_bytes()
        build(["docker", "start", "--attach", "--interactive", container], log_of(tag), data=text, title=tag)
        kept = [*changes, "CMD []", f"LABEL {docker.LABEL}=image"]
        options = [argument for change in kept for argument in ("--change", change)]
        docker.docker("commit", *options, container, tag)
    finally:
        docker.remove(container)


def log_of(tag: str) -> Path:
    return cache_folder() / "logs" / f"{slug(tag)}.log"


def remove_all() -> None:
    """Every image that a lab made on this machine."""
    for image in dict.fromkeys(docker.labelled("image")):
        if docker.inspect("image", image) is not None:
            docker.docker("image", "rm", "--force", image)


def require_suite(suite: str) -> None:
    if not suite.isalnum():
        raise LabError(f"SUITE={suite} is not the name of a Debian suite such as bookworm or trixie.")
