# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of a runtime that a kubelet leaves: whose they are, which images they have, and those of Kubernetes removed. Private to the collection."""

import json
import os
from typing import Any, Dict, List, NamedTuple, Sequence, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._image_store import LOAD_SECONDS, CriStore
from ansible_collections.kubewright.cluster.plugins.module_utils._runtime_flags import path
from ansible_collections.kubewright.cluster.plugins.module_utils._systemd import unit, units

# dockershim and cri-dockerd give it to every container that they make.
LABEL = "label=io.kubernetes.docker.type"
UNITS = ("cri-docker.service", "cri-docker.socket", "docker.service", "docker.socket")
ADDRESSES = "/var/lib/cni/networks"
ARCHIVE = "/var/lib/kubewright/image.tar"
STOP_SECONDS, REMOVE_SECONDS = 30, 300


class Image(NamedTuple):
    """names: empty of one that was pulled by its digest alone. size: in bytes, unpacked."""

    id: str
    names: List[str]
    size: int


class Docker:
    """Docker, by whatever made CRI of it."""

    what = "containers in Docker"

    def __init__(self, run: Runner) -> None:
        self.run = run
        self.unit = unit(run, "docker.service", "ActiveState", "BindsTo", "Requires", "UnitFileState")
        self.active = self.unit.get("ActiveState") == "active"

    def _ids(self, *words: str) -> List[str]:
        return self.run(["docker", "ps", "--all", "--quiet", "--no-trunc", *words]).stdout.split() if self.active else []

    def of_kubernetes(self) -> List[str]:
        return self._ids("--filter", LABEL)

    def of_people(self) -> List[str]:
        """Names of those that run and that no kubelet made."""
        if not self.active:
            return []
        ours, shown = set(self.of_kubernetes()), self.run(["docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]).stdout
        return sorted(name for identity, _space, name in (line.partition(" ") for line in shown.splitlines()) if identity not in ours)

    def falls_with_containerd(self) -> bool:
        """A restart of containerd is one of Docker, too, and of all its containers."""
        if not self.active or "containerd.service" not in (self.unit.get("BindsTo", "") + " " + self.unit.get("Requires", "")).split():
            return False
        return self.run(["docker", "info", "--format", "{{.LiveRestoreEnabled}}"]).stdout.strip() != "true"

    def remove(self, ids: Sequence[str]) -> None:
        """As the kubelet does it: asked to end, then removed with the volumes that have no name."""
        self.run(["docker", "stop", "-t", str(STOP_SECONDS), *ids], seconds=REMOVE_SECONDS)
        self.run(["docker", "rm", "--force", "--volumes", *ids], seconds=REMOVE_SECONDS)
        give_addresses_back(ids)

    def images(self) -> List[Image]:
        """Of Kubernetes' containers."""
        ids = self.of_kubernetes()
        if not ids:
            return []
        return self.named(sorted(set(self.run(["docker", "container", "inspect", "--format", "{{.Image}}", *ids]).stdout.split())))

    def named(self, refs: Sequence[str]) -> List[Image]:
        """By name or id; those that are gone are left out."""
        if not refs or not self.active:
            return []
        described: List[Dict[str, Any]] = json.loads(self.run(["docker", "image", "inspect", *refs], ok=(0, 1)).stdout or "[]")
        return [Image(item["Id"], list(item.get("RepoTags") or []), int(item.get("Size") or 0)) for item in described]

    def stop(self) -> None:
        there = [name for name, found in zip(UNITS, units(self.run, UNITS, "LoadState")) if found.get("LoadState") != "not-found"]
        self.run(["systemctl", "disable", "--now", *there], seconds=REMOVE_SECONDS)
        self.active = unit(self.run, "docker.service", "ActiveState").get("ActiveState") == "active"


class Cri:
    """The pods of a runtime that speaks CRI itself. Its other containers are in other namespaces, where nobody looks."""

    def __init__(self, run: Runner, socket: str) -> None:
        self.run, self.socket = run, socket
        self.what = "pods in {0}".format("containerd" if "containerd" in socket else "CRI-O")
        self.crictl = ["crictl", "--runtime-endpoint", "unix://" + path(socket)]

    def of_kubernetes(self) -> List[str]:
        if not os.path.exists(path(self.socket)):
            return []
        try:
            return self.run([*self.crictl, "pods", "--quiet"]).stdout.split()
        except CommandError as error:
            if "unknown service" in error.stderr:  # containerd without its CRI, as Docker has it
                return []
            raise

    def of_people(self) -> List[str]:
        return []

    def remove(self, ids: Sequence[str]) -> None:
        self.run([*self.crictl, "stopp", *ids], seconds=REMOVE_SECONDS)
        self.run([*self.crictl, "rmp", "--force", *ids], seconds=REMOVE_SECONDS)


Runtime = Union[Docker, Cri]


def others(run: Runner, wanted: str) -> List[Runtime]:
    """Every runtime but the wanted one whose containers may be Kubernetes' on this machine."""
    found: List[Runtime] = [] if "docker" in wanted else [Docker(run)]
    return found + [Cri(run, socket) for socket in ("/run/containerd/containerd.sock", "/run/crio/crio.sock") if path(wanted) != socket]


def give_addresses_back(sandboxes: Sequence[str]) -> None:
    """host-local's notes of addresses whose pods were removed without a kubelet, which would have let the plugin do it."""
    for folder, _folders, names in os.walk(ADDRESSES):
        for name in names:
            owner = read(os.path.join(folder, name)).split()
            if owner and owner[0] in sandboxes:
                os.unlink(os.path.join(folder, name))


def full_name(name: str) -> str:
    """As CRI has it: Docker leaves out the registry and the folder of its own images."""
    first, slash, rest = name.partition("/")
    if not slash:
        return "docker.io/library/" + name
    return name if "." in first or ":" in first or first == "localhost" else "docker.io/{0}/{1}".format(first, rest)


def wanting(images: Sequence[Image], present: Sequence[str]) -> List[Image]:
    """Those that have a name which the other runtime does not know."""
    known = set(present)
    return [image for image in images if image.names and not all(full_name(name) in known for name in image.names)]


def carry(run: Runner, store: CriStore, image: Image) -> None:
    """From Docker, without a registry."""
    os.makedirs(os.path.dirname(ARCHIVE), mode=0o755, exist_ok=True)
    try:
        run(["docker", "image", "save", "--output", ARCHIVE, *image.names], seconds=LOAD_SECONDS)
        store.load(ARCHIVE)
    finally:
        sweep()


def sweep() -> None:
    """The archive, also that of a run which was killed."""
    if os.path.exists(ARCHIVE):
        os.unlink(ARCHIVE)
