"""What the tests of all scenarios stand on: the lab's machines over ssh, its cluster by kubectl, and runs of site.yml.

A test that names `node`, `control_plane` or `worker` runs once for each of them. They are testinfra hosts, always root,
whatever user ansible logs in as.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "resources"))  # pytest imports tests without a package around them

from runs import PROGRAMS, PlaybookRun, plain_environment, playbook  # noqa: E402

GROUPS = {"node": "all", "control_plane": "kube_control_plane", "worker": "kube_node"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    inventory = Path(metafunc.config.getoption("ansible_inventory"))
    for fixture, group in GROUPS.items():
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, hosts_of(inventory, group), indirect=True)


@lru_cache
def listed(inventory: Path) -> dict[str, Any]:
    command = [str(PROGRAMS / "ansible-inventory"), "-i", str(inventory), "--list"]
    read = subprocess.run(command, check=True, capture_output=True, text=True, env=plain_environment())
    return dict(json.loads(read.stdout))


def hosts_of(inventory: Path, group: str) -> list[str]:
    known = listed(inventory)
    if group == "all":
        return sorted(known["_meta"]["hostvars"])
    hosts = list(known.get(group, {}).get("hosts", []))
    if group == "kube_node":
        return [host for host in hosts if host not in hosts_of(inventory, "kube_control_plane")]
    return hosts


def connect(variables: dict[str, Any]) -> Host:
    return testinfra.get_host(
        f"ssh://root@{variables['ansible_host']}",
        ssh_identity_file=variables["ansible_ssh_private_key_file"],
        ssh_extra_args=variables["ansible_ssh_common_args"],
    )


@pytest.fixture(scope="session")
def inventory(pytestconfig: pytest.Config) -> Path:
    return Path(pytestconfig.getoption("ansible_inventory"))


@pytest.fixture(scope="session")
def variables(inventory: Path) -> Callable[[str], dict[str, Any]]:
    """The inventory's variables of one host."""
    return lambda name: dict(listed(inventory)["_meta"]["hostvars"][name])


@pytest.fixture(scope="session")
def groups(inventory: Path) -> Callable[[str], list[str]]:
    """The hosts of a group."""
    return partial(hosts_of, inventory)


@pytest.fixture(scope="session")
def nodes(inventory: Path) -> dict[str, Host]:
    return {name: connect(given) for name, given in listed(inventory)["_meta"]["hostvars"].items()}


@pytest.fixture(scope="session")
def reconnect(inventory: Path) -> Callable[[str], Host]:
    """A host that came, or was reinstalled, after `nodes` was made."""

    def made(name: str) -> Host:
        listed.cache_clear()
        return connect(listed(inventory)["_meta"]["hostvars"][name])

    return made


@pytest.fixture
def node(request: pytest.FixtureRequest, nodes: dict[str, Host]) -> Host:
    return nodes[request.param]


@pytest.fixture
def control_plane(request: pytest.FixtureRequest, nodes: dict[str, Host]) -> Host:
    return nodes[request.param]


@pytest.fixture
def worker(request: pytest.FixtureRequest, nodes: dict[str, Host]) -> Host:
    return nodes[request.param]


@pytest.fixture(scope="session")
def kubectl(inventory: Path, nodes: dict[str, Host]) -> Callable[[str], Any]:
    """kubectl on the first control plane, its answer read as JSON."""
    first = nodes[hosts_of(inventory, "kube_control_plane")[0]]

    def ask(words: str) -> Any:
        return json.loads(first.check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}"))

    return ask


@pytest.fixture(scope="session")
def site(inventory: Path) -> Callable[..., PlaybookRun]:
    """Run site.yml as a user does, from the clone."""
    return partial(playbook, "site.yml", inventory)
