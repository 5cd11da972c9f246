"""In this order, on a cluster that has no pod network yet. Images are out of reach here, so what is shown is what the API server and the machines have.

KUBEWRIGHT_MANIFESTS may name a folder with Calico's own calico-v3.28.2.yaml; else a fake of its shape is applied, as small as its editing needs.
"""

import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from runs import CLONE, PlaybookRun, playbook
from testinfra.host import Host

BUDGET = "PodDisruptionBudget/kube-system/calico-kube-controllers"
REAL = Path(os.environ.get("KUBEWRIGHT_MANIFESTS", "/nowhere")) / "calico-v3.28.2.yaml"
Site = Callable[..., PlaybookRun]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if REAL.is_file():
        return REAL
    place = tmp_path_factory.mktemp("fake") / "calico.yaml"
    fake = runpy.run_path(str(CLONE / "tests" / "unit" / "plugins" / "fake_calico.py"))
    place.write_text(yaml.safe_dump_all(fake["manifest"]()))
    return place


@pytest.fixture
def calico(inventory: Path, manifest: Path) -> Site:
    """The play of the pod network alone, which does not wait for pods that cannot start."""
    def run(**variables: Any) -> PlaybookRun:
        wanted = {"kube_cni": "calico", "kube_cni_backends": ["vxlan"], "cni_calico_manifest": str(manifest), "cni_calico_misfit_allowed": True,
                  "cni_calico_without": [BUDGET], "cni_calico_wait_seconds": 0, **variables}
        return playbook("site.yml", inventory, "--tags=cni", f"--extra-vars={json.dumps(wanted)}")

    return run


def definitions(kubectl: Callable[[str], Any]) -> dict[str, bool]:
    """Calico's, and whether the API server serves them."""
    items = kubectl("get customresourcedefinitions -o json")["items"]
    return {item["metadata"]["name"]: any(one["type"] == "Established" and one["status"] == "True" for one in item["status"]["conditions"])
            for item in items if item["metadata"]["name"].endswith("projectcalico.org")}


def test_a_misfit_is_refused_with_the_row_of_the_table(calico: Site, kubectl: Callable[[str], Any]) -> None:
    refused = calico(cni_calico_misfit_allowed=False)
    assert refused.rc != 0 and "Calico 3.28 was tested with Kubernetes 1.27 to 1.30, the cluster is to have 1.20" in " ".join(refused.output.split())
    assert definitions(kubectl) == {}


def test_its_objects_are_there_and_a_second_run_changes_nothing(calico: Site, kubectl: Callable[[str], Any]) -> None:
    assert calico().rc == 0
    assert definitions(kubectl) and all(definitions(kubectl).values())
    (node,) = kubectl("get daemonset calico-node -n kube-system -o json")["spec"]["template"]["spec"]["containers"]
    told = {item["name"]: item.get("value") for item in node["env"]}
    assert (told["CALICO_IPV4POOL_CIDR"], told["CALICO_IPV4POOL_VXLAN"], told["CALICO_IPV4POOL_IPIP"]) == ("10.244.0.0/16", "Always", "Never")
    assert "bird" not in str(node.get("livenessProbe")) + str(node.get("readinessProbe"))
    again = calico()
    assert again.rc == 0 and set(again.each("changed").values()) == {0}


def test_a_rollout_that_fails_tells_pods_events_and_images(calico: Site) -> None:
    failed = calico(cni_calico_wait_seconds=20)
    assert failed.rc != 0 and "kube-system/daemonset/calico-node was not ready after 20 seconds" in failed.output
    assert "docker.io/calico/cni:v3.28.2" in failed.output and "ErrImagePull" in failed.output


def test_another_network_takes_its_place_cleanly_when_asked_for(inventory: Path, nodes: dict[str, Host], kubectl: Callable[[str], Any]) -> None:
    for node in nodes.values():  # what the daemon would have put there
        node.check_output("mkdir -p /etc/cni/net.d && echo '{}' > /etc/cni/net.d/10-calico.conflist && touch /etc/cni/net.d/calico-kubeconfig")
    refused = playbook("site.yml", inventory, "--tags=cni", "--extra-vars=kube_cni=bridge")
    assert refused.rc != 0 and "this machine has the pod network calico, asked for is bridge" in refused.output
    changed = playbook("site.yml", inventory, "--extra-vars=kube_cni=bridge kube_cni_change=true verify_workload=true")
    assert changed.rc == 0 and definitions(kubectl) == {}
    assert [node.check_output("ls /etc/cni/net.d") for node in nodes.values()] == ["10-kubewright-bridge.conflist"] * len(nodes)
