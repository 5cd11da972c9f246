"""In this order, on a cluster that runs: what Docker is and works with, changes that leave containers alone, changes that are refused, and a node that goes."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import CLONE, PlaybookRun, playbook
from testinfra.host import Host

sys.path.insert(0, str(CLONE / "tests"))

import role_readmes

DAEMON = "/etc/docker/daemon.json"
DROP_IN = "/etc/systemd/system/docker.service.d/own.conf"
PERSONS = {"labels": ["rack=7"], "max-concurrent-uploads": 2, "log-opts": {"max-size": "5m"}}
OURS = {"exec-opts": ["native.cgroupdriver=systemd"]}
Kubectl = Callable[[str], Any]
Machines = Callable[..., PlaybookRun]


class Daemon(NamedTuple):
    """What a change could have touched."""

    pid: str
    containers: str  # each with the moment of its start
    file: str


def look(node: Host) -> Daemon:
    return Daemon(
        node.check_output("systemctl show docker --property=MainPID --value"),
        node.check_output("docker ps --quiet --no-trunc | sort | xargs docker inspect --format '{{.Id}} {{.State.StartedAt}}'"),
        node.check_output(f"sha256sum {DAEMON}; stat -c %Y {DAEMON}"))


def info(node: Host) -> dict[str, Any]:
    return dict(json.loads(node.check_output("docker info --format '{{json .}}'")))


def document(node: Host) -> dict[str, Any]:
    return dict(json.loads(node.file(DAEMON).content_string))


@pytest.fixture
def machines(inventory: Path) -> Machines:
    """The role alone, with the inventory's variables."""
    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        return playbook("molecule/docker/docker.yml", inventory, "--diff", *arguments, f"--extra-vars={json.dumps(variables)}")

    return run


@pytest.fixture
def before(nodes: dict[str, Host]) -> dict[str, Daemon]:
    return {name: look(node) for name, node in nodes.items()}


# What it is.

def test_the_kubelet_speaks_to_docker_itself(kubectl: Kubectl, node: Host) -> None:
    name = node.check_output("hostname")
    assert kubectl(f"get node {name} -o json")["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("docker://20.10.24")
    assert kubectl(f"get node {name} -o json")["metadata"]["annotations"]["kubeadm.alpha.kubernetes.io/cri-socket"] == "/var/run/dockershim.sock"
    assert "--container-runtime" not in node.check_output("cat /var/lib/kubelet/kubeadm-flags.env")


def test_kube_proxy_runs_in_docker_and_nothing_is_beside_it(kubectl: Kubectl, node: Host) -> None:
    """A privileged container, which is what a machine without every capability finds hardest to start."""
    pods = kubectl("get pods --namespace kube-system --selector k8s-app=kube-proxy -o json")["items"]
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert {status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]} == {0}
    assert node.check_output("docker ps --filter label=io.kubernetes.container.name=kube-proxy --format '{{.State}}'") == "running"
    assert node.check_output("ctr --namespace k8s.io containers list --quiet") == "", "containerd carries Docker's containers, and none of its own"


def test_the_playbook_of_the_role_s_readme_runs_as_it_stands_there(inventory: Path, variables: Callable[[str], dict[str, Any]], tmp_path: Path) -> None:
    """Only versions and source are this lab's."""
    place = tmp_path / "docker.yml"
    place.write_text(role_readmes.playbook("docker"))
    ours = {"docker_kubernetes_version": variables("cp1")["kube_version"], "docker_source": "distribution", "docker_version": ""}
    done = playbook(str(place), inventory, "-e", json.dumps(ours))
    assert done.rc == 0 and not any(done.each("changed").values()), done.output


def test_the_version_is_held(node: Host) -> None:
    assert node.package("docker.io").version.startswith("20.10.24")
    assert "docker.io" in node.check_output("apt-mark showhold").split()


def test_a_persons_settings_are_kept_beside_ours(node: Host) -> None:
    assert document(node) == {**PERSONS, **OURS}
    found = info(node)
    assert (found["Labels"], found["CgroupDriver"]) == (["rack=7"], "systemd")


