"""In this order: a worker is added with --limit, one is reinstalled, the only control plane is reinstalled."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looks import mark, starts_of_services, times_of_files, written_since_mark
from runs import CLONE, PROGRAMS, PlaybookRun, plain_environment, playbook
from secret_search import alike
from testinfra.host import Host

WATCH = "for i in $(seq 600); do ps -eo args --no-headers; sleep 0.2; done"


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words, "--name", os.environ["KUBEWRIGHT_LAB"]], cwd=CLONE, check=True)


def node_names(kubectl: Callable[[str], Any]) -> set[str]:
    nodes = kubectl("get nodes -o json")["items"]
    return {item["metadata"]["name"] for item in nodes if any(c["type"] == "Ready" and c["status"] == "True" for c in item["status"]["conditions"])}


@pytest.fixture(scope="module")
def added(inventory: Path, reconnect: Callable[[str], Host], nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """worker2, joined under --limit at -vvv with a fact cache and without pipelining, while the processes of all nodes were watched."""
    lab("up", "--supplier", "debian", "--workers", "2")
    before = {name: (times_of_files(node), starts_of_services(node)) for name, node in nodes.items()}
    watched = [*nodes.values(), reconnect("worker2")]
    for node in watched:
        node.check_output(f"nohup sh -c '{WATCH}' > /run/processes 2>&1 < /dev/null & echo $! > /run/watcher")
    cache = tmp_path_factory.mktemp("facts")
    environment = {**plain_environment(), "ANSIBLE_PIPELINING": "False", "ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(cache)}
    command = [str(PROGRAMS / "ansible-playbook"), "site.yml", "-i", str(inventory), "--limit", "worker2", "-vvv"]
    done = subprocess.run(command, cwd=CLONE, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    processes = ""
    for node in watched:
        node.run("kill $(cat /run/watcher)")
        processes += node.check_output("cat /run/processes")
    print(done.stdout[-5000:])
    return {"rc": done.returncode, "output": done.stdout + done.stderr, "processes": processes, "before": before, "cache": cache}


def test_a_worker_added_with_limit_is_ready(added: dict[str, Any], kubectl: Callable[[str], Any]) -> None:
    assert added["rc"] == 0
    assert node_names(kubectl) == {"cp1", "worker1", "worker2"}


def test_a_limited_run_says_what_the_others_do_not_know_yet(added: dict[str, Any]) -> None:
    assert "learn the routes to new ones with the next full run" in added["output"]


def test_nobody_else_was_touched(added: dict[str, Any], nodes: dict[str, Host]) -> None:
    for name, node in nodes.items():
        assert (times_of_files(node), starts_of_services(node)) == added["before"][name]


def test_no_secret_in_the_output(added: dict[str, Any]) -> None:
    assert alike(added["output"].replace("abcdef.0123456789abcdef", "")) == []


def test_no_secret_in_the_process_lists(added: dict[str, Any]) -> None:
    assert "kubeadm join" in added["processes"], "the watch saw the join"
    # Containers and their shims bear ids of 64 digits.
    ours = [line for line in added["processes"].splitlines() if "containerd-shim" not in line and "/run/containerd" not in line]
    assert alike("\n".join(ours)) == []


def test_no_secret_in_the_fact_cache(added: dict[str, Any]) -> None:
    assert alike("".join(path.read_text() for path in added["cache"].rglob("*") if path.is_file())) == []


def test_no_secret_in_files_that_ansible_leaves(added: dict[str, Any], reconnect: Callable[[str], Host], nodes: dict[str, Host]) -> None:
    for node in [*nodes.values(), reconnect("worker2")]:
        left = node.check_output("find /tmp /var/tmp /root/.ansible /home/admin/.ansible -type f -exec cat {} + 2>/dev/null; true")
        assert alike(left) == []


def test_no_token_is_left(added: dict[str, Any], kubectl: Callable[[str], Any]) -> None:
    assert kubectl("get secrets -n kube-system --field-selector type=bootstrap.kubernetes.io/token -o json")["items"] == []


def test_the_next_full_run_tells_the_others_the_route(added: dict[str, Any], site: Callable[..., PlaybookRun], nodes: dict[str, Host]) -> None:
    assert site().rc == 0
    for node in nodes.values():
        assert len(node.check_output("ip route show proto 157").splitlines()) == 2


def test_a_reinstalled_worker_joins_again(
    added: dict[str, Any], reconnect: Callable[[str], Host], site: Callable[..., PlaybookRun], kubectl: Callable[[str], Any]
) -> None:
    before = kubectl("get node worker1 -o json")
    lab("recreate", "worker1")
    assert site().rc == 0
    after = kubectl("get node worker1 -o json")
    assert before["metadata"]["uid"] != after["metadata"]["uid"], "the stale Node was removed, not taken over"
    assert reconnect("worker1").file("/etc/machine-id").content_string.strip() == after["status"]["nodeInfo"]["machineID"]
    assert node_names(kubectl) == {"cp1", "worker1", "worker2"}


def test_the_cluster_reaches_everything_after_that(added: dict[str, Any], site: Callable[..., PlaybookRun]) -> None:
    run = site("-e", json.dumps({"verify_workload": True}))
    assert run.rc == 0


def test_a_name_that_a_living_machine_bears_is_refused(added: dict[str, Any], inventory: Path, tmp_path: Path, kubectl: Callable[[str], Any]) -> None:
    """worker2 wants to be worker1, which lives: its Node is not removed."""
    lab("recreate", "worker2")
    (tmp_path / "10-hosts.yml").write_text(json.dumps({"all": {
        "children": {"kube_control_plane": {"hosts": {"cp1": {}}}, "kube_node": {"hosts": {"worker2": {"kube_node_name": "worker1"}}}}}}))
    (tmp_path / "20-lab.yml").symlink_to(inventory / "20-lab.yml")
    uid = kubectl("get node worker1 -o json")["metadata"]["uid"]
    run = playbook("site.yml", tmp_path, "--limit", "worker2")
    assert run.rc != 0
    assert "another living machine is the Node worker1" in run.output
    assert kubectl("get node worker1 -o json")["metadata"]["uid"] == uid


def test_a_machine_that_would_be_newer_than_the_control_plane_is_refused(added: dict[str, Any], inventory: Path) -> None:
    """worker2 is bare by now, and the control plane is outside the run."""
    run = playbook("playbooks/preflight.yml", inventory, "--limit", "worker2", "-e", "kube_version=1.21.0")
    assert run.rc != 0 and set(run.recap) == {"worker2"}
    assert "[VersionSkew] worker2: it would join with Kubernetes 1.21.0, and the control plane runs 1.20." in run.output


def test_a_reinstalled_only_control_plane_makes_no_second_cluster(added: dict[str, Any], inventory: Path, reconnect: Callable[[str], Host]) -> None:
    worker = reconnect("worker1")
    lab("recreate", "cp1")
    control_plane = reconnect("cp1")
    for node in (worker, control_plane):
        mark(node)
    run = playbook("site.yml", inventory)
    assert run.rc != 0
    assert "[SecondCluster]" in run.output
    assert "No second cluster was made" in run.output
    assert set(run.each("changed").values()) == {0}
    assert written_since_mark(control_plane) == []
