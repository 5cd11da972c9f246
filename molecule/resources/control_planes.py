"""What the tests of this scenario ask the machines, and what they do to them."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from looks import starts_of_services
from runs import CLONE, PlaybookRun
from testinfra.host import Host

ENDPOINT = "https://api.cluster.example:6443"
PLANES = ("cp1", "cp2", "cp3")
PKI = "/etc/kubernetes/pki/etcd"
# etcd's JSON gateway: the image of the lab's etcd holds no etcdctl.
ETCD = f"curl --silent --show-error --cacert {PKI}/ca.crt --cert {PKI}/healthcheck-client.crt --key {PKI}/healthcheck-client.key https://127.0.0.1:2379"
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


def members(asked: Host) -> dict[str, str]:
    """etcd's members by name, with their ids, as a control plane's own etcd says; one that was announced and never started has no name."""
    assert json.loads(asked.check_output(f"{ETCD}/health")) == {"health": "true"}
    answer = json.loads(asked.check_output(f"{ETCD}/v3/cluster/member/list --data '{{}}'"))
    return {row.get("name", "not started"): row["ID"] for row in answer["members"]}


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


def up(balancer: Host) -> set[str]:
    """Servers that pass haproxy's own check, by its statistics socket."""
    script = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/haproxy/admin.sock'); s.sendall(b'show stat\\n'); print(s.makefile().read())"
    rows = [line.split(",") for line in balancer.check_output(f'python3 -c "{script}"').splitlines() if line.startswith("control_planes,")]
    return {row[1] for row in rows if row[17].startswith("UP") and row[1] != "BACKEND"}
