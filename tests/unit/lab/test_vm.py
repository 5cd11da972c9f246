import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab import inventory, lab, overlay, qemu, show, state, vm_disk
from lab.errors import LabError
from lab.machine import Machine
from lab.state import CONTAINER, VIRTUAL, State

FACTS = Machine(1, False, 1500, ("192.0.2.53",), systemd=False)


def virtual() -> State:
    return State("x", versions=["1.35.0"], addresses={"cp1": "127.29.0.7"}, kind=VIRTUAL, ssh_port=2222)


def test_a_virtual_machine_gets_time_and_none_of_a_containers_concessions() -> None:
    assert overlay.forced(FACTS, "1.35.0", CONTAINER)
    assert overlay.forced(FACTS, "1.35.0", VIRTUAL) == {
        "prereqs_time": "keep", "control_plane_init_configuration": {"timeouts": {"controlPlaneComponentHealthCheck": "9m0s"}}}
    assert overlay.forced(FACTS, "1.20.2", VIRTUAL) == {
        "prereqs_time": "keep", "kube_cluster_configuration": {"apiServer": {"timeoutForControlPlane": "9m0s"}}}


def test_its_ports_are_forwarded_from_an_address_of_its_own() -> None:
    words = qemu.command(Path("/lab/vm/cp1"), qemu.Guest("cp1", 0, "127.29.0.7"))
    assert words[-1] == (
        "user,model=virtio-net-pci,net=10.0.2.0/24,mac=52:54:00:29:00:00,hostfwd=tcp:127.29.0.7:2222-:22,hostfwd=tcp:127.29.0.7:6443-:6443"
    )
    assert [word for word in words if word.startswith("file=")] == [
        f"file=/lab/vm/cp1/{disk},if=virtio,format=raw,cache=unsafe" for disk in (vm_disk.ROOT, vm_disk.SWAP)
    ]


def test_machines_of_one_lab_differ_in_what_tells_machines_apart() -> None:
    one, two = (qemu.command(Path(f"/lab/vm/{host}"), qemu.Guest(host, number, "127.29.0.7")) for number, host in enumerate(("cp1", "worker1")))
    assert one[one.index("-uuid") + 1] != two[two.index("-uuid") + 1]
    assert "net=10.0.3.0/24,mac=52:54:00:29:00:01" in two[-1]
    assert (qemu.inside(1), qemu.nameserver(1)) == ("10.0.3.15", "10.0.3.3")


def test_an_inventory_says_memory_and_clock_of_a_machine() -> None:
    assert qemu.guest("cp1", 0, "127.29.0.7", {}) == qemu.Guest("cp1", 0, "127.29.0.7", qemu.MEMORY, 0)
    small = qemu.guest("cp1", 0, "127.29.0.7", {"lab_memory_mb": "1024", "lab_clock_offset_seconds": -300})
    words = qemu.command(Path("/lab/vm/cp1"), small)
    assert words[words.index("-m") + 1] == "1024"
    told = datetime.fromisoformat(words[words.index("-rtc") + 1].removeprefix("base=")).replace(tzinfo=UTC)
    assert timedelta(seconds=-305) < told - datetime.now(UTC) < timedelta(seconds=-295)
    assert "-rtc" not in qemu.command(Path("/lab/vm/cp1"), qemu.Guest("cp1", 0, "127.29.0.7"))


def test_ansible_learns_both_of_its_addresses() -> None:
    told = lab.login(virtual(), "cp1", {})
    assert (told["ansible_host"], told["ansible_port"]) == ("127.29.0.7", 2222)
    assert (told["kube_node_address"], told["kube_cert_sans"]) == ("10.0.2.15", ["127.29.0.7"])
    assert "kube_node_address" not in lab.login(State("x", addresses={"cp1": "172.29.0.11"}), "cp1", {})


def test_ssh_takes_its_port() -> None:
    words = show.ssh(virtual(), "cp1")
    assert words[words.index("-p") + 1] == "2222" and words[-1] == "root@127.29.0.7"


@pytest.mark.parametrize(("made", "wanted"), [(virtual(), CONTAINER), (State("x", addresses={"cp1": "172.29.0.11"}), VIRTUAL)])
def test_a_lab_stays_of_one_kind(made: State, wanted: str) -> None:
    with pytest.raises(LabError, match="choose another NAME="):
        lab.require_kind(made, wanted)
    lab.require_kind(State("new"), wanted)


def test_what_an_earlier_lab_remembers_is_a_lab_of_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "lab_folder", lambda name: tmp_path / name)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "state.json").write_text(json.dumps({"name": "old"}))
    assert (state.load("old").kind, state.load("old").ssh_port) == (CONTAINER, 22)


def test_only_the_process_that_was_started_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "kill", lambda *_words: pytest.fail("ended a process of somebody else's"))
    qemu.stop(tmp_path)
    qemu.memory(tmp_path).write_text(json.dumps({"pid": os.getpid(), "started_at": 1}))
    assert qemu.pid_of(tmp_path) is None
    qemu.stop(tmp_path)


def test_the_process_that_was_started_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qemu, "command", lambda *_words: ["sleep", "60"])
    qemu.start(tmp_path, qemu.Guest("cp1", 0, "127.29.0.7"))
    assert qemu.pid_of(tmp_path)
    qemu.stop(tmp_path)
    assert qemu.pid_of(tmp_path) is None


def test_an_address_whose_ports_are_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qemu, "is_free", lambda address, port: (address, port) != ("127.29.0.1", qemu.API_PORT))
    assert qemu.free_address(["127.29.0.1", "127.29.0.2"]) == "127.29.0.2"
    with pytest.raises(LabError, match="No loopback address"):
        qemu.free_address(["127.29.0.1"])


def test_it_is_a_cluster_of_one(tmp_path: Path) -> None:
    inventory.place_hosts(tmp_path, None, 1, 0)
    groups, hosts = inventory.read(tmp_path)
    assert list(hosts) == groups["kube_control_plane"] == groups["kube_node"] == ["cp1"]