def test_a_log_option_reaches_containers(node: Host) -> None:
    name = node.check_output("docker ps --filter label=io.kubernetes.container.name=kube-proxy --quiet")
    assert json.loads(node.check_output(f"docker inspect --format '{{{{json .HostConfig.LogConfig}}}}' {name}")) == {
        "Type": "json-file", "Config": {"max-size": "5m"}}


def test_pods_on_different_nodes_reach_each_other(kubectl: Kubectl, nodes: dict[str, Host], groups: Callable[[str], list[str]]) -> None:
    first = nodes[groups("kube_control_plane")[0]]
    command = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
    try:
        for name in nodes:
            overrides = json.dumps({"spec": {"nodeName": name, "tolerations": [{"operator": "Exists"}]}})
            first.check_output(f"{command} run on-{name} --image=kubewright.local/busybox:1 --image-pull-policy=Never --restart=Never"
                               f" --overrides='{overrides}' -- sh -c 'echo {name} > /tmp/index.html; httpd -f -p 8080 -h /tmp'")
        first.check_output(f"{command} wait --for=condition=Ready --timeout=120s pod {' '.join('on-' + name for name in nodes)}")
        addresses = {name: kubectl(f"get pod on-{name} -o json")["status"]["podIP"] for name in nodes}
        for here in nodes:
            for there, address in addresses.items():
                assert first.check_output(f"{command} exec on-{here} -- wget -q -O - http://{address}:8080/") == there
    finally:
        first.run(f"{command} delete pod --grace-period=1 {' '.join('on-' + name for name in nodes)}")


# Changes that leave containers alone.

def test_a_mirror_is_taken_over_by_a_reload_and_containers_go_on(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon]) -> None:
    mirrors = {"docker.io": ["https://mirror.example.com"], "quay.io": ["https://not-dockers.example.com"]}
    run = machines(kube_registry_mirrors=mirrors)
    assert run.rc == 0 and run.output.count("reload Docker for registry-mirrors") >= 1, run.output
    assert not re.search(r"restart Docker|restarted for", run.output)
    for name, node in nodes.items():
        assert info(node)["RegistryConfig"]["Mirrors"] == ["https://mirror.example.com/"]
        assert document(node) == {**PERSONS, **OURS, "registry-mirrors": ["https://mirror.example.com"]}
        assert (look(node).pid, look(node).containers) == (before[name].pid, before[name].containers)
    again = machines(kube_registry_mirrors=mirrors)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_what_is_no_longer_asked_for_goes_and_a_persons_settings_stay(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon]) -> None:
    assert machines().rc == 0 and machines().each("changed") == dict.fromkeys(nodes, 0)
    for name, node in nodes.items():
        assert document(node) == {**PERSONS, **OURS} and not info(node)["RegistryConfig"]["Mirrors"]
        assert look(node).containers == before[name].containers


def test_a_restart_that_would_stop_pods_is_announced_by_a_check(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon]) -> None:
    run = machines("--check", docker_settings={"log-level": "warn"})
    assert run.rc == 0 and 'set log-level = "warn" in /etc/docker/daemon.json' in run.output
    assert "Docker would be restarted for log-level, which stops the containers of" in run.output and "kube-system/kube-proxy-" in run.output
    assert {name: look(node) for name, node in nodes.items()} == before


def test_with_live_restore_containers_outlive_a_restart(machines: Machines, nodes: dict[str, Host], kubectl: Kubectl, before: dict[str, Daemon]) -> None:
    assert machines(docker_live_restore=True).rc == 0
    assert {look(node).pid for node in nodes.values()} == {daemon.pid for daemon in before.values()}, "live-restore itself comes by a reload"
    run = machines(docker_live_restore=True, docker_settings={"log-level": "warn"})
    assert run.rc == 0 and "restart Docker for log-level" in run.output and "which stops the containers" not in run.output
    for name, node in nodes.items():
        assert look(node).pid != before[name].pid and look(node).containers == before[name].containers
    nodes_now = kubectl("get nodes -o json")["items"]
    assert {row["status"] for item in nodes_now for row in item["status"]["conditions"] if row["type"] == "Ready"} == {"True"}


