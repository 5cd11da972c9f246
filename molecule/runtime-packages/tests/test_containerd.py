"""containerd.io alone, by the role containerd, from Docker's repository and its mirrors: the newest, a version that is held, and a run that does nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from package_machines import SERVED, family
from runs import PlaybookRun, playbook
from testinfra.host import Host

NAME = "containerd.io"
FORGET = {
    "deb": f"apt-mark unhold {NAME}; dpkg --purge docker-ce docker-ce-cli {NAME}; rm -rf /etc/apt/keyrings/kubewright-docker*"
           " /etc/apt/sources.list.d/kubewright-docker* /var/lib/apt/lists/127*",
    "rpm": f"rpm -e --nodeps docker-ce docker-ce-cli; rpm -e --nodeps {NAME}; rm -rf /etc/yum.repos.d/kubewright-docker* /var/cache/dnf;"
           " : > /etc/dnf/plugins/versionlock.list",
}
NEWEST = {"deb": "1.6.28-1", "rpm": "1.7.27-3.1.el9"}
PINNED = {"deb": "1.6.18-1", "rpm": "1.6.18-3.1.el9"}
Run = Callable[..., PlaybookRun]


def installed(node: Host) -> str:
    if family(node) == "deb":
        return str(node.run(f"dpkg-query -W -f '${{Version}}' {NAME}").stdout)
    told = node.run(f"rpm -q --qf '%{{VERSION}}-%{{RELEASE}}' {NAME}")
    return str(told.stdout) if told.rc == 0 else ""


def held(node: Host) -> bool:
    return NAME in node.check_output({"deb": "apt-mark showhold", "rpm": "cat /etc/dnf/plugins/versionlock.list"}[family(node)])


@pytest.fixture(scope="module")
def containerd(inventory: Path) -> Run:
    def run(source: str, *arguments: str, **variables: Any) -> PlaybookRun:
        told = {"kube_containerd_source": source, "kube_package_mirror": f"{SERVED}/{source}", "kube_version": "1.28.7", **variables}
        return playbook("molecule/packages/containerd.yml", inventory, *arguments, "-e", json.dumps(told))

    return run


@pytest.fixture(autouse=True)
def bare(nodes: dict[str, Host]) -> None:
    for node in nodes.values():
        node.run(FORGET[family(node)])
        assert installed(node) == ""


@pytest.mark.parametrize("source", ["upstream", "aliyun", "tsinghua", "ustc"])
def test_the_newest_comes_from_each_source_and_is_not_held(containerd: Run, nodes: dict[str, Host], source: str) -> None:
    run = containerd(source)
    assert run.rc == 0, run.output
    for node in nodes.values():
        assert installed(node) == NEWEST[family(node)] and not held(node)
    again = containerd(source)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output


def test_a_version_is_installed_and_held_and_then_raised(containerd: Run, nodes: dict[str, Host]) -> None:
    run = containerd("upstream", kube_containerd_version="1.6.18")
    assert run.rc == 0, run.output
    for node in nodes.values():
        assert installed(node) == PINNED[family(node)] and held(node)
    again = containerd("upstream", kube_containerd_version="1.6.18")
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output
    unnamed = containerd("upstream")  # dnf's repository loses the exclude= of the version that is no longer asked for; what is installed stays, and held
    assert unnamed.rc == 0 and unnamed.each("changed")["deb1"] == 0, unnamed.output
    for node in nodes.values():
        assert installed(node) == PINNED[family(node)] and held(node)
    assert set(containerd("upstream").each("changed").values()) == {0}
    raised = containerd("upstream", kube_containerd_version="{{ '1.7.27' if inventory_hostname == 'rpm1' else '1.6.28' }}")
    assert raised.rc == 0, raised.output
    for node in nodes.values():
        assert installed(node) == NEWEST[family(node)] and held(node)


def test_a_check_predicts_and_changes_nothing(containerd: Run, nodes: dict[str, Host]) -> None:
    run = containerd("upstream", "--check", kube_containerd_version="1.6.18")
    assert run.rc == 0 and set(run.each("changed").values()) == {1}, run.output
    assert [installed(node) for node in nodes.values()] == ["", ""]


def test_a_version_that_the_source_does_not_have_is_refused_with_the_nearest(containerd: Run, nodes: dict[str, Host]) -> None:
    run = containerd("upstream", kube_containerd_version="1.6.99")
    assert run.rc != 0 and "nearest" in run.output, run.output
    assert [installed(node) for node in nodes.values()] == ["", ""]
