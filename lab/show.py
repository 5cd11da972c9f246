"""Tell what a lab is and how to use it."""

from pathlib import Path
from typing import Any

from . import docker, inventory, lab, qemu, vm_disk
from .command import attempt
from .errors import LabError
from .place import CLONE
from .state import VIRTUAL, State

ADMIN = "/etc/kubernetes/admin.conf"
NO_CLUSTER = 93  # the code by which a machine says that it is bare; kubectl and ssh have others


def report(name: str) -> dict[str, Any]:
    made = lab.existing(name)
    running = {host: is_running(made, host) for host in made.addresses}
    kept = ("kind", "supplier", "versions", "runtime", "cni", "suite", "subnet", "bundle", "addresses", "privileged")
    return {"lab": name, **{field: getattr(made, field) for field in kept}, "running": running}


def is_running(made: State, host: str) -> bool:
    if made.kind == VIRTUAL:
        return qemu.pid_of(vm_disk.folder(made, host)) is not None
    return docker.running(made.container(host))


def summary(name: str) -> str:
    made = lab.existing(name)
    groups, hosts = inventory.read(made.inventory_folder)
    folder = relative(made.folder)
    found = cluster_nodes(made, groups.get("kube_control_plane", []))
    if not found:
        return bare_machines(made)
    return "\n".join(
        [
            found,
            "",
            "kubectl from here:",
            f"    export KUBECONFIG=$PWD/{folder}/kubeconfig PATH=$PWD/{folder}/bin:$PATH",
            "    kubectl get pods --all-namespaces",
            "log in to a node:",
            f"    {ssh_words(made, next(iter(hosts)))}",
            *more(made, len(groups.get("kube_node", [])), list(hosts)[-1]),
            "tear down:",
            f"    make clean NAME={name}",
        ]
    )


def bare_machines(made: State) -> str:
    width = max(map(len, made.addresses))
    return "\n".join(
        [
            "machines without a cluster:",
            *(f"    {host:{width}}  {address}" for host, address in made.addresses.items()),
            "log in to one:",
            f"    {ssh_words(made, next(iter(made.addresses)))}",
            "their inventory:",
            f"    {relative(made.inventory_folder)}",
            "make them a cluster:",
            f"    make cluster NAME={made.name}",
            "tear down:",
            f"    make clean NAME={made.name}",
        ]
    )


def more(made: State, workers: int, last: str) -> list[str]:
    """What else can be done with it."""
    if made.kind == VIRTUAL:
        return ["reboot it, as its administrator does:", f"    .venv/bin/python -m lab vm reboot --name {made.name}"]
    return [
        "more workers; a machine reinstalled, and joined again:",
        f"    make cluster NAME={made.name} WORKERS={workers + 1}",
        f"    .venv/bin/python -m lab recreate {last} --name {made.name} && make cluster NAME={made.name}",
    ]


def relative(folder: Path) -> Path:
    return folder.relative_to(CLONE)


def ssh_words(made: State, host: str) -> str:
    folder = relative(made.folder)
    port = "" if made.ssh_port == 22 else f"-p {made.ssh_port} "
    return f"ssh {port}-i {folder}/{made.key.name} -o UserKnownHostsFile={folder}/known_hosts root@{made.addresses[host]}"


def cluster_nodes(made: State, control_planes: list[str]) -> str:
    """`kubectl get nodes`, asked on the first control plane that answers; empty where none is one yet."""
    problems, bare = [], 0
    for host in control_planes:
        asked = attempt([*ssh(made, host), f"test -e {ADMIN} || exit {NO_CLUSTER}; kubectl --kubeconfig {ADMIN} get nodes -o wide"], timeout=60)
        if asked.returncode == 0:
            return asked.stdout.strip()
        bare += asked.returncode == NO_CLUSTER
        problems.append(f"{host}: {asked.stderr.strip().splitlines()[-1:] or asked.returncode}")
    if bare and bare == len(control_planes):
        return ""
    raise LabError(f"No control plane of lab {made.name} answers: {'; '.join(problems) or 'none is listed'}.")


def ssh(made: State, host: str) -> list[str]:
    options = [
        f"UserKnownHostsFile={made.known_hosts}",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "BatchMode=yes",
    ]
    return [
        "ssh",
        "-F",
        "none",
        "-p",
        str(made.ssh_port),
        "-i",
        str(made.key),
        *(word for option in options for word in ("-o", option)),
        f"root@{made.addresses[host]}",
    ]
