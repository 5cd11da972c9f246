"""Roles in somebody else's playbook, by an account that is no root; with facts and without, twice each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looks import mark, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

Nodes = dict[str, Host]
# The disk is the machine's that the lab is on, and so is what else lies on it.
THIS_MACHINE = ["DiskPressure", "DiskSpace"]
PAUSE = "registry.k8s.io/pause:3.10.1"


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory, variables: Callable[[str], dict[str, Any]], nodes: Nodes) -> Path:
    """The lab's machines in groups of other names, with how to reach them and nothing of ours."""
    hosts = {name: {key: value for key, value in variables(name).items() if key.startswith("ansible_")} for name in nodes}
    place = tmp_path_factory.mktemp("inventory") / "hosts.json"
    place.write_text(json.dumps({"all": {"children": {"boxes": {"hosts": hosts}, "masters": {"hosts": {"cp1": {}}}}}}))
    return place


def run(boxes: Path, facts: bool, *arguments: str) -> PlaybookRun:
    return playbook("molecule/stranger/stranger.yml", boxes, "-e", json.dumps({"stranger_facts": facts, "kube_preflight_waived": THIS_MACHINE}), *arguments)


def test_the_inventory_has_nothing_of_ours(boxes: Path) -> None:
    assert "kube_" not in boxes.read_text() and "prereqs" not in boxes.read_text()


def test_a_prediction_touches_nothing(boxes: Path, nodes: Nodes) -> None:
    for node in nodes.values():
        mark(node)
    done = run(boxes, False, "--check")
    assert done.rc == 0, done.output
    assert {name: written_since_mark(node) for name, node in nodes.items()} == {name: [] for name in nodes}


def test_a_misspelt_variable_of_the_play_is_told_there_too(boxes: Path) -> None:
    refused = run(boxes, False, "--tags=look", "-e", "containerd_setings={}")
    assert refused.rc != 0 and "containerd_setings (-e)" in refused.output and "did you mean containerd_settings?" in refused.output


@pytest.mark.parametrize("facts", [False, True], ids=["no facts", "facts"])
def test_the_roles_do_their_work_and_again_change_nothing(boxes: Path, nodes: Nodes, facts: bool) -> None:
    done = run(boxes, facts)
    assert done.rc == 0, done.output
    assert any(done.each("changed").values()) == (not facts)
    assert done.output.count("binaries of /opt/cni/bin") == len(nodes)
    for node in nodes.values():
        assert node.check_output("sysctl -n net.ipv4.ip_forward") == "1"
        assert node.check_output("systemctl is-active containerd; systemctl is-enabled containerd") == "active\nenabled"
        assert PAUSE in node.check_output("containerd config dump")
        assert "mirror.example.com" in node.check_output("cat /etc/containerd/certs.d/docker.io/hosts.toml")
    again = run(boxes, not facts)
    assert again.rc == 0 and not any(again.each("changed").values()), again.output
