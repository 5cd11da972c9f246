"""Each mistake: the run fails, names it and what to do, and no machine was touched."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from looks import mark, written_since_mark
from runs import PlaybookRun, playbook
from testinfra.host import Host

BUNDLE = "kube_bundle_url"
STRANGER_KEY = Path(__file__).with_name("stranger.asc")


def extra(**variables: Any) -> tuple[str, str]:
    return "-e", json.dumps(variables)


SETTINGS = {
    "no version": (extra(kube_version=""), "KubeVersion", "kube_version is not set"),
    "half a version": (extra(kube_version="1.20"), "KubeVersion", "x.y.z"),
    "an ancient version": (extra(kube_version="1.9.3"), "KubeVersion", "older than 1.17"),
    "a role's own version that contradicts": (extra(kube_packages_version="1.20.3"), "KubeVersion", "kube_packages_version is 1.20.3"),
    "misspelt names": (extra(kube_runtme="docker", containerd_setings={}, kube_users=[{"name": "a", "path": "/tmp/a", "group": []}]), "UnknownVariable",
                       "3 errors must be settled before anything is changed; nothing was. [UnknownVariable] inventory: containerd_setings"),
    "an unknown runtime": (extra(kube_runtime="rkt"), "Runtime", "'rkt', which nobody knows"),
    "an unknown source of Docker": (extra(kube_runtime="docker", kube_docker_source="floppy"), "Switch", "'floppy', which nobody knows"),
    "a mirror that Docker does not take": (extra(kube_runtime="docker", kube_docker_source="distribution",
                                                 kube_registry_mirrors={"docker.io": ["https://mirror.example.com/hub"]}), "RegistryMirrors", "has a path"),
    "half a ClusterConfiguration": (extra(kube_cluster_configuration="text"), "Documents", "a mapping is expected"),
    "an unknown pod network": (extra(kube_cni="weave"), "CNI", "'weave', which nobody knows"),
    "an unknown source": (extra(kube_package_source="floppy"), "PackageSource", "'floppy', which nobody knows"),
    "pods in the services' network": (extra(kube_pod_subnets=["10.96.0.0/16"]), "Networks", "overlap"),
    "machines in the pods' network": (extra(kube_pod_subnets=["172.16.0.0/12"]), "Networks", "the address"),
    "no network at all": (extra(kube_service_subnets=["ten"]), "Networks", "which is no network"),
    "another bundle than the trusted": (extra(kube_bundle_sha256="0" * 64), "Bundle", "expected was 000"),
    "a version that the bundle lacks": (extra(kube_version="1.20.9"), "Bundle", "asked for is 1.20.9"),
}


@pytest.fixture(autouse=True)
def untouched(nodes: dict[str, Host]) -> Iterator[None]:
    for node in nodes.values():
        mark(node)
    yield
    for name, node in nodes.items():
        assert written_since_mark(node) == [], f"{name} was touched"


def refused(run: PlaybookRun, identity: str, words: str) -> None:
    assert run.rc != 0
    assert f"[{identity}]" in run.output
    assert words in run.output
    assert "nothing was." in run.output
    assert set(run.each("changed").values()) == {0}


@pytest.mark.parametrize(("arguments", "identity", "words"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_refused(site: Callable[..., PlaybookRun], arguments: tuple[str, str], identity: str, words: str) -> None:
    refused(site(*arguments), identity, words)


def test_several_mistakes_are_one_table(site: Callable[..., PlaybookRun]) -> None:
    run = site(*extra(kube_cni="weave", kube_runtime="rkt", kube_version=""))
    refused(run, "CNI", "3 errors")


def with_groups(folder: Path, inventory: Path, **groups: list[str]) -> Path:
    """The lab's inventory with other groups."""
    (folder / "20-lab.yml").symlink_to(inventory / "20-lab.yml")
    children = {name: {"hosts": dict.fromkeys(hosts)} for name, hosts in groups.items()}
    written = {"all": {"children": children}}
    (folder / "10-hosts.yml").write_text(json.dumps(written))
    return folder


def test_a_group_without_control_planes(tmp_path: Path, inventory: Path) -> None:
    run = playbook("site.yml", with_groups(tmp_path, inventory, kube_control_plane=[], kube_node=["worker1"]))
    refused(run, "NoControlPlane", "is empty")


def test_an_etcd_host_that_is_no_control_plane(tmp_path: Path, inventory: Path) -> None:
    run = playbook("site.yml", with_groups(tmp_path, inventory, kube_control_plane=["cp1"], kube_node=["worker1"], etcd=["worker1"]))
    refused(run, "ExternalEtcd", "worker1 in the group etcd")


def test_a_node_name_that_kubeadm_refuses(tmp_path: Path, inventory: Path) -> None:
    folder = with_groups(tmp_path, inventory, kube_control_plane=["cp1"], kube_node=["worker1"])
    (folder / "30-name.yml").write_text(json.dumps({"all": {"hosts": {"worker1": {"kube_node_name": "worker_1"}}}}))
    refused(playbook("site.yml", folder), "NodeName", "'worker_1' is no name")


def test_two_hosts_with_one_node_name(tmp_path: Path, inventory: Path) -> None:
    folder = with_groups(tmp_path, inventory, kube_control_plane=["cp1"], kube_node=["worker1"])
    (folder / "30-name.yml").write_text(json.dumps({"all": {"hosts": {"worker1": {"kube_node_name": "cp1"}}}}))
    refused(playbook("site.yml", folder), "NodeName", "would all be the node cp1")


@pytest.mark.parametrize(("change", "undo", "words"), [
    ("cp /etc/machine-id /run/id.before; echo {machine_id} > /etc/machine-id", "cat /run/id.before > /etc/machine-id", "same machine-id"),
    ("hostname cp1", "hostname worker1", "same host name"),
])
def test_clones(site: Callable[..., PlaybookRun], nodes: dict[str, Host], change: str, undo: str, words: str) -> None:
    machine_id = nodes["cp1"].file("/etc/machine-id").content_string.strip()
    nodes["worker1"].check_output(change.format(machine_id=machine_id))
    try:
        for node in nodes.values():
            mark(node)
        refused(site(), "Clones", words)
    finally:
        nodes["worker1"].check_output(undo)
        mark(nodes["worker1"])


def repository(variables: Callable[[str], dict[str, Any]], **options: str) -> tuple[str, str]:
    uri = variables("cp1")[BUNDLE] + "/apt"
    return extra(kube_package_source="custom", kube_packages_repository={"name": "other", "uri": uri, **options})


def test_a_repository_that_cannot_be_reached(site: Callable[..., PlaybookRun], variables: Callable[[str], dict[str, Any]]) -> None:
    closed = variables("cp1")[BUNDLE].rsplit(":", 1)[0] + ":9/apt"
    refused(site(*repository(variables, uri=closed, key=STRANGER_KEY.read_text())), "PackageRepository", "Check the address")


def test_a_repository_signed_by_somebody_else(site: Callable[..., PlaybookRun], variables: Callable[[str], dict[str, Any]]) -> None:
    refused(site(*repository(variables, key=STRANGER_KEY.read_text())), "PackageRepository", "signature does not fit")


def test_a_key_that_cannot_be_fetched(site: Callable[..., PlaybookRun], variables: Callable[[str], dict[str, Any]]) -> None:
    url = variables("cp1")[BUNDLE] + "/keys/none.asc"
    refused(site(*repository(variables, key_url=url)), "PackageRepository", "cannot be fetched")
