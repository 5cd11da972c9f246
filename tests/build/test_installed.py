"""The collection as installed, which knows nothing of the clone: every playbook, plugin and role by its full name."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CLONE = Path(__file__).resolve().parents[2]
NAME = "kubewright.cluster"
PLAYBOOKS = sorted(path.stem for path in (CLONE / "playbooks").glob("*.yml"))
OF_MACHINES = [name for name in PLAYBOOKS if name != "awx"]  # which asks an AWX, and refuses to begin without what it needs for that
INVENTORIES = ["single", "one-control-plane", "ha"]
KINDS = {
    "module": sorted(path.stem for path in (CLONE / "plugins" / "modules").glob("*.py")),
    "filter": sorted(path.stem for path in (CLONE / "plugins" / "filter").glob("*.yml")),
    "callback": sorted(path.stem for path in (CLONE / "plugins" / "callback").glob("[!_]*.py")),
    "role": sorted(path.name for path in (CLONE / "roles").iterdir()),
}
UNKNOWN = "no_module_has_this"
SOMETHING: dict[str, Any] = {"bool": True, "int": 1, "float": 1, "list": [], "dict": {}}
Run = Callable[..., str]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_is_found_by_its_name_and_lists_its_tasks(run: Run, installed: Path, tmp_path: Path, playbook: str) -> None:
    source = str(CLONE / "inventories" / "ha")
    said = run("ansible-playbook", f"{NAME}.{playbook}", "-i", source, "--list-tasks", cwd=tmp_path, collections=installed)
    assert "play #1" in said and "TAGS:" in said


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_site_fits_the_example_inventories(run: Run, installed: Path, tmp_path: Path, inventory: str) -> None:
    run("ansible-playbook", f"{NAME}.site", "-i", str(CLONE / "inventories" / inventory), "--syntax-check", cwd=tmp_path, collections=installed)


@pytest.mark.parametrize("playbook", OF_MACHINES)
def test_a_playbook_without_any_machine_does_nothing_and_ends_well(run: Run, installed: Path, tmp_path: Path, playbook: str) -> None:
    (tmp_path / "hosts.yml").write_text("all: {children: {kube_control_plane: {}, kube_node: {}, etcd: {}}, vars: {kube_version: 1.34.2}}\n")
    said = run("ansible-playbook", f"{NAME}.{playbook}", "-i", "hosts.yml", "--check", cwd=tmp_path, collections=installed)
    assert "failed=1" not in said and "changed=1" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_ansible_doc_shows_every_one_of_them(run: Run, installed: Path, tmp_path: Path, kind: str) -> None:
    full = {f"{NAME}.{name}" for name in KINDS[kind]}
    shown = json.loads(run("ansible-doc", "--json", "-t", kind, *sorted(full), cwd=tmp_path, collections=installed))
    assert set(shown) == full
    assert all(shown.values())
    listed = run("ansible-doc", "--list", "-t", kind, NAME, cwd=tmp_path, collections=installed)
    assert [name for name in full if name not in listed] == []


def test_ansible_doc_shows_every_entry_point_of_the_roles(run: Run, installed: Path, tmp_path: Path) -> None:
    wanted = {f"{NAME}.{role}": set(yaml.safe_load((CLONE / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"])
              for role in KINDS["role"]}
    shown = json.loads(run("ansible-doc", "--json", "-t", "role", *sorted(wanted), cwd=tmp_path, collections=installed))
    assert {role: set(about["entry_points"]) for role, about in shown.items()} == wanted


def test_every_plugin_that_runs_on_the_controller_is_the_half_of_a_module_with_documentation(installed: Path) -> None:
    plugins = installed / "ansible_collections" / "kubewright" / "cluster" / "plugins"
    actions = {path.stem for path in (plugins / "action").glob("[!_]*.py")}
    assert actions <= {path.stem for path in (plugins / "modules").glob("*.py")}


def required(about: dict[str, Any]) -> dict[str, Any]:
    """Something for each option that any module cannot do without, or it would be told of that alone."""
    options = [(name, option) for module in about.values() for name, option in module["doc"]["options"].items() if option.get("required")]
    return {name: option["choices"][0] if option.get("choices") else SOMETHING.get(option.get("type", "str"), "x") for name, option in options}


@pytest.fixture(scope="module")
def asked(run: Run, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each module says when it is given nothing but the group's defaults, among them an option that none has: it refuses before it does anything."""
    place = tmp_path_factory.mktemp("defaults")
    modules = [f"{NAME}.{module}" for module in KINDS["module"]]
    needed = required(json.loads(run("ansible-doc", "--json", "-t", "module", *modules, cwd=place, collections=installed)))
    tasks = [{"name": name, name: {}, "ignore_errors": True} for name in modules]
    defaults = {f"group/{NAME}.cluster": {UNKNOWN: "x", "description": "x", **needed}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, "module_defaults": defaults}
    (place / "play.yml").write_text(yaml.safe_dump([play]))
    parts = run("ansible-playbook", "play.yml", "--check", cwd=place, collections=installed).split("\nTASK [")[1:]
    return {part.partition("]")[0]: part for part in parts}


@pytest.mark.parametrize("module", KINDS["module"])
def test_the_defaults_of_the_group_arrive_in_every_module(asked: dict[str, str], module: str) -> None:
    said = asked[f"{NAME}.{module}"]
    assert UNKNOWN in said or re.search(r"value of \w+ must be one of|argument '?\w+'? is of type", said), said
