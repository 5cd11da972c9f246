"""The inventory handed to ansible: the user's own (or the default) plus the lab's overlay, in one folder."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .command import run
from .errors import LabError

HOSTS = "10-hosts"
OVERLAY = "20-lab.yml"
HEADER = "# Made by the lab (python -m lab up). Hosts may be added or removed here; then run it again.\n"

# What ansible passes over in a folder, and would read where it is named.
NOT_READ = (".md", ".txt", ".rst")

Variables = dict[str, Any]


class PlainDumper(yaml.SafeDumper):
    """YAML for people: a value that occurs twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def default_hosts(control_planes: int, workers: int) -> str:
    """The lab's own inventory: N control planes, M workers; without workers the control planes take the workloads."""
    planes = names("cp", control_planes)
    nodes = names("worker", workers) or planes
    tree = {
        "all": {
            "children": {
                "kube_control_plane": {"hosts": dict.fromkeys(planes)},
                "kube_node": {"hosts": dict.fromkeys(nodes)},
            }
        }
    }
    return HEADER + str(yaml.safe_dump(tree, sort_keys=False)).replace(": null", ":")


def names(word: str, count: int) -> list[str]:
    return [f"{word}{number}" for number in range(1, count + 1)]


def place_hosts(folder: Path, given: Path | None, control_planes: int | None, workers: int | None) -> None:
    """Put the hosts part into the lab's inventory folder. A user's inventory is linked, so it stays the one truth."""
    folder.mkdir(parents=True, exist_ok=True)
    if given is not None:
        clear_hosts(folder)
        link(folder, given)
    elif control_planes is not None or workers is not None or not list(folder.glob(f"{HOSTS}*")):
        clear_hosts(folder)
        planes = 1 if control_planes is None else control_planes
        (folder / f"{HOSTS}.yml").write_text(default_hosts(planes, 2 if workers is None else workers))


def clear_hosts(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name != OVERLAY:
            entry.unlink()


def link(folder: Path, given: Path) -> None:
    if not given.exists():
        raise LabError(f"INVENTORY={given} does not exist; give a file or folder that `ansible-inventory -i` reads.")
    given = given.resolve()
    if given.is_dir():
        for entry in sorted(given.iterdir()):
            if entry.suffix in NOT_READ:
                continue
            is_variables = entry.name in ("group_vars", "host_vars")
            (folder / (entry.name if is_variables else f"{HOSTS}-{link_name(entry)}")).symlink_to(entry)
        return
    (folder / f"{HOSTS}{given.suffix if given.suffix in ('.yml', '.yaml', '.json') else ''}").symlink_to(given)
    for variables in ("group_vars", "host_vars"):
        if (given.parent / variables).is_dir():
            (folder / variables).symlink_to(given.parent / variables)


def link_name(entry: Path) -> str:
    """In a folder ansible skips files that end in .ini; without the ending it reads them."""
    return entry.stem if entry.suffix == ".ini" else entry.name


def read(folder: Path) -> tuple[dict[str, list[str]], dict[str, Variables]]:
    """Groups and host variables as ansible itself reads them, without the lab's own overlay."""
    sources = [argument for entry in sorted(folder.glob(f"{HOSTS}*")) for argument in ("-i", str(entry))]
    program = Path(sys.executable).parent / "ansible-inventory"
    listed = json.loads(run([str(program), *sources, "--list"], env={**os.environ, "ANSIBLE_NOCOLOR": "1"}))
    return groups_of(listed), variables_of(listed)


def groups_of(listed: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: hosts_of(listed, name) for name in listed if name != "_meta"}


def hosts_of(listed: Mapping[str, Any], group: str) -> list[str]:
    found = dict.fromkeys(listed.get(group, {}).get("hosts", []))
    for child in listed.get(group, {}).get("children", []):
        found.update(dict.fromkeys(hosts_of(listed, child)))
    return list(found)


def variables_of(listed: Mapping[str, Any]) -> dict[str, Variables]:
    given = listed.get("_meta", {}).get("hostvars", {})
    return {host: given.get(host, {}) for host in hosts_of(listed, "all")}


def common(hosts: Mapping[str, Variables], name: str) -> str:
    """The one plain value that a variable has on the hosts that set it; empty when there is none."""
    values = {str(variables[name]) for variables in hosts.values() if name in variables}
    value = values.pop() if len(values) == 1 else ""
    return "" if "{{" in value else value


def merged(base: Any, over: Any) -> Any:
    """`over` laid on `base`: dictionaries key by key, lists without repeats, anything else replaced."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        both = {key: merged(base[key], over[key]) for key in base if key in over}
        return {**base, **over, **both}
    if isinstance(base, list) and isinstance(over, list):
        return [*base, *(item for item in over if item not in base)]
    return over


def overlay_tree(everybody: Variables, hosts: Mapping[str, Variables], given: Mapping[str, Variables]) -> Variables:
    """The overlay as an inventory. Where the user's inventory sets a variable too, the host gets both, merged."""
    own = {host: {**both(everybody, given.get(host, {})), **connection} for host, connection in hosts.items()}
    return {"all": {"vars": everybody, "hosts": own}}


def both(everybody: Variables, given: Variables) -> Variables:
    """Variables that the inventory sets to something else than the lab needs, with the lab's laid on them."""
    shared = {name: merged(given[name], everybody[name]) for name in everybody if name in given}
    return {name: value for name, value in shared.items() if value != given[name]}


def write_overlay(folder: Path, tree: Variables) -> None:
    place = folder / OVERLAY
    written = folder / f".{OVERLAY}.new"
    written.touch(mode=0o600)
    written.write_text(
        "# Made by the lab: what its kind of node forces, and how to reach each. See lab/overlay.yml.\n"
        + str(yaml.dump(tree, Dumper=PlainDumper, sort_keys=False, width=120))
    )
    written.rename(place)


def drop_host(folder: Path, host: str) -> bool:
    """Take a host out of the lab's own inventory; a user's inventory is his to edit."""
    place = folder / f"{HOSTS}.yml"
    if place.is_symlink() or not place.is_file():
        return False
    tree = yaml.safe_load(place.read_text())
    for group in tree["all"]["children"].values():
        (group.get("hosts") or {}).pop(host, None)
    place.write_text(HEADER + str(yaml.safe_dump(tree, sort_keys=False)).replace(": null", ":"))
    return True
