"""On bare machines with two network cards: preflight tells a wrong address, and a choice that nobody made, before anything is touched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looks import mark, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

Judge = Callable[..., PlaybookRun]


@pytest.fixture
def preflight(inventory: Path, tmp_path: Path, nodes: dict[str, Host]) -> Judge:
    """The lab's machines under an inventory that gives worker1 these variables."""

    def run(**own: Any) -> PlaybookRun:
        tree = {"all": {"children": {
            "kube_control_plane": {"hosts": {"cp1": {"kube_node_address": "10.77.0.11"}}}, "kube_node": {"hosts": {"worker1": {}}}}}}
        (tmp_path / "10-hosts.yml").write_text(json.dumps(tree))
        (tmp_path / "20-lab.yml").write_text((inventory / "20-lab.yml").read_text())
        (tmp_path / "30-worker1.yml").write_text(json.dumps({"all": {"hosts": {"worker1": own}}}))
        for node in nodes.values():
            mark(node)
        found = playbook("site.yml", tmp_path)
        assert [written_since_mark(node) for node in nodes.values()] == [[], []]
        return found

    return run


def test_an_address_that_the_machine_does_not_have_is_told(preflight: Judge, variables: Callable[[str], dict[str, Any]]) -> None:
    run = preflight(kube_node_address="10.77.0.99")
    seen = f"10.77.0.99, which the inventory gives it, is none of its own; it has {variables('worker1')['ansible_host']} (eth0), 10.77.0.21 (eth1)"
    assert run.rc != 0 and f"[NodeAddress] worker1: {seen}" in run.output


def test_the_name_of_a_network_card_is_no_address(preflight: Judge) -> None:
    run = preflight(kube_node_address="eth1")
    assert run.rc != 0 and "[NodeAddress] worker1: kube_node_address is 'eth1', which is no address" in run.output


def test_of_several_addresses_none_is_guessed(preflight: Judge, variables: Callable[[str], dict[str, Any]]) -> None:
    """ssh reaches it by a name."""
    given = variables("worker1")
    by_name = {"ansible_host": "worker1.example.com", "ansible_ssh_common_args": f"{given['ansible_ssh_common_args']} -o HostName={given['ansible_host']}"}
    run = preflight(**by_name)
    seen = f"the inventory gives it no address, and it has several: {given['ansible_host']} (eth0), 10.77.0.21 (eth1)"
    assert run.rc != 0 and f"[NodeAddressChoice] worker1: {seen}" in run.output
