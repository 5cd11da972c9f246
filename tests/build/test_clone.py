"""Use from a clone, without any installation."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

CLONE = Path(__file__).resolve().parents[2]
INVENTORIES = ["single", "one-control-plane", "ha"]
Run = Callable[..., str]


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
