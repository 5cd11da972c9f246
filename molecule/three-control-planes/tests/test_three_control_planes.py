"""In this order: the cluster behind haproxy, one control plane switched off and on again, the first one destroyed and replaced."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from looks import starts_of_services
from runs import CLONE, PlaybookRun
from testinfra.host import Host

ENDPOINT = "https://api.cluster.example:6443"
PLANES = ("cp1", "cp2", "cp3")
PKI = "/etc/kubernetes/pki/etcd"
ETCD = f"ETCDCTL_API=3 etcdctl --cacert {PKI}/ca.crt --cert {PKI}/healthcheck-client.crt --key {PKI}/healthcheck-client.key --endpoints https://127.0.0.1:2379"
ASK = f"curl --silent --show-error --max-time 5 --cacert /etc/kubernetes/pki/ca.crt {ENDPOINT}/healthz"
LAB = os.environ["KUBEWRIGHT_LAB"]
Reconnect = Callable[[str], Host]
Site = Callable[..., PlaybookRun]


class Seen(NamedTuple):
    """What a control plane's replacement must leave alone on the others."""

    services: str
    etcd: str
    ca: str


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words, "--name", LAB], cwd=CLONE, check=True)


def switch(state: str, host: str) -> None:
    subprocess.run(["docker", state, *(["--time=0"] if state == "stop" else []), f"{LAB}-{host}"], check=True, stdout=subprocess.DEVNULL)


def ask(node: Host, words: str) -> Any:
    """kubectl on one control plane, which asks through the endpoint."""
    return json.loads(node.check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}"))


def members(asked: Host, plane: str) -> dict[str, str]:
    """etcd's members by name, with their ids; those that were announced and never started have no name."""
    answer = asked.check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf exec -n kube-system etcd-{plane} -- sh -c '{ETCD} member list'")
    rows = [[part.strip() for part in line.split(",")] for line in answer.splitlines()]
    assert {row[1] for row in rows} == {"started"}, answer
    return {row[2]: row[0] for row in rows}


def see(node: Host) -> Seen:
    started = node.check_output("ps -o lstart= -C etcd") if node.file("/etc/kubernetes/manifests/etcd.yaml").exists else ""
    return Seen(starts_of_services(node), started, hashlib.sha256(node.file("/etc/kubernetes/pki/ca.crt").content).hexdigest())


def ready(asked: Host) -> set[str]:
    nodes = ask(asked, "get nodes -o json")["items"]
    return {item["metadata"]["name"] for item in nodes if any(c["type"] == "Ready" and c["status"] == "True" for c in item["status"]["conditions"])}


def until(true: Callable[[], bool], what: str, seconds: int = 180) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, f"not within {seconds} s: {what}"
        time.sleep(1)


def server(kubeconfig: str) -> str:
    return str(yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]["server"])


def test_etcd_has_three_started_members(nodes: dict[str, Host]) -> None:
    assert set(members(nodes["cp1"], "cp1")) == set(PLANES)


def test_everybody_calls_the_endpoint(node: Host) -> None:
    if node.check_output("hostname") == "lb1":
        assert node.service("haproxy").is_running
        return
    assert server(node.file("/etc/kubernetes/kubelet.conf").content_string) == ENDPOINT
    admin = node.file("/etc/kubernetes/admin.conf")
    assert not admin.exists or server(admin.content_string) == ENDPOINT


def test_the_workstation_calls_the_load_balancer(variables: Callable[[str], dict[str, Any]], inventory: Path) -> None:
    path = Path(variables("cp1")["kube_kubeconfig_path"])
    assert server(path.read_text()) == f"https://{variables('lb1')['ansible_host']}:6443"
    program = inventory.parent / "bin" / "kubectl"
    asked = subprocess.run([str(program), "--kubeconfig", str(path), "get", "nodes", "-o", "name"], capture_output=True, text=True, check=True)
    assert set(asked.stdout.split()) == {f"node/{name}" for name in (*PLANES, "worker1")}


def test_haproxy_counts_three_ready_api_servers(nodes: dict[str, Host]) -> None:
    assert up(nodes["lb1"]) == set(PLANES)


def up(balancer: Host) -> set[str]:
    """Servers that pass haproxy's own check, by its statistics socket."""
    script = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/haproxy/admin.sock'); s.sendall(b'show stat\\n'); print(s.makefile().read())"
    rows = [line.split(",") for line in balancer.check_output(f'python3 -c "{script}"').splitlines() if line.startswith("control_planes,")]
    return {row[1] for row in rows if row[17].startswith("UP") and row[1] != "BACKEND"}


