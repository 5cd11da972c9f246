"""Nodes: containers that behave as machines. One is made for every host of the inventory."""

import time
from pathlib import Path

from . import docker
from .command import run, succeeds
from .errors import LabError
from .machine import Machine
from .place import LAB
from .state import State

SSH_LIMIT = 60  # seconds from start until a node answers ssh

# Where --privileged is refused (no CAP_SYS_RESOURCE to give): everything but that, and nothing masked.
ALL_BUT_PRIVILEGED = [
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=systempaths=unconfined",
    "--device-cgroup-rule=a *:* rwm",
]

# An overlay file system cannot lie on another: what mounts its own needs a volume below.
VOLUMES = ("/var/lib/containerd", "/var/lib/docker", "/var/lib/kubelet", "/var/lib/etcd")


def may_be_privileged(image: str) -> bool:
    """Ask the engine once whether it can give a container everything."""
    return succeeds(["docker", "run", "--rm", "--privileged", "--entrypoint", "/bin/true", image], timeout=60)


# Its systemd is 258 or newer, and does not start on cgroup v1.
CGROUP_2_ONLY = ("forky", "sid", "unstable")


def create(state: State, host: str, image: str, facts: Machine) -> None:
    if facts.cgroup_version == 1 and state.suite in CGROUP_2_ONLY:
        raise LabError(f"systemd of {state.suite} does not start on cgroup v1, which this machine has; use SUITE=trixie, or a virtual machine (make vm).")
    docker.docker("run", *options(state, host, facts), image)


def options(state: State, host: str, facts: Machine) -> list[str]:
    label = f"{docker.LABEL}={state.name}"
    modules = ["--volume=/lib/modules:/lib/modules:ro"] if Path("/lib/modules").is_dir() else []
    return [
        "--detach",
        f"--name={state.container(host)}",
        f"--hostname={host}",
        f"--label={label}",
        f"--label=kubewright.host={host}",
        f"--network={state.name}",
        f"--ip={state.addresses[host]}",
        *(["--privileged"] if state.privileged else ALL_BUT_PRIVILEGED),
        "--cgroupns=private",
        "--tmpfs=/run",
        "--tmpfs=/tmp:exec",
        "--stop-signal=SIGRTMIN+3",
        f"--env=LAB_NAMESERVERS={' '.join(facts.nameservers)}",
        *(f"--mount=type=volume,dst={place},volume-label={label}" for place in VOLUMES),
        *modules,
    ]


def admit(state: State, host: str) -> None:
    """Let the lab's key in and set the sudoer's password (on standard input, so no process list shows it)."""
    name = state.container(host)
    wait_for_ssh(name)
    public = state.key.with_suffix(".pub").read_text().strip()
    told = f"KEY='{public}'\nPASSWORD='{state.password}'\n"
    script = (LAB / "node" / "admit.sh").read_text()
    docker.docker("exec", "--interactive", name, "/bin/sh", "-s", data=told + script)


def wait_for_ssh(container: str) -> None:
    limit = time.monotonic() + SSH_LIMIT
    while not succeeds(["docker", "exec", container, "systemctl", "is-active", "--quiet", "ssh.service"]):
        if time.monotonic() > limit or not docker.running(container):
            said = docker.docker("logs", "--tail", "20", container)
            raise LabError(f"{container} did not start: no ssh within {SSH_LIMIT} s. It said: {said or 'nothing'}")
        time.sleep(0.3)


def learn_host_keys(state: State, host: str) -> None:
    """The node's keys come from the engine, not over the network, so ssh can be strict from the first login on."""
    keys = docker.docker("exec", state.container(host), "sh", "-c", "cat /etc/ssh/ssh_host_*_key.pub")
    address = state.addresses[host]
    others = [line for line in known_lines(state) if line.split()[0] != address]
    mine = [f"{address} {' '.join(line.split()[:2])}" for line in keys.splitlines()]
    state.known_hosts.write_text("\n".join(sorted([*others, *mine])) + "\n")


def forget_host_keys(state: State, host: str) -> None:
    address = state.addresses.get(host)
    kept = [line for line in known_lines(state) if line.split()[0] != address]
    state.known_hosts.write_text("".join(f"{line}\n" for line in kept))


def known_lines(state: State) -> list[str]:
    return state.known_hosts.read_text().splitlines() if state.known_hosts.is_file() else []


def remove(state: State, host: str) -> None:
    docker.remove(state.container(host))
    forget_host_keys(state, host)


def make_key(state: State) -> None:
    if not state.key.is_file():
        state.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"lab {state.name}", "-f", str(state.key)])
