"""The cluster uses the second network alone, while ssh and the workstation use the first."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from runs import PlaybookRun
from testinfra.host import Host

Variables = Callable[[str], dict[str, Any]]
INNER = {"cp1": "10.77.0.11", "worker1": "10.77.0.21"}


def flags(node: Host, program: str) -> dict[str, str]:
    """Of the process that runs, not of a file."""
    words = node.check_output(f"tr '\\0' '\\n' < /proc/$(pgrep -o -x {program})/cmdline").splitlines()
    return dict(word.lstrip("-").split("=", 1) for word in words if word.startswith("--") and "=" in word)


def test_ssh_uses_the_first_network(variables: Variables) -> None:
    assert all(not variables(host)["ansible_host"].startswith("10.77.") for host in INNER)


def test_a_node_has_the_address_of_the_second(kubectl: Callable[[str], Any], node: Host) -> None:
    name = node.check_output("hostname")
    found = kubectl(f"get node {name} -o json")["status"]["addresses"]
    assert [row["address"] for row in found if row["type"] == "InternalIP"] == [INNER[name]]


def test_the_kubelet_is_told_that_address(node: Host) -> None:
    assert flags(node, "kubelet")["node-ip"] == INNER[node.check_output("hostname")]


def test_the_api_server_advertises_it(control_plane: Host, kubectl: Callable[[str], Any]) -> None:
    assert flags(control_plane, "kube-apiserver")["advertise-address"] == INNER["cp1"]
    assert [row["ip"] for row in kubectl("get endpoints kubernetes -o json")["subsets"][0]["addresses"]] == [INNER["cp1"]]


def test_etcd_listens_there_and_not_on_the_first_network(control_plane: Host) -> None:
    given = flags(control_plane, "etcd")
    assert given["listen-client-urls"] == f"https://127.0.0.1:2379,https://{INNER['cp1']}:2379"
    assert given["listen-peer-urls"] == f"https://{INNER['cp1']}:2380"
    sockets = control_plane.check_output("ss --listening --tcp --numeric --no-header").splitlines()
    own = {line.split()[3] for line in sockets if line.split()[3].endswith((":2379", ":2380"))}
    assert own == {"127.0.0.1:2379", f"{INNER['cp1']}:2379", f"{INNER['cp1']}:2380"}


def test_the_certificate_holds_both_addresses(control_plane: Host, variables: Variables) -> None:
    made = x509.load_pem_x509_certificate(control_plane.file("/etc/kubernetes/pki/apiserver.crt").content)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {INNER["cp1"], variables("cp1")["ansible_host"]} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}


def test_the_workstation_reaches_the_api_server_by_the_first(variables: Variables, inventory: Path) -> None:
    path = Path(variables("cp1")["kube_kubeconfig_path"])
    assert f"server: https://{variables('cp1')['ansible_host']}:6443" in path.read_text()
    asked = [str(inventory.parent / "bin" / "kubectl"), "--kubeconfig", str(path), "get", "nodes", "-o", "name"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    assert set(done.stdout.split()) == {"node/cp1", "node/worker1"}


def test_the_names_of_others_lead_to_the_second(node: Host) -> None:
    """Its own is in /etc/hosts of a container, by the engine."""
    wanted = {name: address for name, address in {**INNER, "cluster-endpoint": INNER["cp1"]}.items() if name != node.check_output("hostname")}
    assert {name: node.check_output(f"getent hosts {name}").split()[0] for name in wanted} == wanted


def test_pods_of_another_node_are_reached_by_the_second(node: Host) -> None:
    other = next(address for name, address in INNER.items() if name != node.check_output("hostname"))
    rows = [line.split() for line in node.check_output("ip route show proto 157").splitlines()]
    assert [(row[row.index("via") + 1], row[row.index("dev") + 1]) for row in rows] == [(other, "eth1")]


def test_a_workload_reaches_across_nodes_and_a_run_after_that_changes_nothing(site: Callable[..., PlaybookRun]) -> None:
    assert site("-e", "verify_workload=true").rc == 0
    run = site()
    assert run.rc == 0 and set(run.each("changed").values()) == {0}