def test_the_load_balancer_was_left_alone(nodes: dict[str, Host]) -> None:
    assert not nodes["lb1"].file("/etc/kubernetes").exists and not nodes["lb1"].exists("kubeadm")


def test_a_second_run_with_limit_changes_nothing(site: Site) -> None:
    run = site("--limit", "cp2")
    assert run.rc == 0 and run.each("changed") == {"cp2": 0}


@pytest.fixture(scope="module")
def switched_off(nodes: dict[str, Host]) -> Iterator[str]:
    """The third control plane's machine is off, and haproxy knows."""
    switch("stop", "cp3")
    until(lambda: up(nodes["lb1"]) == {"cp1", "cp2"}, "haproxy takes cp3 out", 30)
    yield "cp3"
    switch("start", "cp3")
    until(lambda: up(nodes["lb1"]) == set(PLANES), "cp3 is back behind haproxy")
    until(lambda: ready(nodes["cp1"]) == {*PLANES, "worker1"}, "cp3 is Ready again")


def test_the_api_answers_while_a_control_plane_is_off(switched_off: str, nodes: dict[str, Host]) -> None:
    for _ in range(20):
        assert nodes["worker1"].check_output(ASK) == "ok"


def test_a_run_tells_which_machine_is_off_and_goes_on_with_the_others(switched_off: str, site: Site) -> None:
    run = site()
    assert run.rc != 0 and run.recap["cp3"]["unreachable"] == 1
    assert "cp3" in run.output and "cannot be reached" in run.output
    for host in ("cp1", "cp2", "worker1"):
        assert run.recap[host]["failed"] == 0 and run.recap[host]["changed"] == 0


class Replaced(NamedTuple):
    before: dict[str, Seen]
    old: dict[str, str]
    node: dict[str, Any]
    limited: PlaybookRun
    full: PlaybookRun


@pytest.fixture(scope="module")
def replaced(nodes: dict[str, Host], site: Site) -> Replaced:
    """The first control plane, which made the cluster, is destroyed; a bare machine with its name and address takes its place."""
    others = {name: node for name, node in nodes.items() if name in ("cp2", "cp3", "worker1")}
    old, node = members(nodes["cp2"], "cp2"), ask(nodes["cp2"], "get node cp1 -o json")
    before = {name: see(one) for name, one in others.items()}
    lab("recreate", "cp1")
    return Replaced(before, old, node, site("--limit", "cp1"), site())


def test_a_limited_run_brings_the_replacement(replaced: Replaced) -> None:
    assert replaced.limited.rc == 0 and set(replaced.limited.recap) == {"cp1"}


def test_the_next_full_run_tells_the_others_the_route_and_nothing_else(replaced: Replaced) -> None:
    assert replaced.full.rc == 0
    assert replaced.full.each("changed")["cp1"] == 0
    assert max(replaced.full.each("changed").values()) <= 1


def test_the_replacement_is_a_new_node_and_a_new_member(replaced: Replaced, reconnect: Reconnect) -> None:
    new = reconnect("cp1")
    found, node = members(new, "cp1"), ask(new, "get node cp1 -o json")
    assert set(found) == set(PLANES)
    assert found["cp1"] != replaced.old["cp1"]
    assert {name: found[name] for name in ("cp2", "cp3")} == {name: replaced.old[name] for name in ("cp2", "cp3")}
    assert node["metadata"]["uid"] != replaced.node["metadata"]["uid"]
    assert node["status"]["nodeInfo"]["machineID"] == new.file("/etc/machine-id").content_string.strip()


def test_it_is_the_same_cluster_and_the_others_never_stopped(replaced: Replaced, reconnect: Reconnect) -> None:
    new = see(reconnect("cp1"))
    for name, before in replaced.before.items():
        assert see(reconnect(name)) == before
        assert new.ca == before.ca
    assert ready(reconnect("cp1")) == {*PLANES, "worker1"}


def test_haproxy_has_it_back(replaced: Replaced, nodes: dict[str, Host]) -> None:
    until(lambda: up(nodes["lb1"]) == set(PLANES), "cp1 is back behind haproxy", 30)


def test_after_that_a_run_changes_nothing(replaced: Replaced, site: Site) -> None:
    run = site()
    assert run.rc == 0 and set(run.each("changed").values()) == {0}
