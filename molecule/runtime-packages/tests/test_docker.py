"""Docker's own repositories, of every source: a version in any form a person writes, what belongs to it, held; a second run does nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from package_machines import SERVED, family
from runs import PlaybookRun, playbook
from testinfra.host import Host

NAMES = "docker-ce docker-ce-cli containerd.io docker.io"
FORGET = {
    "deb": f"apt-mark unhold {NAMES}; dpkg --purge {NAMES}; rm -rf /etc/apt/keyrings/kubewright-docker* /etc/apt/sources.list.d/kubewright-docker*",
    "rpm": "rpm -e --nodeps docker-ce-cli; rpm -e --nodeps docker-ce; rpm -e --nodeps containerd.io; rm -f /etc/yum.repos.d/kubewright-docker*;"
           " : > /etc/dnf/plugins/versionlock.list",
}
Run = Callable[..., PlaybookRun]
FOCAL, EL7 = ("Ubuntu", "focal", ""), ("CentOS", "", "7")
# What a person writes -> the systems, and what is installed there: docker-ce, docker-ce-cli, containerd.io.
FORMS = {
    "20.10.16": (FOCAL, EL7, ("5:20.10.16~3-0~ubuntu-focal", "5:20.10.16~3-0~ubuntu-focal", "1.7.27-1"),
                 ("3:20.10.16-3.el7", "1:20.10.16-3.el7", "1.6.33-3.1.el7")),
    "20.10": (FOCAL, ("CentOS", "", "8"), ("5:20.10.24~3-0~ubuntu-focal", "5:20.10.24~3-0~ubuntu-focal", "1.7.27-1"),
              ("3:20.10.24-3.el8", "1:20.10.24-3.el8", "1.6.32-3.1.el8")),
    "18.06.1": (("Ubuntu", "bionic", ""), EL7, ("18.06.1~ce~3-0~ubuntu", "", ""), ("18.06.1.ce-3.el7", "", "")),
    "": (("Ubuntu", "noble", ""), ("Rocky", "", "9"), ("5:28.3.3-1~ubuntu.24.04~noble", "5:28.3.3-1~ubuntu.24.04~noble", "2.1.1-1"),
         ("3:28.3.3-1.el9", "1:28.3.3-1.el9", "1.7.27-3.1.el9")),
}
EXACT = {
    "5:20.10.16~3-0~ubuntu-focal": ("deb1", FOCAL, ("5:20.10.16~3-0~ubuntu-focal", "5:20.10.16~3-0~ubuntu-focal", "1.7.27-1")),
    "docker-ce=18.06.1~ce~3-0~ubuntu": ("deb1", ("Ubuntu", "bionic", ""), ("18.06.1~ce~3-0~ubuntu", "", "")),
    "24.0.9-1~debian.12~bookworm": ("deb1", ("Debian", "bookworm", ""), ("5:24.0.9-1~debian.12~bookworm", "5:24.0.9-1~debian.12~bookworm", "1.6.28-1")),
    "18.06.1.ce-3.el7": ("rpm1", EL7, ("18.06.1.ce-3.el7", "", "")),
    "docker-ce-3:20.10.24-3.el8": ("rpm1", ("CentOS", "", "8"), ("3:20.10.24-3.el8", "1:20.10.24-3.el8", "1.6.32-3.1.el8")),
    "18.09.9": ("rpm1", EL7, ("3:18.09.9-3.el7", "1:18.09.9-3.el7", "1.6.33-3.1.el7")),
}


def forget(node: Host) -> None:
    node.run(f"{FORGET[family(node)]}; rm -rf /var/lib/apt/lists/127* /var/cache/dnf")
    assert installed(node) == ("", "", "")


def installed(node: Host) -> tuple[str, ...]:
    """Version of docker-ce, docker-ce-cli and containerd.io with their epochs, as the package manager's own database says."""
    if family(node) == "deb":
        rows = node.run(f"dpkg-query -W -f '${{Package}} ${{Version}} ${{db:Status-Status}}\\n' {NAMES}").stdout
        found = {row.split()[0]: row.split()[1] for row in rows.splitlines() if row.endswith(" installed")}
    else:
        rows = node.run(f"rpm -q --qf '%{{NAME}} %|EPOCH?{{%{{EPOCH}}:}}:{{}}|%{{VERSION}}-%{{RELEASE}}\\n' {NAMES}").stdout
        found = {row.split()[0]: row.split()[1] for row in rows.splitlines() if "not installed" not in row}
    return tuple(found.get(name, "") for name in NAMES.split()[:3])


