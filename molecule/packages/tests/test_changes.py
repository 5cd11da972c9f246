"""In this order: a prediction on bare machines, the newest of a minor, a general upgrade that leaves it alone, patch, minor, one program after the other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from package_machines import KUBERNETES, SERVED, family, forget, general_upgrade, held, kubernetes, source_file, state, versions
from runs import PlaybookRun, playbook
from testinfra.host import Host

Run = Callable[..., PlaybookRun]


@pytest.fixture(scope="module")
def packages(inventory: Path, nodes: dict[str, Host]) -> Run:
    forget(nodes)

    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        told = {"kube_package_mirror": f"{SERVED}/upstream", **variables}
        return playbook("molecule/packages/packages.yml", inventory, *arguments, "-e", json.dumps(told))

    return run


def upstream(node: Host) -> set[str]:
    """Without the packages' revisions."""
    return {version.split("-")[0] for version in kubernetes(node)}


def test_a_check_on_bare_machines_predicts_and_changes_nothing(packages: Run, nodes: dict[str, Host]) -> None:
    before = {name: state(node) for name, node in nodes.items()}
    run = packages("--check", "--diff", kube_version="1.31.2")
    assert run.rc == 0 and set(run.each("changed").values()) == {1}, run.output
    for words in ("kubelet 1.31.2-1.1", "kubelet 1.31.2-150500.1.1", "write /etc/apt/sources.list.d/kubewright", "write /etc/yum.repos.d/kubewright"):
        assert words in run.output
    assert {name: state(node) for name, node in nodes.items()} == before


def test_a_patch_is_installed_and_a_general_upgrade_leaves_it(packages: Run, nodes: dict[str, Host]) -> None:
    assert packages(kube_version="1.31.2").rc == 0
    for node in nodes.values():
        before = versions(node)
        general_upgrade(node)
        assert versions(node) == before


def test_holds_of_others_stay_through_an_upgrade(packages: Run, nodes: dict[str, Host]) -> None:
    hold = {"deb": "apt-mark hold ethtool", "rpm": "echo 'ethtool-0:9.9-1.*' >> /etc/dnf/plugins/versionlock.list"}
    for node in nodes.values():
        node.check_output(hold[family(node)])
    run = packages(kube_version="1.31.4")
    assert run.rc == 0, run.output
    for node in nodes.values():
        assert upstream(node) == {"1.31.4"}
        assert {*KUBERNETES, "ethtool"} <= held(node)


def test_a_second_run_after_the_upgrade_changes_nothing(packages: Run) -> None:
    run = packages(kube_version="1.31.4")
    assert run.rc == 0 and set(run.each("changed").values()) == {0}, run.output


def test_kubeadm_alone_goes_first_into_the_next_minor_and_the_repository_with_it(packages: Run, nodes: dict[str, Host]) -> None:
    run = packages(kube_version="1.32.0", kube_packages_names=["kubeadm"])
    assert run.rc == 0, run.output
    for node in nodes.values():
        found = versions(node)
        assert [found[name].split("-")[0] for name in KUBERNETES] == ["1.31.4", "1.32.0", "1.31.4"]
        written = source_file(node).content_string
        assert "/v1.32/" in written and "/v1.31/" not in written
        assert set(KUBERNETES) <= held(node)


def test_the_others_follow(packages: Run, nodes: dict[str, Host]) -> None:
    assert packages(kube_version="1.32.0", kube_packages_names=["kubelet", "kubectl"]).rc == 0
    for node in nodes.values():
        assert upstream(node) == {"1.32.0"}


def test_the_newest_of_a_minor_is_one_for_all_and_printed(packages: Run, nodes: dict[str, Host]) -> None:
    forget(nodes)
    run = packages(kube_minor="1.31")
    assert run.rc == 0, run.output
    assert "Kubernetes 1.31.4 for 1.31" in run.output
    assert [upstream(node) for node in nodes.values()] == [{"1.31.4"}, {"1.31.4"}]


def test_a_minor_is_what_is_installed_when_it_is_asked_again(packages: Run) -> None:
    run = packages(kube_minor="1.31")
    assert run.rc == 0 and set(run.each("changed").values()) == {0}, run.output
