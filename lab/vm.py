"""The second kind of node: virtual machines, each with a kernel, a clock, swap and reboots of its own.

One by default, a cluster of one; or one for each host of an inventory. They reach this machine and its bundle, and not each other.
"""

import time
from dataclasses import replace
from pathlib import Path

from . import engine, images, inventory, lab, limits, machine, network, nodes, qemu, serving, show, vm_disk
from .command import attempt
from .errors import LabError
from .lab import Wish
from .progress import step
from .state import VIRTUAL, State
from .suppliers import bundle_for

PACKAGES = ["qemu-system-x86", "e2fsprogs", "util-linux", "openssh-client"]
START_LIMIT = 600  # seconds until ssh answers: 20 when nothing else runs, without virtualization by the processor
BOOT = "cat /proc/sys/kernel/random/boot_id"


def up(wish: Wish) -> State:
    """Virtual machines that answer ssh, a bundle that they reach, an inventory; what is there stays as it is."""
    machine.require_debian_amd64_root()
    facts = engine.ensure()
    engine.install(PACKAGES)
    limits.ensure()
    made = lab.remembered(replace(wish, control_planes=1, workers=0), VIRTUAL)
    inventory.place_hosts(made.inventory_folder, Path(made.inventory) if made.inventory else None, 1, 0)
    _groups, hosts = inventory.read(made.inventory_folder)
    lab.adopt(made, wish, hosts)
    image = images.vm_image(made.suite)
    made.bundle = str(bundle_for(made))
    nodes.make_key(made)
    made.subnet = str(network.ensure(made.name, None, facts.mtu))
    made.save()
    serving.ensure(made, images.node_image(made.suite))
    lab.place_kubectl(made)
    for host, variables in hosts.items():
        start(made, host, variables, image)
    lab.write_inventory(made, hosts, facts)
    made.save()
    return made


def start(made: State, host: str, variables: inventory.Variables, image: str) -> None:
    place = vm_disk.folder(made, host)
    if host not in made.addresses:
        made.ssh_port = qemu.SSH_PORT
        made.addresses[host] = qemu.free_address(address for address in qemu.ADDRESSES if address not in made.addresses.values())
        made.save()
    number = list(made.addresses).index(host)
    if not place.is_dir():
        with step(f"disks of {host}"):
            vm_disk.make(made, host, image, qemu.nameserver(number))
    if qemu.pid_of(place) is None:
        with step(f"start of {host} until ssh answers"):
            qemu.start(place, qemu.guest(host, number, made.addresses[host], variables))
            wait_for_boot(made, host, before="")
    else:
        wait_for_boot(made, host, before="")


def reboot(name: str) -> None:
    """As its administrator does it; ends when ssh answers again."""
    made = existing(name)
    for host in made.addresses:
        before = boot_of(made, host)
        if not before:
            raise LabError(f"{host} does not answer ssh; `python -m lab vm up --name {name}` starts it.")
        with step(f"reboot of {host} until ssh answers"):
            attempt([*show.ssh(made, host), "systemctl reboot"], timeout=60)
            wait_for_boot(made, host, before)


def down(made: State) -> None:
    for host in made.addresses:
        qemu.stop(vm_disk.folder(made, host))


def wait_for_boot(made: State, host: str, before: str) -> None:
    """Until ssh answers from a boot that is not the one before."""
    limit = time.monotonic() + START_LIMIT
    place = vm_disk.folder(made, host)
    while boot_of(made, host) in ("", before):
        if qemu.pid_of(place) is None:
            raise LabError(f"qemu ended before {host} answered ssh. It said:\n    {qemu.last_words(place)}")
        if time.monotonic() > limit:
            raise LabError(f"{host} gave no answer by ssh within {START_LIMIT} s. It said:\n    {qemu.last_words(place)}")
        time.sleep(1)


def boot_of(made: State, host: str) -> str:
    """The identity that the kernel gives each boot; empty while ssh does not answer."""
    asked = attempt(["timeout", "30", *show.ssh(made, host), BOOT])
    return asked.stdout.strip() if asked.returncode == 0 else ""


def existing(name: str) -> State:
    made = lab.existing(name)
    lab.require_kind(made, VIRTUAL)
    return made
