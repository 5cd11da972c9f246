"""What a user does with a lab: bring it up, reinstall or remove a machine of it, look at it, take it down."""

import ipaddress
import secrets
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import bundle, docker, engine, given_networks, images, inventory, limits, machine, network, nodes, overlay, qemu, serving, state
from .command import run
from .errors import LabError
from .machine import Machine
from .progress import say, step
from .state import CONTAINER, VIRTUAL, State
from .suppliers import bundle_for


@dataclass(frozen=True)
class Wish:
    """What the command line asks for; None and empty: as the lab was, else the default."""

    name: str
    supplier: str = ""
    versions: tuple[str, ...] = ()
    control_planes: int | None = None
    workers: int | None = None
    runtime: str = ""
    cni: str = ""
    binaries: str = ""
    images: str = ""
    suite: str = ""
    user: str = ""
    inventory: str = ""


def up(wish: Wish, *, with_bundle: bool = True) -> State:
    """Bring a lab to what is wished; what is there already stays as it is."""
    machine.require_debian_amd64_root()
    facts = engine.ensure()
    limits.ensure()
    lab = remembered(wish)
    given = Path(lab.inventory) if lab.inventory else None
    inventory.place_hosts(lab.inventory_folder, given, wish.control_planes, wish.workers)
    _groups, hosts = inventory.read(lab.inventory_folder)
    adopt(lab, wish, hosts)
    image = images.node_image(lab.suite)
    if with_bundle:
        lab.bundle = str(bundle_for(lab))
        lab.save()
    else:
        lab.bundle = ""
    nodes.make_key(lab)
    place(lab, hosts, facts)
    start_nodes(lab, list(hosts), image, facts)
    if lab.bundle:
        serving.ensure(lab, image)
        place_kubectl(lab)
    write_inventory(lab, hosts, facts)
    lab.save()
    return lab


def bundle_only(wish: Wish) -> Path:
    """Build a bundle, and leave every lab as it is."""
    machine.require_debian_amd64_root()
    engine.ensure()
    lab = State(wish.name)
    take(wish, lab)
    return bundle_for(lab)


def place_kubectl(lab: State) -> None:
    """The cluster's own kubectl for this machine, out of the bundle's package."""
    version = lab.versions[0]
    target = lab.folder / "bin" / "kubectl"
    stamp = lab.folder / "bin" / ".from"
    if target.is_file() and stamp.is_file() and stamp.read_text() == lab.bundle:
        return
    packages = bundle.read(Path(lab.bundle))["repositories"]["apt"]["packages"]
    package = next(one for one in packages if one["name"] == "kubectl" and one["version"].startswith(f"{version}-"))
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=lab.folder) as unpacked:
        run(["dpkg-deb", "--extract", str(Path(lab.bundle, package["path"])), unpacked])
        Path(unpacked, "usr/bin/kubectl").rename(target)
    stamp.write_text(lab.bundle)


def remembered(wish: Wish, kind: str = CONTAINER) -> State:
    lab = state.load(wish.name)
    require_kind(lab, kind)
    lab.kind = kind
    take(wish, lab)
    lab.password = lab.password or secrets.token_urlsafe(12)
    lab.save()
    return lab


def take(wish: Wish, lab: State) -> None:
    if (wish.supplier and wish.supplier != lab.supplier) or (wish.binaries and wish.binaries != lab.binaries):
        lab.versions = []  # another supplier has other versions
    for name in ("supplier", "runtime", "cni", "binaries", "images", "suite", "user", "inventory"):
        setattr(lab, name, getattr(wish, name) or getattr(lab, name))
    lab.versions = list(wish.versions) or lab.versions
    images.require_suite(lab.suite)


def adopt(lab: State, wish: Wish, hosts: dict[str, inventory.Variables]) -> None:
    """What the inventory says about the cluster counts, unless the command line says otherwise."""
    version = inventory.common(hosts, "kube_version")
    if version and not wish.versions:
        lab.versions = [version]
    lab.runtime = wish.runtime or inventory.common(hosts, "kube_runtime") or lab.runtime
    lab.cni = wish.cni or inventory.common(hosts, "kube_cni") or lab.cni


def place(lab: State, hosts: dict[str, inventory.Variables], facts: Machine) -> None:
    """The lab's network and an address in it for every host."""
    asked = {host: variables.get("ansible_host") for host, variables in hosts.items()}
    wanted = ipaddress.IPv4Network(lab.subnet) if lab.subnet else network.slice_of(asked.values())
    subnet = network.ensure(lab.name, wanted, facts.mtu)
    known = lab.addresses if str(subnet) == lab.subnet else {}
    lab.subnet = str(subnet)
    lab.addresses = network.assign(hosts, known, asked, subnet)
    lab.save()


def start_nodes(lab: State, hosts: list[str], image: str, facts: Machine) -> None:
    missing = [host for host in hosts if docker.inspect("container", lab.container(host)) is None]
    for host in set(hosts) - set(missing):
        if not docker.running(lab.container(host)):
            docker.docker("start", lab.container(host))
    if missing:
        if lab.privileged is None:
            lab.privileged = nodes.may_be_privileged(image)
            lab.save()
        with step(f"nodes {', '.join(missing)}"), ThreadPoolExecutor() as pool:
            list(pool.map(lambda host: nodes.create(lab, host, image, facts), missing))
    admit(lab, hosts)
    left = sorted(set(present(lab)) - set(hosts))
    if left:
        say(f"no longer in the inventory, still running: {', '.join(left)} (python -m lab remove HOST removes one)")


