"""Both ways of use: from a clone, and as an installed collection that knows nothing of the clone."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

CLONE = Path(__file__).resolve().parents[2]
INVENTORIES = ["single", "one-control-plane", "ha"]
MODULES = sorted(path.stem for path in (CLONE / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path.name for path in (CLONE / "roles").iterdir())
PLAYBOOKS = sorted(path.stem for path in (CLONE / "playbooks").glob("*.yml"))
Run = Callable[..., str]


def test_the_tarball_holds_what_users_need_and_nothing_of_the_workshop(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = {Path(name).parts[0] for name in archive.getnames()}
    assert {"plugins", "roles", "playbooks", "meta", "docs", "README.md", "LICENSE", "site.yml"} <= names
    workshop = {"lab", "molecule", "tests", "requirements", "collections", "Makefile", "pyproject.toml", "ansible.cfg"}
    assert {name for name in names if name in workshop or name.startswith(".")} == set()


@pytest.mark.parametrize("playbook", PLAYBOOKS)
@pytest.mark.parametrize("inventory", INVENTORIES)
def test_an_installed_playbook_is_found_by_its_name(run: Run, installed: Path, tmp_path: Path, playbook: str, inventory: str) -> None:
    source = str(CLONE / "inventories" / inventory)
    run("ansible-playbook", f"kubewright.cluster.{playbook}", "-i", source, "--syntax-check", cwd=tmp_path, collections=installed)


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_the_clone_runs_without_any_installation(run: Run, inventory: str) -> None:
    run("ansible-playbook", "site.yml", "-i", f"inventories/{inventory}", "--syntax-check")


def test_the_clones_site_yml_needs_no_settings_either(run: Run, tmp_path: Path) -> None:
    """As in AWX, or in a folder that anybody may write to, where ansible does not read ansible.cfg."""
    source = str(CLONE / "inventories" / "single")
    run("ansible-playbook", str(CLONE / "site.yml"), "-i", source, "--syntax-check", cwd=tmp_path)


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_an_inventory_gives_every_host_a_group_and_a_version(run: Run, inventory: str) -> None:
    listed = yaml.safe_load(run("ansible-inventory", "-i", f"inventories/{inventory}", "--list"))
    hosts = listed["_meta"]["hostvars"]
    grouped = {host for group in ("kube_control_plane", "kube_node") for host in listed[group]["hosts"]}
    assert grouped == set(hosts)
    assert all(variables["kube_version"] and variables["ansible_host"].startswith("192.0.2.") for variables in hosts.values())


@pytest.mark.parametrize(("kind", "names"), [("module", MODULES), ("role", ROLES)])
def test_ansible_doc_shows_every_one_of_them(run: Run, installed: Path, tmp_path: Path, kind: str, names: list[str]) -> None:
    full = {f"kubewright.cluster.{name}" for name in names}
    shown = json.loads(run("ansible-doc", "--json", "-t", kind, *sorted(full), cwd=tmp_path, collections=installed))
    assert set(shown) == full
    assert all(shown.values())
