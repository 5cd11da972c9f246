"""A firewall that is on lets through what a node needs, and nothing else; what packets do is asked, not what files say.

A network namespace with an address of a pod stands for a pod. Two machines: the first has the firewall, the second knocks.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import PlaybookRun, playbook
from testinfra.host import Host

POD, GATEWAY, NETWORK = "10.244.9.2", "10.244.9.1", "10.244.9.0/24"
LISTENING = (10250, 8080, 8099, 30100)
TURN_ON = {
    "ufw": "ufw allow 22/tcp; ufw allow 8080/tcp; ufw --force enable",
    "firewalld": "systemctl enable --now firewalld; firewall-cmd --permanent --add-port=8080/tcp; firewall-cmd --add-port=8080/tcp",
}
SAVED = {"ufw": "ufw show added", "firewalld": "firewall-cmd --permanent --list-all-zones"}
START_AGAIN = {"ufw": "ufw reload", "firewalld": "systemctl restart firewalld"}
ALIVE = {"ufw": "ufw status | grep --quiet 'Status: active'", "firewalld": "firewall-cmd --state"}
# As kube-proxy makes them.
KUBERNETES_RULES = (
    "iptables -t nat -N KUBE-SERVICES; iptables -t nat -A KUBE-SERVICES -d 10.96.0.1/32 -j RETURN; "
    "iptables -t nat -I PREROUTING -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES; "
    "iptables -N KUBE-FORWARD; iptables -I FORWARD -j KUBE-FORWARD; iptables -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT"
)


class Scene(NamedTuple):
    firewall: str
    node: Host
    stranger: Host
    address: str
    run: Callable[..., PlaybookRun]

    def kubernetes_rules(self) -> list[str]:
        text = self.node.check_output("iptables-save")
        return [line for line in text.splitlines() if "KUBE-" in line]


def knock(host: Host, address: str, port: int, within: str = "") -> bool:
    """Whether this machine gets a connection."""
    return bool(host.run(f"{within} timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/{port}'").rc == 0)


def address_of(host: Host) -> str:
    return str(host.check_output("ip -4 -o address show dev eth0").split()[3].split("/")[0])


@pytest.fixture(scope="module", params=TURN_ON)
def scene(request: pytest.FixtureRequest, nodes: dict[str, Host], inventory: Path) -> Iterator[Scene]:
    """Two bare machines; the first has the firewall on, a service of its own open, rules of kube-proxy and one pod."""
    (name, node), (_other, stranger), *_more = sorted(nodes.items())
    node.check_output("apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nftables iptables ufw firewalld")
    node.run("systemctl disable --now firewalld; ufw disable")
    node.check_output(f"{KUBERNETES_RULES}; sysctl -q -w net.ipv4.ip_forward=1")
    node.check_output(f"ip netns add pod; ip link add pod0 type veth peer name eth0 netns pod; ip addr add {GATEWAY}/24 dev pod0; ip link set pod0 up")
    node.check_output(f"ip -n pod addr add {POD}/24 dev eth0; ip -n pod link set eth0 up; ip -n pod route add default via {GATEWAY}")
    for port in LISTENING:
        node.check_output(f"systemd-run --quiet --unit=listen-{port} python3 -m http.server {port}")
    node.check_output("systemd-run --quiet --unit=listen-pod ip netns exec pod python3 -m http.server 8000")
    stranger.check_output(f"ip route replace {NETWORK} via {address_of(node)}; systemd-run --quiet --unit=listen-9999 python3 -m http.server 9999")
    node.check_output(TURN_ON[request.param])

    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        given = {f"firewall_{key}": value for key, value in variables.items()}
        return playbook("molecule/prereqs/firewall.yml", inventory, "--limit", name, "-e", json.dumps(given), *arguments)

    yield Scene(request.param, node, stranger, address_of(node), run)
    node.run("systemctl disable --now firewalld; ufw disable; systemctl stop 'listen-*'; ip netns del pod; rm -f /etc/firewalld/*/*.xml")
    node.run("iptables -F; iptables -t nat -F; iptables -X; iptables -t nat -X; ufw --force reset")
    stranger.run(f"systemctl stop listen-9999; ip route del {NETWORK}")


def passes(scene: Scene) -> dict[str, bool]:
    """Asked at once, since what is dropped takes its time."""
    inside = "ip netns exec pod"
    knocks = {
        "kubelet": (scene.stranger, scene.address, 10250), "node port": (scene.stranger, scene.address, 30100),
        "a person's own": (scene.stranger, scene.address, 8080), "anything else": (scene.stranger, scene.address, 8099),
        "to the pod": (scene.stranger, POD, 8000), "from the pod": (scene.node, address_of(scene.stranger), 9999, inside),
        "from the pod to the node": (scene.node, GATEWAY, 8099, inside),
    }
    with ThreadPoolExecutor(len(knocks)) as together:
        return dict(zip(knocks, together.map(lambda words: knock(*words), knocks.values()), strict=True))


OPEN = {"kubelet": True, "node port": True, "a person's own": True, "anything else": False,
        "to the pod": True, "from the pod": True, "from the pod to the node": True}
CLOSED = {**dict.fromkeys(OPEN, False), "a person's own": True}


def test_before_it_lets_nothing_through(scene: Scene) -> None:
    scene.node.check_output(ALIVE[scene.firewall])
    assert passes(scene) == CLOSED


def test_the_prediction_touches_nothing_and_is_true(scene: Scene) -> None:
    saved = scene.node.check_output(SAVED[scene.firewall])
    predicted = scene.run("--check", "--diff")
    assert predicted.rc == 0 and set(predicted.each("changed").values()) == {1}
    assert scene.node.check_output(SAVED[scene.firewall]) == saved and passes(scene) == CLOSED
    done = scene.run("--diff")
    assert [line for line in done.output.splitlines() if line.startswith("+")] == [line for line in predicted.output.splitlines() if line.startswith("+")]


def test_what_the_node_needs_passes_and_nothing_else(scene: Scene) -> None:
    assert passes(scene) == OPEN


def test_a_second_run_changes_nothing(scene: Scene) -> None:
    again = scene.run()
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_it_is_the_same_after_the_firewall_s_next_start(scene: Scene) -> None:
    scene.node.check_output(START_AGAIN[scene.firewall])
    assert passes(scene) == OPEN
    assert set(scene.run().each("changed").values()) == {0}
    scene.node.run(KUBERNETES_RULES)  # a start of firewalld flushes them, and nobody was there to put them back


def test_another_role_closes_what_is_no_longer_needed_and_keeps_rules_of_kubernetes(scene: Scene) -> None:
    rules = scene.kubernetes_rules()
    assert rules
    only_strangers = [f"{address_of(scene.stranger)}/32"]
    changed = scene.run(roles=["control_plane"], cni="bridge", node_networks=only_strangers)
    assert changed.rc == 0 and set(changed.each("changed").values()) == {1}
    assert passes(scene) == {**OPEN, "node port": False}
    assert sorted(scene.kubernetes_rules()) == sorted(rules)
    assert set(scene.run(roles=["control_plane"], cni="bridge", node_networks=only_strangers).each("changed").values()) == {0}


def test_what_nodes_need_is_closed_to_others(scene: Scene) -> None:
    assert scene.run(roles=["control_plane"], cni="bridge", node_networks=["192.0.2.0/24"]).rc == 0
    assert passes(scene) == {**OPEN, "kubelet": False, "node port": False}


def test_off_is_off_now_and_at_boot_and_keeps_rules_of_kubernetes(scene: Scene) -> None:
    rules = scene.kubernetes_rules()
    assert scene.run(state="off").rc == 0
    assert passes(scene) == dict.fromkeys(OPEN, True)
    assert scene.node.run("systemctl is-enabled firewalld || grep --quiet '^ENABLED=yes' /etc/ufw/ufw.conf").rc != 0 or scene.firewall == "ufw"
    assert sorted(scene.kubernetes_rules()) == sorted(rules)
    assert set(scene.run(state="off").each("changed").values()) == {0}


def test_a_firewall_that_is_off_stays_off(scene: Scene) -> None:
    assert set(scene.run().each("changed").values()) == {0}
    assert passes(scene) == dict.fromkeys(OPEN, True)