def admit(lab: State, hosts: list[str]) -> None:
    """Also for nodes that an interrupted run left half-done; it changes nothing on the others."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda host: nodes.admit(lab, host), hosts))
    for host in hosts:
        nodes.learn_host_keys(lab, host)


def present(lab: State) -> list[str]:
    """Hosts that have a container."""
    listed = docker.docker(
        "container",
        "ls",
        "--all",
        "--filter",
        f"label={docker.LABEL}={lab.name}",
        "--filter",
        "label=kubewright.host",
        "--format",
        '{{.Label "kubewright.host"}}',
    )
    return listed.split()


def write_inventory(lab: State, hosts: dict[str, inventory.Variables], facts: Machine) -> None:
    known = lab.versions[:1] or [inventory.common(hosts, "kube_minor")]
    forced = overlay.forced(facts, known[0], lab.kind, lab.cni) if known[0] else {}
    everybody = inventory.merged(cluster_variables(lab), forced)
    logins = {host: login(lab, host, variables) for host, variables in hosts.items()}
    inventory.write_overlay(lab.inventory_folder, inventory.overlay_tree(everybody, logins, hosts))


def cluster_variables(lab: State) -> inventory.Variables:
    """What the bundle and the user's choices say about the cluster; without a bundle there is nothing to say."""
    if not lab.bundle:
        return {}
    document = bundle.read(Path(lab.bundle))
    etcd_tag = document["kubernetes"][lab.versions[0]]["settings"].get("etcd_image_tag")
    configuration = {"kube_cluster_configuration": {"etcd": {"local": {"imageTag": etcd_tag}}}} if etcd_tag else {}
    calico = given_networks.calico_versions(ref for image in document["images"] for ref in image["refs"]) if lab.cni == "calico" else []
    pod_network = {"cni_calico_version": calico[0]} if len(calico) == 1 else {}  # so that preflight tells of a misfit, before anything is touched
    return {
        "kube_version": lab.versions[0],
        "kube_runtime": lab.runtime,
        **({"kube_docker_source": "distribution"} if lab.runtime == "docker" else {}),
        "kube_cni": lab.cni,
        "kube_package_source": "bundle",
        "kube_bundle_url": serving.url(lab),
        "kube_bundle_sha256": serving.trust_anchor(Path(lab.bundle)),
        "kube_kubeconfig_path": str(lab.kubeconfig),
        **configuration,
        **pod_network,
    }


def login(lab: State, host: str, given: inventory.Variables) -> inventory.Variables:
    user = lab.user or given.get("ansible_user", "root")
    if user not in ("root", "admin"):
        raise LabError(f"Host {host} is to be reached as {user!r}; a node of the lab has the users root and admin.")
    become = {"ansible_become": True, "ansible_become_password": lab.password} if user == "admin" else {}
    return {
        "ansible_host": lab.addresses[host],
        "ansible_port": lab.ssh_port,
        "ansible_user": user,
        "ansible_ssh_private_key_file": str(lab.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={lab.known_hosts} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes",
        "ansible_python_interpreter": "/usr/bin/python3",
        **become,
        **forwarded(lab, host),
    }


def forwarded(lab: State, host: str) -> inventory.Variables:
    """A virtual machine is reached by an address that it does not know: ports of this machine lead to it."""
    if lab.kind != VIRTUAL:
        return {}
    return {"kube_node_address": qemu.inside(list(lab.addresses).index(host)), "kube_cert_sans": [lab.addresses[host]]}


def recreate(name: str, host: str) -> None:
    """Reinstall a machine: a new container with a new identity at the old address."""
    lab = existing(name)
    require_host(lab, host)
    facts = engine.ensure()
    image = images.node_image(lab.suite)
    nodes.remove(lab, host)
    with step(f"node {host}"):
        nodes.create(lab, host, image, facts)
        admit(lab, [host])


def remove(name: str, host: str) -> None:
    lab = existing(name)
    require_host(lab, host)
    nodes.remove(lab, host)
    lab.addresses.pop(host, None)
    lab.save()
    if not inventory.drop_host(lab.inventory_folder, host):
        say(f"{host} is still in your inventory: take it out there, or the next `up` makes it anew.")
    _groups, hosts = inventory.read(lab.inventory_folder)
    write_inventory(lab, hosts, machine.look())


def existing(name: str) -> State:
    if not state.exists(name):
        raise LabError(f"There is no lab named {name} here; `python -m lab up --name {name}` makes one.")
    return state.load(name)


def require_kind(lab: State, kind: str) -> None:
    if lab.addresses and lab.kind != kind:
        made, wanted = ("virtual machines", "containers") if kind == CONTAINER else ("containers", "virtual machines")
        raise LabError(f"Lab {lab.name} is made of {made}, not of {wanted}; choose another NAME=, or `make clean NAME={lab.name}` first.")


def require_host(lab: State, host: str) -> None:
    require_kind(lab, CONTAINER)
    if host not in lab.addresses:
        raise LabError(f"Lab {lab.name} has no host {host}; it has: {', '.join(lab.addresses)}.")
