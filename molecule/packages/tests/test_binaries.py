"""Kubernetes without packages: each file proven, nothing fetched twice, and never beside packages of the same names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from package_machines import KUBERNETES, SERVED, family, forget, state
from runs import PlaybookRun, playbook
from testinfra.host import Host

Run = Callable[..., PlaybookRun]
TLS = "https://127.0.0.1:8843/binaries"
REQUESTS = "journalctl -u packages-test -o cat | grep -c 'GET /binaries'"


@pytest.fixture(scope="module")
def binaries(inventory: Path, nodes: dict[str, Host]) -> Run:
    forget(nodes)

    def run(*arguments: str, base: str = TLS, **variables: Any) -> PlaybookRun:
        told = {
            "kube_package_source": "binaries", "kube_version": "1.31.2", "kube_binaries_url": f"{base}/release",
            "kube_packages_crictl_url": f"{base}/cri-tools", "kube_packages_cni_plugins_url": f"{base}/plugins", **variables}
        return playbook("molecule/packages/packages.yml", inventory, *arguments, "-e", json.dumps(told))

    return run


def says(node: Host) -> list[str]:
    return [str(node.check_output(f"{name} --version")).rsplit("v", maxsplit=1)[-1] for name in KUBERNETES]


def refused(run: PlaybookRun, *words: str) -> None:
    assert run.rc != 0 and set(run.each("failed").values()) == {1}
    assert [word for word in words if word not in " ".join(run.output.split())] == []


def test_a_check_on_bare_machines_predicts_and_changes_nothing(binaries: Run, nodes: dict[str, Host]) -> None:
    before = {name: state(node) for name, node in nodes.items()}
    run = binaries("--check", "--diff")
    assert run.rc == 0 and set(run.each("changed").values()) == {1}, run.output
    assert "install kubelet 1.31.2 from" in run.output and "enable kubelet.service" in run.output
    assert {name: state(node) for name, node in nodes.items()} == before


@pytest.mark.parametrize(("base", "more", "words"), [
    (f"{SERVED}/binaries", {}, ("plain http", "no SHA-256 is given")),
    (TLS, {"kube_packages_binaries_sha256": {"kubeadm": "0" * 64}}, ("/kubeadm has the SHA-256", "expected was 0000")),
    (TLS, {"kube_version": "1.31.9"}, ("v1.31.9/bin/linux/amd64/kubelet", "the newest of 1.31 there is 1.31.4")),
    ("https://127.0.0.1:9/none", {}, ("https://127.0.0.1:9/none/release/v1.31.2", "refused")),
], ids=["plain http", "another digest", "a version that is not there", "an address where nobody answers"])
def test_it_is_refused(binaries: Run, nodes: dict[str, Host], base: str, more: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(binaries(base=base, **more), *words)
    for node in nodes.values():
        assert not node.file("/usr/bin/kubeadm").exists


def test_everything_is_installed_as_the_packages_would(binaries: Run, nodes: dict[str, Host]) -> None:
    run = binaries()
    assert run.rc == 0, run.output
    for node in nodes.values():
        assert says(node) == ["1.31.2"] * 3 and node.check_output("crictl") == "1.30.0" and node.check_output("/opt/cni/bin/loopback") == "1.5.1"
        assert node.file("/usr/bin/kubelet").mode == 0o755
        assert node.check_output("systemctl is-enabled kubelet") == "enabled"
        shown = node.check_output("systemctl cat kubelet")
        for words in ("--config=/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env", "$KUBELET_EXTRA_ARGS"):
            assert words in shown
        assert node.file("/etc/kubernetes/manifests").is_directory


def test_a_second_run_fetches_nothing(binaries: Run, nodes: dict[str, Host]) -> None:
    before = {name: node.check_output(REQUESTS) for name, node in nodes.items()}
    run = binaries()
    assert run.rc == 0 and set(run.each("changed").values()) == {0}, run.output
    assert {name: node.check_output(REQUESTS) for name, node in nodes.items()} == before


def test_an_altered_program_is_had_again(binaries: Run, nodes: dict[str, Host]) -> None:
    for node in nodes.values():
        node.check_output("echo 'echo evil' >> /usr/bin/kubeadm; rm /opt/cni/bin/portmap")
    assert binaries().rc == 0
    for node in nodes.values():
        assert says(node) == ["1.31.2"] * 3 and node.file("/opt/cni/bin/portmap").exists


def test_an_upgrade_moves_one_program_after_the_other(binaries: Run, nodes: dict[str, Host]) -> None:
    assert binaries(kube_version="1.32.0", kube_packages_names=["kubeadm"]).rc == 0
    for node in nodes.values():
        assert says(node) == ["1.31.2", "1.32.0", "1.31.2"] and node.check_output("crictl") == "1.30.0"
    assert binaries(kube_version="1.32.0", kube_packages_names=["kubelet", "kubectl"]).rc == 0
    for node in nodes.values():
        assert says(node) == ["1.32.0"] * 3 and node.check_output("crictl") == "1.31.1"


def test_a_downgrade_is_refused(binaries: Run, nodes: dict[str, Host]) -> None:
    refused(binaries(), "1.32.0 is installed and 1.31.2 is asked for")
    for node in nodes.values():
        assert says(node) == ["1.32.0"] * 3


def test_packages_do_not_come_beside_binaries(binaries: Run, nodes: dict[str, Host]) -> None:
    before = {name: state(node) for name, node in nodes.items()}
    refused(binaries(kube_package_source="upstream", kube_package_mirror=f"{SERVED}/upstream", kube_version="1.32.0"), "without packages", "binaries")
    assert {name: state(node) for name, node in nodes.items()} == before


def test_binaries_do_not_come_beside_packages(binaries: Run, nodes: dict[str, Host]) -> None:
    forget(nodes)
    assert binaries(kube_package_source="upstream", kube_package_mirror=f"{SERVED}/upstream").rc == 0
    before = {name: state(node) for name, node in nodes.items()}
    refused(binaries(), "as packages, and kube_package_source is binaries")
    assert {name: state(node) for name, node in nodes.items()} == before


def test_plain_http_is_enough_with_digests(binaries: Run, nodes: dict[str, Host]) -> None:
    """Both machines have the same files."""
    forget(nodes)
    first = nodes["deb1"]
    files = {name: f"release/v1.31.2/bin/linux/amd64/{name}" for name in KUBERNETES}
    digests = {name: first.check_output(f"cut -d' ' -f1 /srv/repositories/binaries/{path}.sha256") for name, path in files.items()}
    run = binaries(base=f"{SERVED}/binaries", kube_packages_binaries_sha256=digests, kube_packages_crictl_version="", kube_packages_cni_plugins_version="")
    assert run.rc == 0, run.output
    for node in nodes.values():
        assert says(node) == ["1.31.2"] * 3 and not node.file("/usr/bin/crictl").exists
        assert family(node) in ("deb", "rpm")
