"""What a virtual machine boots: kernel, initrd, a disk made of the VM image with an identity of its own, and swap."""

import shutil
import uuid
from pathlib import Path

from . import docker, nodes
from .command import run
from .place import LAB
from .state import State

ROOT_SIZE = "16G"  # sparse: takes what is in it
SWAP_SIZE = "512M"
# What is needed to start; the root disk is written last.
KERNEL, INITRD, SWAP, ROOT = "vmlinuz", "initrd.img", "swap.disk", "root.disk"


def folder(state: State, host: str) -> Path:
    return state.folder / "vm" / host


def make(state: State, host: str, image: str, nameserver: str) -> None:
    """Fill the machine's folder, whole or not at all."""
    place = folder(state, host)
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    root = partial / "root"
    unpack(image, root, f"{state.container(host)}-disk", state.name)
    shutil.copyfile(next(root.glob("boot/vmlinuz-*")), partial / KERNEL)
    shutil.copyfile(next(root.glob("boot/initrd.img-*")), partial / INITRD)
    identify(state, host, root, nameserver)
    give_disks(partial, root)
    shutil.rmtree(root)
    partial.rename(place)


def unpack(image: str, root: Path, container: str, lab: str) -> None:
    """The image's files as a folder of this machine."""
    packed = root.with_suffix(".tar")
    docker.remove(container)  # left by a run that was killed
    docker.docker("create", f"--name={container}", f"--label={docker.LABEL}={lab}", image, "/bin/true")
    try:
        docker.docker("export", f"--output={packed}", container)
    finally:
        docker.remove(container)
    root.mkdir()
    run(["tar", "--extract", f"--file={packed}", "--numeric-owner", "--same-owner", f"--directory={root}"])
    packed.unlink()
    (root / ".dockerenv").unlink(missing_ok=True)  # with this mark systemd holds the machine for a container: no swap, no watchdogs


def identify(state: State, host: str, root: Path, nameserver: str) -> None:
    """Name, machine-id, ssh keys, and who may log in. This machine makes the keys, so ssh can be strict at once."""
    files = {
        "hostname": f"{host}\n",
        "hosts": f"127.0.0.1 localhost\n127.0.1.1 {host}\n::1 localhost ip6-localhost ip6-loopback\n",
        "resolv.conf": f"nameserver {nameserver}\n",
        "machine-id": f"{uuid.uuid4().hex}\n",
    }
    for name, text in files.items():
        (root / "etc" / name).unlink(missing_ok=True)
        (root / "etc" / name).write_text(text)
    run(["ssh-keygen", "-A", "-f", str(root)])
    public = state.key.with_suffix(".pub").read_text().strip()
    told = f"KEY='{public}'\nPASSWORD='{state.password}'\n"
    run(["chroot", str(root), "/bin/sh", "-s"], data=told + (LAB / "node" / "admit.sh").read_text())
    keys = [path.read_text().split()[:2] for path in sorted(root.glob("etc/ssh/ssh_host_*_key.pub"))]
    place = f"[{state.addresses[host]}]:{state.ssh_port}"
    others = [line for line in nodes.known_lines(state) if line.split()[0] != place]
    state.known_hosts.write_text("".join(f"{line}\n" for line in [*others, *(f"{place} {kind} {key}" for kind, key in keys)]))


def give_disks(place: Path, root: Path) -> None:
    """Two disks, both in fstab: as on a server that was installed with swap, which is what prereqs has to turn off."""
    root_id, swap_id = str(uuid.uuid4()), str(uuid.uuid4())
    (root / "etc" / "fstab").write_text(f"UUID={root_id} / ext4 errors=remount-ro 0 1\nUUID={swap_id} none swap sw 0 0\n")
    run(["truncate", f"--size={SWAP_SIZE}", str(place / SWAP)])
    run(["mkswap", f"--uuid={swap_id}", str(place / SWAP)])
    run(["mkfs.ext4", "-q", "-F", "-U", root_id, "-d", str(root), str(place / ROOT), ROOT_SIZE])
