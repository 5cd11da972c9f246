"""Every source, with apt and with dnf: the exact version, whatever the revision; the right lines, the right key; a second run does nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from package_machines import COMPANIONS, KUBERNETES, SERVED, family, forget, held, kubernetes, source_file, versions
from runs import PlaybookRun, playbook
from testinfra.host import Host

FLAT = "{0}/core:/stable:/v1.{1}/{2}/"


class Source(NamedTuple):
    variables: dict[str, Any]
    revisions: dict[str, str]
    addresses: dict[str, str]
    keys: tuple[str, ...]  # of the keys that were made for the test
    suite: str = "/"


def source(name: str, version: str, revisions: tuple[str, str], addresses: tuple[str, str], keys: tuple[str, ...] = ("upstream",), **more: Any) -> Source:
    suite = more.pop("suite", "/")
    variables = {"kube_package_source": name, "kube_version": version, "kube_package_mirror": f"{SERVED}/{name}", **more}
    full = [f"{SERVED}/{name}/{address}" for address in addresses]
    return Source(variables, dict(zip(("deb", "rpm"), revisions, strict=True)), dict(zip(("deb", "rpm"), full, strict=True)), keys, suite)


def per_minor(folder: str, minor: str) -> tuple[str, str]:
    return f"{folder}/v{minor}/deb/", f"{folder}/v{minor}/rpm/"


LEGACY = ("kubernetes/apt/", "kubernetes/yum/repos/kubernetes-el7-$basearch/")
LEGACY_KEYS = ("legacy", "legacy-packages")
CUSTOM = {"name": "other", **{family: {"uri": f"{SERVED}/upstream/core:/stable:/v1.27/{kind}/", "key_url": [f"{SERVED}/keys/upstream.asc"], "suite": "/"}
                              for family, kind in (("apt", "deb"), ("rpm", "rpm"))}}
SOURCES = {
    "upstream": source("upstream", "1.36.1", ("1.36.1-1.1", "1.36.1-150500.1.1"), per_minor("core:/stable:", "1.36")),
    "aliyun per minor": source("aliyun", "1.31.4", ("1.31.4-1.1", "1.31.4-150500.1.1"), per_minor("kubernetes-new/core/stable", "1.31")),
    "aliyun legacy": source("aliyun", "1.23.9", ("1.23.9-00", "1.23.9-0"), LEGACY, LEGACY_KEYS, suite="kubernetes-xenial", kube_package_repo_gpgcheck=False),
    "huaweicloud": source("huaweicloud", "1.17.0", ("1.17.0-00", "1.17.0-0"), LEGACY, LEGACY_KEYS, suite="kubernetes-xenial"),
    "tsinghua": source("tsinghua", "1.28.2", ("1.28.2-1.1", "1.28.2-150500.1.1"), per_minor("kubernetes/core:/stable:", "1.28")),
    "ustc": source("ustc", "1.32.0", ("1.32.0-1.1", "1.32.0-150500.1.1"), per_minor("kubernetes/core:/stable:", "1.32")),
    "custom": source("custom", "1.27.0", ("1.27.0-2.1", "1.27.0-150500.2.1"), ("", ""), kube_packages_repository=CUSTOM),
    "bundle": source("bundle", "1.31.2", ("1.31.2-1.1", "1.31.2-150500.1.1"), ("apt", "rpm"), suite="./", kube_bundle_url=f"{SERVED}/bundle"),
}
Variables = Callable[[str], dict[str, Any]]


class Installed(NamedTuple):
    source: Source
    first: PlaybookRun
    second: PlaybookRun
    node: Host
    family: str


@pytest.fixture(scope="module", params=list(SOURCES.values()), ids=list(SOURCES))
def runs(request: pytest.FixtureRequest, inventory: Path, nodes: dict[str, Host]) -> Iterator[tuple[Source, PlaybookRun, PlaybookRun]]:
    """From bare machines, twice."""
    forget(nodes)
    chosen: Source = request.param
    arguments = ("-e", json.dumps(chosen.variables))
    first = playbook("molecule/packages/packages.yml", inventory, *arguments)
    yield chosen, first, playbook("molecule/packages/packages.yml", inventory, *arguments)


@pytest.fixture
def installed(runs: tuple[Source, PlaybookRun, PlaybookRun], node: Host) -> Installed:
    assert runs[1].rc == 0, runs[1].output
    return Installed(*runs, node, family(node))


def test_exactly_the_wanted_version_is_installed(installed: Installed) -> None:
    assert {name: version for name, version in versions(installed.node).items() if name in KUBERNETES} == dict.fromkeys(
        KUBERNETES, installed.source.revisions[installed.family])
    said = installed.node.check_output("kubelet --version")
    assert said == f"Kubernetes v{installed.source.variables['kube_version']}"


def test_what_goes_beside_it_came_too(installed: Installed) -> None:
    assert set(COMPANIONS) <= set(versions(installed.node))
    assert installed.node.file("/opt/cni/bin/loopback").exists and installed.node.file("/usr/bin/crictl").exists


def test_they_are_held_and_the_kubelet_starts_with_the_machine(installed: Installed) -> None:
    assert set(KUBERNETES) <= held(installed.node)
    assert installed.node.check_output("systemctl is-enabled kubelet") == "enabled"


def test_the_source_is_written_as_its_layout_wants(installed: Installed) -> None:
    if installed.source.variables["kube_package_source"] == "custom":
        pytest.skip("under a name of its own")
    written = source_file(installed.node)
    assert (written.user, written.group, written.mode) == ("root", "root", 0o644)
    lines = written.content_string.splitlines()
    address = installed.source.addresses[installed.family]
    if installed.family == "deb":
        assert {f"URIs: {address}", f"Suites: {installed.source.suite}", "Signed-By: /etc/apt/keyrings/kubewright-kubernetes.asc"} <= set(lines)
        assert ("Components: main" in lines) is (installed.source.suite == "kubernetes-xenial")
    else:
        checked = int(installed.source.variables.get("kube_package_repo_gpgcheck", True))
        key = "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-kubewright-kubernetes"
        assert {f"baseurl={address}", "gpgcheck=1", f"repo_gpgcheck={checked}", key} <= set(lines)
        assert [line for line in lines if line.startswith("exclude=") and "kubelet" in line]


def test_the_key_is_the_source_s_own(installed: Installed) -> None:
    """Compared with those that the test made, by gpg."""
    folder = {"deb": "/etc/apt/keyrings", "rpm": "/etc/pki/rpm-gpg"}[installed.family]
    keys = installed.source.keys[:1] if installed.family == "deb" else installed.source.keys
    read = "gpg --show-keys --with-colons {0} | awk -F: '$1 == \"fpr\" {{ print $10 }}'"
    found = installed.node.check_output(f"for key in {folder}/*; do {read.format('$key')}; done").split()
    made = [installed.node.check_output(read.format(f"/srv/repositories/keys/{key}.asc")) for key in keys]
    assert sorted(found) == sorted(made)
    assert not installed.node.file("/etc/apt/trusted.gpg").exists, "no key is trusted for every repository"
    assert set(installed.node.check_output(f"stat -c '%U %G %a' {folder}/* | sort -u").splitlines()) == {"root root 644"}


def test_a_second_run_changes_nothing(runs: tuple[Source, PlaybookRun, PlaybookRun]) -> None:
    assert runs[2].rc == 0 and set(runs[2].each("changed").values()) == {0}, runs[2].output


def test_both_machines_have_one_version(runs: tuple[Source, PlaybookRun, PlaybookRun], nodes: dict[str, Host]) -> None:
    assert all(len(kubernetes(node)) == 1 for node in nodes.values())
