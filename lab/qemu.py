"""One virtual machine as a process of this machine: how it is started, whether it runs, how it ends."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterable
from pathlib import Path

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
ADDRESS = "10.0.2.15"  # what qemu's network calls the machine inside
SSH_PORT = 2222  # not 22: this machine's own sshd may listen on every address
API_PORT = 6443
END_LIMIT = 30  # seconds

# Each machine has an address of its own on the loopback device, so that every API server keeps its usual port.
ADDRESSES = [f"127.29.0.{last}" for last in range(1, 255)]


def command(folder: Path, host: str, address: str) -> list[str]:
    forwards = f"hostfwd=tcp:{address}:{SSH_PORT}-:22,hostfwd=tcp:{address}:{API_PORT}-:{API_PORT}"
    return [
        PROGRAM,
        *("-name", host),
        *ACCELERATOR,
        *("-cpu", PROCESSOR, "-smp", str(CPUS), "-m", str(MEMORY)),
        *("-nodefaults", "-display", "none", "-serial", f"file:{folder / 'console.log'}"),
        *("-kernel", str(folder / KERNEL), "-initrd", str(folder / INITRD)),
        *("-append", BOOT),
        *drive(folder / ROOT),
        *drive(folder / SWAP),
        *("-nic", f"user,model=virtio-net-pci,{forwards}"),
    ]


def drive(disk: Path) -> list[str]:
    """No fsync on this machine: the disk has to outlive the virtual machine's crash, not this machine's."""
    return ["-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"]


def start(folder: Path, host: str, address: str) -> None:
    pid = start_daemon(command(folder, host, address), folder / "qemu.log")
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