# What is refused, with nothing touched.

@pytest.fixture
def flag(nodes: dict[str, Host]) -> Iterator[None]:
    """A flag in a drop-in, as somebody may have written it."""
    for node in nodes.values():
        node.check_output(f"mkdir -p {DROP_IN.rsplit('/', 1)[0]}"
                          f" && printf '[Service]\\nExecStart=\\nExecStart=/usr/sbin/dockerd -H fd:// --mtu=1400\\n' > {DROP_IN} && systemctl daemon-reload")
    yield
    for node in nodes.values():
        node.check_output(f"rm {DROP_IN} && systemctl daemon-reload")


LIVE = {"docker_live_restore": True, "docker_settings": {"log-level": "warn"}}
REFUSED = {
    "another cgroup driver": ({**LIVE, "docker_cgroup_driver": "cgroupfs"}, "uses the cgroup driver systemd on this machine", "Replace the node"),
    "another data root": ({**LIVE, "docker_data_root": "/srv/docker"}, "Docker keeps images and containers in /var/lib/docker", "or ask for /var/lib/docker"),
    "a person's value": ({**LIVE, "docker_settings": {"log-level": "warn", "max-concurrent-uploads": 9}},
                         "max-concurrent-uploads is 2 there, and 9 is asked for", "docker_overwrite"),
    "an unknown key": ({**LIVE, "docker_settings": {"log-levels": "warn"}}, "it knows no log-levels, but log-level", "Correct docker_settings"),
    "an older Docker": ({**LIVE, "docker_version": "20.10.5"}, "20.10.5", "docker.io"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_and_nothing_is_touched(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon], case: str) -> None:
    variables, found, remedy = REFUSED[case]
    for arguments in (("--check",), ()):
        run = machines(*arguments, **variables)
        assert run.rc != 0 and found in run.output and remedy in run.output, run.output
    assert {name: look(node) for name, node in nodes.items()} == before


@pytest.mark.usefixtures("flag")
def test_a_key_that_is_a_flag_too_is_refused_with_both_places(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon]) -> None:
    run = machines(docker_live_restore=True, docker_settings={"log-level": "warn", "mtu": 1450})
    assert run.rc != 0 and f"mtu (1450 there, \\\"1400\\\" on the command line, by {DROP_IN})" in run.output.replace("\n", " "), run.output
    assert DAEMON in run.output
    assert {name: look(node) for name, node in nodes.items()} == before


def test_a_document_that_docker_cannot_start_with_is_taken_back(machines: Machines, nodes: dict[str, Host], before: dict[str, Daemon]) -> None:
    run = machines(docker_live_restore=True, docker_settings={"log-level": "warn", "storage-opts": ["overlay2.nothing=1"]})
    assert run.rc != 0 and "Docker does not start with the new /etc/docker/daemon.json" in run.output
    for name, node in nodes.items():
        assert document(node) == {**PERSONS, **OURS, "live-restore": True, "log-level": "warn"} and info(node)["CgroupDriver"] == "systemd"
        assert look(node).containers == before[name].containers


# And out again.

def test_a_worker_is_reset_with_its_containers_and_joins_again(inventory: Path, nodes: dict[str, Host], groups: Callable[[str], list[str]],
                                                               kubectl: Kubectl) -> None:
    name = next(name for name in groups("kube_node") if name not in groups("kube_control_plane"))
    gone = playbook("playbooks/reset.yml", inventory, "-e", f"kube_reset_machines={name}")
    assert gone.rc == 0, gone.output
    assert nodes[name].check_output("docker ps --all --quiet --filter label=io.kubernetes.pod.name") == ""
    assert name not in {item["metadata"]["name"] for item in kubectl("get nodes -o json")["items"]}
    back = playbook("site.yml", inventory, f"--extra-vars={json.dumps({**LIVE, 'verify_workload': True})}")
    assert back.rc == 0, back.output
    again = playbook("site.yml", inventory, f"--extra-vars={json.dumps(LIVE)}")
    assert again.rc == 0 and set(again.each("changed").values()) == {0}
