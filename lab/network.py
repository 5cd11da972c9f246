"""The lab's own network: a slice of addresses that nothing on this machine uses, and one fixed address per node."""

import ipaddress
import json
from collections.abc import Iterable, Mapping

from . import docker, machine
from .errors import LabError

POOL = ipaddress.IPv4Network("172.29.0.0/16")  # outside Docker's own first choices and kubeadm's usual pod networks
BUNDLE_HOST = 2  # .1 is the gateway: this machine
FIRST_NODE = 11

Addresses = Iterable[ipaddress.IPv4Network]


def ensure(lab: str, wanted: ipaddress.IPv4Network | None, mtu: int) -> ipaddress.IPv4Network:
    """The lab's network, made if it is not there; `wanted` is the slice it had or its inventory asks for."""
    found = docker.inspect("network", lab)
    if found is not None:
        if found["Labels"].get(docker.LABEL) != lab:
            raise LabError(f"A Docker network named {lab} exists and is not this lab's; choose another NAME=.")
        return ipaddress.IPv4Network(found["IPAM"]["Config"][0]["Subnet"])
    taken = [*machine.addresses_in_use(), *docker_subnets()]
    subnet = wanted if wanted and is_free(wanted, taken) else free_slice(taken)
    options = [f"--label={docker.LABEL}={lab}", f"--subnet={subnet}", f"--gateway={subnet[1]}"]
    docker.docker("network", "create", *options, f"--opt=com.docker.network.driver.mtu={mtu}", lab)
    return subnet


def docker_subnets() -> list[ipaddress.IPv4Network]:
    names = docker.docker("network", "ls", "--quiet").split()
    described = json.loads(docker.docker("network", "inspect", *names)) if names else []
    configured = [part["Subnet"] for network in described for part in network["IPAM"]["Config"] or []]
    return [ipaddress.IPv4Network(subnet) for subnet in configured if ":" not in subnet]


def is_free(wanted: ipaddress.IPv4Network, taken: Addresses) -> bool:
    return not any(wanted.overlaps(network) for network in taken)


def free_slice(taken: Addresses) -> ipaddress.IPv4Network:
    known = list(taken)
    for candidate in POOL.subnets(new_prefix=24):
        if is_free(candidate, known):
            return candidate
    raise LabError(f"Every /24 of {POOL} is in use here; remove a lab you no longer need (make clean NAME=…).")


def slice_of(addresses: Iterable[str | None]) -> ipaddress.IPv4Network | None:
    """The /24 that an inventory's own addresses lie in, when they are all private and lie in one."""
    networks = set()
    for address in addresses:
        try:
            host = ipaddress.IPv4Address(address or "")
        except ValueError:
            return None
        networks.add(ipaddress.IPv4Network(f"{host}/24", strict=False))
    return networks.pop() if len(networks) == 1 else None


def assign(hosts: Iterable[str], known: Mapping[str, str], asked: Mapping[str, str | None], subnet: ipaddress.IPv4Network) -> dict[str, str]:
    """One address per host: the one it had, else the one its inventory asks for, else the next free one."""
    assigned = dict(known)
    for host in hosts:
        wish = asked.get(host)
        if host in assigned:
            continue
        if wish and is_node_address(wish, subnet) and wish not in assigned.values():
            assigned[host] = wish
    for host in hosts:
        if host not in assigned:
            assigned[host] = next_free(subnet, set(assigned.values()))
    return assigned


def is_node_address(address: str, subnet: ipaddress.IPv4Network) -> bool:
    try:
        place = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return place in subnet and place not in (subnet[0], subnet[1], subnet[BUNDLE_HOST], subnet[-1])


def next_free(subnet: ipaddress.IPv4Network, used: set[str]) -> str:
    for address in list(subnet)[FIRST_NODE:-1]:
        if str(address) not in used:
            return str(address)
    raise LabError(f"The lab's network {subnet} has no address left for another node.")
