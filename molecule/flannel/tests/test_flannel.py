"""In this order, on a cluster that has no pod network yet. Images are out of reach here, so what is shown is what the API server and the machines have."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import PlaybookRun, playbook
from testinfra.host import Host

PLACES = {"0.14.0": "kube-system", "0.17.0": "kube-system", "0.20.2": "kube-flannel", "0.28.9": "kube-flannel"}
Site = Callable[..., PlaybookRun]


@pytest.fixture
def flannel(inventory: Path) -> Site:
    """The play of the pod network alone, which does not wait for pods that cannot start."""
    def run(**variables: Any) -> PlaybookRun:
        wanted = {"kube_cni": "flannel", "cni_flannel_wait_seconds": 0, **variables}
        return playbook("site.yml", inventory, "--tags=cni", f"--extra-vars={json.dumps(wanted)}")

    return run


def daemon_sets(kubectl: Callable[[str], Any]) -> list[tuple[str, str]]:
    items = kubectl("get daemonsets --all-namespaces --selector kubewright.cluster/pod-network -o json")["items"]
    return [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in items]


@pytest.mark.parametrize("version", PLACES)
def test_a_release_comes_with_its_objects_and_nothing_of_the_one_before_stays(flannel: Site, kubectl: Callable[[str], Any], version: str) -> None:
    assert flannel(cni_flannel_version=version).rc == 0
    assert daemon_sets(kubectl) == [(PLACES[version], "kube-flannel-ds")]
    policies = kubectl("get podsecuritypolicies -o json")["items"]
    assert [item["metadata"]["name"] for item in policies] == (["psp.flannel.unprivileged"] if PLACES[version] == "kube-system" else [])
    conf = json.loads(kubectl(f"get configmap kube-flannel-cfg -n {PLACES[version]} -o json")["data"]["net-conf.json"])
    assert conf["Network"] == "10.244.0.0/16" and conf["Backend"] == {"Type": "vxlan"}


def test_a_second_run_changes_nothing(flannel: Site) -> None:
    again = flannel(cni_flannel_version="0.28.9")
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_another_backend_is_refused_unless_it_is_asked_for(flannel: Site, kubectl: Callable[[str], Any]) -> None:
    refused = flannel(cni_flannel_version="0.28.9", kube_cni_backends=["host-gw"])
    assert refused.rc != 0 and "flannel runs with the backend vxlan, asked for is host-gw" in refused.output
    # The role's own consent: with kube_cni_change nodes would be renewed, and none gets Ready without images.
    assert flannel(cni_flannel_version="0.28.9", kube_cni_backends=["host-gw"], cni_flannel_change=True).rc == 0
    assert "host-gw" in kubectl("get configmap kube-flannel-cfg -n kube-flannel -o json")["data"]["net-conf.json"]


def test_a_rollout_that_fails_tells_pods_events_and_images(flannel: Site) -> None:
    failed = flannel(cni_flannel_version="0.28.9", kube_cni_backends=["host-gw"], cni_flannel_wait_seconds=20)
    assert failed.rc != 0 and "kube-flannel/daemonset/kube-flannel-ds was not ready after 20 seconds" in failed.output
    assert "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3" in failed.output and "ErrImagePull" in failed.output


def test_another_network_takes_its_place_cleanly_when_asked_for(inventory: Path, nodes: dict[str, Host], kubectl: Callable[[str], Any]) -> None:
    for node in nodes.values():  # what the daemon would have put there
        node.check_output("mkdir -p /etc/cni/net.d && echo '{}' > /etc/cni/net.d/10-flannel.conflist")
        node.check_output("ip link add flannel.1 type vxlan id 1 dstport 8472 dev eth0")
    refused = playbook("site.yml", inventory, "--tags=cni", "--extra-vars=kube_cni=bridge")
    assert refused.rc != 0 and "this machine has the pod network flannel, asked for is bridge" in refused.output
    changed = playbook("site.yml", inventory, "--extra-vars=kube_cni=bridge kube_cni_change=true verify_workload=true")
    assert changed.rc == 0 and daemon_sets(kubectl) == []
    assert [node.check_output("ls /etc/cni/net.d") for node in nodes.values()] == ["10-kubewright-bridge.conflist"] * len(nodes)
    assert not any(node.run("ip link show flannel.1").succeeded for node in nodes.values())
    assert "kube-flannel" not in [item["metadata"]["name"] for item in kubectl("get namespaces -o json")["items"]]
    marks = {item["metadata"]["labels"]["kubewright.cluster/pod-network"] for item in kubectl("get nodes -o json")["items"]}
    assert marks == {"bridge"}