def held(node: Host) -> set[str]:
    if family(node) == "deb":
        return set(node.check_output("apt-mark showhold").split())
    return set(re.findall(r"^(\S+?)-\d+:", node.check_output("cat /etc/dnf/plugins/versionlock.list"), re.MULTILINE))


@pytest.fixture(scope="module")
def docker(inventory: Path) -> Run:
    def run(source: str = "upstream", *arguments: str, **variables: Any) -> PlaybookRun:
        told = {"docker_source": source, "kube_package_mirror": f"{SERVED}/{source}", **variables}
        return playbook("molecule/packages/docker.yml", inventory, *arguments, "-e", json.dumps(told))

    return run


@pytest.fixture(autouse=True)
def bare(nodes: dict[str, Host]) -> None:
    for node in nodes.values():
        forget(node)


@pytest.mark.parametrize("form", FORMS)
def test_one_form_fits_both_families_and_brings_what_belongs_to_it(docker: Run, nodes: dict[str, Host], form: str) -> None:
    deb, rpm, on_deb, on_rpm = FORMS[form]
    systems = f"{{{{ {list(rpm)} if inventory_hostname == 'rpm1' else {list(deb)} }}}}"
    first = docker(docker_version=form, docker_system=systems)
    assert first.rc == 0, first.output
    for node in nodes.values():
        wanted = {"deb": on_deb, "rpm": on_rpm}[family(node)]
        assert installed(node) == wanted
        assert {name for name, version in zip(NAMES.split(), wanted, strict=False) if version} <= held(node)
    again = docker(docker_version=form, docker_system=systems)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output


@pytest.mark.parametrize("form", EXACT)
def test_the_exact_form_of_a_system_is_taken_as_it_is(docker: Run, nodes: dict[str, Host], form: str) -> None:
    host, system, wanted = EXACT[form]
    run = docker("aliyun", f"--limit={host}", docker_version=form, docker_system=list(system))
    assert run.rc == 0, run.output
    assert installed(nodes[host]) == wanted


@pytest.mark.parametrize("source", ["aliyun", "tsinghua", "ustc"])
def test_mirrors_have_the_same_layout(docker: Run, nodes: dict[str, Host], source: str) -> None:
    run = docker(source, docker_version="20.10.16")
    assert run.rc == 0, run.output
    lines = [node.check_output("cat /etc/apt/sources.list.d/kubewright-docker.sources /etc/yum.repos.d/kubewright-docker.repo 2>/dev/null || true")
             for node in nodes.values()]
    assert all(f"{SERVED}/{source}/docker-ce/linux/" in text for text in lines)


def test_a_check_predicts_and_changes_nothing(docker: Run, nodes: dict[str, Host]) -> None:
    run = docker("upstream", "--check", "--diff", docker_version="20.10.16")
    assert run.rc == 0 and set(run.each("changed").values()) == {1}, run.output
    assert "docker-ce 5:20.10.16~3-0~ubuntu-focal" in run.output and "docker-ce 3:20.10.16-3.el7" in run.output
    assert [installed(node) for node in nodes.values()] == [("", "", ""), ("", "", "")]


def test_a_version_that_no_repository_has_is_refused_with_the_nearest(docker: Run, nodes: dict[str, Host]) -> None:
    run = docker(docker_version="20.10.99")
    assert run.rc != 0 and "no repository has docker-ce 20.10.99; nearest: " in run.output
    assert [installed(node) for node in nodes.values()] == [("", "", ""), ("", "", "")]


def test_an_upgrade_takes_all_parts_along_and_a_downgrade_is_refused(docker: Run, nodes: dict[str, Host]) -> None:
    assert docker(docker_version="20.10.16", docker_containerd_version="1.6.4").rc == 0
    assert [installed(node)[2].split("-")[0] for node in nodes.values()] == ["1.6.4", "1.6.4"]
    newer = "{{ '26.1.4' if inventory_hostname == 'rpm1' else '20.10.24' }}"
    run = docker(docker_version=newer)
    assert run.rc == 0, run.output
    assert [installed(node)[0] for node in nodes.values()] == ["5:20.10.24~3-0~ubuntu-focal", "3:26.1.4-1.el7"]
    assert [installed(node)[2].split("-")[0] for node in nodes.values()] == ["1.6.4", "1.6.4"], "a containerd that fits is left alone"
    refused = docker(docker_version="20.10.16")
    assert refused.rc != 0 and "An older Docker cannot be trusted with what a newer one has written" in refused.output
