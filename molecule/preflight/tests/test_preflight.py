"""What is wrong on the machines is told by preflight.yml and by site.yml alike, and neither touches them."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from looks import mark, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

VARIABLES = ("-e", json.dumps({"kube_version": "1.20.2", "kube_package_source": "none"}))
TABLE = re.compile(r"^LEVEL .*?^To accept", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^(ERROR|WARNING) +(\w+) +(\S.*)$", re.MULTILINE)
UDP = "import socket, time; taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); taken.bind(('0.0.0.0', 31000)); time.sleep(3600)"
# A command each, and what takes it back.
PLANTED = {
    "worker1": {
        "cp /etc/machine-id /run/own-machine-id; cp /run/cp1-machine-id /etc/machine-id": "cat /run/own-machine-id > /etc/machine-id",
        "systemd-run --unit=planted-kubelet python3 -m http.server 10250": "systemctl stop planted-kubelet",
        f'systemd-run --unit=planted-service python3 -c "{UDP}"': "systemctl stop planted-service",
        "ip link add docker0 type bridge && ip address add 10.96.9.1/24 dev docker0 && ip link set docker0 up": "ip link delete docker0",
        "mkdir -p /etc/cni/net.d && echo '{}' > /etc/cni/net.d/05-cilium.conflist": "rm /etc/cni/net.d/05-cilium.conflist",
    },
    "cp1": {
        "systemd-run --unit=planted-etcd python3 -m http.server --bind 127.0.0.1 2379": "systemctl stop planted-etcd",
        "mkdir -p /var/lib/etcd/member": "rm -r /var/lib/etcd/member",
    },
}
EXPECTED = {
    ("ERROR", "Clones", "cp1, worker1"), ("ERROR", "Port", "worker1"), ("ERROR", "Port", "cp1"), ("WARNING", "Port", "worker1"),
    ("ERROR", "Networks", "worker1"), ("ERROR", "CniConfig", "worker1"), ("ERROR", "Leftovers", "cp1"),
}
WAIVED = ("-e", json.dumps({"kube_preflight_waived": sorted({name for _level, name, _hosts in EXPECTED})}))


@pytest.fixture(autouse=True)
def untouched(nodes: dict[str, Host]) -> Iterator[None]:
    for node in nodes.values():
        mark(node)
    yield
    for name, node in nodes.items():
        assert written_since_mark(node) == [], f"{name} was touched"


@pytest.fixture(scope="module")
def planted(nodes: dict[str, Host]) -> Iterator[None]:
    nodes["worker1"].check_output(f"echo {nodes['cp1'].check_output('cat /etc/machine-id')} > /run/cp1-machine-id")
    for name, commands in PLANTED.items():
        for command in commands:
            nodes[name].check_output(command)
    yield
    for name, commands in PLANTED.items():
        for command in commands.values():
            nodes[name].check_output(command)


@pytest.fixture(scope="session")
def preflight(inventory: Path) -> Callable[..., PlaybookRun]:
    return lambda *arguments: playbook("playbooks/preflight.yml", inventory, *VARIABLES, *arguments)


def said(run: PlaybookRun) -> set[tuple[Any, ...]]:
    return set(SAID.findall(run.output))


def table(run: PlaybookRun) -> str:
    found = TABLE.search(run.output)
    assert found, "there is no table"
    return found.group()


def test_bare_machines_are_fine(preflight: Callable[..., PlaybookRun]) -> None:
    run = preflight()
    assert run.rc == 0 and said(run) == set()
    assert "preflight: nothing stands in the way" in run.output and "plan: init (1): cp1" in run.output


def test_everything_that_is_wrong_is_in_one_table(planted: None, preflight: Callable[..., PlaybookRun]) -> None:
    run = preflight()
    assert run.rc != 0 and said(run) == EXPECTED and set(run.each("changed").values()) == {0}
    assert re.search(r"python3 http\.server \(pid [1-9]\d*\) has port 10250/tcp, which is for kubelet", run.output)
    assert re.search(r"python3 \(pid [1-9]\d*\) has port 31000/udp, which is for Services of type NodePort", " ".join(run.output.split()))
    assert max(map(len, table(run).splitlines())) <= 120


def test_check_mode_and_site_say_the_same(planted: None, preflight: Callable[..., PlaybookRun], site: Callable[..., PlaybookRun]) -> None:
    runs = [preflight(), preflight("--check"), site(*VARIABLES), site(*VARIABLES, "--check")]
    assert len({table(run) for run in runs}) == 1
    assert all(run.rc == runs[0].rc != 0 and "nothing was." in run.output and set(run.each("changed").values()) == {0} for run in runs)


def test_a_machine_that_cannot_be_reached_does_not_hide_the_others(planted: None, inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "10-more.yml").write_text(json.dumps({"kube_node": {"hosts": {"gone": {"ansible_host": "192.0.2.254"}}}}))
    run = playbook("playbooks/preflight.yml", inventory, "-i", str(tmp_path), *VARIABLES, "-e", "ansible_ssh_timeout=2")
    assert run.rc != 0 and said(run) == EXPECTED | {("WARNING", "Unreachable", "gone")}


def test_what_is_waived_does_not_stop_a_run(planted: None, preflight: Callable[..., PlaybookRun]) -> None:
    run = preflight(*WAIVED)
    assert run.rc == 0 and said(run) == set() and "findings waived" in run.output


def test_a_waiver_of_one_machine_is_none_of_the_others(planted: None, inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "10-waived.yml").write_text(json.dumps({"all": {"hosts": {"worker1": {"kube_preflight_waived": ["Clones", "Port"]}}}}))
    run = playbook("playbooks/preflight.yml", inventory, "-i", str(tmp_path), *VARIABLES)
    assert run.rc != 0 and {("ERROR", "Clones", "cp1"), ("ERROR", "Port", "cp1")} <= said(run)
    assert not [row for row in said(run) if "worker1" in row[2] and row[1] in ("Clones", "Port")]
