"""Facts of this machine that decide how the lab's containers have to run."""

import ipaddress
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .command import run
from .errors import LabError

CAP_SYS_RESOURCE = 24  # linux/capability.h
LOCAL_CERTIFICATES = Path("/usr/local/share/ca-certificates")


@dataclass(frozen=True)
class Machine:
    cgroup_version: int
    can_lower_oom_score: bool
    mtu: int
    nameservers: tuple[str, ...]
    systemd: bool


def look() -> Machine:
    status = Path("/proc/self/status").read_text()
    mounts = Path("/proc/self/mounts").read_text()
    return Machine(
        cgroup_version=cgroup_version(mounts),
        can_lower_oom_score=has_capability(status, CAP_SYS_RESOURCE),
        mtu=outgoing_mtu(),
        nameservers=nameservers(),
        systemd=Path("/run/systemd/system").is_dir(),
    )


def require_debian_amd64_root() -> None:
    """The lab builds everything from Debian's packages: one clear sentence anywhere else."""
    if os.geteuid() != 0:
        raise LabError("The lab builds file systems and starts containers: run it as root (sudo make …).")
    if os.uname().machine != "x86_64":
        raise LabError(f"This machine is {os.uname().machine}; the lab is built and tried for x86_64 (amd64) only.")
    missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise LabError(f"The lab runs on Debian and builds from its packages; not found here: {', '.join(missing)}.")


def cgroup_version(mounts: str) -> int:
    """2 when /sys/fs/cgroup itself is the unified hierarchy, else 1."""
    for line in mounts.splitlines():
        _device, place, kind, *_rest = line.split()
        if place == "/sys/fs/cgroup":
            return 2 if kind == "cgroup2" else 1
    return 1


def has_capability(status: str, bit: int) -> bool:
    found = re.search(r"^CapBnd:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return bool(found and int(found[1], 16) >> bit & 1)


def outgoing_mtu() -> int:
    """The largest packet that leaves this machine unbroken; a larger one in the lab's network stalls downloads."""
    routes = json.loads(run(["ip", "-json", "route", "show", "default"]) or "[]")
    for route in routes:
        device = Path("/sys/class/net") / route.get("dev", "") / "mtu"
        if device.is_file():
            return int(device.read_text())
    return 1500


def nameservers() -> tuple[str, ...]:
    """Name servers that a container can reach too: systemd-resolved's stub on a loopback address is none."""
    for place in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        if Path(place).is_file():
            found = reachable_nameservers(Path(place).read_text())
            if found:
                return found
    return ()


def reachable_nameservers(resolv_conf: str) -> tuple[str, ...]:
    named = re.findall(r"^nameserver\s+(\S+)", resolv_conf, re.MULTILINE)
    return tuple(name for name in named if not ipaddress.ip_address(name.split("%")[0]).is_loopback)


def addresses_in_use() -> list[ipaddress.IPv4Network]:
    """Every IPv4 network that this machine has a route to or an address in."""
    routes = json.loads(run(["ip", "-4", "-json", "route", "show", "table", "all"]) or "[]")
    found = []
    for route in routes:
        if route.get("dst", "default") != "default":
            found.append(ipaddress.ip_network(route["dst"], strict=False))
    return [network for network in found if isinstance(network, ipaddress.IPv4Network)]


def extra_certificates() -> dict[str, Path]:
    """Certificate authorities that the administrator of this machine added, by file name."""
    if not LOCAL_CERTIFICATES.is_dir():
        return {}
    return {str(path.relative_to(LOCAL_CERTIFICATES)): path for path in sorted(LOCAL_CERTIFICATES.rglob("*.crt"))}
