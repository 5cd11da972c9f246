"""A node behind a proxy: a real one (tinyproxy) on loopback; what goes through it is asked of its journal, what a service has of its process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import PlaybookRun, playbook
from testinfra.host import Host

PROXY, SECRET = "http://127.0.0.1:8888", "http://me:hunter2%24@127.0.0.1:8888"
LIST = "/etc/apt/sources.list.d/direct.list"
SNAPSHOT = "find /etc -type f ! -path '/etc/tinyproxy/*' -exec sha256sum {} + | sort"


class Scene(NamedTuple):
    node: Host
    direct: str  # a host of no_proxy, with an address that apt asks
    address: str
    run: Callable[..., PlaybookRun]

    def environment(self) -> dict[str, str]:
        """What containerd's process has."""
        text = self.node.check_output("tr '\\0' '\\n' < /proc/$(systemctl show --property=MainPID --value containerd)/environ")
        return {key: value for key, _equals, value in (line.partition("=") for line in text.splitlines()) if key.endswith("_PROXY")}

    def process(self) -> str:
        return str(self.node.check_output("systemctl show --property=MainPID --value containerd"))

    def asked_through_the_proxy(self, command: str) -> str:
        since = self.node.check_output("date '+%F %T'")
        self.node.check_output(command)
        return str(self.node.check_output(f"journalctl --unit tinyproxy --since '{since}' --output cat"))


@pytest.fixture(scope="module")
def scene(nodes: dict[str, Host], variables: Callable[[str], dict[str, Any]], inventory: Path) -> Iterator[Scene]:
    (name, node), (other, stranger), *_more = sorted(nodes.items())
    addresses = [variables(host)["ansible_host"] for host in (name, other)]
    node.check_output("apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends tinyproxy containerd")
    node.check_output("systemctl restart tinyproxy containerd")
    stranger.check_output("mkdir -p /srv/direct; : > /srv/direct/Packages")
    stranger.check_output("systemd-run --quiet --unit=direct python3 -m http.server --directory /srv/direct 8000")

    def run(*arguments: str, **given: Any) -> PlaybookRun:
        extra = {"proxy_url": PROXY, "proxy_bundle": f"http://{addresses[1]}:8000", "proxy_nodes": addresses, **{f"proxy_{key}": given[key] for key in given}}
        return playbook("molecule/prereqs/proxy.yml", inventory, "--limit", name, "-e", json.dumps(extra), *arguments)

    yield Scene(node, f"http://{addresses[1]}:8000", addresses[0], run)
    run(state="absent")
    node.run(f"rm -f {LIST}; apt-get purge -y -qq tinyproxy containerd runc; apt-get update -qq")
    stranger.run("systemctl stop direct")


@pytest.fixture(scope="module")
def untouched(scene: Scene) -> str:
    return str(scene.node.check_output(SNAPSHOT))


def test_the_prediction_touches_nothing_and_is_true(scene: Scene, untouched: str) -> None:
    before = scene.process()
    predicted = scene.run("--check", "--diff")
    assert set(predicted.each("changed").values()) == {1} and scene.process() == before
    assert scene.node.check_output(SNAPSHOT) == untouched
    done = scene.run("--diff")
    assert done.rc == 0 and scene.process() != before
    assert [line for line in done.output.splitlines() if line.startswith("+")] == [line for line in predicted.output.splitlines() if line.startswith("+")]


def test_a_second_run_changes_and_restarts_nothing_and_a_new_node_neither(scene: Scene) -> None:
    before = scene.process()
    assert set(scene.run().each("changed").values()) == {0}
    new = scene.address.rsplit(".", 1)[0] + ".250"
    assert set(scene.run(nodes=[scene.address, new]).each("changed").values()) == {0} and scene.process() == before


def test_the_runtime_has_it_in_its_process(scene: Scene) -> None:
    found = scene.environment()
    assert (found["HTTP_PROXY"], found["HTTPS_PROXY"]) == (PROXY, PROXY)
    without = found["NO_PROXY"].split(",")
    assert {"localhost", ".svc", ".cluster.local", "10.244.0.0/16", "10.96.0.0/12", "k8s.example.com"} <= set(without)
    assert [entry for entry in without if "/" in entry and entry not in ("10.244.0.0/16", "10.96.0.0/12")] == [f"{scene.address.rsplit('.', 1)[0]}.0/24"]


def test_apt_goes_through_the_proxy_and_not_to_hosts_of_no_proxy(scene: Scene) -> None:
    scene.node.check_output(f"echo 'deb [trusted=yes] {scene.direct} ./' > {LIST}")
    asked = scene.asked_through_the_proxy("apt-get update")
    host = scene.direct.split("//")[1].split(":")[0]
    assert "deb.debian.org" in asked and host not in asked
    assert scene.node.check_output(f"ls /var/lib/apt/lists | grep --count '^{host}'") != "0"
    scene.node.check_output(f"systemctl stop tinyproxy; rm {LIST}")
    refused = scene.node.run("apt-get update 2>&1 | grep 127.0.0.1:8888")
    scene.node.check_output("systemctl start tinyproxy")
    assert refused.rc == 0


def test_a_password_is_seen_by_nobody(scene: Scene) -> None:
    done = scene.run("--diff", "-vvv", url=SECRET)
    shown = "\n".join(line for line in done.output.splitlines() if "proxy_url" not in line)
    assert done.rc == 0 and "hunter2" not in shown
    assert scene.environment()["HTTP_PROXY"] == SECRET
    asked = "cat /etc/kubewright/proxy.env /etc/apt/apt.conf.d/*; systemctl show containerd; ps axe"
    everybody = scene.node.run(f"setpriv --reuid=nobody --clear-groups sh -c '{asked}' 2>&1")
    assert "hunter2" not in everybody.stdout
    assert "deb.debian.org" in scene.asked_through_the_proxy("apt-get update")
    assert set(scene.run(url=SECRET).each("changed").values()) == {0}
    print(scene.node.run("setpriv --reuid=nobody --clear-groups apt-cache policy bash").stderr)


def test_a_run_that_was_killed_before_the_restart_is_finished(scene: Scene) -> None:
    scene.node.check_output("mv /etc/kubewright/proxy.env /root/; systemctl restart containerd; mv /root/proxy.env /etc/kubewright/")
    assert scene.environment() == {}
    assert scene.run(url=SECRET).rc == 0 and scene.environment()["HTTP_PROXY"] == SECRET


def test_absent_leaves_the_machine_as_it_was(scene: Scene, untouched: str) -> None:
    assert set(scene.run("--check", state="absent").each("changed").values()) == {1}
    assert scene.run(state="absent").rc == 0
    assert scene.environment() == {} and scene.node.check_output(SNAPSHOT) == untouched
    assert set(scene.run(state="absent").each("changed").values()) == {0}
