"""Just enough of the ELF format to tell what machine a program is for and whether it needs a dynamic loader."""

import struct
from dataclasses import dataclass
from pathlib import Path

MACHINES = {3: "x86", 40: "arm", 62: "x86-64", 183: "arm64"}
PROGRAM_INTERPRETER = 3


@dataclass(frozen=True)
class Elf:
    machine: str  # "no 64-bit ELF program" when it is none
    interpreter: bool = False


def read(path: Path) -> Elf:
    with path.open("rb") as handle:
        head = handle.read(64)
        if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] != 2 or head[5] != 1:
            return Elf("no 64-bit ELF program")
        machine = struct.unpack_from("<H", head, 18)[0]
        (table,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        handle.seek(table)
        headers = handle.read(size * count)
    kinds = [struct.unpack_from("<I", headers, number * size)[0] for number in range(count)]
    return Elf(MACHINES.get(machine, f"for machine {machine}"), PROGRAM_INTERPRETER in kinds)
