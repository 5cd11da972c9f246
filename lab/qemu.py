"""One virtual machine as a process of this machine: how it is started, whether it runs, how it ends."""

import json
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .command import start_daemon
from .engine import start_time
from .errors import LabError
from .vm_disk import INITRD, KERNEL, ROOT, SWAP

PROGRAM = "qemu-system-x86_64"
# Translation, not the processor's own virtualization: slow, but the same everywhere. Inside of machines that are
# virtual themselves /dev/kvm may be there and still start nothing, and only a hang tells.
ACCELERATOR = ("-accel", "tcg,thread=multi")
# Whatever makes a translated processor leave its loop is dear: reading the time from HPET, which Linux takes where it
# doubts the time stamp counter (qemu's is steady), and detours around faults that only real processors have.
PROCESSOR = "max,la57=off"
BOOT = "root=/dev/vda rw console=ttyS0 quiet tsc=reliable clocksource=tsc mitigations=off"
CPUS = 2  # kubeadm asks for as many
MEMORY = 3072  # MiB
NETWORK = "10.0.{}"  # each machine has a user network of its own
SSH_PORT = 2222  # not 22: this machine's own sshd may listen on every address
API_PORT = 6443
END_LIMIT = 30  # seconds

# Each machine has an address of its own on the loopback device, so that every API server keeps its usual port.
ADDRESSES = [f"127.29.0.{last}" for last in range(1, 255)]


@dataclass(frozen=True)
class Guest:
    """What tells one machine from the others; an inventory may say the last two of a host."""

    host: str
    number: int
    address: str  # on this machine's loopback device
    memory: int = MEMORY
    clock_offset: int = 0  # seconds that its clock is off when it starts


def guest(host: str, number: int, address: str, variables: Mapping[str, Any]) -> Guest:
    return Guest(host, number, address, int(variables.get("lab_memory_mb", MEMORY)), int(variables.get("lab_clock_offset_seconds", 0)))


def inside(number: int) -> str:
    """The address that a machine knows of itself."""
    return f"{NETWORK.format(2 + number)}.15"


def gateway(number: int) -> str:
    """This machine's loopback device, as a virtual machine sees it."""
    return f"{NETWORK.format(2 + number)}.2"


def nameserver(number: int) -> str:
    """qemu's own, which asks this machine's."""
    return f"{NETWORK.format(2 + number)}.3"


def command(folder: Path, guest: Guest) -> list[str]:
    forwards = f"hostfwd=tcp:{guest.address}:{SSH_PORT}-:22,hostfwd=tcp:{guest.address}:{API_PORT}-:{API_PORT}"
    network = f"net={NETWORK.format(2 + guest.number)}.0/24,mac=52:54:00:29:00:{guest.number:02x}"
    return [
        PROGRAM,
        *("-name", guest.host),
        *("-uuid", str(uuid.uuid5(uuid.NAMESPACE_URL, str(folder)))),
        *ACCELERATOR,
        *("-cpu", PROCESSOR, "-smp", str(CPUS), "-m", str(guest.memory)),
        *clock(guest),
        *("-nodefaults", "-display", "none", "-serial", f"file:{folder / 'console.log'}"),
        *("-kernel", str(folder / KERNEL), "-initrd", str(folder / INITRD)),
        *("-append", BOOT),
        *drive(folder / ROOT),
        *drive(folder / SWAP),
        *("-nic", f"user,model=virtio-net-pci,{network},{forwards}"),
    ]


def clock(guest: Guest) -> list[str]:
    """Nothing on the machine sets its clock but what a playbook installs."""
    if not guest.clock_offset:
        return []
    return ["-rtc", f"base={datetime.now(UTC) + timedelta(seconds=guest.clock_offset):%Y-%m-%dT%H:%M:%S}"]


def drive(disk: Path) -> list[str]:
    """No fsync on this machine: the disk has to outlive the virtual machine's crash, not this machine's."""
    return ["-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"]


def start(folder: Path, guest: Guest) -> None:
    pid = start_daemon(command(folder, guest), folder / "qemu.log")
    memory(folder).write_text(json.dumps({"pid": pid, "started_at": start_time(pid)}) + "\n")


def pid_of(folder: Path) -> int | None:
    """The process that we started and that still runs; a later one with the same number is not ours."""
    if not memory(folder).is_file():
        return None
    remembered = json.loads(memory(folder).read_text())
    pid, started_at = remembered["pid"], remembered["started_at"]
    return pid if started_at is not None and start_time(pid) == started_at else None


def stop(folder: Path) -> None:
    pid = pid_of(folder)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + END_LIMIT
    while pid_of(folder) is not None:
        if time.monotonic() > limit:
            raise LabError(f"The virtual machine (process {pid}) did not end within {END_LIMIT} s after SIGTERM.")
        time.sleep(0.2)


def memory(folder: Path) -> Path:
    return folder / "qemu.json"


def last_words(folder: Path) -> str:
    """What qemu and the console said last, for an error."""
    logs = [folder / "qemu.log", folder / "console.log"]
    return "\n    ".join(line for log in logs if log.is_file() for line in log.read_text(errors="replace").splitlines()[-10:])


def free_address(candidates: Iterable[str]) -> str:
    for address in candidates:
        if all(is_free(address, port) for port in (SSH_PORT, API_PORT)):
            return address
    raise LabError(f"No loopback address has ports {SSH_PORT} and {API_PORT} free; end what listens there on every address.")


def is_free(address: str, port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as qemu does
        try:
            trial.bind((address, port))
        except OSError:
            return False
    return True
