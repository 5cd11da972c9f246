"""What a lab remembers between commands, in .lab/NAME/state.json."""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import LabError
from .place import lab_folder

CONTAINER, VIRTUAL = "container", "vm"  # kinds of nodes


@dataclass
class State:
    name: str
    supplier: str = ""
    versions: list[str] = field(default_factory=list)
    binaries: str = ""
    images: str = ""  # folder of image archives that the user brings
    runtime: str = "containerd"
    cni: str = "bridge"
    suite: str = "bookworm"
    inventory: str = ""  # the user's own inventory; empty: the lab's default of control planes and workers
    user: str = ""  # how ansible logs in; empty: what the inventory says, else root
    password: str = ""  # of the sudoer, made once per lab
    subnet: str = ""
    addresses: dict[str, str] = field(default_factory=dict)
    privileged: bool | None = None  # whether the engine may run privileged containers; asked once
    bundle: str = ""
    kind: str = CONTAINER
    ssh_port: int = 22

    @property
    def folder(self) -> Path:
        return lab_folder(self.name)

    @property
    def container_prefix(self) -> str:
        return f"{self.name}-"

    def container(self, host: str) -> str:
        return f"{self.container_prefix}{host}"

    @property
    def bundle_container(self) -> str:
        return f"{self.name}_bundle"  # an underscore: no host of an inventory can be named like this

    @property
    def inventory_folder(self) -> Path:
        return self.folder / "inventory"

    @property
    def key(self) -> Path:
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = self.folder / "state.json"
        written = place.with_suffix(".new")
        written.touch(mode=0o600)
        written.write_text(json.dumps(asdict(self), indent=2) + "\n")
        written.rename(place)


def load(name: str) -> State:
    """A lab's memory; a fresh one for a lab that does not exist yet."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
        raise LabError(f"NAME={name}: a lab is named with up to 32 small letters, digits and dashes.")
    place = lab_folder(name) / "state.json"
    return State(**json.loads(place.read_text())) if place.is_file() else State(name)


def exists(name: str) -> bool:
    return (lab_folder(name) / "state.json").is_file()
